"""Homework once more, which answers nobody but the botd that has its key."""
import base64, hashlib, hmac, json, os, time
from http.server import ThreadingHTTPServer

from homework import Plugin, handle


def verify(key, headers, body, now):
    """Raises PermissionError unless the request was signed with the key, lately."""
    id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not id or not at.isascii() or not at.isdigit() or abs(now - int(at)) > 300:
        raise PermissionError("the request is not signed, or not lately")
    secret = base64.b64decode(key.removeprefix("whsec_"))
    mac = hmac.digest(secret, f"{id}.{at}.".encode() + body, hashlib.sha256)
    want = b"v1," + base64.b64encode(mac)
    if not any(hmac.compare_digest(want, one.encode()) for one in headers.get("webhook-signature", "").split()):
        raise PermissionError("the signature is not of this key and body")


class Signed(Plugin):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            verify(os.environ["BOTD_KEY"], self.headers, body, time.time())
            self.answer(200, json.dumps(handle(json.loads(body))))
        except PermissionError as refusal:
            self.answer(401, str(refusal))
        except ValueError as mistake:
            self.answer(422, str(mistake))
        except Exception as bug:
            self.answer(500, repr(bug))
            raise


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", 7001))), Signed).serve_forever()
