package plugins

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/botd-chat/botd/chat"
)

// Mux is a [Handler] that routes by the name of the trigger or the timer. All
// routes are added before the first event comes.
type Mux struct {
	routes map[chat.TriggerName]Handler
	timers map[chat.TriggerName]Handler // apart, so that nobody outside can have one come
	wants  map[chat.TriggerName]error   // what is wrong with no payload at all
	asked  map[chat.TriggerName]func(json.RawMessage) []chat.Audience
}

// NewMux returns a Mux without routes.
func NewMux() *Mux {
	return &Mux{routes: map[chat.TriggerName]Handler{}, timers: map[chat.TriggerName]Handler{}, wants: map[chat.TriggerName]error{},
		asked: map[chat.TriggerName]func(json.RawMessage) []chat.Audience{}}
}

// On adds the route for a trigger. It panics if there is one already.
func (m *Mux) On(trigger chat.TriggerName, f Func) {
	if _, twice := m.routes[trigger]; twice || trigger == "" || f == nil {
		panic(fmt.Sprintf("plugins: trigger %q is routed twice, or without a name or a function", trigger))
	}
	m.routes[trigger] = f
}

// On adds a route that reads the payload into a T first; no payload at all,
// as with schedules, is the zero T. Names that T does not have are passed
// over, for whoever posts may say more than we need, except within a
// [chat.Audience]. A value of the wrong type, or what the method Validate()
// error of T reports, if it has one, ends the event as [Permanent] does. If it
// reports the zero T, the trigger cannot be a schedule, and a configuration in
// which it is one is refused.
func On[T any](m *Mux, trigger chat.TriggerName, f func(context.Context, chat.Event, T) ([]chat.Message, error)) {
	m.On(trigger, reading(f))
	m.asked[trigger] = AudiencesOf[T]
	var nothing T
	if err := validate(&nothing); err != nil {
		m.wants[trigger] = err
	}
}

func reading[T any](f func(context.Context, chat.Event, T) ([]chat.Message, error)) Func {
	return func(ctx context.Context, e chat.Event) ([]chat.Message, error) {
		payload, err := Payload[T](e)
		if err != nil {
			return nil, err
		}
		return f(ctx, e, payload)
	}
}

// Payload reads the payload of an event as [On] does.
func Payload[T any](e chat.Event) (T, error) { return payload[T](e, tolerant) }

// ExactPayload is [Payload] for a T in which a misspelt name would do harm, as
// one that leaves somebody out does: a name that T does not have is an error.
func ExactPayload[T any](e chat.Event) (T, error) { return payload[T](e, exact) }

func payload[T any](e chat.Event, s strictness) (T, error) {
	var v T
	var err error
	if len(e.Payload) > 0 {
		err = decode(e.Payload, &v, s)
	}
	if err == nil {
		err = validate(&v)
	}
	if err != nil {
		return v, Permanent(fmt.Errorf("payload of %s: %w", e.Name, err))
	}
	return v, nil
}

// Handle passes the event to the route of its trigger or timer. One without a
// route is an error that is not tried again.
func (m *Mux) Handle(ctx context.Context, e chat.Event) ([]chat.Message, error) {
	what, routes := "trigger", m.routes
	if e.Kind == chat.Timer {
		what, routes = "timer", m.timers
	}
	h, ok := routes[e.Name]
	if !ok {
		return nil, Permanent(unknown(what, sortedNames(routes), e.Name))
	}
	return h.Handle(ctx, e)
}

// Triggers lists the triggers that have a route, sorted.
func (m *Mux) Triggers() []chat.TriggerName { return sortedNames(m.routes) }

func sortedNames(routes map[chat.TriggerName]Handler) []chat.TriggerName {
	return slices.Sorted(maps.Keys(routes))
}

// CheckTrigger reports a schedule whose route needs a payload.
func (m *Mux) CheckTrigger(trigger chat.TriggerName, kind chat.Kind) error {
	if err := m.wants[trigger]; err != nil && kind == chat.Schedule {
		return fmt.Errorf("a schedule brings no payload, and the plugin needs one for %q: %w", trigger, err)
	}
	return nil
}

// CheckTrigger reports a trigger with which the handler can do nothing, so that
// the configuration is refused rather than each of its events. A handler is
// asked only for what it offers: by a method Triggers() []chat.TriggerName it
// says which triggers it knows, and by a method
// CheckTrigger(chat.TriggerName, chat.Kind) error what is wrong with one. A
// [Mux] has both.
func CheckTrigger(h Handler, trigger chat.TriggerName, kind chat.Kind) error {
	if t, ok := h.(interface{ Triggers() []chat.TriggerName }); ok && !slices.Contains(t.Triggers(), trigger) {
		return unknown("trigger", t.Triggers(), trigger)
	}
	if c, ok := h.(interface {
		CheckTrigger(trigger chat.TriggerName, kind chat.Kind) error
	}); ok {
		return c.CheckTrigger(trigger, kind)
	}
	return nil
}

func unknown(what string, have []chat.TriggerName, name chat.TriggerName) error {
	var known []string
	for _, name := range have {
		known = append(known, string(name))
	}
	return fmt.Errorf("the plugin knows no %s %q; %s", what, name, suggest(string(name), known))
}
