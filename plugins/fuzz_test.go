package plugins_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// FuzzOptions holds that options are taken whole or not at all: what is taken is
// valid, and the people it names are the same when it is written and read again.
func FuzzOptions(f *testing.F) {
	for _, s := range []string{
		`{"points":2,"tell":{"users":["cy"]},"each":{"a":{"roles":["owner"]}}}`, `{"tell":{"Roles":["owner"]}}`, `{"limits":{"high":1,"high":2}}`,
		`{"points":1e2}`, `{"since":"2026-01-02T03:04:05Z","late":"5m"}`, `{"note":null}`, `null`, `[]`, `{"tell":{"everyone":true,"exept":["cy"]}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var got options
		p := define(&got)
		if _, err := p.New(raw); err != nil {
			return
		}
		if got.Points < 1 {
			t.Errorf("%s made %+v, which is not valid", raw, got)
		}
		if len(raw) > 0 && !json.Valid(raw) {
			t.Errorf("%q is no JSON, and was taken", raw)
		}
		again, err := json.Marshal(got)
		if err != nil {
			t.Fatalf("%+v cannot be written: %v", got, err)
		}
		if first := got.Tell; json.Unmarshal(again, &got) != nil || !reflect.DeepEqual(first, got.Tell) {
			t.Errorf("%+v became %+v", first, got.Tell)
		}
	})
}

// FuzzTyped holds that whatever a member writes is answered to nobody else, that an
// answer fits into a message, and that nobody learns of a command that is for others.
func FuzzTyped(f *testing.F) {
	for _, s := range []string{
		"/extend 30 it rains", "／EXTEND\u30003", "/extend \"", "/extend \u201c3\u201d x", "/poll \"a b\" c \"d", "/grades", "/help", "/", "//", "/extend\x00 \xff",
		"/\u0130xtend", "/x y z", "hello", "", " /poll \u300ca\u300d b", "/extend 99999999999999999999",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := told[one]("/extend <days> [why...]")
		plugins.Command(m, "/poll <question> <choices...>", func(context.Context, chat.Event, list) ([]chat.Message, error) { return nil, nil })
		plugins.Command(m, "/secret", func(context.Context, chat.Event, struct{}) ([]chat.Message, error) {
			t.Errorf("%q is a command for others", text)
			return nil, nil
		}).For(chat.Owner)
		if len(text) > 2000 {
			text = text[:2000]
		}
		got, err := m.Handle(t.Context(), typed(chat.Normal, text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		for _, message := range got {
			if !cmp.Equal(message.To, chat.Sender) {
				t.Errorf("%q is answered to %+v", text, message.To)
			}
			if strings.Contains(message.Text, "secret") && !strings.Contains(strings.ToLower(text), "secret") {
				t.Errorf("%q is answered with %q", text, message.Text)
			}
		}
	})
}
