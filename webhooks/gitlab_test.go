package webhooks

import (
	"net/http"
	"testing"
	"time"
)

const gitlabPush = `{"object_kind":"push","ref":"refs/heads/main"}`

func TestGitLabByToken(t *testing.T) {
	const key, before = "canary, a secret token with blanks", "canary-token-before-the-rotation"
	push := []Delivery{{ID: "f5e5f430-f57b-4e6e-9fac-d9128cd7232f", Loose: true, Type: "Push Hook"}}
	playKind(t, "gitlab", Settings{Secrets: []string{key, before}}, Sample{ID: push[0].ID, Type: "Push Hook", Body: []byte(gitlabPush)}, []sent{
		{name: "a push", want: push},
		{name: "with the token before", change: set(headerGitLabToken, before), want: push},
		{name: "hours later, since no time is signed", at: 5 * time.Hour, want: push},
		{name: "a system hook", change: set(headerGitLabEvent, "System Hook"), want: []Delivery{{ID: push[0].ID, Loose: true, Type: "System Hook"}}},
		{name: "the UUID that hooks share is no id", change: func(r *http.Request) {
			r.Header.Del(headerIdempotencyKey)
			r.Header.Set("X-Gitlab-Event-Uuid", "13792a34-cac6-4fda-95a8-c58e00a3954e")
		}, want: []Delivery{{Loose: true, Type: "Push Hook"}}},
		{name: "another token", change: set(headerGitLabToken, key+"x"), status: unauthorized},
		{name: "the beginning of the token", change: set(headerGitLabToken, key[:20]), status: unauthorized},
		{name: "an empty token", change: set(headerGitLabToken, ""), status: unauthorized},
		{name: "no token", change: lacking(headerGitLabToken), status: unauthorized},
		{name: "two tokens", change: doubled(headerGitLabToken), status: unauthorized},
		{name: "the token as a bearer", change: func(r *http.Request) {
			r.Header.Set("Authorization", "Bearer "+key)
			r.Header.Del(headerGitLabToken)
		}, status: unauthorized},
		{name: "two ids", change: doubled(headerIdempotencyKey), status: http.StatusBadRequest},
		{name: "no kind of event", change: lacking(headerGitLabEvent), status: http.StatusUnprocessableEntity, detail: headerGitLabEvent},
		{name: "no JSON", body: "push", status: http.StatusBadRequest, detail: "one JSON value"},
		{name: "a form", media: mediaForm, status: http.StatusUnsupportedMediaType},
	})
	// A key that signs must not be taken for a word that travels.
	closedWithout(t, "gitlab", Settings{Secrets: []string{secret}}, Settings{Secrets: []string{key, secret}})
}

func TestGitLabBySigningToken(t *testing.T) {
	d := []Delivery{{ID: "f5e5f430-f57b-4e6e-9fac-d9128cd7232f", Type: "Push Hook"}}
	table := standardTable(standardNames, d)
	table = append(table,
		sent{name: "the id that it also has as Idempotency-Key", change: set(headerIdempotencyKey, d[0].ID), want: d},
		sent{name: "another Idempotency-Key, which nobody signed", change: set(headerIdempotencyKey, "other"), want: d},
		sent{name: "the signing token sent as a token", change: func(r *http.Request) {
			r.Header = http.Header{"Content-Type": {mediaJSON}, headerGitLabToken: {secret}, headerGitLabEvent: {"Push Hook"}}
		}, status: unauthorized},
		sent{name: "no kind of event", change: lacking(headerGitLabEvent), status: http.StatusUnprocessableEntity, detail: headerGitLabEvent})
	playKind(t, "gitlab", Settings{By: "standard_webhooks", Secrets: []string{secret, oldSecret}}, Sample{ID: d[0].ID, Type: "Push Hook", Body: []byte(gitlabPush)}, table)
	closedWithout(t, "gitlab", Settings{By: "standard_webhooks"}, Settings{By: "standard_webhooks", Secrets: []string{"a-token-that-is-no-signing-token"}})
}
