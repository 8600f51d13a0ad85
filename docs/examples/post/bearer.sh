curl -sS "$BOTD/hooks/standup" \
  -H "Authorization: Bearer $(cat secrets/standup)" \
  -H "Content-Type: application/json" \
  -H "Idempotency-Key: build-4711" \
  -d '{"text": "The build is red. Uma is on it.", "except": ["uma"]}'
