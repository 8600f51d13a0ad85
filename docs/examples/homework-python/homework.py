import json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

def handle(e):
    options, done = e.get("config", {}), e["state"].get("done", [])
    if e["name"] == "submitted":
        piece, pupil = e.get("payload"), e.get("sender", {}).get("id")
        if not isinstance(piece, dict) or not piece.get("title"): raise ValueError("payload of submitted: title: is missing")
        if not pupil: raise ValueError("whose homework is it? give the trigger a sender: in bots.yaml")
        return {"state": {"done": done + [pupil] if pupil not in done else done}, "messages": [
            {"to": options.get("teachers", {"roles": ["owner", "admin"]}), "text": f"{pupil} handed in {piece['title']}."},
            {"to": {"sender": True}, "text": f"Got it: {piece['title']}."}]}
    if e["name"] == "evening":
        reminder = options.get("reminder", "Your homework is still missing. It is due tomorrow at eight.")
        return {"state": {}, "messages": [{"to": {"roles": ["member"], "except": done}, "text": reminder}]}
    raise ValueError(f"homework knows submitted and evening, and not {e['name']}")

class Plugin(BaseHTTPRequestHandler):
    protocol_version, wbufsize = "HTTP/1.1", 65536
    def log_message(self, *_): pass
    def answer(self, status, text):
        self.send_response(status); self.send_header("Content-Length", str(len(text.encode()))); self.end_headers(); self.wfile.write(text.encode())
    def do_GET(self): self.answer(200, json.dumps({"botd": 1, "name": "homework", "version": "1.0.0", "triggers": ["submitted", "evening"]}))
    def do_POST(self):
        try: self.answer(200, json.dumps(handle(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))))
        except ValueError as mistake: self.answer(422, str(mistake))
        except Exception as bug: self.answer(500, repr(bug)); raise

if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 7001))), Plugin).serve_forever()
