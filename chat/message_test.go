package chat_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

func TestAMessageThatSaysSomethingToSomebodyIsValid(t *testing.T) {
	for name, m := range map[string]chat.Message{
		"a text":               {To: chat.Admins, Text: "5 of 10"},
		"elements alone":       {To: chat.Admins, Elements: []chat.Element{good()["image"], good()["face"]}},
		"a text and elements":  {To: chat.Sender, Text: "see", Elements: []chat.Element{good()["file"]}},
		"with everything":      {To: chat.Users("ann"), Text: "now", Expires: time.Unix(1, 0), Priority: chat.High},
		"one custom element":   {To: chat.Owners, Text: "a", Elements: []chat.Element{good()["custom"]}},
		"at ordinary priority": {To: chat.Owners, Text: "a", Priority: chat.Ordinary},
		"at low priority":      {To: chat.Owners, Text: "a", Priority: chat.Low},
	} {
		t.Run(name, func(t *testing.T) {
			if err := m.Validate(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAMessageIsRefusedWithTheReason(t *testing.T) {
	custom := good()["custom"]
	for name, c := range map[string]struct {
		m    chat.Message
		want string
	}{
		"to nobody":                    {chat.Message{Text: "a"}, "names nobody"},
		"to an unknown role":           {chat.Message{To: chat.Audience{Roles: []chat.Role{"boss"}}, Text: "a"}, `no role "boss"`},
		"with nothing to say":          {chat.Message{To: chat.Admins}, "says nothing"},
		"with an empty list":           {chat.Message{To: chat.Admins, Elements: []chat.Element{}}, "says nothing"},
		"with a text that is no text":  {chat.Message{To: chat.Admins, Text: "\xff"}, "element 1: a text element is not UTF-8"},
		"with a bad second element":    {chat.Message{To: chat.Admins, Text: "a", Elements: []chat.Element{{}}}, "element 2: "},
		"with two custom elements":     {chat.Message{To: chat.Admins, Elements: []chat.Element{custom, custom}}, "at most one custom element; this one has 2"},
		"at an unknown priority":       {chat.Message{To: chat.Admins, Text: "a", Priority: "urgent"}, "have high, normal, low"},
		"at a priority in other cases": {chat.Message{To: chat.Admins, Text: "a", Priority: "High"}, "no priority"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.m.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Validate says %v, not %s", err, c.want)
			}
		})
	}
	if err := (chat.Message{Text: "a"}).Validate(); !errors.Is(err, chat.ErrNobody) {
		t.Errorf("to nobody is not ErrNobody: %v", err)
	}
}

func TestTextComesFirstInTheBody(t *testing.T) {
	face := good()["face"]
	m := chat.Message{Text: "see", Elements: make([]chat.Element, 1, 4)}
	m.Elements[0] = face
	body := m.Body()
	if len(body) != 2 || body[0].Text.Text != "see" || body[1].Face != face.Face {
		t.Errorf("body is %+v", body)
	}
	if body[0].Text.Text = "changed"; m.Text != "see" || m.Elements[0].Face != face.Face {
		t.Errorf("the body is not its own: %+v", m)
	}
	if body := (chat.Message{Elements: m.Elements}).Body(); len(body) != 1 {
		t.Errorf("without a text the body is %+v", body)
	}
	if body := (chat.Message{}).Body(); len(body) != 0 {
		t.Errorf("of nothing the body is %+v", body)
	}
}

func TestSayIsOneMessageToThatAudience(t *testing.T) {
	got := chat.Admins.But("bo").Say("%s: %d/%d", "cy", 3, 10)
	want := []chat.Message{{To: chat.Admins.But("bo"), Text: "cy: 3/10"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("said %+v", got)
	}
}

func TestAMessageComesBackFromJSONAsItWas(t *testing.T) {
	was := chat.Message{
		To: chat.Admins.Or(chat.Users("ann")).But("bo"), Text: "<b> & 小红", Priority: chat.Low,
		Expires: time.Date(2030, 1, 2, 3, 4, 5, 6000, time.UTC),
	}
	for _, e := range good() {
		was.Elements = append(was.Elements, e)
	}
	b, err := json.Marshal(was)
	if err != nil {
		t.Fatal(err)
	}
	var back chat.Message
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, was) {
		t.Errorf("%s came back as %+v (%v)", b, back, err)
	}
	t.Run("what was not set is not written", func(t *testing.T) {
		b, err := json.Marshal(chat.Message{To: chat.Owners, Text: "a"})
		if want := `{"to":{"roles":["owner"]},"text":"a"}`; err != nil || string(b) != want {
			t.Errorf("written as %s (%v)", b, err)
		}
	})
}

func TestTheEmptyPriorityIsOrdinary(t *testing.T) {
	for p, want := range map[chat.Priority]chat.Priority{"": chat.Ordinary, chat.High: chat.High, chat.Low: chat.Low, "odd": "odd"} {
		if got := p.OrDefault(); got != want {
			t.Errorf("%q is %q", p, got)
		}
	}
}

func TestAKeyIsGivenToACopyAndIsOneShortLine(t *testing.T) {
	said := chat.Admins.Say("Carol leads with %d points.", 7)
	keyed := chat.Collapse("score", said)
	if said[0].Collapse != "" || len(keyed) != 1 || keyed[0].Collapse != "score" || keyed[0].Validate() != nil {
		t.Errorf("%+v became %+v", said, keyed)
	}
	if b, err := json.Marshal(keyed[0]); err != nil || !strings.Contains(string(b), `"collapse":"score"`) {
		t.Errorf("it is written as %s, %v", b, err)
	}
	for key, ok := range map[string]bool{
		"": true, strings.Repeat("k", chat.MaxCollapse): true, strings.Repeat("k", chat.MaxCollapse+1): false, "two\nlines": false, "\xff": false,
	} {
		if err := chat.Collapse(key, said)[0].Validate(); (err == nil) != ok {
			t.Errorf("key %q: %v", key, err)
		}
	}
}
