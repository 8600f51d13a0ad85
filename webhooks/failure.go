package webhooks

import (
	"net/http"
	"strconv"
	"time"

	"github.com/botd-chat/botd/problem"
)

// retryAfter is what a sender is asked to wait when we cannot store.
const retryAfter = 5 * time.Second

// failure is an answer that is no success. Its details are for the sender;
// reason and err are for the log.
type failure struct {
	problem.Details
	header http.Header
	reason string // what happened; never of the body, a secret or a signature
	err    error  // of ours, if there is one
}

// fail makes a failure whose text may be read by anybody.
func fail(status int, detail string) *failure {
	return &failure{Details: problem.Details{Status: status, Detail: detail}, header: http.Header{}, reason: detail}
}

func (p *failure) Error() string { return p.reason }

func (p *failure) Unwrap() error { return p.err }

// with sets a header of the answer.
func (p *failure) with(name, value string) *failure {
	p.header.Set(name, value)
	return p
}

// because replaces what the log says, and leaves what the sender is told.
func (p *failure) because(reason string, err error) *failure {
	p.reason, p.err = reason, err
	return p
}

// closing ends the connection: what is left of the body is not read.
func (p *failure) closing() *failure { return p.with("Connection", "close") }

func unavailable(detail string) *failure {
	seconds := strconv.Itoa(int(retryAfter / time.Second))
	return fail(http.StatusServiceUnavailable, detail).with("Retry-After", seconds)
}

func (p *failure) write(w http.ResponseWriter, requestID string) {
	for name, values := range p.header {
		w.Header()[name] = values
	}
	p.Request = requestID
	problem.Write(w, p.Details)
}
