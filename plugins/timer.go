package plugins

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Timer is an event that a plugin asks for and gets after a while, with a
// payload of type T: once, in the same group, in order with its other events
// there, and also if botd was not running when its time came. It is a value, made
// by [NewTimer] and most often a package variable; [OnTimer] routes what comes.
//
//	var closing = plugins.NewTimer[question]("closing")
//
//	closing.Set(e, 10*time.Minute, q)        // the event comes in ten minutes
//	closing.Set(e, 20*time.Minute, q)        // no: in twenty
//	closing.Key("q7").Set(e, time.Minute, q) // and another beside it
//	closing.Cancel(e)                        // only that of q7 is left
//
// What is set is stored with the messages and the state of the same answer, or
// not at all. A timer that was cancelled or set anew a moment too late has
// become an event already and comes after this one: a handler looks in the
// state whether it still has a meaning.
type Timer[T any] struct {
	name   chat.TriggerName
	key    string
	sender bool
}

// NewTimer names a timer. It panics on a name that is none: 1 to 64 letters,
// digits, - and _ do.
func NewTimer[T any](name chat.TriggerName) Timer[T] {
	return Timer[T]{name: named("timer", name)}
}

// Key is another timer, beside those with other keys and the one without: it is
// set and cancelled by itself. A key has up to [chat.MaxTimerKey] bytes.
func (t Timer[T]) Key(key string) Timer[T] {
	t.key = key
	return t
}

// ForSender is the timer with the sender of the event that sets it, who is then
// what [chat.Sender] means. If that member leaves the group before it comes, it
// is not handled. Without it the event of a timer has no sender.
func (t Timer[T]) ForSender() Timer[T] {
	t.sender = true
	return t
}

// Set asks for the event, after [chat.MinTimer] to [chat.MaxTimer] from when the
// answer is stored. If it is pending already, it is replaced. Set panics on a
// payload that JSON cannot express; what else is wrong, and how many timers a
// bot may have pending, is told when the answer is checked, and then nothing of
// the answer counts.
func (t Timer[T]) Set(e chat.Event, after time.Duration, payload T) {
	raw, err := json.Marshal(payload)
	if err != nil {
		panic(fmt.Sprintf("timer %s: %v", chat.TimerLabel(t.name, t.key), err))
	}
	e.Timers.Add(chat.Later{Name: t.name, Key: t.key, After: chat.Duration(after), Payload: raw, Sender: t.sender})
}

// Cancel forgets what is pending under this name and key, if anything is.
func (t Timer[T]) Cancel(e chat.Event) {
	e.Timers.Add(chat.Later{Name: t.name, Key: t.key, Cancel: true})
}

// OnTimer adds the route for what a timer brings, with any key. Names that T
// does not have are passed over, since an earlier version of the plugin may have
// set it; otherwise it is as [On]. It panics if there is a route already.
func OnTimer[T any](m *Mux, t Timer[T], f func(context.Context, chat.Event, T) ([]chat.Message, error)) {
	m.timers.add("timer", t.name, route{handle: reading(f)})
}

// Timers lists the timers that have a route, sorted.
func (m *Mux) Timers() []chat.TriggerName { return m.timers.names() }

// CheckTimers reports what is wrong with the timers of an answer: one that
// cannot be set, one that is to have the sender of an event that has none, and
// one that the handler would not know when it comes. A handler is asked for that
// only if it says which it knows, by a method Timers() []chat.TriggerName, as a
// [Mux] does.
func CheckTimers(h Handler, list []chat.Later, sender chat.UserID) error {
	h = described(h)
	if len(list) > chat.MaxTimers {
		return fmt.Errorf("it sets or cancels %d timers, and one answer may have %d", len(list), chat.MaxTimers)
	}
	for _, l := range list {
		if err := l.Validate(); err != nil {
			return err
		}
		if l.Sender && sender == "" {
			return fmt.Errorf("timer %s is to have the sender of the event, and the trigger names none; give it a sender: expression", l.Label())
		}
		if t, ok := h.(interface{ Timers() []chat.TriggerName }); ok {
			if err := knows("timer", t.Timers(), l.Name); err != nil {
				return err
			}
		}
	}
	return nil
}
