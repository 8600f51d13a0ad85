package plugins

import (
	"context"
	"fmt"
	"slices"

	"github.com/botd-chat/botd/chat"
)

// Mux is a [Handler] that routes by the name of the trigger. All routes are
// added before the first event comes.
type Mux struct{ routes map[chat.TriggerName]Handler }

// NewMux returns a Mux without routes.
func NewMux() *Mux { return &Mux{map[chat.TriggerName]Handler{}} }

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
// error of T reports, if it has one, ends the event as [Permanent] does.
func On[T any](m *Mux, trigger chat.TriggerName, f func(context.Context, chat.Event, T) ([]chat.Message, error)) {
	m.On(trigger, func(ctx context.Context, e chat.Event) ([]chat.Message, error) {
		payload, err := Payload[T](e)
		if err != nil {
			return nil, err
		}
		return f(ctx, e, payload)
	})
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

// Handle passes the event to the route of its trigger. A trigger without a
// route is an error that is not tried again.
func (m *Mux) Handle(ctx context.Context, e chat.Event) ([]chat.Message, error) {
	h, ok := m.routes[e.Name]
	if !ok {
		return nil, Permanent(CheckTrigger(m, e.Name))
	}
	return h.Handle(ctx, e)
}

// Triggers lists the triggers that have a route, sorted.
func (m *Mux) Triggers() []chat.TriggerName {
	names := make([]chat.TriggerName, 0, len(m.routes))
	for name := range m.routes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// CheckTrigger reports a trigger that the handler will not know. Only a
// handler that says which triggers it knows, as a [Mux] does by its method
// Triggers, can be wrong about one.
func CheckTrigger(h Handler, trigger chat.TriggerName) error {
	t, ok := h.(interface{ Triggers() []chat.TriggerName })
	if !ok || slices.Contains(t.Triggers(), trigger) {
		return nil
	}
	var known []string
	for _, name := range t.Triggers() {
		known = append(known, string(name))
	}
	return fmt.Errorf("the plugin knows no trigger %q; %s", trigger, suggest(string(trigger), known))
}
