package bots

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Hears says what a trigger waits for of which the chat service tells. One of Via and
// What is set.
type Hears struct {
	Via  chat.Via  // what members write there
	What chat.What // what happens in the group
	// Held says that what is written is taken out of the group before anybody sees it.
	Held bool
	// Received is what the sender of a held message is told at once; empty is nothing.
	Received string
	// Relay says that what comes of a message which was not held may go to others than
	// its sender. It may have been for some members alone, and the service does not tell
	// (product/1047/34374 has no field for it).
	Relay bool
}

// Written is what a member wrote, as the chat service told it.
type Written struct {
	Group  chat.GroupID // one of the bot's; of a direct message it is found by [Bot.Where]
	Sender chat.UserID
	Text   string
	Heard  chat.Heard // Masked, Leaked, Seq and Elements; the others are set by the trigger
	Type   string     // what told of it, in the service's words: [chat.Origin.Type]
	Key    string     // what makes a repeat a repeat, for whatever bot and trigger; empty is never one
	At     time.Time  // when it was written; zero: now
	// Near says that it is held for safety's sake and is not what the trigger waits for,
	// so that its sender is not told that it was.
	Near bool
}

// Happened is what happened in a group, as the chat service told it.
type Happened struct {
	Group chat.GroupID
	Happ  chat.Happening
	Type  string
	Key   string
	At    time.Time
}

// HeardBy is the arrival of what a member wrote at a trigger with [Hears.Via]. What comes
// of it goes to its sender alone, unless it was held, or was for the bot's account alone,
// or the trigger relays it. The error is [ErrPayload] for what can never be an event.
func (b *Bot) HeardBy(name chat.TriggerName, w Written) (chat.Arrival, error) {
	t, err := b.hearing(name)
	switch {
	case err != nil:
		return chat.Arrival{}, err
	case t.Hears.Via == "":
		return chat.Arrival{}, fmt.Errorf("bot %q, trigger %q: it does not wait for what is written", string(b.Name), string(name))
	}
	if err := b.bounds(t, w.Group, w.Sender, w.Text); err != nil {
		return chat.Arrival{}, misfit{fmt.Errorf("bot %q, trigger %q: %w", string(b.Name), string(name), err)}
	}
	heard := w.Heard
	heard.Via = t.Hears.Via
	heard.Held, heard.Acknowledged = t.Hears.Held && !heard.Leaked, false
	a := b.told(t, w.Group, w.Type, w.Key, w.At)
	a.Kind, a.Sender, a.Text, a.Revive = chat.Typed, w.Sender, w.Text, heard.Leaked
	if heard.Held && !w.Near {
		a.Received, heard.Acknowledged = t.Hears.Received, t.Hears.Received != ""
	}
	a.Origin.Ceiling = t.Hears.ceiling(w.Sender)
	a.Payload, err = json.Marshal(heard)
	if err != nil {
		return chat.Arrival{}, misfit{fmt.Errorf("bot %q, trigger %q: the elements of the message: %w", string(b.Name), string(name), err)}
	}
	return a, nil
}

// Happened is the arrival of what happened in a group at a trigger with [Hears.What].
// Who joined, or has another role, is the event's sender; who left is none of the group
// any more. That it happened is looked up before the plugin is told.
func (b *Bot) Happened(name chat.TriggerName, h Happened) (chat.Arrival, error) {
	t, err := b.hearing(name)
	switch {
	case err != nil:
		return chat.Arrival{}, err
	case t.Hears.What == "" || t.Hears.What != h.Happ.What:
		return chat.Arrival{}, fmt.Errorf("bot %q, trigger %q: it does not wait for %s", string(b.Name), string(name), h.Happ.What)
	case !b.listens(t, h.Group):
		return chat.Arrival{}, misfit{fmt.Errorf("bot %q, trigger %q: it does not listen in group %s", string(b.Name), string(name), h.Group)}
	case h.Happ.What == chat.GroupDestroyed:
		h.Happ.User = ""
	case h.Happ.User.Validate() != nil:
		return chat.Arrival{}, misfit{fmt.Errorf("bot %q, trigger %q: whom it concerns: %w", string(b.Name), string(name), h.Happ.User.Validate())}
	}
	a := b.told(t, h.Group, h.Type, h.Key, h.At)
	a.Kind = chat.Callback
	if h.Happ.What == chat.MemberJoined || h.Happ.What == chat.RoleChanged {
		a.Sender = h.Happ.User
	}
	a.Payload, err = json.Marshal(h.Happ)
	return a, err
}

// told is what all arrivals have in common of which the service told.
func (b *Bot) told(t trigger, g chat.GroupID, kind, key string, at time.Time) chat.Arrival {
	if key != "" {
		key = fmt.Sprintf("%s/%s/%s", key, b.Name, t.Name)
	}
	return chat.Arrival{
		Key: key, App: b.App, Bot: b.Name, Trigger: t.Name, Groups: []chat.GroupID{g}, Time: at,
		Origin: &chat.Origin{Scheme: chat.SchemeCallback, Type: kind},
	}
}

// ceiling is what bounds what comes of a message of this sender; nil: what the bot may.
func (h Hears) ceiling(sender chat.UserID) *chat.Ceiling {
	if h.Held || h.Relay || h.Via == chat.ViaDirect || sender == "" {
		return nil
	}
	alone := chat.Sender.Bind(sender)
	return &chat.Ceiling{Audience: &alone}
}

// hearing is the trigger of that name, which waits for what the service tells.
func (b *Bot) hearing(name chat.TriggerName) (trigger, error) {
	switch t, ok := b.triggers[name]; {
	case !ok:
		return t, fmt.Errorf("bot %q has no trigger %q", string(b.Name), string(name))
	case t.Hears == nil:
		return t, fmt.Errorf("bot %q, trigger %q: it waits for nothing of which the chat service tells", string(b.Name), string(name))
	default:
		return t, nil
	}
}

// listens reports whether a trigger is for that group.
func (b *Bot) listens(t trigger, g chat.GroupID) bool {
	return b.In(g) && (t.fixed == "" || t.fixed == g)
}

// bounds reports what was written that can be no event of the trigger.
func (b *Bot) bounds(t trigger, g chat.GroupID, sender chat.UserID, text string) error {
	switch {
	case !b.listens(t, g):
		return fmt.Errorf("it does not listen in group %s", g)
	case sender.Validate() != nil:
		return fmt.Errorf("its sender: %w", sender.Validate())
	case len(text) > chat.MaxText:
		return fmt.Errorf("the text has %d bytes, and what a member writes may have %d", len(text), chat.MaxText)
	}
	return nil
}

// checkHears reports what does not go together in a trigger that waits for what the
// service tells, and says of which kind its events are.
func (b *Bot) checkHears(c *trigger) error {
	h := c.Hears
	switch {
	case (h.Via == "") == (h.What == ""):
		return errors.New("it waits for what is written or for what happens, and one of them is said")
	case h.What != "" && !slices.Contains(chat.Happenings, h.What):
		return fmt.Errorf("nothing that happens is called %q", string(h.What))
	case c.Sender != "" || c.Text != "":
		return errors.New("who wrote what is told by the chat service; sender: and text: say so of webhooks alone")
	case h.Held && h.Via != chat.ViaGroup:
		return errors.New("only what is written in the group can be held")
	case h.Received != "" && !h.Held:
		return errors.New("nobody is told that something was received which is not held")
	}
	if c.Kind = chat.Typed; h.What != "" {
		c.Kind = chat.Callback
	}
	return nil
}
