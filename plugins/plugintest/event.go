package plugintest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// event lets the plugin handle what a > line says and returns the lines that
// came of it.
func (w *world) event(ctx context.Context, text string) ([]string, error) {
	if err := w.begin(); err != nil {
		return nil, err
	}
	lines, told, err := w.tells(ctx, text)
	var e chat.EventRecord
	if !told && err == nil {
		e, err = w.read(text)
	}
	if away, ok := errors.AsType[*turnedAway](err); ok {
		return []string{"! " + reason(away)}, nil
	}
	if told || err != nil {
		return lines, err
	}
	return w.answer(ctx, e)
}

// tells reads a > line of something that the chat service tells, and lets the plugin
// handle it. False is a line that says something else.
func (w *world) tells(ctx context.Context, text string) (lines []string, told bool, err error) {
	first, rest := cut(text)
	id, named := strings.CutSuffix(first, ":")
	verb, said := cut(rest)
	via, addressed, ok := address(rest)
	switch {
	case !named && happens[rest] != "":
		lines, err = w.happened(ctx, chat.UserID(first), rest)
		return lines, true, err
	case !named && ok && w.used == nil:
		return nil, true, errElsewhere
	case !named && ok:
		text = addressed
	case named && strings.HasPrefix(rest, "/"):
		via, text = chat.ViaGroup, rest
	case !named && verb == "says":
		via, id, text = chat.ViaGroup, first, said
	default:
		return nil, false, nil
	}
	if !w.hears() {
		if via != chat.ViaGroup {
			err = w.unheard(via)
		}
		return nil, err != nil, err
	}
	lines, told, err = w.heard(ctx, id, text, via)
	if !told && err == nil && (via != chat.ViaGroup || len(w.typings()) == 0) {
		err = w.unheard(via)
	}
	return lines, told || err != nil, err
}

// begin makes the bot before the first event.
func (w *world) begin() (err error) {
	w.events++
	if w.asker != nil {
		return nil
	}
	if w.group.Group == "" {
		return errors.New("who is in the group? A line like \"group ann owner, bo admin, cy\" belongs before the first event")
	}
	w.asker, err = newAsker(w.spec, func() chat.Membership { return w.group }, w.log)
	return err
}

// typed is the name of what brings what members write.
const typed = "typed"

// read makes an event of what a > line says that the chat service does not tell: "sender:
// /text", "sender says text", or "sender: trigger/type payload", of which the trigger
// alone must be there.
func (w *world) read(text string) (e chat.EventRecord, err error) {
	e = w.blank()
	first, rest := cut(text)
	id, named := strings.CutSuffix(first, ":")
	verb, said := cut(rest)
	switch {
	case named && strings.HasPrefix(rest, "/"):
		return w.typed(e, id, rest)
	case !named && verb == "says":
		return w.typed(e, first, said)
	case named:
		if e.Sender, err = w.present(id); err != nil {
			return e, err
		}
		first, rest = cut(rest)
	}
	if first == "" {
		return e, errors.New("a > line names a trigger")
	}
	return w.triggered(e, first, rest)
}

// typed is the event of what a member wrote.
func (w *world) typed(e chat.EventRecord, by, text string) (_ chat.EventRecord, err error) {
	e.Kind, e.Text = chat.Typed, text
	if e.Trigger, err = w.typing(); err == nil {
		e.Sender, err = w.present(by)
	}
	return e, err
}

// triggered is the event of a trigger, or of a webhook if it has a payload.
func (w *world) triggered(e chat.EventRecord, trigger, payload string) (_ chat.EventRecord, err error) {
	name, kind, _ := strings.Cut(trigger, "/")
	name, credential, _ := strings.Cut(name, "@")
	e.Trigger = chat.TriggerName(name)
	in := Webhook{Trigger: e.Trigger, Credential: credential, Type: kind}
	if payload != "" {
		if in.Payload, err = w.payload(payload); err != nil {
			return e, fmt.Errorf("the payload of %s %w", name, err)
		}
	}
	switch {
	case w.used != nil:
		return w.configured(e, in)
	case credential != "":
		return e, fmt.Errorf("%s: credentials are those of a configuration, which a line such as \"use bots.yaml quiz\" names", trigger)
	case in.Payload != nil:
		e.Kind, e.Payload, e.Origin = chat.Webhook, in.Payload, &chat.Origin{Hook: name, Type: kind}
	}
	return e, nil
}

// present is a member who can be a sender.
func (w *world) present(name string) (chat.UserID, error) {
	id := chat.UserID(name)
	if _, ok := w.group.Find(id); !ok {
		return "", fmt.Errorf("%s is not in the group and cannot be a sender", name)
	}
	return id, nil
}

// payload is what stands in the line, or in a file that it names.
func (w *world) payload(text string) (json.RawMessage, error) {
	raw := []byte(text)
	if name, ok := strings.CutPrefix(text, "@"); ok {
		var err error
		if raw, err = os.ReadFile(filepath.Join(w.dir, filepath.FromSlash(name))); err != nil { //nolint:gosec // a test names its own file
			return nil, fmt.Errorf("cannot be read: %w", err)
		}
	}
	if !json.Valid(raw) {
		return nil, errors.New("is not JSON")
	}
	return raw, nil
}

// blank is an event of now, of which only that is known.
func (w *world) blank() chat.EventRecord {
	return chat.EventRecord{ID: chat.EventID(w.events), App: w.spec.App, Bot: w.spec.Name, Group: w.room,
		Kind: chat.Schedule, Time: w.now, Accepted: w.now}
}

// cut takes the first word from a text.
func cut(text string) (first, rest string) {
	i := strings.IndexAny(text, " \t\n")
	if i < 0 {
		return text, ""
	}
	return text[:i], strings.TrimSpace(text[i:])
}
