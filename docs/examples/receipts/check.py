"""Checks the chain of an export of receipts: python3 check.py receipts.jsonl"""

import hashlib
import hmac
import json
import sys


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def check(line, before):
    r = json.loads(line)
    assert canonical(r) == line.rstrip(b"\n"), "it is not as it was written"
    body = sha256(canonical(r["body"])) if "body" in r else r["digest"]
    link = {"body": body, "lane": r["lane"], "n": r["n"], "prev": r["prev"]}
    assert sha256(canonical(link)) == r["hash"], "it is not what its hash says"
    if before and before["lane"] == r["lane"]:
        assert r["n"] == before["n"] + 1 and r["prev"] == before["hash"], "it does not follow the one before"
    for kind in ("names", "texts"):
        for hashed, opened in zip(r.get("body", {}).get(kind, []), r.get("opened", {}).get(kind, []), strict=True):
            if opened:  # else it was erased
                salt, text = opened
                assert hmac.new(bytes.fromhex(salt), text.encode(), "sha256").hexdigest() == hashed, "a name is another"
    return r


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    n, before = 0, None
    with open(sys.argv[1], "rb") as lines:
        for n, line in enumerate(lines):
            if n == 0:  # the header says what follows, and proves nothing
                continue
            try:
                before = check(line, before)
            except (AssertionError, KeyError, ValueError) as e:
                sys.exit(f"line {n + 1}: {e}")
    if n == 0:
        sys.exit("there is no receipt in it")
    print(n, "receipts hold")


main()
