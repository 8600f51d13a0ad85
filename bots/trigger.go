package bots

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/expression"
	"github.com/botd-chat/botd/plugins"
)

// Trigger is something that makes events for a bot.
type Trigger struct {
	Name chat.TriggerName
	Kind chat.Kind
	// Group says which group the event is for: one of the bot's, written out,
	// or an expression over the payload. Empty is each of the bot's groups.
	Group string
	// Sender is an expression over the payload that says who caused the event.
	// Empty is nobody.
	Sender string
	// Text is an expression over the payload that says what the sender wrote. Then
	// the events are of kind [chat.Typed]; without it nobody wrote anything.
	Text string
	// Hears says what the trigger waits for of which the chat service tells; nil is
	// nothing. There are no expressions then, and Kind follows from it.
	Hears *Hears
	// Review has what the plugin answers shown to somebody first; nil is nobody.
	Review *chat.Review
	// Zone is whose clock the trigger goes by; nil: none's, and times are told in UTC.
	Zone *time.Location
}

// ErrPayload says that a payload does not fit the trigger it arrived at. The
// sender has to change it; sending it again is of no use.
var ErrPayload = errors.New("the payload does not fit this trigger")

// misfit is an [ErrPayload] that does not say so in words: whoever tells of it
// has said what does not fit.
type misfit struct{ error }

// Is reports that it is an [ErrPayload].
func (misfit) Is(target error) bool { return target == ErrPayload }

// Unwrap is what is wrong with the payload.
func (m misfit) Unwrap() error { return m.error }

// trigger is a Trigger with its expressions compiled.
type trigger struct {
	Trigger
	fixed  chat.GroupID        // the group, when it is written out
	group  *expression.Program // nil: fixed, or all of the bot's groups
	sender *expression.Program // nil: nobody
	text   *expression.Program // nil: nobody wrote anything
}

func (b *Bot) addTrigger(t Trigger) error {
	if t.Name == ReviewTrigger {
		return fmt.Errorf("trigger %q is botd's own; give it another name", string(t.Name))
	}
	if _, twice := b.triggers[t.Name]; twice {
		return fmt.Errorf("trigger %q is there twice", string(t.Name))
	}
	compiled, err := b.compile(t)
	if err != nil {
		return fmt.Errorf("trigger %q: %w", string(t.Name), err)
	}
	b.triggers[t.Name] = compiled
	return nil
}

func (b *Bot) compile(t Trigger) (c trigger, err error) {
	if t.Text != "" {
		t.Kind = chat.Typed
	}
	c.Trigger = t
	if t.Hears != nil {
		if err := b.checkHears(&c); err != nil {
			return c, err
		}
		t.Kind = c.Kind
	}
	if b.handler != nil {
		if err := plugins.CheckTrigger(b.handler, t.Name, t.Kind); err != nil {
			return c, err
		}
	}
	switch {
	case t.Group == "":
	case b.In(chat.GroupID(t.Group)):
		c.fixed = chat.GroupID(t.Group)
	case strings.HasPrefix(t.Group, "@TGS#"):
		return c, fmt.Errorf("group %s is not one of the bot's groups; add it there", t.Group)
	case t.Hears != nil:
		return c, fmt.Errorf("group: %q is not one of the bot's groups, and there is no payload for an expression", t.Group)
	default:
		if c.group, err = compile(t.Group); err != nil {
			return c, fmt.Errorf("group: %w", err)
		}
	}
	if t.Sender != "" {
		if c.sender, err = compile(t.Sender); err != nil {
			return c, fmt.Errorf("sender: %w", err)
		}
	}
	return c, c.compileText()
}

// Given is what is known of an arrival whatever the expressions of its trigger say,
// which are not asked then. What is empty in it is not known.
type Given struct {
	Group  chat.GroupID // one of the bot's
	Sender chat.UserID
	Text   string // what the sender wrote; the event is then of kind [chat.Typed]
}

// given is the trigger with what is known in place of its expressions.
func (t trigger) given(known Given) trigger {
	if known.Group != "" {
		t.fixed, t.group = known.Group, nil
	}
	if known.Sender != "" {
		t.sender = nil
	}
	if known.Text != "" {
		t.text, t.Kind = nil, chat.Typed
	}
	return t
}

// compileText compiles what says what the sender wrote.
func (t *trigger) compileText() (err error) {
	switch {
	case t.Text == "":
		return nil
	case t.Sender == "":
		return errors.New("text: nobody can have written it, since the trigger has no sender; add sender: to it")
	}
	if t.text, err = compile(t.Text); err != nil {
		return fmt.Errorf("text: %w", err)
	}
	return nil
}

// Arrival says what a trigger's payload means for this bot: which groups, who
// caused it, and what they wrote. key and at are as in [chat.Arrival]. The error is
// [ErrPayload] when the payload is to blame; its text does not quote it.
func (b *Bot) Arrival(name chat.TriggerName, payload json.RawMessage, key string, at time.Time) (chat.Arrival, error) {
	return b.ArrivalOf(name, payload, key, at, Given{})
}

// ArrivalOf is [Bot.Arrival] of which something is known beforehand.
func (b *Bot) ArrivalOf(name chat.TriggerName, payload json.RawMessage, key string, at time.Time, known Given) (chat.Arrival, error) {
	t, ok := b.triggers[name]
	if !ok {
		return chat.Arrival{}, fmt.Errorf("bot %q has no trigger %q", string(b.Name), string(name))
	}
	if t.Hears != nil {
		return b.byHand(t, payload, key, at, known)
	}
	t = t.given(known)
	group, sender, text, err := t.read(payload)
	if err == nil && group != "" && !b.In(group) {
		err = errors.New("group: the expression names a group that is not one of the bot's")
	}
	if err != nil {
		return chat.Arrival{}, misfit{fmt.Errorf("bot %q, trigger %q: %w", string(b.Name), string(name), err)}
	}
	groups := b.Groups
	if group != "" {
		groups = []chat.GroupID{group}
	}
	return chat.Arrival{
		Key: key, App: b.App, Bot: b.Name, Trigger: name, Kind: t.Kind,
		Groups: groups, Sender: cmp.Or(known.Sender, sender), Text: cmp.Or(known.Text, text), Payload: payload, Time: at,
	}, nil
}

// read evaluates the trigger's expressions; an empty group is all of them.
func (t trigger) read(payload json.RawMessage) (group chat.GroupID, sender chat.UserID, text string, err error) {
	group = t.fixed
	if t.group == nil && t.sender == nil && t.text == nil {
		return group, "", "", nil
	}
	value, err := expression.Decode(payload)
	if err != nil {
		return "", "", "", fmt.Errorf("the payload: %w", err)
	}
	values := map[string]any{"payload": value}
	if t.group != nil {
		named, err := t.group.Text(values)
		if err != nil {
			return "", "", "", fmt.Errorf("group: %s: %w", t.Group, err)
		}
		group = chat.GroupID(named)
	}
	if t.sender != nil {
		if sender, err = t.readSender(values); err != nil {
			return "", "", "", err
		}
	}
	if t.text != nil {
		text, err = t.readText(values)
	}
	return group, sender, text, err
}

func (t trigger) readSender(values map[string]any) (chat.UserID, error) {
	text, err := t.sender.Text(values)
	if err != nil {
		return "", fmt.Errorf("sender: %s: %w", t.Sender, err)
	}
	sender := chat.UserID(text)
	if sender.Validate() != nil {
		return "", fmt.Errorf("sender: %s: the result is no user id: one has 1 to %d bytes of UTF-8", t.Sender, chat.MaxUserID)
	}
	return sender, nil
}

func (t trigger) readText(values map[string]any) (string, error) {
	text, err := t.text.Text(values)
	if err != nil {
		return "", fmt.Errorf("text: %s: %w", t.Text, err)
	}
	if len(text) > chat.MaxText {
		return "", fmt.Errorf("text: %s: the result has %d bytes, and what a member writes may have %d", t.Text, len(text), chat.MaxText)
	}
	return text, nil
}
