"""diary: what is posted is for the admins, and who is silent is asked."""
from botd import need, run

ADMINS = {"roles": ["owner", "admin"]}


def posted(event):
    user, text = need(event, "sender", "id"), need(event, "payload", "text")
    done = sorted({*event["state"].get("done", []), user})
    return {
        "state": {"done": done},
        "messages": [
            {"to": ADMINS, "text": f"{user}: {text} ({len(done)} so far)"},
            {"to": {"sender": True}, "text": "Thank you, it has arrived."},
        ],
    }


def evening(event):
    silent = {"everyone": True, "except": event["state"].get("done", [])}
    return {"state": {}, "messages": [{"to": silent, "text": "Nothing from you today?"}]}


run("diary", "1.0.0", {"posted": posted, "evening": evening})
