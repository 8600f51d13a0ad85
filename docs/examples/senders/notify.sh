#!/bin/sh
# Tells botd how a job went.
jq -n --arg job "$JOB" --arg status "$STATUS" --arg link "$LINK" '{$job, $status, $link}' |
  curl -sS --fail-with-body --retry 5 --retry-all-errors --max-time 10 "$BOTD/hooks/jobs" \
    -H "Authorization: Bearer $HOOK_TOKEN" \
    -H "Idempotency-Key: $RUN" \
    -H "Content-Type: application/json" \
    --data-binary @-
