// Package welcome is a plugin that greets whoever joins a group.
//
// What people see: the member who joined sees the greeting, and nobody else does. Where
// the options say tell, those see who has joined. Who leaves and comes back within a day
// is not greeted again, and nobody is told.
//
// Its trigger, whatever its name, is member_joined: true, of which the chat service tells;
// or a webhook of another system that says who joined as its sender: in bots.yaml, sender:
// is an expression over what that brings.
package welcome

import (
	"context"
	"errors"
	"fmt"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Options are what an operator can set.
type Options struct {
	Text   text          `json:"text" max:"2000" about:"What the member who joined sees. {name} is the member's name in the group, or else the id; {id} is the id; {role} is the role."`
	Tell   chat.Audience `json:"tell" about:"Who else is told that somebody has joined; nobody when left out."`
	Saying text          `json:"saying" max:"2000" about:"What those see; {name}, {id} and {role} are as above."`
}

// Defaults sets what holds when nothing is said.
func (o *Options) Defaults() {
	o.Text, o.Saying = "Welcome, {name}! Only you see this.", "{name} has joined."
}

// Plugin is the welcome.
var Plugin = plugins.Define("welcome", "1.0.0", func(o Options) (plugins.Handler, error) {
	if o.Tell.IsNobody() {
		return welcome{o}, nil
	}
	return welcome{o}, o.Tell.Validate()
})

// greeted is where it is remembered, with the member, that the greeting was sent.
const greeted = chat.Key[bool]("greeted")

type welcome struct{ Options }

// CheckTrigger reports a schedule, which nobody joins by.
func (welcome) CheckTrigger(_ chat.TriggerName, kind chat.Kind) error {
	if kind == chat.Schedule {
		return errors.New("a schedule does not say who joined; use member_joined: true, or a webhook with a sender: expression")
	}
	return nil
}

// Handle greets the sender.
func (w welcome) Handle(_ context.Context, e chat.Event) ([]chat.Message, error) {
	if h, ok := plugins.Happening(e); ok && h.What != chat.MemberJoined {
		return nil, plugins.Permanent(fmt.Errorf("nobody joined by %s; the trigger of a welcome is member_joined: true", h.What))
	}
	if e.Sender == nil {
		return nil, plugins.Permanent(errors.New("who joined? The event has no sender; use member_joined: true, or give the trigger a sender: expression"))
	}
	if greeted.Get(e.Session) {
		return nil, nil
	}
	greeted.Set(e.Session, true)
	said := chat.Sender.Say("%s", w.Text.of(*e.Sender))
	if !w.Tell.IsNobody() {
		said = append(said, w.Tell.But(e.Sender.ID).Say("%s", w.Saying.of(*e.Sender))...)
	}
	return said, nil
}
