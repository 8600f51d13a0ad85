package bots_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

const (
	class chat.GroupID = "@TGS#2QUIZROOM1"
	team  chat.GroupID = "@TGS#2TEAMROOM01"
)

// silent is a plugin that says nothing.
var silent = pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) { return nil, nil })

func pluginOf(f plugins.Func) plugins.Plugin {
	return plugins.Define("quiz", "1.0.0", func(struct{}) (plugins.Handler, error) { return f, nil })
}

func specOf(p plugins.Plugin, triggers ...bots.Trigger) bots.Spec {
	return bots.Spec{
		Name: "quiz", App: "main", Account: "quizbot", Groups: []chat.GroupID{class, team},
		Audience: chat.Everyone, Plugin: p, Triggers: triggers,
	}
}

func TestArrival(t *testing.T) {
	at := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name          string
		group, sender string // of the trigger
		text          string // of the trigger
		payload       string
		groups        []chat.GroupID
		from          chat.UserID
		wrote         string
		wrong         string // part of the error; empty: none
	}{
		{name: "without a group it is for each of the bot's", payload: `{}`, groups: []chat.GroupID{class, team}},
		{name: "without expressions the payload is not looked at", payload: `not JSON`, groups: []chat.GroupID{class, team}},
		{name: "a group that is written out", group: string(team), groups: []chat.GroupID{team}},
		{name: "a group out of the payload", group: "payload.room", payload: `{"room":"@TGS#2TEAMROOM01"}`, groups: []chat.GroupID{team}},
		{name: "a group worked out of the payload", group: `payload.team ? "@TGS#2TEAMROOM01" : "@TGS#2QUIZROOM1"`, payload: `{"team":false}`, groups: []chat.GroupID{class}},
		{name: "a sender out of the payload", sender: "payload.user", payload: `{"user":"carol"}`, groups: []chat.GroupID{class, team}, from: "carol"},
		{name: "a sender deep in the payload", sender: "payload.answers[0].by?.id", payload: `{"answers":[{"by":{"id":"carol"}}]}`, groups: []chat.GroupID{class, team}, from: "carol"},
		{name: "a long number is the sender to the last digit", sender: "string(payload.user)", payload: `{"user":9007199254740993}`, groups: []chat.GroupID{class, team}, from: "9007199254740993"},
		{name: "the first that fits", sender: `find(payload.people, .role == "author").id`, payload: `{"people":[{"id":"a","role":"x"},{"id":"b","role":"author"}]}`, groups: []chat.GroupID{class, team}, from: "b"},

		{name: "what somebody wrote", sender: "payload.user", text: `payload.command + " " + payload.text`, payload: `{"user":"carol","command":"/extend","text":"30 please"}`,
			groups: []chat.GroupID{class, team}, from: "carol", wrote: "/extend 30 please"},
		{name: "as much as somebody may write", sender: "payload.user", text: "payload.text", payload: `{"user":"carol","text":"` + strings.Repeat("x", chat.MaxText) + `"}`,
			groups: []chat.GroupID{class, team}, from: "carol", wrote: strings.Repeat("x", chat.MaxText)},

		{name: "more than somebody may write", sender: "payload.user", text: "payload.text", payload: `{"user":"carol","text":"` + strings.Repeat("x", chat.MaxText+1) + `"}`, wrong: "12289 bytes"},
		{name: "nothing that anybody wrote", sender: "payload.user", text: "payload.text", payload: `{"user":"carol"}`, wrong: "text: payload.text: there is nothing there"},
		{name: "a number is no text", sender: "payload.user", text: "payload.text", payload: `{"user":"carol","text":7}`, wrong: "string(…)"},
		{name: "a group that is not the bot's", group: "payload.room", payload: `{"room":"@TGS#OTHER"}`, wrong: "not one of the bot's"},
		{name: "a sender that is not there", sender: "payload.user", payload: `{}`, wrong: "nothing there"},
		{name: "a payload that is not an object", sender: "payload.user", payload: `[1]`, wrong: "cannot be worked out"},
		{name: "no payload", sender: "payload.user", wrong: "cannot be worked out"},
		{name: "an empty sender", sender: "payload.user", payload: `{"user":""}`, wrong: "empty"},
		{name: "a number is no user id unless the operator says so", sender: "payload.user", payload: `{"user":7}`, wrong: "string(…)"},
		{name: "a sender too long to be one", sender: "payload.user", payload: `{"user":"` + strings.Repeat("x", 33) + `"}`, wrong: "no user id"},
		{name: "what is not JSON", sender: "payload.user", payload: `{"user":`, wrong: "not JSON"},
		{name: "more than may be created", sender: `repeat(payload.user, 100000000)`, payload: `{"user":"secret"}`, wrong: "cannot be worked out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := bots.New(specOf(silent, bots.Trigger{Name: "answers", Kind: chat.Webhook, Group: c.group, Sender: c.sender, Text: c.text}))
			must(t, err)
			a, err := b.Arrival("answers", json.RawMessage(c.payload), "hook/quiz/1", at)
			if c.wrong != "" {
				if !errors.Is(err, bots.ErrPayload) || !strings.Contains(err.Error(), c.wrong) || strings.Contains(err.Error(), "secret") {
					t.Errorf("error %v, want %q", err, c.wrong)
				}
				return
			}
			must(t, err)
			kind := chat.Webhook
			if c.text != "" {
				kind = chat.Typed
			}
			if !slices.Equal(a.Groups, c.groups) || a.Sender != c.from || a.Text != c.wrote {
				t.Errorf("for %v from %q, want %v from %q", a.Groups, a.Sender, c.groups, c.from)
			}
			if a.Key != "hook/quiz/1" || a.Bot != "quiz" || a.App != "main" || a.Trigger != "answers" || a.Kind != kind || !a.Time.Equal(at) {
				t.Errorf("arrival %+v", a)
			}
		})
	}
	t.Run("a trigger that is not there is not the payload's fault", func(t *testing.T) {
		b, err := bots.New(specOf(silent))
		must(t, err)
		if _, err := b.Arrival("typo", nil, "", at); err == nil || errors.Is(err, bots.ErrPayload) {
			t.Errorf("error %v", err)
		}
	})
}

func TestCheckExpression(t *testing.T) {
	for source, wrong := range map[string]string{
		"payload.user": "",
		"payload.":     "does not compile",
		"paylod.user":  "unknown name paylod; did you mean payload?",
		"admin":        "unknown name admin",
	} {
		t.Run(source, func(t *testing.T) {
			switch err := bots.CheckExpression(source); {
			case wrong == "" && err != nil:
				t.Error(err)
			case wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)):
				t.Errorf("error %v, want %q", err, wrong)
			}
		})
	}
}

func TestNew(t *testing.T) {
	t.Run("everything that is wrong is told at once", func(t *testing.T) {
		s := specOf(silent,
			bots.Trigger{Name: "a", Sender: "payload."}, bots.Trigger{Name: "d", Text: "payload.text"}, bots.Trigger{Name: "e", Sender: "payload.user", Text: "payload.text +"}, bots.Trigger{Name: "b"}, bots.Trigger{Name: "b"}, bots.Trigger{Name: "c", Group: "@TGS#NOTMINE"})
		s.Groups = append(s.Groups, "@TGS#_COMMUNITY")
		s.Account, s.Audience, s.Limits.Timeout, s.Options = "", chat.Audience{}, time.Hour, json.RawMessage(`{"typo":1}`)
		_, err := bots.New(s)
		for _, want := range []string{"does not compile", "there twice", "has no sender; add sender:", "text: the expression does not compile", "@TGS#NOTMINE", "Community", "user id is empty", "names nobody", "timeout", "typo"} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("not told: %s\n%v", want, err)
			}
		}
	})
	t.Run("limits that are not given have defaults", func(t *testing.T) {
		b, err := bots.New(specOf(silent))
		must(t, err)
		if want := (bots.Limits{Recipients: 50, Messages: 10, Timeout: 10 * time.Second, Timers: 100, SurgeFactor: 3, Typed: 600}); b.Limits != want {
			t.Errorf("limits %+v, want %+v", b.Limits, want)
		}
	})
	t.Run("a trigger that its plugin does not know is refused", func(t *testing.T) {
		routed := plugins.Define("quiz", "1.0.0", func(struct{}) (plugins.Handler, error) {
			m := plugins.NewMux()
			m.On("answers", func(context.Context, chat.Event) ([]chat.Message, error) { return nil, nil })
			return m, nil
		})
		if _, err := bots.New(specOf(routed, bots.Trigger{Name: "answrs"})); err == nil || !strings.Contains(err.Error(), "answers") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a schedule of which its plugin can make nothing is refused by its name", func(t *testing.T) {
		asked := plugins.Define("quiz", "1.0.0", func(struct{}) (plugins.Handler, error) {
			m := plugins.NewMux()
			plugins.On(m, "ask", func(context.Context, chat.Event, asking) ([]chat.Message, error) { return nil, nil })
			return m, nil
		})
		if _, err := bots.New(specOf(asked, bots.Trigger{Name: "ask", Kind: chat.Webhook})); err != nil {
			t.Errorf("a webhook: %v", err)
		}
		_, err := bots.New(specOf(asked, bots.Trigger{Name: "ask", Kind: chat.Schedule}))
		if err == nil || !strings.Contains(err.Error(), `trigger "ask": a schedule brings no payload`) {
			t.Errorf("error %v", err)
		}
	})
}

// asking is a payload that cannot be left out.
type asking struct {
	Text string `json:"text"`
}

func (a asking) Validate() error {
	if a.Text == "" {
		return errors.New("text: is missing")
	}
	return nil
}

func TestBots(t *testing.T) {
	one, err := bots.New(specOf(silent))
	must(t, err)
	var set bots.Bots
	if set.Bot("quiz") != nil {
		t.Error("an empty set has a bot")
	}
	must(t, set.Replace([]*bots.Bot{one}))
	t.Run("two of one name change nothing", func(t *testing.T) {
		if err := set.Replace([]*bots.Bot{one, one}); err == nil || set.Bot("quiz") != one {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a new set takes the place of the old one", func(t *testing.T) {
		must(t, set.Replace(nil))
		if set.Bot("quiz") != nil {
			t.Error("the old bot is still there")
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
