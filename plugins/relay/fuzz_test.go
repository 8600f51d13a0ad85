package relay

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Whatever is posted, it is refused or becomes a message that can be sent, under our own
// first line.
func FuzzRelay(f *testing.F) {
	for _, payload := range []string{
		`{"text": "a <https://x.example|b> &amp;", "attachments": [{"title": "t", "fields": [{"title": "x", "value": 1}]}], "username": "u"}`,
		`{"content": "a", "embeds": [{"title": "t", "url": "https://x.example"}]}`,
		`{"blocks": [{"text": {"text": "a"}}], "sections": [{"text": "b"}]}`,
		`{"attachments": [{"content": {"body": [{"text": "a"}]}}]}`,
		`"a"`, `[]`, `{"text": "<<https://a|b>"}`,
	} {
		f.Add(payload, "")
		f.Add(payload, "attachments.0.title")
	}
	f.Fuzz(func(t *testing.T, payload, field string) {
		r := relay{Options{To: chat.Admins, From: "Forum", Author: true, Most: 5000, Field: field}}
		said, err := r.Handle(t.Context(), chat.Event{Kind: chat.Webhook, Name: "posts", Payload: json.RawMessage(payload)})
		if err != nil {
			return
		}
		m := said[0]
		if err := m.Validate(); err != nil || !strings.HasPrefix(m.Text, "Forum") || plugins.Clean(m.Text) != m.Text {
			t.Fatalf("%q, %v", m.Text, err)
		}
		if len(m.Text) > chat.MaxBody {
			t.Fatalf("%d bytes", len(m.Text))
		}
	})
}
