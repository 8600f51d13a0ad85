package plugintest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
)

// Bot is a bot as a configuration has it, for a transcript with a use line. All of it
// is required but for Schedules and Hear.
type Bot struct {
	Spec bots.Spec
	// Schedules are those of its triggers that have one.
	Schedules map[chat.TriggerName]Schedule
	// Arrive says what a webhook means for the bot: the groups it is for, its sender,
	// what bounds it; or what its sender would be
	// told instead that it is taken.
	Arrive func(*bots.Bot, Webhook) (a chat.Arrival, refusal string, err error)
	// Hear lists the triggers that wait for a line, of those with [bots.Trigger.Hears]; nil
	// is none.
	Hear func(Line) []Hearing
}

// Webhook is what a > line says was posted to a trigger of a configured bot.
type Webhook struct {
	Trigger    chat.TriggerName
	Credential string // by its name, of which the sender proved itself with; empty: the first, or only one
	Type       string // of the event in the sender's words
	Payload    json.RawMessage
}

// Schedule is when a trigger strikes.
type Schedule interface {
	// Next is the first time after this one; zero for none.
	Next(after time.Time) time.Time
}

// PlayBot is [Transcript.Play] for a transcript with a use line: with the bot that it
// names.
func (t *Transcript) PlayBot(ctx context.Context, b Bot, log *slog.Logger) (*Result, error) {
	w := newWorld(b.Spec.Plugin, t.Folder(), log)
	w.spec, w.used, w.room = b.Spec, &b, b.Spec.Groups[0]
	if t.Use != nil && t.Use.Group != "" {
		w.room = chat.GroupID(t.Use.Group)
	}
	if !slices.Contains(b.Spec.Groups, w.room) {
		return nil, fmt.Errorf("%s: group %s is not one of bot %s's groups, which are %s", t.File, w.room, b.Spec.Name, list(b.Spec.Groups))
	}
	return t.play(ctx, w)
}

// turnedAway says that something comes to no event of this group.
type turnedAway struct{ why string }

func (t *turnedAway) Error() string { return t.why }

// triggers are the names of the bot's triggers of some kinds of which the chat service
// does not tell.
func (w *world) triggers(kinds ...chat.Kind) (names []chat.TriggerName) {
	for _, t := range w.spec.Triggers {
		if slices.Contains(kinds, t.Kind) && t.Hears == nil {
			names = append(names, t.Name)
		}
	}
	return names
}

// configured is the event of a trigger that the configuration has.
func (w *world) configured(e chat.EventRecord, in Webhook) (chat.EventRecord, error) {
	striking, posted := w.triggers(chat.Schedule), w.triggers(chat.Webhook, chat.Typed)
	switch {
	case slices.Contains(striking, in.Trigger) && (in.Payload != nil || e.Sender != ""):
		return e, fmt.Errorf("%s is a schedule, which has no payload and no sender", in.Trigger)
	case slices.Contains(striking, in.Trigger):
		return e, nil
	case !slices.Contains(posted, in.Trigger):
		return e, fmt.Errorf("bot %s has no trigger %s; it has %s", w.spec.Name, in.Trigger, list(append(posted, striking...)))
	case e.Sender != "":
		return e, fmt.Errorf("whose webhook it is says the trigger, by sender: in the configuration; write > %s {…}", in.Trigger)
	case in.Payload == nil:
		return e, fmt.Errorf("%s is a webhook; write its payload after it, such as {}", in.Trigger)
	}
	return w.arrived(e, in)
}

// arrived is the event of a webhook, as far as it is taken.
func (w *world) arrived(e chat.EventRecord, in Webhook) (chat.EventRecord, error) {
	a, refusal, err := w.used.Arrive(w.asker.bot, in)
	switch {
	case err != nil:
		return e, err
	case refusal != "":
		return e, &turnedAway{"the sender is told " + refusal}
	case !slices.Contains(a.Groups, w.room):
		return e, &turnedAway{"it is for another group, " + list(a.Groups)}
	}
	e.Kind, e.Sender, e.Text, e.Payload, e.Origin = a.Kind, a.Sender, a.Text, in.Payload, a.Origin
	if _, ok := w.group.Find(a.Sender); a.Sender != "" && !ok {
		return e, &turnedAway{fmt.Sprintf("its sender %s is not in the group, so the plugin is not asked", a.Sender)}
	}
	return e, nil
}

// typing is the trigger by which comes what members write.
func (w *world) typing() (chat.TriggerName, error) {
	if w.used == nil {
		return typed, nil
	}
	names := w.typings()
	if len(names) == 0 {
		return "", fmt.Errorf("no trigger of bot %s brings what members write: one has text: and sender: in the configuration", w.spec.Name)
	}
	return names[0], nil
}

// typings are the webhooks that bring what members write.
func (w *world) typings() (names []chat.TriggerName) {
	for _, t := range w.spec.Triggers {
		if t.Kind == chat.Typed && t.Hears == nil {
			names = append(names, t.Name)
		}
	}
	return names
}

// clock is a schedule that strikes for the group, and when it does so next.
type clock struct {
	trigger chat.TriggerName
	Schedule
	next time.Time // zero: never
}

// clocks are those of the bot, in the order of the configuration.
func (b *Bot) clocks(room chat.GroupID, now time.Time) (all []*clock) {
	for _, t := range b.Spec.Triggers {
		if s, ok := b.Schedules[t.Name]; ok && (t.Group == "" || t.Group == string(room)) {
			all = append(all, &clock{t.Name, s, s.Next(now)})
		}
	}
	return all
}

// strike is the clock that strikes first, and not after end; nil for none. Of those
// that strike at one time it is the first.
func (w *world) strike(end time.Time) (first *clock) {
	for _, c := range w.clocks {
		if !c.next.IsZero() && !c.next.After(end) && (first == nil || c.next.Before(first.next)) {
			first = c
		}
	}
	return first
}

// struck lets the plugin handle what a schedule brings.
func (w *world) struck(ctx context.Context, c *clock) ([]string, error) {
	c.next = c.Next(c.next)
	if err := w.begin(); err != nil {
		return nil, err
	}
	e := w.blank()
	e.Trigger = c.trigger
	lines, err := w.answer(ctx, e)
	return append([]string{fmt.Sprintf("@ %s strikes", c.trigger)}, lines...), err
}

// list is some names in a sentence.
func list[T ~string](names []T) string {
	text := make([]string, len(names))
	for i, n := range names {
		text[i] = string(n)
	}
	return strings.Join(text, ", ")
}
