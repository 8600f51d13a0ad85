package chat

import (
	"encoding/json"
	"fmt"
	"time"
)

// Contract is the version of the shape of Event and its answer.
const Contract = 1

// Kind is what sort of trigger an event came from.
type Kind string

// The kinds of events.
const (
	Webhook  Kind = "webhook"
	Schedule Kind = "schedule"
	Timer    Kind = "timer"   // the bot's plugin asked for it, by a Later
	Typed    Kind = "message" // a member wrote something; Text is what
	Reported Kind = "report"  // a message of the bot's ended, and its plugin had asked to be told, by a Report
	// Callback is that something happened in the group of which the chat service
	// told; the payload is a [Happening].
	Callback Kind = "callback"
)

// Event is what a plugin is handed: everything it may know, and nothing that
// changes when the event is handled a second time.
type Event struct {
	Botd    int             `json:"botd"` // Contract
	ID      EventID         `json:"id"`   // the same on every retry
	Kind    Kind            `json:"kind"`
	Name    TriggerName     `json:"name"` // which trigger, as the operator named it; of a timer, as the plugin did
	Time    time.Time       `json:"time"` // when it was accepted, or the time a schedule or timer meant; use it, not time.Now
	Group   GroupID         `json:"group"`
	Sender  *Member         `json:"sender,omitempty"` // a member of the group, checked; nil when the trigger names none
	Text    string          `json:"text,omitempty"`   // what the sender wrote, of an event of kind Typed
	Payload json.RawMessage `json:"payload,omitempty"`
	Members []Member        `json:"members,omitempty"` // only for a plugin that needs "members"
	State   State           `json:"state"`             // this bot's in this group; what is left in it is saved with the answer
	Session State           `json:"session"`           // of the sender in this group, kept for SessionLife after it last changed; empty without a sender
	Origin  *Origin         `json:"origin,omitempty"`  // of the webhook that it came of; nil for none
	Config  json.RawMessage `json:"config,omitempty"`  // the bot's options
	Timers  *Timers         `json:"-"`                 // what is asked for in it comes back later; the host never hands out nil
}

// MaxState is how many bytes a bot may keep for a group, as JSON, and also how
// many it may keep for one of its members there, in [Event.Session].
const MaxState = 64 << 10

// MaxText is how many bytes a member may write in one event: as much as the chat
// service takes in one message (product/1047/34381).
const MaxText = 12 << 10

// SessionLife is how long after its last change a session is forgotten.
const SessionLife = 24 * time.Hour

// State is what a bot remembers about a group. Nil is empty and can be read;
// the host never hands out nil.
type State map[string]json.RawMessage

// Key names one typed value in a State.
type Key[T any] string

// Get returns the value, or the zero value when there is none or it has
// another shape.
func (k Key[T]) Get(s State) T {
	var v T
	if raw, ok := s[string(k)]; ok && json.Unmarshal(raw, &v) != nil {
		var zero T
		return zero
	}
	return v
}

// Set stores the value. It panics on a value that JSON cannot express, which
// is a mistake in the plugin and is treated as one.
func (k Key[T]) Set(s State, v T) {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("state key %q: %v", string(k), err))
	}
	s[string(k)] = raw
}

// Delete removes the value.
func (k Key[T]) Delete(s State) { delete(s, string(k)) }
