package plugins

import (
	"context"
	"errors"

	"github.com/botd-chat/botd/chat"
)

// Handler decides what to say about an event, and to whom. It never sends.
//
// What it leaves in e.State is saved together with the messages, and only if
// it returns no error. It returns soon after ctx ends. It may be called for
// several groups at once, but never twice at once for one group.
type Handler interface {
	Handle(ctx context.Context, e chat.Event) ([]chat.Message, error)
}

// Func is a function as a [Handler].
type Func func(ctx context.Context, e chat.Event) ([]chat.Message, error)

// Handle calls f.
func (f Func) Handle(ctx context.Context, e chat.Event) ([]chat.Message, error) { return f(ctx, e) }

// Refuse marks an error that would come again however often the event were
// handled, such as a payload without its user. The host gives the event up at
// once; after any other error it tries again. Refuse of nil is nil.
func Refuse(err error) error {
	if err == nil {
		return nil
	}
	return &refusal{err}
}

// Refused reports whether err, or one it wraps, was made by [Refuse].
func Refused(err error) bool {
	var r *refusal
	return errors.As(err, &r)
}

type refusal struct{ err error }

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }
