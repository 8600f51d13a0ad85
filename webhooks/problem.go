package webhooks

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// retryAfter is what a sender is asked to wait when we cannot store.
const retryAfter = 5 * time.Second

// problem is an answer that is no success (RFC 9457). Its fields but for the
// last ones are for the sender; reason and err are for the log.
type problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail"`
	RequestID string `json:"request_id,omitempty"`

	header http.Header
	reason string // what happened; never of the body, a secret or a signature
	err    error  // of ours, if there is one
}

// newProblem makes a problem whose text may be read by anybody. The type says
// nothing more than the status does.
func newProblem(status int, detail string) *problem {
	return &problem{
		Type:   "about:blank",
		Title:  http.StatusText(status),
		Status: status,
		Detail: detail,
		header: http.Header{},
		reason: detail,
	}
}

func (p *problem) Error() string { return p.reason }

func (p *problem) Unwrap() error { return p.err }

// with sets a header of the answer.
func (p *problem) with(name, value string) *problem {
	p.header.Set(name, value)
	return p
}

// because replaces what the log says, and leaves what the sender is told.
func (p *problem) because(reason string, err error) *problem {
	p.reason, p.err = reason, err
	return p
}

// closing ends the connection: what is left of the body is not read.
func (p *problem) closing() *problem { return p.with("Connection", "close") }

func unavailable(detail string) *problem {
	seconds := strconv.Itoa(int(retryAfter / time.Second))
	return newProblem(http.StatusServiceUnavailable, detail).with("Retry-After", seconds)
}

func (p *problem) write(w http.ResponseWriter, requestID string) {
	p.RequestID = requestID
	for name, values := range p.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the sender has gone; there is nobody to tell
}
