package bots

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// answer is what a plugin said, in memory of our own.
type answer struct {
	messages []chat.Message
	state    chat.State // nil: as it was
	session  chat.State // the same
	timers   []chat.Later
	drafts   []chat.Message // those of messages that are reviewed first, until lapses
	lapses   time.Time
	reviewed chat.TriggerName // by whose review
	cut      bool             // what its reviewers are shown of them
	notices  []chat.Message   // what botd says to reviewers, with the account of as
	as       chat.BotName
	decision *chat.Decision // by a member, about other drafts
	took     time.Duration  // by the plugin, whatever came of it
}

// newAnswer copies what a plugin answered.
func newAnswer(messages []chat.Message, timers []chat.Later) (answer, error) {
	a := answer{messages: make([]chat.Message, len(messages)), timers: timers}
	for i, m := range messages {
		own, err := m.Clone()
		if err != nil {
			return answer{}, fmt.Errorf("%w: message %d of %d: %w", errAnswer, i+1, len(messages), err)
		}
		a.messages[i] = own
	}
	return a, nil
}

// changed is a copy of what a state became; nil if it stayed as it was.
func changed(before, after chat.State) chat.State {
	if maps.EqualFunc(before, after, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
		return nil
	}
	return cloneState(after)
}

// errAnswer says that the plugin's answer breaks a rule. What it says to the
// same event it will say again, so this is final.
var errAnswer = errors.New("the plugin's answer is refused")

// check holds an answer against the bot's limits and binds its audiences to the
// sender, so that they mean the same whenever they are read. Where the event came
// of a webhook whose credential has a ceiling, its messages stay within that.
func (a answer) check(b *Bot, e chat.EventRecord) error {
	sender := e.Sender
	if n := len(a.messages); n > b.Limits.Messages {
		return &overLimit{LimitMessages, fmt.Errorf("%w: it has %d messages, and bot %q may send %d for one event (limits: messages_per_event)",
			errAnswer, n, string(b.Name), b.Limits.Messages)}
	}
	for i := range a.messages {
		if err := bind(&a.messages[i], sender, e.Origin); err != nil {
			return fmt.Errorf("%w: message %d of %d: %w", errAnswer, i+1, len(a.messages), err)
		}
		expire(&a.messages[i], e.Expires)
	}
	if err := errors.Join(a.checkKeys(), a.checkTimers(b, sender), plugins.CheckReports(b.handler, a.messages, e.Kind)); err != nil {
		return fmt.Errorf("%w: %w", errAnswer, err)
	}
	if len(a.session) > 0 && sender == "" {
		return fmt.Errorf("%w: it has something for the session of the event's sender, and the trigger names none; give it a sender: expression", errAnswer)
	}
	return errors.Join(checkState("state", "a group", a.state), checkState("session", "one member of a group", a.session))
}

// apart is a key that only messages under the same ceiling have: one of a narrow
// sender must not take the place of one that is for others, too.
func apart(key, ceiling string) string {
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(ceiling))
	own := key + "~" + hex.EncodeToString(sum[:6])
	if len(own) > chat.MaxCollapse {
		sum = sha256.Sum256([]byte(own))
		own = hex.EncodeToString(sum[:])
	}
	return own
}

// ceilingOf names a ceiling. That of what a member wrote is another for each of them.
func ceilingOf(o chat.Origin, sender chat.UserID) string {
	if o.Scheme == chat.SchemeCallback {
		return o.Allow() + "/" + string(sender)
	}
	return o.Allow()
}

// bind has a message mean the same whenever it is read, within the ceiling of the
// webhook that it came of, and reports what is wrong with it.
func bind(m *chat.Message, sender chat.UserID, origin *chat.Origin) error {
	asked := *m
	*m = asked.Bind(sender)
	if err := senderless(asked, *m); err != nil {
		return err
	}
	if err := m.Validate(); err != nil || origin == nil || origin.Ceiling == nil {
		return err
	}
	if within := origin.Ceiling.Audience; within != nil {
		m.To = m.To.Among(*within)
	}
	if most := origin.Ceiling.Recipients; most > 0 {
		m.Limit = m.Most(most)
	}
	m.Collapse = apart(m.Collapse, ceilingOf(*origin, sender))
	if err := m.To.Validate(); err != nil {
		return fmt.Errorf("within what its sender may reach (%s): %w", origin.Allow(), err)
	}
	return nil
}

// senderless reports what is for the sender of an event that has none.
func senderless(asked, bound chat.Message) error {
	const how = "the sender of the event, and the trigger names none; give it a sender: expression"
	if bound.To.IsNobody() && !asked.To.IsNobody() {
		return errors.New("it is for " + how)
	}
	for i, r := range bound.Renderings {
		if r.To.IsNobody() && !asked.Renderings[i].To.IsNobody() {
			return fmt.Errorf("rendering %d is for %s", i+1, how)
		}
	}
	return nil
}

// expire has a message be worth sending no longer than what comes of its event is; zero is
// for ever.
func expire(m *chat.Message, by time.Time) {
	if !by.IsZero() && (m.Expires.IsZero() || m.Expires.After(by)) {
		m.Expires = by
	}
}

// checkKeys refuses one key for different people: only the last of them would
// get anything.
func (a answer) checkKeys() error {
	first := map[string]int{}
	for i, m := range a.messages {
		had, there := first[m.Collapse]
		if m.Collapse == "" || !there {
			first[m.Collapse] = i
			continue
		}
		if !samePeople(a.messages[had], m) {
			return fmt.Errorf("messages %d and %d of %d are for different people and have one collapse key, so that only the later would be sent; give each its own",
				had+1, i+1, len(a.messages))
		}
	}
	return nil
}

// samePeople reports whether two messages are for the same people, as far as their rules
// say so. One without a body of its own is for those of its renderings alone.
func samePeople(a, b chat.Message) bool {
	return reflect.DeepEqual(a.To, b.To) && a.HasBody() == b.HasBody() && (a.HasBody() || reflect.DeepEqual(a.Rules(), b.Rules()))
}

func checkState(what, of string, s chat.State) error {
	if s == nil {
		return nil
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("%w: its %s is not JSON: %w", errAnswer, what, err)
	}
	if len(raw) > chat.MaxState {
		return &overLimit{LimitState, fmt.Errorf("%w: its %s has %d bytes of JSON, and a bot may keep %d for %s; more belongs in a database",
			errAnswer, what, len(raw), chat.MaxState, of)}
	}
	return nil
}
