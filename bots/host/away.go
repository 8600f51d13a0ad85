package host

import (
	"errors"
	"time"

	"github.com/botd-chat/botd/bots"
)

// away is a [bots.ErrAway] with its reason.
type away struct {
	why   error
	until time.Time // when it is worth looking again; zero: not known
}

func (a *away) Error() string        { return a.why.Error() }
func (a *away) Unwrap() error        { return a.why }
func (a *away) Is(target error) bool { return target == bots.ErrAway }

// Until is when it is worth looking again; zero: not known.
func (a *away) Until() time.Time { return a.until }

// unsent says that nothing of a request went out.
type unsent struct{ error }

func (u unsent) Unwrap() error { return u.error }

// broke says that the connection ended after the request went out and before the
// whole answer was there.
type broke struct{ error }

func (b broke) Unwrap() error { return b.error }

// is reports whether err is, or wraps, a T.
func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}
