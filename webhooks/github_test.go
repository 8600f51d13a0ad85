package webhooks

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestGitHub(t *testing.T) {
	const secret = "canary-secret-of-the-repository"
	body := `{"ref":"refs/heads/main","commits":[]}`
	form := url.Values{"payload": {body}}.Encode()
	push := []Delivery{{ID: "72d3162e-cc78-11e3-81ab-4c9367dc0958", Loose: true, Type: "push"}}
	formed := []Delivery{{ID: push[0].ID, Loose: true, Type: "push", Payload: []byte(body)}}
	playKind(t, "github", Settings{Secrets: []string{"canary-secret-before-the-rotation", secret}},
		Sample{ID: push[0].ID, Type: "push", Body: []byte(body)}, []sent{
			{name: "a push", want: push},
			{name: "a form", media: mediaForm, body: form, want: formed},
			{name: "hours later, since no time is signed", at: 5 * 3600e9, want: push},
			{name: "a ping is answered and makes no event", change: set(headerGitHubEvent, "ping"), status: http.StatusOK, detail: "pong"},
			{name: "no delivery id", change: lacking(headerGitHubDelivery), want: []Delivery{{Loose: true, Type: "push"}}},
			{name: "another body", change: func(r *http.Request) { r.Body = http.NoBody; r.ContentLength = 0 }, status: http.StatusUnauthorized},
			{name: "another hash's name", change: edited(headerGitHubSignature, func(s string) string { return strings.Replace(s, "sha256", "sha1", 1) }), status: http.StatusUnauthorized},
			{name: "the older header alone", change: func(r *http.Request) {
				r.Header["X-Hub-Signature"] = r.Header[headerGitHubSignature]
				r.Header.Del(headerGitHubSignature)
			}, status: http.StatusUnauthorized},
			{name: "the signature of a sender without a secret", change: set(headerGitHubSignature, "sha256="), status: http.StatusUnauthorized},
			{name: "the signature twice", change: doubled(headerGitHubSignature), status: http.StatusUnauthorized},
			{name: "Gitea's headers beside them change nothing", change: set("X-Gitea-Event", "ping"), want: push},
			{name: "no kind of event", change: lacking(headerGitHubEvent), status: http.StatusUnprocessableEntity, detail: headerGitHubEvent},
			{name: "a kind of event that is none", change: set(headerGitHubEvent, "pu\x7fsh"), status: http.StatusBadRequest, detail: headerGitHubEvent},
			{name: "an id that is none", change: set(headerGitHubDelivery, strings.Repeat("x", 300)), status: http.StatusBadRequest},
			{name: "a form without its payload", media: mediaForm, body: "paylod={}", status: http.StatusBadRequest, detail: "payload"},
			{name: "a form with two payloads", media: mediaForm, body: form + "&" + form, status: http.StatusBadRequest, detail: "exactly once"},
			{name: "a form whose payload is no JSON", media: mediaForm, body: "payload=%7B", status: http.StatusBadRequest, detail: "one JSON value"},
			{name: "a form that is none", media: mediaForm, body: "payload=%zz", status: http.StatusBadRequest, detail: "no form"},
			{name: "signed and no JSON", body: "{", status: http.StatusBadRequest, detail: "one JSON value"},
			{name: "plain text", media: "text/plain", status: http.StatusUnsupportedMediaType, detail: "form"},
		})
}

// The example of GitHub's own documentation ("Validating webhook deliveries").
func TestGitHubsExample(t *testing.T) {
	h := http.Header{headerGitHubSignature: {"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}}
	if err := verified("github", "It's a Secret to Everybody", h, "Hello, World!"); err != nil {
		t.Error(err)
	}
}

func TestGitHubNeedsASecret(t *testing.T) { closedWithout(t, "github") }
