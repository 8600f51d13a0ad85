package bots

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
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

// ErrNowhere says that what was written to the bot alone belongs to no one group of it.
// Its text is for whoever runs botd.
var ErrNowhere = errors.New("it belongs to none of the bot's groups")

// nowhere is how old the readings may be by which a group is found. Who is a member is
// read again before the plugin is asked.
const nowhere = time.Minute

// Where finds the group of what somebody wrote to the bot alone: that of the trigger, or
// the only one of the bot, or the one of them in which the sender is. It reads those
// that were not read for a minute. [ErrNowhere] says that there are none or several;
// another error that it could not be found out.
func (b *Bot) Where(ctx context.Context, d Directory, name chat.TriggerName, sender chat.UserID) (chat.GroupID, error) {
	t, err := b.hearing(name)
	switch {
	case err != nil:
		return "", err
	case t.fixed != "":
		return t.fixed, nil
	case len(b.Groups) == 1:
		return b.Groups[0], nil
	}
	var in []string
	var unread error
	for _, g := range b.Groups {
		m, err := d.Read(ctx, g, nowhere)
		switch {
		case errors.Is(err, ErrNoGroup):
		case err != nil:
			unread = err
		default:
			if _, ok := m.Find(sender); ok {
				in = append(in, string(g))
			}
		}
	}
	switch {
	case len(in) == 1:
		return chat.GroupID(in[0]), nil
	case len(in) > 1:
		return "", fmt.Errorf("%w: %q wrote to it alone and is a member of %d of them, %s; say with group: at trigger %q which one is meant",
			ErrNowhere, string(sender), len(in), strings.Join(in, ", "), string(name))
	case unread != nil:
		return "", unread
	}
	return "", fmt.Errorf("%w: %q wrote to it alone and is a member of none of them", ErrNowhere, string(sender))
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

// byHand is the arrival of something that nobody told, made up to see what would come of
// it: a payload, if there is one, says more than is given.
func (b *Bot) byHand(t trigger, payload json.RawMessage, key string, at time.Time, known Given) (a chat.Arrival, err error) {
	group := cmp.Or(known.Group, t.fixed)
	if group == "" && len(b.Groups) == 1 {
		group = b.Groups[0]
	}
	unfit := func(err error) error {
		return misfit{fmt.Errorf("bot %q, trigger %q: %w", string(b.Name), string(t.Name), err)}
	}
	if group == "" {
		return a, unfit(fmt.Errorf("it is of one group; say of which: %v", b.Groups))
	}
	if t.Hears.Via != "" {
		w := Written{Group: group, Sender: known.Sender, Text: known.Text, At: at}
		if known.Sender == "" {
			return a, unfit(errors.New("somebody writes it; say who (sender), and what (text)"))
		}
		if err := given(payload, &w.Heard); err != nil {
			return a, unfit(err)
		}
		a, err = b.HeardBy(t.Name, w)
	} else {
		h := Happened{Group: group, Happ: chat.Happening{User: known.Sender}, At: at}
		if err := given(payload, &h.Happ); err != nil {
			return a, unfit(err)
		}
		if h.Happ.What = t.Hears.What; h.Happ.What != chat.GroupDestroyed && h.Happ.User == "" {
			return a, unfit(errors.New("it concerns somebody; say whom (sender)"))
		}
		a, err = b.Happened(t.Name, h)
	}
	a.Key = key
	return a, err
}

// given reads a payload, if there is one.
func given(payload json.RawMessage, into any) error {
	if len(payload) == 0 {
		return nil
	}
	if err := json.Unmarshal(payload, into); err != nil {
		return fmt.Errorf("the payload: %w", err)
	}
	return nil
}
