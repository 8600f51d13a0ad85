package plugins_test

import (
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

func TestWhatIsKnownOfATextIsOfTheChatAlone(t *testing.T) {
	payload := []byte(`{"via":"group","held":true,"acknowledged":true,"later":1}`)
	for _, c := range []struct {
		name  string
		event chat.Event
		want  bool
	}{
		{"of the chat", chat.Event{Kind: chat.Typed, Origin: &chat.Origin{Scheme: chat.SchemeCallback}, Payload: payload}, true},
		{"a webhook that says the same", chat.Event{Kind: chat.Typed, Origin: &chat.Origin{Scheme: "bearer"}, Payload: payload}, false},
		{"typed into a transcript", chat.Event{Kind: chat.Typed, Payload: payload}, false},
		{"what happened in the group", chat.Event{Kind: chat.Callback, Origin: &chat.Origin{Scheme: chat.SchemeCallback}, Payload: payload}, false},
	} {
		h, ok := plugins.Heard(c.event)
		if ok != c.want || h.Acknowledged != c.want || h.Held != c.want {
			t.Errorf("%s: %+v, %v", c.name, h, ok)
		}
	}
}
