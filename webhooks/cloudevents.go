package webhooks

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The handshake of CloudEvents (cloudevents/spec cloudevents/http-webhook.md).
const (
	headerRequestOrigin = "Webhook-Request-Origin"
	headerAllowedOrigin = "Webhook-Allowed-Origin"
	headerAllowedRate   = "Webhook-Allowed-Rate"
)

// anyOrigin says that anybody may ask for leave to post.
const anyOrigin = "*"

// cloudEventsKind is CloudEvents 1.0 over HTTP: one event as JSON, a batch of
// them, or one whose attributes stand in headers. A sender proves itself by a
// bearer token, a user with a password, or an HMAC.
var cloudEventsKind = Kind{
	Name: "cloudevents",
	New: func(s Settings) (Verifier, Reader, error) {
		v, err := newCloudVerifier(s)
		return v, cloudReader{origins: s.Origins, signed: s.By == hmacKind.Name}, err
	},
	Sign: func(s Settings, m Sample) (http.Header, error) {
		return signProof("cloudevents", s, m, bearerKind, basicKind, hmacKind)
	},
}

// cloudVerifier also looks at who a sender says it asked as. That proves nothing,
// and one that says another name was not given leave.
type cloudVerifier struct {
	Verifier
	origins []string
	query   tokens // that may stand in the address; nil for none
}

func newCloudVerifier(s Settings) (cloudVerifier, error) {
	v, err := proof("cloudevents", s, bearerKind, basicKind, hmacKind)
	if err != nil {
		return cloudVerifier{}, err
	}
	c := cloudVerifier{Verifier: v, origins: s.Origins}
	if s.QueryToken {
		b, ok := v.(bearer)
		if !ok {
			return c, errors.New("cloudevents: a token can stand in the address where senders prove themselves by a bearer token alone")
		}
		c.query = b.tokens
	}
	return c, nil
}

func (v cloudVerifier) Verify(q *Request) error {
	if err := v.prove(q); err != nil {
		return err
	}
	asked := q.Header[headerRequestOrigin]
	if len(v.origins) == 0 || len(asked) == 0 {
		return nil
	}
	if len(asked) > 1 || !allowed(v.origins, asked[0]) {
		return refuse(headerRequestOrigin + " is none of the hook's origins")
	}
	return nil
}

// prove takes a token in the address where the hook allows it, and there is none
// in a header: two credentials in one request are one too many (RFC 6750,
// section 2).
func (v cloudVerifier) prove(q *Request) error {
	if v.query == nil || !strings.Contains(q.Query, "access_token") {
		return v.Verifier.Verify(q)
	}
	query, err := url.ParseQuery(q.Query)
	switch given := query["access_token"]; {
	case err != nil || len(given) != 1:
		return refuse("the address does not have exactly one access_token")
	case len(q.Header["Authorization"]) > 0:
		return refuse("there is a token in the address and Authorization beside it")
	case !v.query.have(given[0]):
		return refuse("the token in the address is none of the hook's")
	}
	return nil
}

// allowed reports whether a name is among the origins; letter case is none of its
// matters, as in all names of DNS.
func allowed(origins []string, name string) bool {
	return slices.ContainsFunc(origins, func(o string) bool { return o == anyOrigin || strings.EqualFold(o, name) })
}

// Handshake gives leave to the origins that the operator named, and says nothing
// to all others. No address that the asker names is called: that would be a
// request of a stranger's choice, made by us.
func (r cloudReader) Handshake(asked http.Header) http.Header {
	names := asked[headerRequestOrigin]
	if len(names) != 1 || names[0] == "" || !allowed(r.origins, names[0]) {
		return http.Header{}
	}
	consent := anyOrigin
	if !slices.Contains(r.origins, anyOrigin) {
		consent = names[0] // which is one of ours
	}
	return headers(headerAllowedOrigin, consent, headerAllowedRate, "*", "Allow", http.MethodPost)
}
