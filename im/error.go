package im

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Class says what to do about an error. What matters most is whether the
// request may have had its effect: only after Unclear may it.
type Class string

// The classes. Only Unclear leaves open whether a message was delivered; after
// all others it certainly was not.
const (
	// Rate: not carried out, because something was too frequent. Slow the Scope
	// down, wait at least Wait, then try again; a message with a new Random.
	Rate Class = "rate"
	// Retry: not carried out, and trying again after a while may work.
	Retry Class = "retry"
	// Unclear: may or may not have been carried out. A message may be repeated
	// with the same Random and the same bytes only, and not for long.
	Unclear Class = "unclear"
	// Sig: the signature was refused. A Client repeats such a call once with a
	// new one and answers Configuration when that is refused too, so callers do
	// not see it.
	Sig Class = "usersig"
	// Permanent: this request can never succeed as it is; others may.
	Permanent Class = "permanent"
	// Configuration: nothing will succeed until a person changes something at
	// the console, the key, the edition or the bill. Stop, raise an alarm, and
	// probe at most once a minute.
	Configuration Class = "configuration"
)

// Scope is what was too frequent; empty for every class but Rate.
type Scope string

// The scopes of Rate.
const (
	ScopeAPI   Scope = "api"   // this API of the application
	ScopeApp   Scope = "app"   // all calls of the application
	ScopeGroup Scope = "group" // messages in this group
)

// Sentinels that an [Error] may wrap.
var (
	// ErrGuard says that a request was stopped at the last step before the
	// socket, because it might have shown a message to others than its
	// recipients. That is a bug here; nothing left the process.
	ErrGuard = errors.New("stopped before it was sent")
	// ErrTooLarge says that a message is over what the service accepts.
	ErrTooLarge = errors.New("the message is too large")
	// ErrNotTargetable says that the service cannot restrict a message in such
	// a group to some of its members.
	ErrNotTargetable = errors.New("the group has no targeted messages")
	// ErrDropped says that the service accepted a message and threw it away.
	ErrDropped = errors.New("accepted by the service and thrown away")
)

// Error is why a call failed. It is the only type of error that the calls of a
// [Client] return.
type Error struct {
	API   string        // the command, such as send_group_msg
	Code  int           // the service's ErrorCode; 0 when it gave none
	HTTP  int           // the HTTP status when it was not 200; else 0
	Class Class         // what to do
	Scope Scope         // of Rate
	Wait  time.Duration // not before this; 0 leaves it to the caller
	// Info is the service's own words, for people alone: nothing may depend on
	// it, and it may quote the request. Error leaves it out for sending calls, so
	// that no log shows a message; who may see the message may see it.
	Info string `json:"-"`
	// Err is the cause where there is no code.
	Err error `json:"-"`
}

// Error says which call failed and why, without secrets, addresses or content.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.API)
	if e.HTTP != 0 {
		b.WriteString(": HTTP " + strconv.Itoa(e.HTTP))
	}
	if e.Code != 0 {
		fmt.Fprintf(&b, ": %d %s", e.Code, lookup(e.Code).meaning)
	}
	if e.Info != "" && e.API != apiSend {
		fmt.Fprintf(&b, " (%.200q)", e.Info)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Format prints Error, whatever the verb, so that none shows Info.
func (e *Error) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.Error()) }

func (e *Error) Unwrap() error { return e.Err }

// Unlisted reports a code that no document lists. It is never retried, and
// somebody should look.
func (e *Error) Unlisted() bool { return e.Code != 0 && lookup(e.Code).unlisted }

// MayBeDone reports whether the request may have had its effect in spite of the
// error. An error that is no [Error] is not known to be harmless.
func MayBeDone(err error) bool {
	if err == nil {
		return false
	}
	e, ok := errors.AsType[*Error](err)
	return !ok || e.Class == Unclear
}

// ofCode is the error for an ErrorCode other than 0.
func ofCode(api string, code int, info string) *Error {
	c := lookup(code)
	return &Error{
		API: api, Code: code, Info: info,
		Class: c.outcome(), Scope: c.scope, Wait: c.wait(),
	}
}
