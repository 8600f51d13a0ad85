package bots

import (
	"encoding/json"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// FuzzExpression holds that no expression that is taken panics or hangs over any
// payload, and that what comes of it is a user id or an error.
func FuzzExpression(f *testing.F) {
	for _, s := range [][2]string{
		{"payload.group", `{"group":"@TGS#1"}`}, {"payload.a?.b ?? 'x'", `{"a":null}`}, {"map(payload, # + 1)[0]", `[1e400,2]`}, {"payload['é'] | upper()", `{"é":7}`},
		{"repeat('x', 1000000)", `null`}, {"string(payload)", `12345678901234567890`}, {"filter(payload, any(#, true))", `[[]]`}, {"payload matches '(a+)+$'", `"aaaaaaaaaaaaaaaaaaaaaaaa!"`},
	} {
		f.Add(s[0], []byte(s[1]))
	}
	f.Fuzz(func(t *testing.T, source string, payload []byte) {
		if !json.Valid(payload) {
			return
		}
		program, err := compile(source)
		if err != nil {
			return
		}
		_, sender, _, err := trigger{sender: program}.read(payload)
		if err == nil && sender.Validate() != nil {
			t.Errorf("%q is a sender", sender)
		}
		group, _, _, err := trigger{group: program}.read(payload)
		if err == nil && group == "" {
			t.Error("an empty group, which means all of them")
		}
		_, _, text, err := trigger{sender: program, text: program}.read(payload)
		if err == nil && (text == "" || len(text) > chat.MaxText) {
			t.Errorf("a text of %d bytes", len(text))
		}
	})
}

// FuzzAnswer holds that a plugin's answer, however odd, is refused or is the same
// after it went through JSON as the store keeps it.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"to":{"roles":["admin"]},"text":"hi"}`), "key", []byte(`{"n":1}`))
	f.Add([]byte(`{"to":{"sender":true},"text":"\ud800"}`), "", []byte(`not JSON`))
	b := &Bot{Spec: Spec{Name: "lab", Limits: Limits{Messages: 2}}}
	f.Fuzz(func(t *testing.T, message []byte, key string, value []byte) {
		var m chat.Message
		if json.Unmarshal(message, &m) != nil {
			return
		}
		a, err := newAnswer([]chat.Message{m}, nil)
		a.state = changed(nil, chat.State{key: value})
		if err != nil || a.check(b, chat.EventRecord{Sender: "ann"}) != nil {
			return
		}
		if a.messages[0].To.IsNobody() {
			t.Error("a message to nobody passes")
		}
		stored, err := json.Marshal(a.state)
		var back chat.State
		if err != nil || json.Unmarshal(stored, &back) != nil {
			t.Errorf("a state that passes is not kept: %v", err)
		}
	})
}
