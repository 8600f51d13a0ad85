package notice

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/plugintest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTranscripts(t *testing.T) {
	for _, name := range []string{"notice", "choose"} {
		t.Run(name, func(t *testing.T) { plugintest.Play(t, Plugin, "testdata/"+name+".chat") })
	}
}

func TestMessage(t *testing.T) {
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	team := chat.Audience{Roles: []chat.Role{chat.Normal}, Except: []chat.UserID{"guest"}}
	for _, c := range []struct {
		name    string
		options Options
		payload payload
		want    chat.Message
	}{
		{"of the options alone", Options{To: team, Text: "hi"}, payload{}, chat.Message{To: team, Text: "hi"}},
		{"with another text", Options{To: team, Text: "hi"}, payload{Text: "ho"}, chat.Message{To: team, Text: "ho"}},
		{"leaving somebody out leaves the exceptions in place", Options{To: team, Text: "hi"}, payload{Except: []chat.UserID{"cy"}}, chat.Message{
			To: chat.Audience{Roles: team.Roles, Except: []chat.UserID{"guest", "cy"}}, Text: "hi",
		}},
		{"to others, who replace the first", Options{To: team, Text: "hi", Choose: true}, payload{To: &chat.Owners}, chat.Message{To: chat.Owners, Text: "hi"}},
		{"that expires, and in a hurry", Options{To: team, Text: "hi", Expires: plugins.Duration(time.Hour), Priority: chat.High}, payload{}, chat.Message{
			To: team, Text: "hi", Priority: chat.High, Expires: at.Add(time.Hour),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := notice{c.options}.message(c.payload, at)
			if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
				t.Errorf("%v, -want +got:\n%s", err, diff)
			}
		})
	}
	if len(team.Except) != 1 || len(chat.Owners.Roles) != 1 {
		t.Error("making a message changed the options")
	}
}

func TestMistakesInOptions(t *testing.T) {
	for given, want := range map[string]string{
		`{"to": {}}`:                    "the audience names nobody",
		`{"to": {"roles": ["guests"]}}`: `no role "guests"`,
		`{"priority": "urgent"}`:        `priority: is none of those it can be; have high, normal, low`,
		`{"expires": 30}`:               `expires: want a length of time such as "1h30m", found number`,
		`{"expire": "30m"}`:             "expire: unknown name; did you mean expires? have choose, expires, priority, renderings, text, to",
	} {
		if err := Plugin.Check(json.RawMessage(given)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot  %v\nwant %s", given, err, want)
		}
	}
	if err := Plugin.Check(nil); err != nil {
		t.Errorf("none at all: %v", err)
	}
}

func TestATextThatCannotBeSentIsRefusedWhenItIsRead(t *testing.T) {
	for text, fits := range map[string]bool{
		strings.Repeat("x", 10<<10):     true,
		strings.Repeat("<", 10<<10):     true, // one byte each, as it is sent
		strings.Repeat("x", 11<<10):     false,
		strings.Repeat(`"`, 6<<10):      false, // two bytes each
		strings.Repeat("\u20ac", 4<<10): false,
	} {
		options, err := json.Marshal(map[string]string{"text": text})
		if err != nil {
			t.Fatal(err)
		}
		err = Plugin.Check(options)
		if fits != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), "text: has 1") {
			t.Errorf("%d times %.3q: %v", len([]rune(text)), text, err)
		}
	}
}

func TestAScheduleNeedsAText(t *testing.T) {
	for _, c := range []struct {
		options string
		kind    chat.Kind
		fits    bool
	}{
		{`{"text": "Stand up."}`, chat.Schedule, true},
		{`{}`, chat.Webhook, true},
		{`{}`, chat.Schedule, false},
		{`{}`, chat.Typed, true}, // a webhook can bring it
		{`{}`, chat.Callback, false},
		{`{"text": "Stand up."}`, chat.Callback, true},
		{`{"text": " "}`, chat.Schedule, false},
	} {
		h, err := Plugin.New(json.RawMessage(c.options))
		if err != nil {
			t.Fatal(err)
		}
		if err := plugins.CheckTrigger(h, "reminder", c.kind); c.fits != (err == nil) {
			t.Errorf("%s %s: %v", c.options, c.kind, err)
		}
	}
}
