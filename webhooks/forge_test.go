package webhooks

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestGiteaAndForgejo(t *testing.T) {
	const key = "canary-secret-of-the-repository"
	body := `{"ref":"refs/heads/main","commits":[]}`
	for kind, prefix := range map[string]string{"gitea": "X-Gitea-", "forgejo": "X-Forgejo-"} {
		signature, delivery, event := prefix+"Signature", prefix+"Delivery", prefix+"Event"
		push := []Delivery{{ID: "f6266f16-1bf3-46a5-9ea4-602e06ead473", Loose: true, Type: "push"}}
		t.Run(kind, func(t *testing.T) {
			playKind(t, kind, Settings{Secrets: []string{key, "canary-secret-before-the-rotation"}}, Sample{ID: push[0].ID, Type: "push", Body: []byte(body)}, []sent{
				{name: "a push", want: push},
				{name: "hours later, since no time is signed", at: 5 * time.Hour, want: push},
				{name: "capitals for digits", change: edited(signature, strings.ToUpper), want: push},
				{name: "GitHub's headers beside them, as it sends them", change: func(r *http.Request) {
					r.Header.Set(headerGitHubEvent, "ping")
					r.Header.Set(headerGitHubSignature, "sha256="+r.Header.Get(signature))
					r.Header.Set("X-Gogs-Event", "create")
				}, want: push},
				{name: "GitHub's header alone", change: func(r *http.Request) {
					r.Header.Set(headerGitHubSignature, "sha256="+r.Header.Get(signature))
					r.Header.Del(signature)
				}, status: unauthorized},
				{name: "the signature of a hook without a secret", change: set(signature, ""), status: unauthorized},
				{name: "that of GitHub's form", change: edited(signature, func(s string) string { return "sha256=" + s }), status: unauthorized},
				{name: "half a signature", change: edited(signature, func(s string) string { return s[:32] }), status: unauthorized},
				{name: "two signatures", change: doubled(signature), status: unauthorized},
				{name: "another body", change: otherBody, status: unauthorized},
				{name: "no delivery id", change: lacking(delivery), want: []Delivery{{Loose: true, Type: "push"}}},
				{name: "two delivery ids", change: doubled(delivery), status: http.StatusBadRequest, detail: delivery},
				{name: "no kind of event", change: lacking(event), status: http.StatusUnprocessableEntity, detail: event},
				{name: "two kinds of event", change: doubled(event), status: http.StatusBadRequest, detail: event},
				{name: "a form, of which only a part is signed", media: mediaForm, body: "payload=%7B%7D", status: http.StatusUnsupportedMediaType},
				{name: "signed and no JSON", body: "{}{}", status: http.StatusBadRequest, detail: "one JSON value"},
			})
		})
		closedWithout(t, kind)
	}
}
