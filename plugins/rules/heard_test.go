package rules

import (
	"encoding/json"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// Rules speak of what the chat service tells as of anything else.
func TestRulesAboutWhatTheServiceTells(t *testing.T) {
	h := handler(t, `{"rules": [
		{"on": "typed", "when": "payload.held", "to": "admin", "say": "{{ sender }}: {{ text }}"},
		{"on": "typed", "when": "not payload.held and not payload.leaked", "to": "id == sender", "say": "open, by {{ payload.via }}"},
		{"on": ["joined", "left"], "when": "kind == \"callback\" and webhook == nil", "to": "admin", "say": "{{ payload.what }} {{ payload.user }}"}]}`)
	callback := &chat.Origin{Scheme: chat.SchemeCallback}
	cy := &chat.Member{ID: "cy", Role: chat.Normal}
	for _, c := range []struct {
		e    chat.Event
		want string
	}{
		{chat.Event{Name: "typed", Kind: chat.Typed, Sender: cy, Text: "B", Origin: callback, Payload: json.RawMessage(`{"via":"group","held":true}`)}, "cy: B"},
		{chat.Event{Name: "typed", Kind: chat.Typed, Sender: cy, Text: "B", Origin: callback, Payload: json.RawMessage(`{"via":"mention"}`)}, "open, by mention"},
		{chat.Event{Name: "joined", Kind: chat.Callback, Sender: cy, Origin: callback, Payload: json.RawMessage(`{"what":"member_joined","user":"cy"}`)}, "member_joined cy"},
		{chat.Event{Name: "left", Kind: chat.Callback, Origin: callback, Payload: json.RawMessage(`{"what":"member_left","user":"cy"}`)}, "member_left cy"},
	} {
		said, err := h.Handle(t.Context(), c.e)
		if err != nil || len(said) != 1 || said[0].Text != c.want {
			t.Errorf("%v, %v; want %s", said, err, c.want)
		}
	}
}
