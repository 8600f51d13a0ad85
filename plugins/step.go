package plugins

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// DialogLife is how long a question waits for its answer.
const DialogLife = 10 * time.Minute

// Step is a question to a member and what its answer is for. What is known when it
// is asked is a T, and comes back with the answer. It is a value, made by [NewStep] and
// most often a package variable; [OnStep] says what becomes of the answer.
//
//	var confirm = plugins.NewStep[extension]("confirm")
//
//	return confirm.Ask(e, x, "%d days is long. Sure?", x.Days), nil
//
// The answer is the next thing that the member writes which is no command, in the
// [chat.Event.Text] of an event of kind [chat.Typed]: once, within [DialogLife]. A
// command, and another question to the same member, end the dialog; so nothing is to
// hang on an answer that must come. What waits is kept in the session, and so
// survives a restart of botd and a new version of the plugin.
type Step[T any] struct {
	name  chat.TriggerName
	roles []chat.Role
}

// NewStep names a step. It panics on a name that is none: 1 to 64 letters, digits,
// - and _ do.
func NewStep[T any](name chat.TriggerName) Step[T] { return Step[T]{name: named("step", name)} }

// For is the step asked of all who have one of these roles: they see the question, and
// the first of them who writes something answers it, by the role that member has then.
// What waits is kept in the state of the group; one question of a step waits there, the
// newest. For panics without a role, and on one that is none.
func (s Step[T]) For(roles ...chat.Role) Step[T] {
	s.roles = rolesOf("step "+string(s.name), roles)
	return s
}

// Ask is the question, to the sender of the event alone or to those whom [Step.For]
// names. It panics on data that JSON cannot express, and on an event made by hand
// without a State and a Session.
func (s Step[T]) Ask(e chat.Event, data T, format string, args ...any) []chat.Message {
	raw, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Sprintf("step %s: %v", s.name, err))
	}
	q := question{Step: s.name, Until: e.Time.Add(DialogLife), Asked: e.ID, Roles: s.roles, Data: raw}
	if s.roles == nil {
		dialog.Set(e.Session, q)
		return chat.Sender.Say(format, args...)
	}
	append(questions.Get(e.State).without(s.name, e.Time), q).keep(e.State)
	return chat.Audience{Roles: s.roles}.Say(format, args...)
}

// Forget ends what waits for an answer to this step, of the sender or of those whom
// [Step.For] names.
func (s Step[T]) Forget(e chat.Event) {
	if s.roles != nil {
		questions.Get(e.State).without(s.name, e.Time).keep(e.State)
	} else if dialog.Get(e.Session).Step == s.name {
		dialog.Delete(e.Session)
	}
}

// OnStep adds the route for the answer to a step, whomever it was asked of. It panics
// if there is a route already.
func OnStep[T any](m *Mux, s Step[T], f func(context.Context, chat.Event, T) ([]chat.Message, error)) {
	m.steps.add("step", s.name, route{handle: reading(f)})
}

// Ask is a question without data to the sender of the event alone, whose answer goes
// to the step of that name, which [Mux.Step] adds; see [Step].
func Ask(e chat.Event, step chat.TriggerName, format string, args ...any) []chat.Message {
	return NewStep[struct{}](step).Ask(e, struct{}{}, format, args...)
}

// Step adds the route for the answer to a question of [Ask]. It panics if there is one
// already.
func (m *Mux) Step(name chat.TriggerName, f Func) {
	m.steps.add("step", named("step", name), route{handle: f})
}

// question is what waits for an answer, as it is kept. It belongs to this package:
// a plugin's own keys do not begin with a dot.
type question struct {
	Step  chat.TriggerName `json:"step"`
	Until time.Time        `json:"until"`
	Asked chat.EventID     `json:"asked,omitzero"`  // the event that it was asked in
	Roles []chat.Role      `json:"roles,omitempty"` // who may answer; nil: whose session it is
	Data  json.RawMessage  `json:"data"`
}

// Where questions wait: those to a member in the member's session, and those to a role
// in the state of the group.
const (
	dialog    = chat.Key[question](".dialog")
	questions = chat.Key[waiting](".questions")
)

// waiting are questions to roles, the newest last.
type waiting []question

// without are those of other steps that can still be answered.
func (w waiting) without(step chat.TriggerName, now time.Time) waiting {
	return slices.DeleteFunc(w, func(q question) bool { return q.Step == step || !now.Before(q.Until) })
}

// keep leaves nothing behind when nothing waits.
func (w waiting) keep(s chat.State) {
	if len(w) == 0 {
		questions.Delete(s)
		return
	}
	questions.Set(s, w)
}

// answers takes the question that a text answers: the sender's own before the newest of
// those to the sender's role. What came too late, and what no step knows any more, is
// as if it had not been asked.
func (m *Mux) answers(e chat.Event) (question, bool) {
	own := dialog.Get(e.Session)
	dialog.Delete(e.Session)
	if m.open(own, e) {
		return own, true
	}
	all := slices.DeleteFunc(questions.Get(e.State), func(q question) bool { return !m.open(q, e) })
	for i, q := range slices.Backward(all) {
		if slices.Contains(q.Roles, e.Sender.Role) {
			slices.Delete(all, i, i+1).keep(e.State)
			return q, true
		}
	}
	return question{}, false
}

func (m *Mux) open(q question, e chat.Event) bool {
	_, known := m.steps[q.Step]
	return known && e.Time.Before(q.Until)
}

// checkAsked reports a question that was asked just now and whose answer no step
// would take.
func (m *Mux) checkAsked(e chat.Event) error {
	for _, q := range append(questions.Get(e.State), dialog.Get(e.Session)) {
		if q.Step != "" && q.Asked == e.ID {
			if err := knows("step", m.steps.names(), q.Step); err != nil {
				return Permanent(err)
			}
		}
	}
	return nil
}
