package rules

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// remembering hands an event to rules and returns what is remembered then.
func remembering(t *testing.T, options string, e chat.Event) (state, session string, err error) {
	t.Helper()
	e.Name = "a"
	if e.State == nil {
		e.State = chat.State{}
	}
	e.Session = chat.State{}
	_, err = handler(t, options).Handle(t.Context(), e)
	return asJSON(t, e.State), asJSON(t, e.Session), err
}

func asJSON(t *testing.T, s chat.State) string {
	t.Helper()
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestWhatIsRemembered(t *testing.T) {
	for _, c := range []struct{ name, rules, before, want string }{
		{"an expression", `{"on": "a", "set": {"n": "(state.n ?? 0) + 1"}}`, `{"n": 41}`, `{"n":42}`},
		{"what is no text is itself", `{"on": "a", "set": {"done": [], "n": 3, "yes": true}}`, `{"done": ["cy"]}`, `{"done":[],"n":3,"yes":true}`},
		{"nothing is forgotten", `{"on": "a", "set": {"n": null, "done": "nil"}}`, `{"n": 1, "done": [], "other": 1}`, `{"other":1}`},
		{"a number that is long stays exact", `{"on": "a", "set": {"last": "payload.id"}}`, `{}`, `{"last":12345678901234567}`},
		{"a time is a text", `{"on": "a", "set": {"at": "time"}}`, `{}`, `{"at":"0001-01-01T00:00:00Z"}`},
		{"a rule sets all by what was before it", `{"on": "a", "set": {"x": "state.y", "y": "state.x"}}`, `{"x": 1, "y": 2}`, `{"x":2,"y":1}`},
		{"later rules see it", `{"on": "a", "set": {"n": 1}}, {"on": "a", "when": "state.n == 1", "set": {"n": "state.n + 1"}}, {"on": "a", "when": "state.n == 1", "set": {"n": "100"}}`, `{}`, `{"n":2}`},
		{"others are left alone", `{"on": "b", "set": {"n": 1}}, {"on": "a", "when": "false", "set": {"n": 1}}, {"on": "a", "set": {"m": "state?.by_hand"}}`, `{"by_hand": "x"}`, `{"by_hand":"x","m":"x"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := chat.State{}
			if err := json.Unmarshal([]byte(c.before), &before); err != nil {
				t.Fatal(err)
			}
			got, _, err := remembering(t, `{"rules": [`+c.rules+`]}`, chat.Event{State: maps.Clone(before), Payload: json.RawMessage(`{"id": 12345678901234567}`)})
			if err != nil || got != c.want {
				t.Errorf("%s, %v; want %s", got, err, c.want)
			}
		})
	}
}

func TestOfTheSenderItIsRememberedApart(t *testing.T) {
	const options = `{"rules": [{"on": "a", "set": {"session.tries": "(session.tries ?? 0) + 1", "last": "sender + ', ' + sender_role + ', ' + text"}}]}`
	e := chat.Event{Sender: &chat.Member{ID: "cy", Role: chat.Admin}, Text: "hello"}
	if state, session, err := remembering(t, options, e); err != nil || session != `{"tries":1}` || state != `{"last":"cy, admin, hello"}` {
		t.Errorf("%s, %s, %v", state, session, err)
	}
	_, _, err := remembering(t, `{"rules": [{"on": "a", "set": {"session.n": 1}}]}`, chat.Event{})
	if err == nil || !strings.HasPrefix(err.Error(), "rule 1 (a): set.session.n: the event has no sender") {
		t.Errorf("without a sender: %v", err)
	}
}

func TestMoreThanCanBeRememberedEndsTheEvent(t *testing.T) {
	long := `"` + strings.Repeat("x", chat.MaxState-20) + `"`
	for name, c := range map[string]struct{ rule, want string }{
		"of one":                 {`{"on": "a", "set": {"x": "payload + payload"}}`, "rule 1 (a): set.x: the result has more than 65536 bytes of JSON; keep less of it"},
		"in all":                 {`{"on": "a", "set": {"x": "payload", "y": "payload"}}`, "rule 1 (a): set.y: with it the state has 131"},
		"what cannot be kept":    {`{"on": "a", "set": {"x": "groupBy([1, 2], # > 1)"}}`, "rule 1 (a): set.x: the result is nothing that can be kept"},
		"what cannot be made so": {`{"on": "a", "set": {"x": "repeat(payload, 100000)"}}`, "rule 1 (a): set.x: cannot be worked out: it would do too much"},
		"what does not work out": {`{"on": "a", "set": {"x": "payload.a.b"}}`, "rule 1 (a): set.x: cannot be worked out"},
	} {
		_, _, err := remembering(t, `{"rules": [`+c.rule+`]}`, chat.Event{Payload: json.RawMessage(long)})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || !errors.Is(err, plugins.ErrPermanent) {
			t.Errorf("%s: %.200v; want %s", name, err, c.want)
		}
	}
}
