package webhooks

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
)

// The headers of Slack
// (docs.slack.dev/authentication/verifying-requests-from-slack).
const (
	headerSlackSignature = "X-Slack-Signature"
	headerSlackTimestamp = "X-Slack-Request-Timestamp"
)

// slackKind is Slack: its Events API, slash commands and interactions. The key
// is the app's signing secret; time and raw body are signed.
var slackKind = Kind{
	Name: "slack",
	New: func(s Settings) (Verifier, Reader, error) {
		keys, err := textKeys("slack", s.Secrets)
		return slack{keys}, slackReader{}, err
	},
	Sign: func(s Settings, m Sample) (http.Header, error) {
		keys, err := textKeys("slack", s.Secrets)
		if err != nil {
			return nil, err
		}
		at := strconv.FormatInt(m.At.Unix(), 10)
		return headers(headerSlackTimestamp, at,
			headerSlackSignature, "v0="+hex.EncodeToString(keys.sum([]byte("v0:"+at+":"), m.Body))), nil
	},
}

type slack struct{ keys macs }

func (slack) Challenge() string { return "" }

// Verify checks the signature over time and raw body, and then the time.
func (s slack) Verify(q *Request) error {
	value, err := only(q.Header, headerSlackSignature)
	if err != nil {
		return err
	}
	at, err := only(q.Header, headerSlackTimestamp)
	if err != nil {
		return err
	}
	encoded, ok := strings.CutPrefix(value, "v0=")
	got, err := hex.DecodeString(encoded)
	if !ok || err != nil || len(got) != sha256.Size {
		return refuse(headerSlackSignature + " is not v0= and 64 hexadecimal digits")
	}
	signed, err := parseSeconds(headerSlackTimestamp, at)
	if err != nil {
		return err
	}
	if err := s.keys.check([][]byte{got}, []byte("v0:"+at+":"), q.Body); err != nil {
		return err
	}
	return fresh(signed, q.Now)
}
