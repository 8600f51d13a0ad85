package plugins

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/botd-chat/botd/chat"
)

type round struct {
	Title string   `json:"title" required:"true"`
	Score *float64 `json:"score" min:"0.5" max:"1"`
}

type bound struct {
	Points int              `json:"points" min:"1"`
	Places uint8            `json:"places" min:"1" max:"100"`
	Open   Duration         `json:"open" about:"How long." min:"1s" max:"1h"`
	Name   string           `json:"name" min:"2" max:"4"`
	Order  chat.Priority    `json:"order" enum:"high,low"`
	Tell   chat.Audience    `json:"tell" required:"true"`
	Ask    chat.Audience    `json:"ask" required:"true"`
	Words  []string         `json:"words" max:"2"`
	Rounds []round          `json:"rounds" required:"true"`
	Odd    map[string]round `json:"odd" min:"1"`
}

func (b *bound) Defaults() { b.Tell, b.Points = chat.Admins, 1 }

// whole has all that must be there.
func whole(more string) string {
	if more != "" {
		more = ", " + more
	}
	return `{"ask": {"everyone": true}, "rounds": [{"title": "a"}]` + more + `}`
}

// What the plugin refuses, the schema refuses, but for what it cannot tell.
func TestBoundsOfOptions(t *testing.T) {
	p := Define("bound", "1", func(bound) (Handler, error) { return NewMux(), nil })
	schema := compiled(t, p)
	for _, c := range []struct {
		name, options, want string
		words               bool // the schema says it in words alone
	}{
		{name: "what must be there", options: whole("")},
		{name: "nothing at all", options: `{}`, want: "ask: is missing; rounds: is missing"},
		{name: "too little", options: whole(`"points": 0`), want: "points: want at least 1"},
		{name: "just enough", options: whole(`"points": 1, "places": 100, "open": "1s", "name": "ÄÖ"`)},
		{name: "too much", options: whole(`"places": 101`), want: "places: want 1 to 100"},
		{name: "too short a time", options: whole(`"open": "0s"`), want: "open: want 1s to 1h", words: true},
		{name: "too short a text", options: whole(`"name": "Ä"`), want: "name: want 2 to 4 characters"},
		{name: "too long a text", options: whole(`"name": "Äpfel"`), want: "name: want 2 to 4 characters"},
		{name: "none of those it can be", options: whole(`"order": "hihg"`), want: "order: is none of those it can be; did you mean high? have high, low"},
		{name: "one of them", options: whole(`"order": "low"`)},
		{name: "an audience of nobody", options: whole(`"tell": {}`), want: "tell: the audience names nobody", words: true},
		{name: "too many", options: whole(`"words": ["a", "b", "c"]`), want: "words: want at most 2 items"},
		{name: "an empty list", options: `{"ask": {"everyone": true}, "rounds": []}`, want: "rounds: is missing"},
		{name: "none in a map", options: whole(`"odd": {}`), want: "odd: want at least 1 item"},
		{name: "a blank text", options: whole(`"odd": {"x": {"title": " "}}`), want: "odd.x.title: is missing", words: true},
		{name: "deep within", options: `{"ask": {"everyone": true}, "rounds": [{"title": "a", "score": 0.5}, {"score": 0.4}]}`, want: "rounds[1].score: want 0.5 to 1; rounds[1].title: is missing"},
		{name: "null, which is as if it were left out", options: whole(`"odd": {"x": {"title": "a", "score": null}}`), words: true},
		{name: "several", options: whole(`"points": 0, "places": 0`), want: "places: want 1 to 100; points: want at least 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if err := p.Check(json.RawMessage(c.options)); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			v, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(c.options)))
			if err != nil {
				t.Fatal(err)
			}
			if refused := schema.Validate(v); (refused != nil) != (c.want != "") && !c.words {
				t.Errorf("the schema says %v", refused)
			}
		})
	}
}

func TestTheSchemaTellsBoundsInWords(t *testing.T) {
	p := Define("bound", "1", func(bound) (Handler, error) { return NewMux(), nil })
	for _, want := range []string{`"How long. From 1s to 1h."`, `"At least 1."`, `"From 1 to 100."`, `"From 2 to 4 characters."`, `"At most 2 items."`} {
		if s := string(p.Schema()); !strings.Contains(s, want) {
			t.Errorf("%s does not say %s", s, want)
		}
	}
}

func TestEachMistakeSaysInWhichOptionItIs(t *testing.T) {
	p := Define("bound", "1", func(bound) (Handler, error) { return NewMux(), nil })
	for options, want := range map[string]string{
		whole(`"points": 0, "places": 0`):                   "places points",
		whole(`"pints": 0`):                                 "pints",
		whole(`"points": "0"`):                              "points",
		whole(`"open": "soon"`):                             "open",
		whole(`"tell": {"users": [{}]}`):                    "tell.users",
		whole(`"tell": null`):                               "tell",
		`{"ask": {"everyone": true}, "rounds": [{"x": 1}]}`: "rounds[0].x",
	} {
		err := p.Check(json.RawMessage(options))
		list := []error{err}
		if several, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // as a host asks
			list = several.Unwrap()
		}
		var got []string
		for _, err := range list {
			if placed, ok := err.(interface{ Option() string }); ok { //nolint:errorlint // as a host asks
				got = append(got, placed.Option())
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q of %v; want %s", options, got, err, want)
		}
	}
}

func TestBoundsOfPayloadsAndCommands(t *testing.T) {
	type days struct {
		Days int      `json:"days" min:"1" max:"60" required:"true"`
		Tags []string `json:"tags" max:"2"`
	}
	m := NewMux()
	show := func(_ context.Context, _ chat.Event, d days) ([]chat.Message, error) {
		return chat.Sender.Say("%d", d.Days), nil
	}
	On(m, "extend", show)
	Command(m, "/extend <days> [tags...]", show)
	for payload, want := range map[string]string{
		`{"days": 60}`:                       "60",
		`{"days": 61, "x": "ours"}`:          "payload of extend: days: want 1 to 60",
		`{"days": null}`:                     "payload of extend: days: is missing",
		``:                                   "payload of extend: days: is missing",
		`/extend 60 a b`:                     "60",
		`/extend 61`:                         "days: want 1 to 60, not \"61\"\nUsage: /extend <days> [tags...]",
		`/extend 1 a b c`:                    "tags: want at most 2 items\nUsage: /extend <days> [tags...]",
		`{"days": 3, "tags": ["a","b","c"]}`: "payload of extend: tags: want at most 2 items",
	} {
		e := chat.Event{Name: "extend", Payload: json.RawMessage(payload)}
		if strings.HasPrefix(payload, "/") {
			e = chat.Event{Kind: chat.Typed, Text: payload, Sender: &chat.Member{ID: "cy", Role: chat.Normal}}
		}
		got, err := m.Handle(t.Context(), e)
		text := fmt.Sprint(err)
		if err == nil {
			text = got[0].Text
		}
		if text != want {
			t.Errorf("%s: %s, want %s", payload, text, want)
		}
	}
	if err := CheckTrigger(m, "extend", chat.Schedule); err == nil || !strings.Contains(err.Error(), "days: is missing") {
		t.Errorf("a schedule for what needs a payload: %v", err)
	}
}

func TestTagsThatDoNotGoWithTheirFieldPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"a bound that is no number": func() {
			Define("x", "1", func(struct {
				N int `min:"one"`
			}) (Handler, error) {
				return nil, nil
			})
		},
		"a time that is none": func() {
			OnTimer(NewMux(), NewTimer[struct {
				D Duration `max:"60"`
			}]("x"), nil)
		},
		"of what has no size": func() {
			OnReport(NewMux(), NewReport[struct {
				B bool `min:"1"`
			}]("x"), nil)
		},
		"a choice of numbers": func() {
			On[struct {
				N []struct {
					M int `enum:"1,2"`
				}
			}](NewMux(), "x", nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if v := fmt.Sprint(recover()); !strings.Contains(v, "the tag ") {
					t.Errorf("got %s", v)
				}
			}()
			f()
		})
	}
}
