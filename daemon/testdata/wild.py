# A plugin that answers each event with what its payload asks for.
import json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Plugin(BaseHTTPRequestHandler):
    def answer(self, text, length=None):
        self.send_response(200)
        self.send_header("Content-Length", str(length or len(text)))
        self.end_headers()
        self.wfile.write(text.encode())
    def log_message(self, *_): pass
    def do_GET(self): self.answer(json.dumps({"botd": 1, "name": "wild", "version": "1.0.0"}))
    def do_POST(self):
        what = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["payload"]["do"]
        if what == "html": self.answer("<html>It works!</html>")
        elif what == "unknown": self.answer('{"messages": [{"to": {"everyone": true, "exept": ["cy"]}, "text": "hello"}]}')
        elif what == "nobody": self.answer('{"messages": [{"to": {}, "text": "hello"}]}')
        elif what == "huge": self.answer('{"messages": [{"to": {"roles": ["owner"]}, "text": "' + "x" * (2 << 20) + '"}]}')
        elif what == "half":
            self.answer('{"messages": [', 1000)
            self.close_connection = True
        elif what == "leave":
            print("it is enough", flush=True)
            os._exit(3)
        else: self.answer('{"messages": [{"to": {"roles": ["owner", "admin"]}, "text": "the wild one says ' + what + '"}]}')

ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Plugin).serve_forever()
