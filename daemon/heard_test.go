package daemon

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

func TestAnEventTellsWhoSawWhatWasWritten(t *testing.T) {
	at := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	origin := &chat.Origin{Scheme: chat.SchemeCallback, Type: "Group.CallbackBeforeSendMsg"}
	for name, c := range map[string]struct {
		heard chat.Heard
		leaks []chat.Leak
		want  []string
	}{
		"held":         {chat.Heard{Via: chat.ViaGroup, Held: true}, nil, []string{"told by the chat service, Group.CallbackBeforeSendMsg\n", "held: nobody else saw it in the group\n"}},
		"acknowledged": {chat.Heard{Via: chat.ViaGroup, Held: true, Acknowledged: true}, nil, []string{"held: nobody else saw it in the group, and its sender was told at once that it was received\n"}},
		"masked":       {chat.Heard{Via: chat.ViaGroup, Masked: true}, nil, []string{"masked: the group saw it with words replaced\n"}},
		"open":         {chat.Heard{Via: chat.ViaGroup}, nil, []string{"written in the group, where everybody saw it\n"}},
		"direct":       {chat.Heard{Via: chat.ViaDirect}, nil, []string{"written to the bot alone\n"}},
		"named":        {chat.Heard{Via: chat.ViaMention}, nil, []string{"with the bot's account named\n"}},
		"leaked and taken back": {chat.Heard{Via: chat.ViaGroup, Leaked: true}, []chat.Leak{{ID: 4, Shown: at, Ended: at.Add(2 * time.Second), Result: chat.Recalled}},
			[]string{"leaked: it was to be held, and others saw it", "leak l4: others could see it from 2026-01-01T09:00:00Z for 2s, until it was taken back\n"}},
		"leaked although it was kept": {chat.Heard{Via: chat.ViaGroup, Held: true}, []chat.Leak{{ID: 4, Shown: at, Attempts: 3}, {ID: 5, Shown: at, Result: chat.NotRecalled, Error: "it is too old"}},
			[]string{"leak l4: others can see it since 2026-01-01T09:00:00Z; being taken back, 3 attempts so far\n", "leak l5: others can see it since 2026-01-01T09:00:00Z; not recalled: it is too old\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.heard.Elements = json.RawMessage(`[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a secret"}}]`)
			payload, err := json.Marshal(c.heard)
			if err != nil {
				t.Fatal(err)
			}
			e := chat.EventRecord{ID: 1, Kind: chat.Typed, Status: chat.Done, Outcome: chat.Handled, Origin: origin, Payload: payload, Text: "a secret"}
			e.Heard = heardIn(e)
			var b strings.Builder
			if c.heard.Leaked {
				e.Origin = &chat.Origin{Scheme: chat.SchemeCallback, Type: readInHistory}
				c.want = append(c.want, "found in the group's history\n")
			}
			if err := printHistory(&b, chat.EventHistory{Event: e, Leaks: c.leaks}); err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(b.String(), want) {
					t.Errorf("no %q in:\n%s", want, b.String())
				}
			}
			if strings.Contains(b.String(), "secret") {
				t.Errorf("it tells the text:\n%s", b.String())
			}
			told, err := json.Marshal(e)
			if err != nil || strings.Contains(string(told), "secret") {
				t.Errorf("it tells the text: %s, %v", told, err)
			}
		})
	}
	for name, e := range map[string]chat.EventRecord{
		"a webhook's text":    {Kind: chat.Typed, Origin: &chat.Origin{Hook: "quiz"}, Payload: json.RawMessage(`{"held":true}`)},
		"without an origin":   {Kind: chat.Typed, Payload: json.RawMessage(`{"held":true}`)},
		"something else":      {Kind: chat.Callback, Origin: origin, Payload: json.RawMessage(`{"what":"member_joined"}`)},
		"what was taken out":  {Kind: chat.Typed, Origin: origin},
		"what cannot be read": {Kind: chat.Typed, Origin: origin, Payload: json.RawMessage(`[]`)},
	} {
		if h := heardIn(e); h != nil {
			t.Errorf("%s: %+v", name, h)
		}
	}
}
