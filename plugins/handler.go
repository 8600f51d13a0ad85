package plugins

import (
	"context"
	"errors"

	"github.com/botd-chat/botd/chat"
)

// Handler decides what to say about an event, and to whom. It never sends.
//
// What it leaves in e.State, and the timers it asks for in e.Timers, are saved
// together with the messages, and only if it returns no error. It returns soon after ctx ends. It may be called for
// several groups at once, but never twice at once for one group.
type Handler interface {
	Handle(ctx context.Context, e chat.Event) ([]chat.Message, error)
}

// Needing is a handler that needs something because of its options, besides what its
// plugin needs.
type Needing interface {
	// Needed lists it, such as [Members].
	Needed() []string
}

// Func is a function as a [Handler].
type Func func(ctx context.Context, e chat.Event) ([]chat.Message, error)

// Handle calls f.
func (f Func) Handle(ctx context.Context, e chat.Event) ([]chat.Message, error) { return f(ctx, e) }

// ErrPermanent is what an error made by [Permanent] is.
var ErrPermanent = errors.New("would end the same if it were tried again")

// Permanent marks an error that would come again however often the event were
// handled, such as a payload without its user: errors.Is says that it is
// [ErrPermanent], and it reads as before. The host gives the event up at once;
// after any other error it tries again. Permanent of nil is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanent{err}
}

type permanent struct{ err error }

func (p *permanent) Error() string        { return p.err.Error() }
func (p *permanent) Unwrap() error        { return p.err }
func (p *permanent) Is(target error) bool { return target == ErrPermanent }

// described is the handler that says what h knows: h itself, or, where h has a method
// Described() Handler since it passes events on to somewhere else, that one.
func described(h Handler) Handler {
	if d, ok := h.(interface{ Described() Handler }); ok {
		return d.Described()
	}
	return h
}
