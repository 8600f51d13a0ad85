package plugintest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// event lets the plugin handle what a > line says and returns the lines that
// came of it.
func (w *world) event(ctx context.Context, text string) ([]string, error) {
	if err := w.begin(); err != nil {
		return nil, err
	}
	e, err := w.read(text)
	if err != nil {
		return nil, err
	}
	return w.answer(ctx, e)
}

// answer lets the plugin handle an event and returns the lines that came of it.
func (w *world) answer(ctx context.Context, e chat.Event) ([]string, error) {
	a, again := w.handle(ctx, e), w.handle(ctx, e)
	if first, second := a.fingerprint(), again.fingerprint(); first != second {
		return nil, fmt.Errorf("the same event with the same state came to something else the second time: the plugin uses a clock, chance or memory of its own\nfirst:  %s\nsecond: %s", first, second)
	}
	if err := a.err; err != nil {
		return []string{"! " + continued(err.Error())}, nil
	}
	w.state = a.state
	var said []string
	for _, m := range a.messages {
		said = append(said, w.show(e, m))
	}
	return append(said, w.set(e, a.timers)...), nil
}

// begin makes the handler before the first event.
func (w *world) begin() (err error) {
	w.events++
	if w.handler != nil {
		return nil
	}
	if w.group.Group == "" {
		return errors.New("who is in the group? A line like \"group ann owner, bo admin, cy\" belongs before the first event")
	}
	if !w.bounded {
		w.ceiling = chat.Everyone
	}
	if w.handler, err = w.build(w.options); err != nil {
		return fmt.Errorf("options: %w", err)
	}
	return nil
}

// read makes an event of "sender: trigger/type payload", of which the trigger alone
// must be there.
func (w *world) read(text string) (e chat.Event, err error) {
	e = w.blank()
	first, rest := cut(text)
	if id, ok := strings.CutSuffix(first, ":"); ok {
		m, present := w.group.Find(chat.UserID(id))
		if !present {
			return e, fmt.Errorf("%s is not in the group and cannot be a sender", id)
		}
		e.Sender = &m
		first, rest = cut(rest)
	}
	if first == "" {
		return e, errors.New("a > line names a trigger")
	}
	name, kind, _ := strings.Cut(first, "/")
	e.Name = chat.TriggerName(name)
	if rest == "" {
		return e, nil
	}
	if e.Payload, err = w.payload(rest); err != nil {
		return e, fmt.Errorf("the payload of %s %w", name, err)
	}
	e.Kind, e.Origin = chat.Webhook, &chat.Origin{Hook: name, Type: kind}
	return e, nil
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
func (w *world) blank() chat.Event {
	e := chat.Event{
		Botd: chat.Contract, ID: chat.EventID(w.events), Kind: chat.Schedule,
		Time: w.now, Group: groupID, Config: w.options,
	}
	if w.members {
		e.Members = slices.Clone(w.group.Members)
	}
	return e
}

// cut takes the first word from a text.
func cut(text string) (first, rest string) {
	i := strings.IndexAny(text, " \t\n")
	if i < 0 {
		return text, ""
	}
	return text[:i], strings.TrimSpace(text[i:])
}

// outcome is what a plugin answered, or why it did not.
type outcome struct {
	messages []chat.Message
	state    chat.State // to be remembered
	timers   []chat.Later
	err      error
}

// handle hands a copy of the event to the plugin and checks the answer as the
// host does.
func (w *world) handle(ctx context.Context, e chat.Event) (a outcome) {
	defer func() {
		if v := recover(); v != nil {
			a = outcome{err: fmt.Errorf("panic: %v", v)}
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	e.State, e.Timers = cloneState(w.state), new(chat.Timers)
	e.Payload, e.Config, e.Members = bytes.Clone(e.Payload), bytes.Clone(e.Config), slices.Clone(e.Members)
	if e.Sender != nil {
		sender := *e.Sender
		e.Sender = &sender
	}
	messages, err := w.handler.Handle(ctx, e)
	if err != nil {
		return outcome{err: err}
	}
	a = outcome{messages: slices.Clone(messages), state: e.State, timers: e.Timers.List()}
	if err := a.check(w.handler, senderOf(e)); err != nil {
		return outcome{err: err}
	}
	return a
}

// check binds the messages to the sender and holds the answer against the rules.
func (a outcome) check(h plugins.Handler, sender chat.UserID) error {
	for i := range a.messages {
		a.messages[i].To = a.messages[i].To.Bind(sender)
		if err := a.messages[i].Validate(); err != nil {
			return fmt.Errorf("message %d of %d: %w", i+1, len(a.messages), err)
		}
	}
	if err := plugins.CheckTimers(h, a.timers, sender); err != nil {
		return err
	}
	return checkState(a.state)
}

func senderOf(e chat.Event) chat.UserID {
	if e.Sender == nil {
		return ""
	}
	return e.Sender.ID
}

func cloneState(s chat.State) chat.State {
	c := make(chat.State, len(s))
	for k, v := range s {
		c[k] = bytes.Clone(v)
	}
	return c
}

func checkState(s chat.State) error {
	raw, err := json.Marshal(s)
	switch {
	case err != nil:
		return fmt.Errorf("the state is not JSON: %w", err)
	case len(raw) > chat.MaxState:
		return fmt.Errorf("the state has %d bytes; a bot may keep %d for a group", len(raw), chat.MaxState)
	}
	return nil
}

// fingerprint is everything that came of an event, for comparing.
func (a outcome) fingerprint() string {
	said, _ := json.Marshal(a.messages)
	kept, _ := json.Marshal(a.state)
	later, _ := json.Marshal(a.timers)
	return fmt.Sprintf("messages %s, state %s, timers %s, error %v", said, kept, later, a.err)
}
