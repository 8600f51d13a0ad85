package plugins

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/botd-chat/botd/chat"
)

// Mux is a [Handler] that routes by the name of the trigger, the timer or the
// report, and what a member writes by what it says: a command to its [Command], the
// answer to a question to the [Step] that asked it, and everything else to the
// trigger's own route, if there is one. All routes are added before the first event
// comes.
type Mux struct {
	triggers, timers, reports, steps routes
	commands                         []*Route
}

// NewMux returns a Mux without routes.
func NewMux() *Mux {
	return &Mux{triggers: routes{}, timers: routes{}, reports: routes{}, steps: routes{}}
}

// On adds the route for a trigger. It panics if there is one already.
func (m *Mux) On(trigger chat.TriggerName, f Func) {
	m.triggers.add("trigger", trigger, route{handle: f})
}

// On adds a route that reads the payload into a T first; no payload at all,
// as with schedules, is the zero T. Names that T does not have are passed
// over, for whoever posts may say more than we need, except within a
// [chat.Audience]. A value of the wrong type, or what the method Validate()
// error of T reports, if it has one, ends the event as [Permanent] does. If it
// reports the zero T, the trigger cannot be a schedule, and a configuration in
// which it is one is refused.
func On[T any](m *Mux, trigger chat.TriggerName, f func(context.Context, chat.Event, T) ([]chat.Message, error)) {
	_, wants := read[T](nil, tolerant)
	m.triggers.add("trigger", trigger, route{handle: reading(f), wants: wants, asked: AudiencesOf[T]})
}

// Payload reads the payload of an event as [On] does.
func Payload[T any](e chat.Event) (T, error) { return payload[T](e, tolerant) }

// ExactPayload is [Payload] for a T in which a misspelt name would do harm, as
// one that leaves somebody out does: a name that T does not have is an error.
func ExactPayload[T any](e chat.Event) (T, error) { return payload[T](e, exact) }

func payload[T any](e chat.Event, s strictness) (T, error) {
	v, err := read[T](e.Payload, s)
	if err != nil {
		return v, Permanent(fmt.Errorf("payload of %s: %w", e.Name, err))
	}
	return v, nil
}

// read reads JSON into a T and checks it; none at all is the zero T.
func read[T any](raw json.RawMessage, s strictness) (v T, err error) {
	if len(raw) == 0 {
		raw = json.RawMessage("{}")
	} else if err := decode(raw, &v, s); err != nil {
		return v, err
	}
	if wrong := within("", raw, reflect.ValueOf(&v), nil); len(wrong) > 0 {
		return v, wrong.orNil()
	}
	return v, validate(&v)
}

// Handle passes the event to its route. One without a route is an error that is not
// tried again, but for what a member writes that is neither a command nor an answer.
func (m *Mux) Handle(ctx context.Context, e chat.Event) ([]chat.Message, error) {
	messages, err := m.route(ctx, e)
	if err == nil {
		err = m.checkAsked(e)
	}
	if err != nil {
		return nil, err
	}
	return messages, nil
}

func (m *Mux) route(ctx context.Context, e chat.Event) ([]chat.Message, error) {
	switch e.Kind { //nolint:exhaustive // the others are triggers
	case chat.Timer:
		return m.timers.handle(ctx, "timer", e)
	case chat.Reported:
		return m.reports.handle(ctx, "report", e)
	case chat.Typed:
		return m.typed(ctx, e)
	}
	return m.triggers.handle(ctx, "trigger", e)
}

// typed is what to do about a text. A command ends the sender's dialog: whoever
// turns to something else does not answer the question.
func (m *Mux) typed(ctx context.Context, e chat.Event) ([]chat.Message, error) {
	if e.Sender == nil {
		return nil, Permanent(errors.New("a text without the member who wrote it; give the trigger a sender: expression"))
	}
	if name, rest, ok := chat.CommandIn(e.Text); ok && len(m.commands) > 0 {
		dialog.Delete(e.Session)
		return m.command(ctx, e, name, rest)
	}
	if answered, ok := m.answers(e); ok {
		e.Payload = answered.Data
		return m.steps[answered.Step].handle(ctx, e)
	}
	if _, ok := m.triggers[e.Name]; !ok && m.Typed() {
		return nil, nil
	}
	return m.triggers.handle(ctx, "trigger", e)
}

// Triggers lists the triggers that have a route, sorted.
func (m *Mux) Triggers() []chat.TriggerName { return m.triggers.names() }

// Typed reports whether the Mux takes what members write under any trigger's name:
// it has commands, or asks questions.
func (m *Mux) Typed() bool { return len(m.commands) > 0 || len(m.steps) > 0 }

// CheckTrigger reports a schedule whose route needs a payload.
func (m *Mux) CheckTrigger(trigger chat.TriggerName, kind chat.Kind) error {
	if err := m.triggers[trigger].wants; err != nil && kind == chat.Schedule {
		return fmt.Errorf("a schedule brings no payload, and the plugin needs one for %q: %w", trigger, err)
	}
	return nil
}

// CheckTrigger reports a trigger with which the handler can do nothing, so that
// the configuration is refused rather than each of its events. A handler is
// asked only for what it offers: by a method Triggers() []chat.TriggerName it
// says which triggers it knows, by a method Typed() bool that it takes what members
// write whatever the trigger is called, and by a method
// CheckTrigger(chat.TriggerName, chat.Kind) error what is wrong with one. A
// [Mux] has all three.
func CheckTrigger(h Handler, trigger chat.TriggerName, kind chat.Kind) error {
	h = described(h)
	if text, ok := h.(interface{ Typed() bool }); ok && kind == chat.Typed && text.Typed() {
		return nil
	}
	if t, ok := h.(interface{ Triggers() []chat.TriggerName }); ok && !slices.Contains(t.Triggers(), trigger) {
		if kind == chat.Typed {
			return fmt.Errorf("the plugin takes nothing that members write by a trigger %q; %s", trigger, suggest(string(trigger), texts(t.Triggers())))
		}
		return unknown("trigger", t.Triggers(), trigger)
	}
	if c, ok := h.(interface {
		CheckTrigger(trigger chat.TriggerName, kind chat.Kind) error
	}); ok {
		return c.CheckTrigger(trigger, kind)
	}
	return nil
}

// Asked lists the audiences in the payload of a trigger that was added with [On].
func (m *Mux) Asked(trigger chat.TriggerName, payload json.RawMessage) []chat.Audience {
	if asked := m.triggers[trigger].asked; asked != nil {
		return asked(payload)
	}
	return nil
}
