package webhooks

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Hook is one address that a sender can post to.
type Hook struct {
	// Name is the last part of the address, /hooks/{name}.
	Name string
	// Scheme is the name of the kind of sender, which [NewHook] finds in [Kinds].
	Scheme string
	Read   Reader
	// Credentials are what senders prove themselves with. Any of them is enough.
	Credentials []Credential
	// MaxBody is the largest body in bytes; zero is [DefaultMaxBody].
	MaxBody int64
	Only5xx bool // as [Kind.Only5xx]
	// Retired says that the address is gone on purpose: senders are told 410, at
	// which many of them stop for good.
	Retired bool
	// Accept keeps what was received, all of it or nothing, and returns a receipt
	// for each delivery. When it returns no error, they are on disk. An error
	// that wraps [ErrUnprocessable], and a [Forbidden] and a [TooOften], are told
	// to the sender; every other one is logged, so it must not quote the payload,
	// and becomes 503: the sender keeps the webhook.
	Accept func(ctx context.Context, r Received) ([]chat.Receipt, error)
}

// Credential is what one sender, or several that share it, proves itself with.
type Credential struct {
	Name string // empty for the only one of a hook
	Verifier
}

// NewHook is a hook for senders of one kind, with one credential.
func NewHook(name, scheme string, s Settings, accept func(context.Context, Received) ([]chat.Receipt, error)) (Hook, error) {
	kind, err := FindKind(scheme)
	if err != nil {
		return Hook{}, err
	}
	verify, read, err := kind.New(s)
	if err != nil {
		return Hook{}, err
	}
	return Hook{Name: name, Scheme: scheme, Read: read, Credentials: []Credential{{Verifier: verify}}, MaxBody: kind.MaxBody, Only5xx: kind.Only5xx, Accept: accept}, nil
}

// DefaultMaxBody is the largest body of a hook that does not say otherwise.
const DefaultMaxBody = 1 << 20

// Received is a request whose sender is known and whose payloads are JSON.
type Received struct {
	// Credential is the name of the one that the sender used.
	Credential string
	Deliveries []Delivery // at least one
	Body       []byte     // of the request, as it was sent, to the byte
	// RequestID is in our answer and in the log, for finding one by the other.
	RequestID string
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

// ErrReused says that an Idempotency-Key came before, with another content.
var ErrReused = errors.New("this Idempotency-Key came before with another content")

// Forbidden says that the sender is known and asks for more than its credential
// allows. It is told to the sender as 403.
type Forbidden struct {
	Rule string // where it is written, such as "credentials.ci.allow.groups"
	What string // was asked for and is not allowed; quotes nothing of the payload but names of the configuration
}

// Error names the rule.
func (f *Forbidden) Error() string { return f.What + " (" + f.Rule + ")" }

// TooOften says that the sender is known and comes more often than its credential
// allows. It is told to the sender as 429.
type TooOften struct {
	Rule string
	Wait time.Duration // until it may come again
}

// Error names the rule.
func (t *TooOften) Error() string { return "more events a minute than allowed (" + t.Rule + ")" }

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
	case len(h.Credentials) == 0 || slices.ContainsFunc(h.Credentials, func(c Credential) bool { return c.Verifier == nil }):
		return fmt.Errorf("hook %q has no way to verify its sender; a hook is never open to everybody", h.Name)
	case h.Read == nil:
		return fmt.Errorf("hook %q has nothing that reads what its sender posts", h.Name)
	case h.Accept == nil:
		return fmt.Errorf("hook %q has nothing that accepts its webhooks", h.Name)
	case h.MaxBody < 0:
		return fmt.Errorf("hook %q: a largest body of %d bytes is impossible; use 0 for %d", h.Name, h.MaxBody, DefaultMaxBody)
	}
	return nil
}

// verify finds the credential that the request was made with.
func (h Hook) verify(q *Request) (Credential, error) {
	var reasons []string
	for _, c := range h.Credentials {
		err := c.Verify(q)
		if err == nil {
			return c, nil
		}
		reason := err.Error()
		if c.Name != "" {
			reason = "credential " + c.Name + ": " + reason
		}
		reasons = append(reasons, reason)
	}
	return Credential{}, refuse(strings.Join(reasons, "; "))
}

func (h Hook) maxBody() int64 {
	if h.MaxBody == 0 {
		return DefaultMaxBody
	}
	return h.MaxBody
}
