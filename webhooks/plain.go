package webhooks

import (
	"fmt"
	"net/http"
	"strings"
)

const headerIdempotencyKey = "Idempotency-Key"

// plainReader reads what programs post that follow no sender's rules but those
// of HTTP: JSON, and an Idempotency-Key, bare or quoted, or else a webhook-id.
// Neither is under a signature, and neither is the content: whoever captured a
// request has the credential and can say anything.
type plainReader struct {
	jsonOnly
	needID bool
}

func (p plainReader) Read(q *Request) (Reading, error) {
	d := Delivery{Payload: q.Body}
	for _, name := range []string{headerIdempotencyKey, headerID} {
		values := q.Header.Values(name)
		if len(values) == 0 {
			continue
		}
		if len(values) > 1 {
			return Reading{}, fmt.Errorf("%w: %s is given more than once", errDelivery, name)
		}
		d.ID, d.Exact = unquote(values[0]), name == headerIdempotencyKey
		return one(d), checkID(name, d.ID)
	}
	if p.needID {
		return Reading{}, Unreadable(headerIdempotencyKey + " is missing; this hook asks for one, such as a UUID, that is the same whenever the same thing is sent again")
	}
	return one(d), nil
}

// unquote takes the quotes off a structured string (RFC 8941, section 3.3.3),
// which is what the draft of Idempotency-Key asks for and few senders write:
// both spellings are one id.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s[1 : len(s)-1])
}

// optionalID returns the id in a header that nobody signed; empty when it is not
// there. One that is there and unusable is an error: to drop it would make the
// sender's retries new events.
func optionalID(h http.Header, name string) (string, error) {
	values := h.Values(name)
	switch {
	case len(values) == 0:
		return "", nil
	case len(values) > 1:
		return "", fmt.Errorf("%w: %s is given more than once", errDelivery, name)
	}
	return values[0], checkID(name, values[0])
}

// maxLabel is the longest name of a kind of event in bytes.
const maxLabel = 128

// label returns a header that names a kind of event; empty when it is not there.
func label(h http.Header, name string) (string, error) {
	values := h.Values(name)
	if len(values) == 0 {
		return "", nil
	}
	if len(values) > 1 || len(values[0]) > maxLabel || strings.ContainsFunc(values[0], func(c rune) bool { return c < ' ' || c > '~' }) {
		return "", Unreadable(fmt.Sprintf("%s is not one name of up to %d visible characters", name, maxLabel))
	}
	return values[0], nil
}
