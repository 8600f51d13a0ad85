import base64, hashlib, hmac, json, os, time, urllib.error, urllib.request, uuid

BOTD = os.environ["BOTD"]                      # https://bots.example.com
SECRET = base64.b64decode(open("secrets/quiz").read().strip().removeprefix("whsec_"))


def post(hook, payload, attempts=8):
    """Returns the receipt. Raises when botd says that trying again is no use."""
    body = json.dumps(payload).encode()        # sign these bytes and send these bytes
    delivery = "answer-" + uuid.uuid4().hex    # one id for all attempts: a repeat is recognised
    for attempt in range(attempts):
        now = str(int(time.time()))            # but a fresh time and signature for each
        mac = hmac.new(SECRET, f"{delivery}.{now}.".encode() + body, hashlib.sha256)
        request = urllib.request.Request(f"{BOTD}/hooks/{hook}", body, {
            "Content-Type": "application/json",
            "webhook-id": delivery,
            "webhook-timestamp": now,
            "webhook-signature": "v1," + base64.b64encode(mac.digest()).decode(),
        })
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as e:
            if e.code < 500 and e.code not in (408, 409, 429):
                raise RuntimeError(f"{e.code}: {e.read().decode()}") from None
        except OSError:
            pass                               # no answer: it may be stored or not, so the same id again
        time.sleep(min(2 ** attempt, 60))
    raise RuntimeError("botd could not be reached")


print(post("quiz", {"user": "dave", "question": "q1", "answer": "B"}))
