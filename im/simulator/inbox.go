package simulator

import (
	"encoding/json"
	"fmt"
	"time"
)

// Why a message was received.
const (
	Targeted  = "targeted"  // its recipient list was honoured
	Broadcast = "broadcast" // it went to the whole group
)

// Message is a message that took effect. Its slices are shared: read them only.
type Message struct {
	ID         uint64          `json:"id"` // counts all messages of the simulator, from 1
	Group      string          `json:"group"`
	Seq        uint32          `json:"seq"` // in the group; 0: it took none
	Time       time.Time       `json:"time"`
	From       string          `json:"from"`
	Random     uint32          `json:"random"`
	Reason     string          `json:"reason"`          // Targeted or Broadcast
	Recipients []string        `json:"recipients"`      // who received it
	Asked      []string        `json:"asked,omitempty"` // To_Account as it was sent, also where it had no effect
	Text       string          `json:"text"`            // of the text elements, or a word for what else it holds
	Elements   json.RawMessage `json:"elements"`        // MsgBody as it was sent
	CustomData string          `json:"cloud_custom_data,omitempty"`
	Priority   string          `json:"priority"`
	OnlineOnly bool            `json:"online_only,omitempty"` // not stored, and only for who was online
	Recalled   time.Time       `json:"recalled,omitzero"`     // since then nobody sees it any more; who received it may have read it
}

// Leaked reports whether a recipient list was given and had no effect.
func (m Message) Leaked() bool { return m.Reason == Broadcast && len(m.Asked) > 0 }

// Inbox is what one account received. The counts are of everything, Messages
// may lack the oldest (Limits.InboxMessages).
type Inbox struct {
	Targeted  int       `json:"targeted"`
	Broadcast int       `json:"broadcast"`
	Messages  []Message `json:"messages"`
}

type inbox struct {
	kept                ring[*Message]
	targeted, broadcast int
}

func (i *inbox) put(m *Message) {
	i.kept.put(m)
	if m.Reason == Targeted {
		i.targeted++
	} else {
		i.broadcast++
	}
}

func (i *inbox) snapshot() Inbox {
	return Inbox{Targeted: i.targeted, Broadcast: i.broadcast, Messages: values(i.kept.all())}
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
// kept (Limits.Messages).
func (s *Simulator) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return values(s.log.all())
}

// deliver puts a message into the inboxes of its recipients.
func (s *Simulator) deliver(m *Message) {
	s.lastID++
	m.ID = s.lastID
	for _, id := range m.Recipients {
		s.account(id).inbox.put(m)
	}
	s.log.put(m)
	told := *m // the message may still be recalled, while pages are told of it
	s.hub.publish(&told)
}
