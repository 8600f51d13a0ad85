package plugins_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

func TestHowSomethingWasHeard(t *testing.T) {
	callback := &chat.Origin{Scheme: chat.SchemeCallback, Type: "Group.CallbackBeforeSendMsg"}
	held := json.RawMessage(`{"via":"group","held":true,"acknowledged":true}`)
	for name, c := range map[string]struct {
		e    chat.Event
		want bool
	}{
		"what was held":                     {chat.Event{Kind: chat.Typed, Origin: callback, Payload: held}, true},
		"what a webhook says was held":      {chat.Event{Kind: chat.Typed, Origin: &chat.Origin{Hook: "typed", Scheme: "bearer"}, Payload: held}, false},
		"what somebody tries by hand":       {chat.Event{Kind: chat.Typed, Payload: held}, false},
		"a timer that came of it":           {chat.Event{Kind: chat.Timer, Origin: callback, Payload: held}, false},
		"a dialog, which has other payload": {chat.Event{Kind: chat.Typed, Origin: callback, Payload: json.RawMessage(`[1]`)}, false},
	} {
		got, ok := plugins.Heard(c.e)
		want := chat.Heard{}
		if c.want {
			want = chat.Heard{Via: chat.ViaGroup, Held: true, Acknowledged: true}
		}
		if d := cmp.Diff(want, got); d != "" || ok != c.want {
			t.Errorf("%s: %v\n%s", name, ok, d)
		}
	}
}

// What happens in a group comes to a route by the trigger's name, as anything else does.
func TestWhatHappensIsRouted(t *testing.T) {
	m := plugins.NewMux()
	var got []chat.Happening
	plugins.On(m, "joined", func(_ context.Context, e chat.Event, h chat.Happening) ([]chat.Message, error) {
		own, ok := plugins.Happening(e)
		if !ok || own != h {
			t.Errorf("%+v, %v", own, ok)
		}
		got = append(got, h)
		return nil, nil
	})
	plugins.Command(m, "/ack", func(context.Context, chat.Event, struct{}) ([]chat.Message, error) { return nil, nil })
	e := chat.Event{Kind: chat.Callback, Name: "joined", Payload: json.RawMessage(`{"what":"member_joined","user":"dee","how":"Apply"}`)}
	if _, err := m.Handle(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]chat.Happening{{What: chat.MemberJoined, User: "dee", How: "Apply"}}, got); d != "" {
		t.Error(d)
	}
	if _, ok := plugins.Happening(chat.Event{Kind: chat.Webhook, Payload: e.Payload}); ok {
		t.Error("a webhook is taken for what happened")
	}
	for _, c := range []struct {
		trigger chat.TriggerName
		kind    chat.Kind
		wrong   string
	}{
		{"joined", chat.Callback, ""},
		{"left", chat.Callback, `the plugin knows no trigger "left"`},
		{"typed", chat.Typed, ""}, // it has commands
	} {
		if err := plugins.CheckTrigger(m, c.trigger, c.kind); (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s of kind %s: %v", c.trigger, c.kind, err)
		}
	}
}

func TestAPluginThatTakesNothingThatIsWritten(t *testing.T) {
	m := plugins.NewMux()
	m.On("asked", func(context.Context, chat.Event) ([]chat.Message, error) { return nil, nil })
	if err := plugins.CheckTrigger(m, "typed", chat.Typed); err == nil || !strings.Contains(err.Error(), `takes nothing that members write by a trigger "typed"; have asked`) {
		t.Errorf("%v", err)
	}
	if err := plugins.CheckTrigger(m, "asked", chat.Typed); err != nil {
		t.Error(err)
	}
}
