body='{"user": "dave", "question": "q1", "answer": "B"}'
id="answer-$(openssl rand -hex 12)"        # the same on every retry of this one
time="$(date +%s)"
key="$(sed 's/^whsec_//' secrets/quiz | base64 -d | od -An -tx1 | tr -d ' \n')"
signature="$(printf '%s.%s.%s' "$id" "$time" "$body" |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)"

curl -sS "$BOTD/hooks/quiz" \
  -H "Content-Type: application/json" \
  -H "webhook-id: $id" -H "webhook-timestamp: $time" -H "webhook-signature: v1,$signature" \
  --data-binary "$body"
