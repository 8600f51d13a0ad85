package plugins_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// BenchmarkPayload is reading a webhook of 1 KB.
func BenchmarkPayload(b *testing.B) {
	type payload struct {
		Text   string         `json:"text"`
		To     *chat.Audience `json:"to"`
		Except []chat.UserID  `json:"except"`
		Group  any            `json:"group"`
	}
	e := chat.Event{Payload: json.RawMessage(`{"group":"@TGS#2A","text":"` + strings.Repeat("word ", 190) + `","to":{"roles":["owner","admin"]},"except":["bob"]}`)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := plugins.ExactPayload[payload](e); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBoundedPayload is the same with bounds on two of its fields.
func BenchmarkBoundedPayload(b *testing.B) {
	type payload struct {
		Text   string         `json:"text" required:"true" max:"2000"`
		To     *chat.Audience `json:"to"`
		Except []chat.UserID  `json:"except" max:"50"`
		Group  any            `json:"group"`
	}
	e := chat.Event{Payload: json.RawMessage(`{"group":"@TGS#2A","text":"` + strings.Repeat("word ", 190) + `","to":{"roles":["owner","admin"]},"except":["bob"]}`)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := plugins.ExactPayload[payload](e); err != nil {
			b.Fatal(err)
		}
	}
}
