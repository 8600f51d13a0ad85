package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Hook is one address that a sender can post to.
type Hook struct {
	// Name is the last part of the address, /hooks/{name}.
	Name   string
	Verify Verifier
	// MaxBody is the largest body in bytes; zero is [DefaultMaxBody].
	MaxBody int64
	// Accept keeps the webhook. When it returns no error, the webhook is on
	// disk. An error that wraps [ErrUnprocessable] is told to the sender as
	// 422; every other one is logged, so it must not quote the payload, and
	// becomes 503: the sender keeps the webhook.
	Accept func(ctx context.Context, r Received) (chat.Receipt, error)
}

// DefaultMaxBody is the largest body of a hook that does not say otherwise.
const DefaultMaxBody = 1 << 20

// Received is a webhook whose sender is known and whose body is JSON.
type Received struct {
	// ID is the sender's own id of this delivery, the same on each of its
	// retries. Empty: the sender gave none, and a repeat cannot be told from a
	// new one.
	ID   string
	Body json.RawMessage // as it was sent, to the byte
	// RequestID is in our answer and in the log, for finding one by the other.
	RequestID string
}

// Verifier is the scheme by which a sender proves who it is.
type Verifier interface {
	// Verify checks a request of which body is the raw body, and returns the
	// sender's id of this delivery, if it has one. The error is for the log
	// and says nothing of secret, signature or body.
	Verify(h http.Header, body []byte, now time.Time) (id string, err error)
	// Challenge is what WWW-Authenticate says to who was refused; empty for
	// schemes that have no name there.
	Challenge() string
}

// ErrUnprocessable says that a webhook is well-formed and authentic and still
// has not the shape that its hook needs. Errors that wrap it are shown to the
// sender.
var ErrUnprocessable = errors.New("the payload does not fit this hook")

// Unfit is an [ErrUnprocessable] whose reason quotes nothing of the payload, so
// that the log may have it too.
type Unfit struct{ Reason error }

// Error says what does not fit.
func (u *Unfit) Error() string { return fmt.Sprintf("%v: %v", ErrUnprocessable, u.Reason) }

// Unwrap says that it is an [ErrUnprocessable].
func (u *Unfit) Unwrap() []error { return []error{ErrUnprocessable, u.Reason} }

// errDelivery says that the sender is who it should be and its delivery id
// cannot be used. Dropping the id instead would make its retries new events.
var errDelivery = errors.New("the delivery id cannot be used")

// maxID is the longest delivery id in bytes. Senders use up to about 64.
const maxID = 255

// checkID reports an id that is empty, too long, or not plain visible ASCII.
func checkID(header, id string) error {
	if id == "" || len(id) > maxID {
		return fmt.Errorf("%w: %s has 1 to %d characters", errDelivery, header, maxID)
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return fmt.Errorf("%w: %s has visible ASCII characters only", errDelivery, header)
		}
	}
	return nil
}

// hookName keeps addresses to what nobody has to escape.
var hookName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

func (h Hook) validate() error {
	switch {
	case !hookName.MatchString(h.Name):
		return fmt.Errorf("hook %.70q: a name has 1 to 64 letters, digits, dots, dashes and underscores, and begins with a letter or digit", h.Name)
	case h.Verify == nil:
		return fmt.Errorf("hook %q has no way to verify its sender; a hook is never open to everybody", h.Name)
	case h.Accept == nil:
		return fmt.Errorf("hook %q has nothing that accepts its webhooks", h.Name)
	case h.MaxBody < 0:
		return fmt.Errorf("hook %q: a largest body of %d bytes is impossible; use 0 for %d", h.Name, h.MaxBody, DefaultMaxBody)
	}
	return nil
}

func (h Hook) maxBody() int64 {
	if h.MaxBody == 0 {
		return DefaultMaxBody
	}
	return h.MaxBody
}
