package plugintest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
)

// Line is what somebody writes in a transcript.
type Line struct {
	Via   chat.Via
	Group chat.GroupID
	By    chat.Member
	Text  string
}

// Hearing is a trigger that waits for a line.
type Hearing struct {
	Trigger chat.TriggerName
	Text    string // as the trigger takes it
	Near    bool   // it is held because it is nearly what the trigger waits for
	Masked  string // what the group sees in place of the text; empty: the text
}

// happens are the verbs of > lines that say what the chat service tells of somebody.
var happens = map[string]chat.What{"joined": chat.MemberJoined, "left": chat.MemberLeft, "changed": chat.RoleChanged}

// address is how a > line says that something is not written to all: "cy to bot: text",
// "cy @bot: text".
func address(rest string) (via chat.Via, text string, ok bool) {
	for _, a := range []struct {
		prefix string
		via    chat.Via
	}{{"to bot:", chat.ViaDirect}, {"@bot:", chat.ViaMention}} {
		if text, ok := strings.CutPrefix(rest, a.prefix); ok {
			return a.via, strings.TrimSpace(text), true
		}
	}
	return "", "", false
}

// hears reports whether the bot has triggers that wait for what the service tells.
func (w *world) hears() bool {
	return slices.ContainsFunc(w.spec.Triggers, func(t bots.Trigger) bool { return t.Hears != nil && t.Hears.Via != "" })
}

// heard lets what a member writes come by the triggers that wait for it, and returns
// what came of it. False is what none of them waits for.
func (w *world) heard(ctx context.Context, by, text string, via chat.Via) (lines []string, ok bool, err error) {
	id, err := w.present(by)
	if err != nil {
		return nil, false, err
	}
	member, _ := w.group.Find(id)
	var all []Hearing
	if w.used != nil && w.used.Hear != nil {
		all = w.used.Hear(Line{Via: via, Group: w.room, By: member, Text: text})
	}
	for i, h := range all {
		if i > 0 {
			w.events++
		}
		a, err := w.asker.bot.HeardBy(h.Trigger, bots.Written{Group: w.room, Sender: id, Text: h.Text, Near: h.Near,
			Heard: chat.Heard{Masked: h.Masked != ""}})
		if err != nil {
			return nil, true, err
		}
		if h.Masked != "" {
			lines = append(lines, "= seen as: "+continued(h.Masked))
		}
		came, err := w.told(ctx, a)
		if err != nil {
			return nil, true, err
		}
		lines = append(lines, came...)
	}
	return lines, len(all) > 0, nil
}

// told lets the plugin handle what the service told, after its sender was told that it
// was received.
func (w *world) told(ctx context.Context, a chat.Arrival) (lines []string, err error) {
	e := w.blank()
	e.Trigger, e.Kind, e.Sender, e.Text, e.Payload, e.Origin = a.Trigger, a.Kind, a.Sender, a.Text, a.Payload, a.Origin
	if a.Received != "" {
		lines = append(lines, show(e, w.deliver(e, chat.Message{To: chat.Users(a.Sender), Text: a.Received})))
	}
	came, err := w.answer(ctx, e)
	return append(lines, came...), err
}

// unheard is why nothing comes of what nobody waits for.
func (w *world) unheard(via chat.Via) error {
	if via == chat.ViaDirect {
		return &turnedAway{fmt.Sprintf("no trigger of bot %s waits for it", w.spec.Name)}
	}
	return &turnedAway{fmt.Sprintf("no trigger of bot %s waits for it, so it stands in the group for all to see", w.spec.Name)}
}

// happened lets the plugin handle what the service tells of somebody. In a configuration
// it has triggers that wait for it; without one it is called as the line calls it.
func (w *world) happened(ctx context.Context, user chat.UserID, verb string) (lines []string, err error) {
	what := happens[verb]
	if w.used == nil {
		e := w.blank()
		e.Trigger, e.Kind, e.Origin = chat.TriggerName(verb), chat.Callback, &chat.Origin{Scheme: chat.SchemeCallback}
		if what != chat.MemberLeft {
			e.Sender = user
		}
		if e.Payload, err = json.Marshal(chat.Happening{What: what, User: user}); err != nil {
			return nil, err
		}
		return w.answer(ctx, e)
	}
	names := w.waiting(what)
	if len(names) == 0 {
		return nil, fmt.Errorf("no trigger of bot %s waits for it: one has %s: true in the configuration", w.spec.Name, what)
	}
	for i, name := range names {
		if i > 0 {
			w.events++
		}
		a, err := w.asker.bot.Happened(name, bots.Happened{Group: w.room, Happ: chat.Happening{What: what, User: user}})
		if err != nil {
			return nil, err
		}
		came, err := w.told(ctx, a)
		if err != nil {
			return nil, err
		}
		lines = append(lines, came...)
	}
	return lines, nil
}

// waiting are the triggers of the bot that wait for something to happen in the group.
func (w *world) waiting(what chat.What) (names []chat.TriggerName) {
	for _, t := range w.spec.Triggers {
		if t.Hears != nil && t.Hears.What == what && (t.Group == "" || t.Group == string(w.room)) {
			names = append(names, t.Name)
		}
	}
	return names
}

// moves does what a ~ line says, of which the service tells a bot of a configuration.
func (w *world) moves(ctx context.Context, text string) ([]string, error) {
	words := strings.Fields(text)
	if err := w.change(words); err != nil {
		return nil, err
	}
	verb := map[string]string{"joins": "joined", "leaves": "left"}[words[1]]
	if verb == "" {
		verb = "changed"
	}
	if w.used == nil || len(w.waiting(happens[verb])) == 0 {
		return nil, nil
	}
	if err := w.begin(); err != nil {
		return nil, err
	}
	return w.happened(ctx, chat.UserID(words[0]), verb)
}

// errElsewhere says that a line is of no use without a configuration.
var errElsewhere = errors.New(`what is written to the bot alone, or names it, comes by a trigger of a configuration, which a line such as "use bots.yaml quiz" names`)
