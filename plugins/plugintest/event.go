package plugintest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
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
	messages, state, err := w.handle(ctx, e)
	again, stateAgain, errAgain := w.handle(ctx, e)
	if a, b := fingerprint(messages, state, err), fingerprint(again, stateAgain, errAgain); a != b {
		return nil, fmt.Errorf("the same event with the same state came to something else the second time: the plugin uses a clock, chance or memory of its own\nfirst:  %s\nsecond: %s", a, b)
	}
	if err != nil {
		return []string{"! " + continued(err.Error())}, nil
	}
	w.state = state
	var answer []string
	for _, m := range messages {
		answer = append(answer, w.show(e, m))
	}
	return answer, nil
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

// read makes an event of "sender: trigger payload", of which the trigger alone
// must be there.
func (w *world) read(text string) (chat.Event, error) {
	e := chat.Event{
		Botd: chat.Contract, ID: chat.EventID(w.events), Kind: chat.Schedule,
		Time: w.now, Group: groupID, Config: w.options,
	}
	if w.members {
		e.Members = slices.Clone(w.group.Members)
	}
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
	e.Name = chat.TriggerName(first)
	if rest != "" {
		e.Kind, e.Payload = chat.Webhook, json.RawMessage(rest)
		if !json.Valid(e.Payload) {
			return e, fmt.Errorf("the payload of %s is not JSON", first)
		}
	}
	return e, nil
}

// cut takes the first word from a text.
func cut(text string) (first, rest string) {
	i := strings.IndexAny(text, " \t\n")
	if i < 0 {
		return text, ""
	}
	return text[:i], strings.TrimSpace(text[i:])
}

// handle hands a copy of the event to the plugin and checks the answer as the
// host does. State is what is to be remembered.
func (w *world) handle(ctx context.Context, e chat.Event) (messages []chat.Message, state chat.State, err error) {
	defer func() {
		if v := recover(); v != nil {
			messages, state, err = nil, nil, fmt.Errorf("panic: %v", v)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	e.State = cloneState(w.state)
	e.Payload, e.Config, e.Members = bytes.Clone(e.Payload), bytes.Clone(e.Config), slices.Clone(e.Members)
	if e.Sender != nil {
		sender := *e.Sender
		e.Sender = &sender
	}
	if messages, err = w.handler.Handle(ctx, e); err != nil {
		return nil, nil, err
	}
	messages = slices.Clone(messages)
	for i := range messages {
		messages[i].To = messages[i].To.Bind(senderOf(e))
		if err := messages[i].Validate(); err != nil {
			return nil, nil, fmt.Errorf("message %d of %d: %w", i+1, len(messages), err)
		}
	}
	return messages, e.State, checkState(e.State)
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
func fingerprint(messages []chat.Message, state chat.State, err error) string {
	said, _ := json.Marshal(messages)
	kept, _ := json.Marshal(state)
	return fmt.Sprintf("messages %s, state %s, error %v", said, kept, err)
}
