package simulator

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Why a message was received.
const (
	Targeted  = "targeted"  // its recipient list was honoured
	Broadcast = "broadcast" // it went to the whole group
)

// Message.Reason is Discarded where nobody received it: its author's app shows it, and
// believes that it was sent.

// Message is a message that took effect. Its slices are shared: read them only.
// From Time until Recalled, or until today, its recipients could see it.
type Message struct {
	ID         uint64          `json:"id"`           // counts all messages of the simulator, from 1
	Group      string          `json:"group"`        // "": from one account to another
	To         string          `json:"to,omitempty"` // of one to one
	Seq        uint32          `json:"seq"`          // in the group; 0: it took none. One to one: MsgSeq, which counts nothing
	Time       time.Time       `json:"time"`
	From       string          `json:"from"`
	Random     uint32          `json:"random"`
	Reason     string          `json:"reason"`          // Targeted, Broadcast, Direct or Discarded
	Recipients []string        `json:"recipients"`      // who received it
	Asked      []string        `json:"asked,omitempty"` // To_Account as it was sent, also where it had no effect
	Text       string          `json:"text"`            // of the text elements, or a word for what else it holds
	Elements   json.RawMessage `json:"elements"`        // MsgBody as it was sent
	CustomData string          `json:"cloud_custom_data,omitempty"`
	Priority   string          `json:"priority"`
	OnlineOnly bool            `json:"online_only,omitempty"` // not stored, and only for who was online
	Before     string          `json:"before,omitempty"`      // what the callback before it came to, such as Allowed or TimedOut; "": there was none
	Recalled   time.Time       `json:"recalled,omitzero"`     // since then nobody sees it any more; who received it may have read it
}

// Leaked reports whether a recipient list was given and had no effect.
func (m Message) Leaked() bool { return m.Reason == Broadcast && len(m.Asked) > 0 }

// Inbox is what one account received. The counts are of everything, Messages
// may lack the oldest (Limits.InboxMessages).
type Inbox struct {
	Targeted  int       `json:"targeted"`
	Broadcast int       `json:"broadcast"`
	Direct    int       `json:"direct,omitempty"`
	Messages  []Message `json:"messages"`
	// Own is what the account wrote and nobody received, since the application
	// discarded it: it is on its author's device alone, and counted nowhere.
	Own []Message `json:"own,omitempty"`
}

type inbox struct {
	kept, own           ring[*Message]
	targeted, broadcast int
	direct              int
}

func (i *inbox) put(m *Message) {
	i.kept.put(m)
	switch m.Reason {
	case Targeted:
		i.targeted++
	case Direct:
		i.direct++
	default:
		i.broadcast++
	}
}

func (i *inbox) snapshot() Inbox {
	return Inbox{Targeted: i.targeted, Broadcast: i.broadcast, Direct: i.direct, Messages: values(i.kept.all()), Own: values(i.own.all())}
}

func values(in []*Message) []Message {
	out := make([]Message, len(in))
	for i, m := range in {
		out[i] = *m
	}
	return out
}

// Inbox returns what an account received so far, oldest first.
func (s *Simulator) Inbox(user string) (Inbox, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[user]
	if a == nil {
		return Inbox{}, fmt.Errorf("open the inbox of %q: no such account", user)
	}
	return a.inbox.snapshot(), nil
}

// Inboxes returns the inbox of every account, also of those that received
// nothing.
func (s *Simulator) Inboxes() map[string]Inbox {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[string]Inbox, len(s.accounts))
	for id, a := range s.accounts {
		out[id] = a.inbox.snapshot()
	}
	return out
}

// Messages returns what took effect in any group, oldest first, as far as it is
// kept (Limits.Messages). What was discarded took none.
func (s *Simulator) Messages() []Message {
	return slices.DeleteFunc(s.shown(), func(m Message) bool { return m.Reason == Discarded })
}

// shown is what anybody saw, the author of what was discarded included.
func (s *Simulator) shown() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(s.log.all())
}

// deliver puts a message into the inboxes of its recipients.
func (s *Simulator) deliver(m *Message) {
	for _, id := range m.Recipients {
		s.account(id).inbox.put(m)
	}
	if m.Before == TimedOut || m.Before == Broken {
		s.unjudged++
	}
	s.publish(m)
}

// keepOwn leaves a message with its author alone.
func (s *Simulator) keepOwn(m *Message) {
	m.Reason, m.Recipients = Discarded, []string{m.From}
	s.account(m.From).inbox.own.put(m)
	s.publish(m)
}

// publish shows a message to live pages.
func (s *Simulator) publish(m *Message) {
	s.lastID++
	m.ID = s.lastID
	s.log.put(m)
	told := *m // the message may still be recalled, while pages are told of it
	s.hub.publish(&told)
}
