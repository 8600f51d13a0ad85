package plugins_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// invitation has audiences wherever one can stand.
type invitation struct {
	To     chat.Audience             `json:"to"`
	Copy   *chat.Audience            `json:"copy"`
	Others []struct{ Who *audience } `json:"others"`
	ByRoom map[string]chat.Audience  `json:"by_room"`
	Text   string                    `json:"text"`
}

type audience struct {
	chat.Audience
}

func TestAsked(t *testing.T) {
	m := plugins.NewMux()
	plugins.On(m, "invite", func(context.Context, chat.Event, invitation) ([]chat.Message, error) {
		t.Error("the plugin was run")
		return nil, nil
	})
	m.On("plain", func(context.Context, chat.Event) ([]chat.Message, error) { return nil, nil })
	for payload, want := range map[string][]chat.Audience{
		`{"to": {"roles": ["admin"]}, "copy": {"users": ["bo"]}, "by_room": {"a": {"everyone": true}}}`: {{Roles: []chat.Role{chat.Admin}}, chat.Users("bo"), chat.Everyone},
		`{"others": [{"Who": {"sender": true}}, {"Who": null}], "copy": null}`:                          {chat.Sender},
		`{"text": "to everyone"}`: nil,
		`{"to": {}}`:              nil,
		`{"to": "everyone"}`:      nil, // cannot be read, and will not be
		`[1]`:                     nil,
		``:                        nil,
	} {
		if d := cmp.Diff(want, plugins.Asked(m, "invite", json.RawMessage(payload))); d != "" {
			t.Errorf("%s: -want +got\n%s", payload, d)
		}
	}
	for _, trigger := range []chat.TriggerName{"plain", "unknown"} {
		if got := plugins.Asked(m, trigger, json.RawMessage(`{"to": {"everyone": true}}`)); got != nil {
			t.Errorf("%s asks for %v", trigger, got)
		}
	}
	if got := plugins.Asked(plugins.Func(nil), "invite", json.RawMessage(`{"to": {"everyone": true}}`)); got != nil {
		t.Errorf("a function asks for %v", got)
	}
}
