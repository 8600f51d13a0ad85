package webhooks

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
)

// The headers of GitHub's webhooks.
const (
	headerGitHubSignature = "X-Hub-Signature-256"
	headerGitHubDelivery  = "X-Github-Delivery"
	headerGitHubEvent     = "X-Github-Event"
)

// githubMaxBody is the largest payload that GitHub sends.
const githubMaxBody = 25 << 20

// githubKind is GitHub, and Enterprise Server. The secret is any text; the body
// is what is signed, as JSON or as a form. The delivery's id and the kind of
// event stand outside of it.
var githubKind = Kind{
	Name: "github", MaxBody: githubMaxBody,
	New: func(s Settings) (Verifier, Reader, error) {
		keys, err := textKeys("github", s.Secrets)
		return github{keys}, githubReader{}, err
	},
	Sign: func(s Settings, m Sample) (http.Header, error) {
		keys, err := textKeys("github", s.Secrets)
		if err != nil {
			return nil, err
		}
		return headers(
			headerGitHubSignature, "sha256="+hex.EncodeToString(keys.sum(m.Body)),
			headerGitHubDelivery, m.ID, headerGitHubEvent, m.Type), nil
	},
}

type github struct{ keys macs }

func (github) Challenge() string { return "" }

// Verify checks the signature over the raw body. The older header with SHA-1
// is not looked at.
func (g github) Verify(q *Request) error {
	value, err := only(q.Header, headerGitHubSignature)
	if err != nil {
		return err
	}
	encoded, ok := strings.CutPrefix(value, "sha256=")
	got, err := hex.DecodeString(encoded)
	if !ok || err != nil || len(got) != sha256.Size {
		return refuse(headerGitHubSignature + " is not sha256= and 64 hexadecimal digits")
	}
	return g.keys.check([][]byte{got}, q.Body)
}

type githubReader struct{}

func (githubReader) Takes(media string) bool { return isJSON(media) || isForm(media) }

// Read answers the ping by which GitHub tries an address.
func (githubReader) Read(q *Request) (Reading, error) {
	id, err := optionalID(q.Header, headerGitHubDelivery)
	if err != nil {
		return Reading{}, err
	}
	event, err := label(q.Header, headerGitHubEvent)
	if err != nil {
		return Reading{}, err
	}
	payload, err := payloadOf(q, "payload")
	if err != nil {
		return Reading{}, err
	}
	if event == "ping" {
		return Reading{Answer: pong}, nil
	}
	if event == "" {
		return Reading{}, &Unfit{errors.New(headerGitHubEvent + " is missing, which says what happened")}
	}
	return Reading{Deliveries: []Delivery{{ID: id, Loose: true, Type: event, Payload: payload}}}, nil
}
