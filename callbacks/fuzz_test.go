package callbacks

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// FuzzDecode looks for bodies that make the decoder panic, or have it say something else
// than another reader would.
func FuzzDecode(f *testing.F) {
	for _, c := range samples {
		f.Add(fieldsOf([]byte(c.body)).text("CallbackCommand"), c.body)
	}
	f.Add(BeforeGroupMessage, `{"CallbackCommand":"Group.CallbackBeforeSendMsg","GroupId":null,"MsgBody":[null],"Random":"7"}`)
	f.Fuzz(func(t *testing.T, command, body string) {
		c := Callback{Command: command}
		if err := c.decode([]byte(body)); err != nil {
			return
		}
		var plain map[string]any
		if err := json.Unmarshal([]byte(body), &plain); err != nil {
			t.Fatalf("taken, and no JSON: %v", err)
		}
		if plain["CallbackCommand"] != command {
			t.Fatalf("of another command: %v", plain["CallbackCommand"])
		}
		if g, _ := plain["GroupId"].(string); string(c.Group) != g {
			t.Fatalf("group %q, and it says %q", c.Group, g)
		}
		if m := c.Message; m != nil && string(m.From) != plain["From_Account"] {
			t.Fatalf("from %q, and it says %v", m.From, plain["From_Account"])
		}
		if ch := c.Change; ch != nil && (c.Group == "" || c.At.IsZero()) {
			t.Fatalf("a change of nothing: %+v", c)
		}
	})
}

// FuzzJudge looks for texts that get past a rule which holds, and for verdicts that make
// a message something else.
func FuzzJudge(f *testing.F) {
	for _, c := range verdicts {
		f.Add(c.text, "")
	}
	f.Add("damn /ans", "wer B")
	mask := masking("masked", "***", "damn")
	g := &room{changes: map[chat.What][]Rule{}}
	for _, r := range []Rule{holding(), open("told", "answers"), mask} {
		r.Mask = r.Mask.compiled()
		g.add(r)
	}
	f.Fuzz(func(t *testing.T, one, two string) {
		one, two = strings.ToValidUTF8(one, ""), strings.ToValidUTF8(two, "")
		elements := encoded([]any{textOf(one), map[string]any{"MsgType": "TIMFaceElem", "MsgContent": map[string]any{"Data": one}}, textOf(two)})
		m := Message{From: "carol", Text: one + "\n" + two, Elements: elements}
		v := g.judge(m, nobody)
		if commanded(m.Text, "answer") && len(v.hold) == 0 {
			t.Fatalf("%q is shown", m.Text)
		}
		if len(v.hold) > 0 && !v.hold[0].Near && !commanded(v.message.Text, "answer") {
			t.Fatalf("%q is held as %q, which is no command", m.Text, v.message.Text)
		}
		if len(v.mask) == 0 {
			return
		}
		raw, _, err := elementsOf(v.masked)
		if v.masked != nil && (err != nil || len(raw) != 3 || string(raw[1]) != string(encoded(map[string]any{"MsgContent": map[string]any{"Data": one}, "MsgType": "TIMFaceElem"}))) {
			t.Fatalf("%s becomes %s: %v", elements, v.masked, err)
		}
	})
}
