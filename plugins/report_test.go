package plugins_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

var delivered = plugins.NewReport[answer]("delivered")

func reporting() *plugins.Mux {
	m := plugins.NewMux()
	m.On("delivered", nop) // a trigger of the same name is another thing
	plugins.OnReport(m, delivered, func(_ context.Context, _ chat.Event, end chat.Ending, a answer) ([]chat.Message, error) {
		return chat.Admins.Say("%s: %s, %d of %d", a.User, end.Outcome, end.Reached, end.People), nil
	})
	return m
}

func TestAReportIsAskedForOnEachMessage(t *testing.T) {
	list := append(chat.Admins.Say("a"), chat.Sender.Say("b")...)
	asked := delivered.Of(list, answer{User: "cy"})
	want := &chat.Report{Name: "delivered", Data: json.RawMessage(`{"user":"cy","score":0,"to":{}}`)}
	if !cmp.Equal(asked[0].Report, want) || !cmp.Equal(asked[1].Report, want) || list[0].Report != nil {
		t.Errorf("%+v of %+v", asked, list)
	}
}

func TestAReportComesWithHowItEndedAndWhatWasKnown(t *testing.T) {
	e := chat.Event{Kind: chat.Reported, Name: "delivered", Payload: json.RawMessage(
		`{"message": "m7", "status": "done", "outcome": "partly", "people": 3, "reached": 2, "data": {"user": "cy", "of an earlier version": 1}}`)}
	got, err := reporting().Handle(t.Context(), e)
	if err != nil || len(got) != 1 || got[0].Text != "cy: partly, 2 of 3" {
		t.Errorf("%+v, %v", got, err)
	}
	e.Payload = json.RawMessage(`{"data": {}}`)
	if _, err := reporting().Handle(t.Context(), e); !errors.Is(err, plugins.ErrPermanent) || !strings.Contains(err.Error(), "user: is missing") {
		t.Errorf("data that will not do: %v", err)
	}
	e.Kind = chat.Webhook
	if got, err := reporting().Handle(t.Context(), e); err != nil || got != nil {
		t.Errorf("a webhook came as the report: %+v, %v", got, err)
	}
	e.Kind, e.Name = chat.Reported, "deliverd"
	if _, err := reporting().Handle(t.Context(), e); err == nil || !strings.Contains(err.Error(), `the plugin knows no report "deliverd"; did you mean delivered?`) {
		t.Errorf("one that nobody knows: %v", err)
	}
}

func TestReportsAreCheckedAgainstTheHandler(t *testing.T) {
	list := delivered.Of(chat.Admins.Say("a"), answer{})
	for _, c := range []struct {
		name string
		h    plugins.Handler
		list []chat.Message
		kind chat.Kind
		want string
	}{
		{"one that is routed", reporting(), list, chat.Webhook, ""},
		{"one that answers a report", reporting(), list, chat.Reported, "cannot ask for the next"},
		{"none that answers a report", reporting(), chat.Admins.Say("a"), chat.Reported, ""},
		{"one that nobody routes", plugins.NewMux(), list, chat.Webhook, `knows no report "delivered"; there are none`},
		{"of a handler that does not say which it knows", plugins.Func(nop), list, chat.Webhook, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := plugins.CheckReports(c.h, c.list, c.kind)
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestMistakesWithReportsPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"a name that is none": func() { plugins.NewReport[answer]("it went") },
		"two routes": func() {
			plugins.OnReport(reporting(), delivered, func(context.Context, chat.Event, chat.Ending, answer) ([]chat.Message, error) { return nil, nil })
		},
		"no function":         func() { plugins.OnReport(plugins.NewMux(), delivered, nil) },
		"data JSON cannot be": func() { plugins.NewReport[chan int]("x").Of(nil, nil) },
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
