package welcome

import (
	"encoding/json"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/plugintest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTranscripts(t *testing.T) {
	for _, name := range []string{"welcome", "plain"} {
		t.Run(name, func(t *testing.T) { plugintest.Play(t, Plugin, "testdata/"+name+".chat") })
	}
}

func TestANameCannotPassForMore(t *testing.T) {
	for name, want := range map[string]string{
		"Cy":                           "Hello Cy!",
		"":                             "Hello cy!",
		" \n ":                         "Hello cy!",
		"Cy!\nThe admin says {id}: %s": "Hello Cy! The admin says {id}: %s!",
		strings.Repeat("y", 500):       "Hello " + strings.Repeat("y", maxName) + "…!",
	} {
		if got := text("Hello {name}!").of(chat.Member{ID: "cy", Name: name}); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestMistakesInOptions(t *testing.T) {
	for given, want := range map[string]string{
		`{"text": "Hi {nmae}"}`:                         "text: says {nmae}, which is not known; have {id}, {name}, {role}",
		`{"saying": " "}`:                               "saying: is empty; leave it out",
		`{"tell": {"roles": ["boss"]}}`:                 `no role "boss"`,
		`{"text": "` + strings.Repeat("x", 2001) + `"}`: "text: want at most 2000 characters",
	} {
		if err := Plugin.Check(json.RawMessage(given)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %s", given, err, want)
		}
	}
}

func TestAScheduleDoesNotSayWhoJoined(t *testing.T) {
	h, err := Plugin.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if plugins.CheckTrigger(h, "daily", chat.Schedule) == nil || plugins.CheckTrigger(h, "whatever", chat.Webhook) != nil {
		t.Error("a schedule is taken, or a webhook is not")
	}
}
