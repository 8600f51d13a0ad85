package chat_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
)

func TestAMessageWithRenderingsIsValid(t *testing.T) {
	full := chat.Rendering{To: chat.Admins, Text: "The build failed: main.go:7"}
	for name, m := range map[string]chat.Message{
		"beside a body of its own":   {To: chat.Everyone, Text: "The build failed.", Renderings: []chat.Rendering{full}},
		"without a body of its own":  {To: chat.Everyone, Renderings: []chat.Rendering{full}},
		"of elements":                {To: chat.Everyone, Renderings: []chat.Rendering{{To: chat.Sender, Elements: []chat.Element{good()["image"]}}}},
		"as many as there may be":    {To: chat.Everyone, Renderings: many(chat.MaxRenderings, "a")},
		"as much as there may be":    {To: chat.Everyone, Renderings: many(50, strings.Repeat("a", 10_000))},
		"each with a custom element": {To: chat.Everyone, Elements: []chat.Element{good()["custom"]}, Renderings: []chat.Rendering{{To: chat.Admins, Elements: []chat.Element{good()["custom"]}}}},
	} {
		if err := m.Validate(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func many(n int, text string) []chat.Rendering {
	list := make([]chat.Rendering, n)
	for i := range list {
		list[i] = chat.Rendering{To: chat.Users("ann"), Text: text}
	}
	return list
}

func TestARenderingIsRefusedWithItsPlaceAndTheReason(t *testing.T) {
	good, custom := chat.Rendering{To: chat.Admins, Text: "a"}, good()["custom"]
	for name, c := range map[string]struct {
		list []chat.Rendering
		want string
	}{
		"to nobody":                {[]chat.Rendering{good, {Text: "a"}}, "rendering 2: the audience names nobody"},
		"to an unknown role":       {[]chat.Rendering{{To: chat.Audience{Roles: []chat.Role{"boss"}}, Text: "a"}}, `rendering 1: no role "boss"`},
		"with nothing to say":      {[]chat.Rendering{good, {To: chat.Admins}}, "rendering 2: says nothing"},
		"with a bad element":       {[]chat.Rendering{{To: chat.Admins, Text: "a", Elements: []chat.Element{{}}}}, "rendering 1: element 2: "},
		"with two custom elements": {[]chat.Rendering{{To: chat.Admins, Elements: []chat.Element{custom, custom}}}, "rendering 1: a message has at most one custom"},
		"one of too many":          {many(chat.MaxRenderings+1, "a"), "it has 501 renderings, and a message may have 500"},
		"of too much":              {many(60, strings.Repeat("a", 10_000)), "bytes of JSON together, and may have 524288"},
	} {
		m := chat.Message{To: chat.Everyone, Text: "a", Renderings: c.list}
		if err := m.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if err := (chat.Message{To: chat.Everyone, Renderings: []chat.Rendering{{Text: "a"}}}).Validate(); !errors.Is(err, chat.ErrNobody) {
		t.Errorf("to nobody is not ErrNobody: %v", err)
	}
}

func TestEachRenderingHasItsBodyAndItsRuleIsBound(t *testing.T) {
	asked := chat.Message{To: chat.Everyone, Text: "own", Renderings: []chat.Rendering{{To: chat.Sender, Text: "first"}, {To: chat.Admins.Or(chat.Sender), Text: "second"}}}
	m := asked.Bind("ann")
	for i, want := range []string{"own", "first", "second"} {
		if body := m.BodyOf(i); len(body) != 1 || body[0].Text.Text != want {
			t.Errorf("body %d is %+v", i, body)
		}
	}
	if m.BodyOf(3) != nil || m.BodyOf(-1) != nil {
		t.Error("there is a body of a rendering that is none")
	}
	if want := []chat.Audience{chat.Users("ann"), {AnyOf: []chat.Audience{chat.Admins, chat.Users("ann")}}}; !reflect.DeepEqual(m.Rules(), want) {
		t.Errorf("bound to %+v", m.Rules())
	}
	if !asked.Renderings[0].To.Sender {
		t.Error("what was bound is not its own")
	}
}

func TestRatherAndEachAreRenderings(t *testing.T) {
	short := chat.Everyone.Say("The build failed.")
	got := chat.Rather(short, chat.Owners.Say("Look at %s.", "main.go:7"), chat.Admins.Show(chat.Face{Index: 1}))
	want := []chat.Message{{To: chat.Everyone, Text: "The build failed.", Renderings: []chat.Rendering{
		{To: chat.Owners, Text: "Look at main.go:7."}, {To: chat.Admins, Elements: []chat.Element{{Face: &chat.Face{Index: 1}}}},
	}}}
	if !reflect.DeepEqual(got, want) || short[0].Renderings != nil {
		t.Errorf("%+v", got)
	}
	points := map[chat.UserID]string{"ann": "3 points", "bo": "", "cy": "5 points"}
	got = chat.Each([]chat.UserID{"ann", "bo", "cy"}, func(id chat.UserID) string { return points[id] })
	want = []chat.Message{{To: chat.Users("ann", "cy"), Renderings: []chat.Rendering{
		{To: chat.Users("ann"), Text: "3 points"}, {To: chat.Users("cy"), Text: "5 points"},
	}}}
	if !reflect.DeepEqual(got, want) || got[0].Validate() != nil {
		t.Errorf("%+v", got)
	}
	if got := chat.Each(nil, nil); got != nil {
		t.Errorf("to nobody: %+v", got)
	}
}

func TestRenderingsComeBackFromJSONAsTheyWere(t *testing.T) {
	was := chat.Rather(chat.Everyone.Say("a"), chat.Admins.Say("b"))[0]
	b, err := json.Marshal(was)
	if want := `{"to":{"everyone":true},"text":"a","renderings":[{"to":{"roles":["owner","admin"]},"text":"b"}]}`; err != nil || string(b) != want {
		t.Errorf("written as %s (%v)", b, err)
	}
	var back chat.Message
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, was) {
		t.Errorf("%s came back as %+v (%v)", b, back, err)
	}
}
