package relay

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
	for _, name := range []string{"relay", "field"} {
		t.Run(name, func(t *testing.T) { plugintest.Play(t, Plugin, "testdata/"+name+".chat") })
	}
}

func TestMistakesInOptions(t *testing.T) {
	for given, want := range map[string]string{
		`{"to": {}}`:             "to: the audience names nobody",
		`{"most": 0}`:            "most: want 1 to 5000",
		`{"priority": "urgent"}`: "priority: is none of those it can be; have high, normal, low",
		`{"form": "Forum"}`:      "form: unknown name; did you mean from?",
	} {
		if err := Plugin.Check(json.RawMessage(given)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot  %v\nwant %s", given, err, want)
		}
	}
	h, err := Plugin.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := plugins.CheckTrigger(h, "posts", chat.Schedule); err == nil || !strings.Contains(err.Error(), "notice") {
		t.Errorf("a schedule: %v", err)
	}
	if err := plugins.CheckTrigger(h, "joined", chat.Callback); err == nil || !strings.Contains(err.Error(), "notice") {
		t.Errorf("what happens in a group: %v", err)
	}
}

func TestWhateverIsPostedBecomesOneMessageThatCanBeSent(t *testing.T) {
	part := `{"title": "` + strings.Repeat("\u00e9\\n<", 400) + `", "text": "x", "value": "y", "fields": [{"title": "a", "value": "b"}]}`
	many := "[" + strings.TrimSuffix(strings.Repeat(part+",", 500), ",") + "]"
	for name, payload := range map[string]string{
		"a long text":      `{"text": "` + strings.Repeat("<", 100_000) + `"}`,
		"many parts":       `{"text": "a", "attachments": ` + many + `, "embeds": ` + many + `, "sections": ` + many + `}`,
		"links and signs":  `{"text": "` + strings.Repeat("<https://a.example|b>&lt;", 10_000) + `"}`,
		"a long name":      `{"text": "a", "username": "` + strings.Repeat("x", 100_000) + `"}`,
		"other kinds":      `{"text": [], "content": {}, "message": true, "title": {"text": 1}, "attachments": {}, "blocks": "x", "msg": "a"}`,
		"lists in lists":   `{"attachments": [[["x"]], null, 1, {"fields": [null, 1]}], "text": "a"}`,
		"an adaptive card": `{"attachments": [{"content": {"body": ` + many + `}}]}`,
	} {
		h, err := Plugin.New(json.RawMessage(`{"most": 5000, "from": "Forum"}`))
		if err != nil {
			t.Fatal(err)
		}
		said, err := h.Handle(t.Context(), chat.Event{Kind: chat.Webhook, Name: "posts", Payload: json.RawMessage(payload)})
		if err != nil || len(said) != 1 {
			t.Errorf("%s: %d messages, %v", name, len(said), err)
			continue
		}
		body, _ := json.Marshal(said[0].Text)
		if n := len(strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(body))); n > chat.MaxBody {
			t.Errorf("%s: %d bytes", name, n)
		}
		if err := said[0].Validate(); err != nil || !strings.HasPrefix(said[0].Text, "Forum") {
			t.Errorf("%s: %.50q, %v", name, said[0].Text, err)
		}
	}
}

func TestWhatIsWrittenWithoutAText(t *testing.T) {
	h, err := Plugin.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	e := chat.Event{Kind: chat.Typed, Name: "typed", Sender: &chat.Member{ID: "cy", Role: chat.Normal}, Origin: &chat.Origin{Scheme: chat.SchemeCallback},
		Payload: json.RawMessage(`{"via":"group","held":true,"elements":[{"MsgType":"TIMImageElem"}]}`)}
	said, err := h.Handle(t.Context(), e)
	if err != nil || len(said) != 1 || said[0].Text != "cy: (something without a text)" {
		t.Errorf("%+v, %v", said, err)
	}
}
