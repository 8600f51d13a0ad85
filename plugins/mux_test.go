package plugins_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

func nop(context.Context, chat.Event) ([]chat.Message, error) { return nil, nil }

type answer struct {
	User  chat.UserID   `json:"user"`
	Score int           `json:"score"`
	To    chat.Audience `json:"to"`
}

func (a answer) Validate() error {
	if a.User == "" {
		return errors.New("user: is missing")
	}
	return nil
}

func echo() *plugins.Mux {
	m := plugins.NewMux()
	plugins.On(m, "answers", func(_ context.Context, _ chat.Event, a answer) ([]chat.Message, error) {
		return chat.Users(a.User).Say("%d", a.Score), nil
	})
	plugins.On(m, "evening", func(_ context.Context, _ chat.Event, a struct{ Late bool }) ([]chat.Message, error) {
		return chat.Admins.Say("late: %v", a.Late), nil
	})
	return m
}

func TestMuxRoutesByTriggerWithThePayloadRead(t *testing.T) {
	for _, c := range []struct{ trigger, payload, want string }{
		{"answers", `{"user": "cy", "score": 3}`, "3"},
		{"answers", `{"user": "cy", "score": 3, "course": {"id": 7, "id2": [1, {}]}, "extra": null}`, "3"},
		{"evening", ``, "late: false"},
	} {
		got, err := echo().Handle(t.Context(), chat.Event{Name: chat.TriggerName(c.trigger), Payload: json.RawMessage(c.payload)})
		if err != nil || len(got) != 1 || got[0].Text != c.want {
			t.Errorf("%s %s: %+v, %v; want %q", c.trigger, c.payload, got, err, c.want)
		}
	}
}

func TestAPayloadThatWillNeverDoIsRefused(t *testing.T) {
	for _, c := range []struct{ name, trigger, payload, want string }{
		{"a wrong type", "answers", `{"user": "cy", "score": "three"}`, "payload of answers: score: want a whole number in range, found string"},
		{"no value where one must be", "answers", `{"score": 3}`, "payload of answers: user: is missing"},
		{"no payload where one must be", "answers", ``, "payload of answers: user: is missing"},
		{"a misspelt exception in an audience", "answers", `{"user": "cy", "to": {"everyone": true, "excetp": ["dee"]}}`, "to.excetp: unknown name; did you mean except?"},
		{"an audience under a name in capitals", "answers", `{"user": "cy", "To": {"everyone": true, "excetp": ["dee"]}}`, "To: write it to"},
		{"two audiences under one name", "answers", `{"user": "cy", "to": {"users": ["cy"]}, "to": {"roles": ["admin"]}}`, "to: stands there twice"},
		{"not an object", "answers", `["cy"]`, "payload of answers: want an object, found array"},
		{"a trigger nobody routes", "anwers", `{}`, `the plugin knows no trigger "anwers"; did you mean answers? have answers, evening`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := echo().Handle(t.Context(), chat.Event{Name: chat.TriggerName(c.trigger), Payload: json.RawMessage(c.payload)})
			if err == nil || !strings.Contains(err.Error(), c.want) || !errors.Is(err, plugins.ErrPermanent) {
				t.Errorf("got  %v, permanent: %v\nwant %s", err, errors.Is(err, plugins.ErrPermanent), c.want)
			}
		})
	}
}

func TestErrorsAboutAPayloadShowNoneOfIt(t *testing.T) {
	_, err := echo().Handle(t.Context(), chat.Event{Name: "answers", Payload: json.RawMessage(`{"user": "cy", "score": 3.141}`)})
	if err == nil || strings.Contains(err.Error(), "3.141") {
		t.Errorf("got %v", err)
	}
}

func TestPermanent(t *testing.T) {
	cause := errors.New("no such course")
	err := fmt.Errorf("handling: %w", plugins.Permanent(cause))
	switch {
	case !errors.Is(err, plugins.ErrPermanent) || !errors.Is(err, cause) || err.Error() != "handling: no such course":
		t.Errorf("%v", err)
	case errors.Is(cause, plugins.ErrPermanent) || plugins.Permanent(nil) != nil:
		t.Error("an error that was not marked counts as permanent")
	}
}

func TestCheckTrigger(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler plugins.Handler
		trigger chat.TriggerName
		kind    chat.Kind
		want    string // of the error; empty: none
	}{
		{"one that is routed", echo(), "evening", chat.Schedule, ""},
		{"one that is misspelt", echo(), "evning", chat.Webhook, `knows no trigger "evning"; did you mean evening?`},
		{"a webhook that brings a payload", echo(), "answers", chat.Webhook, ""},
		{"a schedule, where a payload must be", echo(), "answers", chat.Schedule, `a schedule brings no payload, and the plugin needs one for "answers": user: is missing`},
		{"of a handler that does not say what it knows", plugins.Func(nop), "whatever", chat.Schedule, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := plugins.CheckTrigger(c.handler, c.trigger, c.kind)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
