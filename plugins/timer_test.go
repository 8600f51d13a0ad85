package plugins_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

var closesAt = plugins.NewTimer[answer]("closing")

func timing() *plugins.Mux {
	m := plugins.NewMux()
	m.On("closing", nop) // a trigger of the same name is another thing
	plugins.OnTimer(m, closesAt, func(_ context.Context, e chat.Event, a answer) ([]chat.Message, error) {
		return chat.Users(a.User).Say("closing of %d", a.Score), nil
	})
	return m
}

func TestATimerIsSetAndCancelledInTheEvent(t *testing.T) {
	e := chat.Event{Timers: new(chat.Timers)}
	closesAt.Set(e, time.Hour, answer{})
	closesAt.Set(e, time.Minute, answer{User: "cy", Score: 3})
	closesAt.Key("q7").ForSender().Set(e, time.Second, answer{User: "dee"})
	closesAt.Key("q8").Cancel(e)
	payload := func(user string, score string) json.RawMessage {
		return json.RawMessage(`{"user":"` + user + `","score":` + score + `,"to":{}}`)
	}
	want := []chat.Later{
		{Name: "closing", After: chat.Duration(time.Minute), Payload: payload("cy", "3")},
		{Name: "closing", Key: "q7", After: chat.Duration(time.Second), Payload: payload("dee", "0"), Sender: true},
		{Name: "closing", Key: "q8", Cancel: true},
	}
	if diff := cmp.Diff(want, e.Timers.List()); diff != "" {
		t.Errorf("asked for:\n%s", diff)
	}
}

func TestWhatATimerBringsIsRoutedByItsName(t *testing.T) {
	e := chat.Event{Kind: chat.Timer, Name: "closing", Payload: json.RawMessage(`{"user": "cy", "score": 3, "of an earlier version": 1}`)}
	if got, err := timing().Handle(t.Context(), e); err != nil || len(got) != 1 || got[0].Text != "closing of 3" {
		t.Errorf("got %+v, %v", got, err)
	}
	e.Payload = json.RawMessage(`{"score": 3}`)
	if _, err := timing().Handle(t.Context(), e); !errors.Is(err, plugins.ErrPermanent) || !strings.Contains(err.Error(), "payload of closing: user: is missing") {
		t.Errorf("without what must be there: %v", err)
	}
	e.Name = "closin"
	if _, err := timing().Handle(t.Context(), e); !errors.Is(err, plugins.ErrPermanent) || !strings.Contains(err.Error(), `the plugin knows no timer "closin"; did you mean closing? have closing`) {
		t.Errorf("one that nobody knows: %v", err)
	}
}

// Whoever posts a webhook must not be able to have a timer come.
func TestNoTriggerIsATimer(t *testing.T) {
	e := chat.Event{Kind: chat.Webhook, Name: "closing", Payload: json.RawMessage(`{"user": "cy"}`)}
	if got, err := timing().Handle(t.Context(), e); err != nil || len(got) > 0 {
		t.Errorf("a webhook came as the timer: %+v, %v", got, err)
	}
	m := plugins.NewMux()
	plugins.OnTimer(m, closesAt, func(context.Context, chat.Event, answer) ([]chat.Message, error) { return nil, nil })
	if _, err := m.Handle(t.Context(), e); err == nil {
		t.Error("a webhook came as the timer")
	}
	if err := plugins.CheckTrigger(m, "closing", chat.Webhook); err == nil {
		t.Error("a trigger with the name of a timer is taken")
	}
}

func TestTimersAreCheckedAgainstTheHandler(t *testing.T) {
	one := []chat.Later{{Name: "closing", After: chat.Duration(time.Minute), Sender: true}}
	if err := plugins.CheckTimers(timing(), one, "cy"); err != nil {
		t.Error(err)
	}
	if err := plugins.CheckTimers(timing(), one, ""); err == nil || !strings.Contains(err.Error(), "give it a sender: expression") {
		t.Errorf("without a sender: %v", err)
	}
	one[0].Name = "opening"
	if err := plugins.CheckTimers(timing(), one, "cy"); err == nil || !strings.Contains(err.Error(), `no timer "opening"`) {
		t.Errorf("one without a route: %v", err)
	}
	if err := plugins.CheckTimers(plugins.Func(nop), one, "cy"); err != nil {
		t.Errorf("of a handler that does not say which it knows: %v", err)
	}
}

func TestMistakesWithTimersPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"a name that is none": func() { plugins.NewTimer[answer]("it closes") },
		"two routes": func() {
			plugins.OnTimer(timing(), closesAt, func(context.Context, chat.Event, answer) ([]chat.Message, error) { return nil, nil })
		},
		"no function": func() { plugins.OnTimer(plugins.NewMux(), closesAt, nil) },
		"a zero timer": func() {
			plugins.OnTimer(plugins.NewMux(), plugins.Timer[answer]{}, func(context.Context, chat.Event, answer) ([]chat.Message, error) { return nil, nil })
		},
		"an event of nobody's":     func() { closesAt.Set(chat.Event{}, time.Minute, answer{}) },
		"a payload JSON cannot be": func() { plugins.NewTimer[chan int]("x").Set(chat.Event{Timers: new(chat.Timers)}, time.Minute, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it did not panic")
				}
			}()
			f()
		})
	}
}
