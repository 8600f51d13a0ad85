package rules

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/plugintest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTranscripts(t *testing.T) {
	for _, name := range []string{"quiz", "oncall", "reminder", "silent", "each", "fields", "presets", "data", "remember"} {
		t.Run(name, func(t *testing.T) { plugintest.Play(t, Plugin, "testdata/"+name+".chat") })
	}
}

// All mistakes of all rules are told at once, each with its place.
func TestMistakesAreFoundWhenTheRulesAreRead(t *testing.T) {
	for _, c := range []struct{ name, options, want string }{
		{"no rules", `{}`, "rules: there are none; add at least one"},
		{"an unknown field", `{"rules": [{"on": "a", "to": "admin", "sya": "x"}]}`, "rules[0].sya: unknown name; did you mean say?"},
		{"nothing in it", `{"rules": [{}]}`, `rule 1 (): for which trigger is it? Add on:, such as on: alerts
rule 1 (): whom is it for? Add to:, such as to: admin, or to: {roles: [owner, admin]}; all that the bot can reach is to: member
rule 1 (): what does it say? Add say: with a text, or preset: with one of alertmanager, forgejo, gitea, github, gitlab, grafana, stripe; a rule with set: and no to: only remembers`},
		{"a name that is none", `{"rules": [{"on": "alerts", "to": "admn", "say": "x"}]}`, `rule 1 (alerts): to: unknown name admn; did you mean admin? (1:1)
 | admn
 | ^`},
		{"several, in several rules", `{"vars": {"oncall": []}, "rules": [
			{"on": ["a", "b"], "when": "payload.x >", "to": "id in vars.oncal", "say": "{{ payload.x }}\n{{ paylod.x + 1 }}"},
			{"on": "c", "when": "id == 'ann'", "to": {"roles": ["boss"]}, "preset": "alertmanger", "priority": "urgent"}]}`,
			`rule 1 (a, b): when: unexpected token EOF (1:11)
 | payload.x >
 |           ^
rule 1 (a, b): to: vars has no oncal; did you mean oncall? have oncall
rule 1 (a, b): say: unknown name paylod; did you mean payload? (2:4)
 | {{ paylod.x + 1 }}
 |    ^
rule 2 (c): when: unknown name id; have group, kind, on, payload, sender, sender_role, session, state, text, time, vars, webhook (1:1)
 | id == 'ann'
 | ^
rule 2 (c): to: no role "boss"; have owner, admin, member
rule 2 (c): preset: no preset "alertmanger"; did you mean alertmanager? have alertmanager, forgejo, gitea, github, gitlab, grafana, stripe
rule 2 (c): priority: no priority "urgent"; have high, normal, low`},
		{"what is remembered, and asked for", `{"rules": [
			{"on": "a", "set": {"done": "concat(state.done ?? [], [paylod.user])", "late": "state.dnoe", "session.tries": "(session.tires ?? 0) + 1", "1st": 1}},
			{"on": "b", "when": "state.doen == nil and state?.by_hand", "to": "id in state.oncall", "say": "{{ session.tries }}", "set": {"": "", "session.": 1}}]}`,
			`rule 1 (a): set.1st: a name has letters, digits and _, up to 64 of them, and begins with a letter; write session.NAME for what is remembered of the sender alone
rule 1 (a): set.done: unknown name paylod; did you mean payload? (1:27)
 | concat(state.done ?? [], [paylod.user])
 |                           ^
rule 1 (a): set.late: no rule sets state.dnoe; did you mean done? have done, late; for what is set by hand write state?.dnoe
rule 1 (a): set.session.tries: no rule sets session.tires; did you mean tries? have tries; for what is set by hand write session?.tires
rule 2 (b): when: no rule sets state.doen; did you mean done? have done, late; for what is set by hand write state?.doen
rule 2 (b): to: no rule sets state.oncall; have done, late; for what is set by hand write state?.oncall
rule 2 (b): set.: a name has letters`},
		{"to without a text", `{"rules": [{"on": "a", "to": "admin", "set": {"n": 1}}]}`, "rule 1 (a): what does it say? Add say: with a text, or preset:"},
		{"a text without to", `{"rules": [{"on": "a", "say": "x", "set": {"n": 1}}]}`, "rule 1 (a): whom is it for? Add to:"},
		{"a trigger twice", `{"rules": [{"on": ["a", "a"], "to": "admin", "say": "x"}]}`, "rule 1 (a, a): on: a is there twice"},
		{"a trigger that is none", `{"rules": [{"on": {"a": 1}, "to": "admin", "say": "x"}]}`, "rules: is the name of a trigger, or a list of them"},
		{"say and preset", `{"rules": [{"on": "a", "to": "admin", "say": "x", "preset": "github"}]}`, "rule 1 (a): preset: a text stands in say too; keep one of the two"},
		{"a condition that is none", `{"rules": [{"on": "a", "when": "'x'", "to": "id", "say": "x"}]}`, `rule 1 (a): when: `},
		{"an audience that is misspelt", `{"rules": [{"on": "a", "to": {"everyone": true, "excpt": ["cy"]}, "say": "x"}]}`, "rule 1 (a): to: excpt: unknown name; did you mean except?"},
		{"an audience with the wrong letters", `{"rules": [{"on": "a", "to": {"everyone": true, "Except": ["cy"]}, "say": "x"}]}`, "rule 1 (a): to: Except: write it except"},
		{"an audience of nobody", `{"rules": [{"on": "a", "to": {}, "say": "x"}]}`, "rule 1 (a): to: the audience names nobody"},
		{"an empty audience", `{"rules": [{"on": "a", "to": "", "say": "x"}]}`, "rule 1 (a): to: is empty; all that the bot can reach is to: member"},
		{"to is a list", `{"rules": [{"on": "a", "to": ["cy"], "say": "x"}]}`, "rule 1 (a): to: want an object, found array"},
		{"what a webhook has not", `{"rules": [{"on": "a", "when": "webhook.tpye == 'push'", "to": "admin", "say": "x"}]}`, "rule 1 (a): when: webhook has no tpye; did you mean type?"},
		{"a loop within a loop", `{"rules": [{"on": "a", "to": "admin", "say": "{{ map(payload.a, map(payload.b, #)) }}"}]}`, "rule 1 (a): say: a loop within a loop"},
		{"a key that does not close", `{"rules": [{"on": "a", "to": "admin", "say": "x", "collapse": "é {{ payload.x }"}]}`, "rule 1 (a): collapse: {{ has no }} after it (1:3)\n | é {{ payload.x }\n |   ^"},
		{"a length of time without a unit", `{"rules": [{"on": "a", "to": "admin", "say": "x", "expires": "10"}]}`, `"10" is no length of time`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := Plugin.Check(json.RawMessage(c.options)); err == nil || !strings.HasPrefix(err.Error(), c.want) && !strings.HasSuffix(err.Error(), c.want+", such as 90s, 30m or 1h30m") {
				t.Errorf("got\n%v\nwant\n%s", err, c.want)
			}
		})
	}
}

func TestAMistakeSaysInWhichOptionItIs(t *testing.T) {
	err := Plugin.Check(json.RawMessage(`{"rules": [{"on": "a", "to": "admin", "say": "x"}, {"on": "b", "to": "admn", "say": "x"}, {"on": "c", "to": "admin"}]}`))
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("the mistakes are not joined: %v", err)
	}
	var got []string
	for _, one := range joined.Unwrap() {
		var placed interface{ Option() string }
		if !errors.As(one, &placed) {
			t.Fatalf("no place: %v", one)
		}
		got = append(got, placed.Option()+" "+errors.Unwrap(one).Error())
	}
	if len(got) != 2 || !strings.HasPrefix(got[0], "rules[1].to unknown name admn") || !strings.HasPrefix(got[1], "rules[2] what does it say?") {
		t.Errorf("got %q", got)
	}
}

func TestTriggersThatFitNoRule(t *testing.T) {
	h := handler(t, `{"rules": [{"on": ["a", "b"], "to": "admin", "say": "x"}, {"on": "c", "to": "admin", "preset": "github"},
		{"on": "e", "to": "admin", "say": "{{ payload.x }}", "collapse": "{{ payload.y }}"}, {"on": "f", "set": {"n": "payload.x"}},
		{"on": "g", "when": "webhook != nil", "to": "id == payload.user", "say": "{{ payload.x }}"}, {"on": "h", "to": "admin", "say": "{{ payload?.x }}"}]}`)
	for _, c := range []struct {
		trigger chat.TriggerName
		kind    chat.Kind
		want    string
	}{
		{"a", chat.Webhook, ""},
		{"b", chat.Schedule, ""},
		{"c", chat.Webhook, ""},
		{"c", chat.Schedule, "rule 2 (c): a schedule brings no payload, and preset github is for one; use say"},
		{"e", chat.Webhook, ""},
		{"e", chat.Schedule, "rule 3 (e): say: a schedule brings no payload; write payload?.x for what may be missing, or give the schedule a rule of its own"},
		{"f", chat.Schedule, "rule 4 (f): set.n: a schedule brings no payload; write payload?.x for what may be missing, or give the schedule a rule of its own"},
		{"g", chat.Schedule, ""},
		{"h", chat.Schedule, ""},
		{"d", chat.Webhook, `no rule speaks of the trigger "d"; name it in the on: of one`},
	} {
		err := plugins.CheckTrigger(h, c.trigger, c.kind)
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s %s: %v, want %s", c.kind, c.trigger, err, c.want)
		}
	}
}

// What a payload holds never stands in an error, which ends in logs.
func TestWhatCannotBeWorkedOutEndsTheEventAndQuotesNothing(t *testing.T) {
	for _, c := range []struct{ rule, payload, want string }{
		{`"when": "payload.a.b == 1", "to": "admin", "say": "x"`, `{"a": null, "s": "secret"}`, "rule 1 (a): when: cannot be worked out"},
		{`"when": "payload.s", "to": "admin", "say": "x"`, `{"s": "secret"}`, "rule 1 (a): when: the result is a text and not true or false"},
		{`"to": "admin", "say": "{{ payload.s + 1 }}"`, `{"s": "secret"}`, "rule 1 (a): say: {{ payload.s + 1 }}: cannot be worked out"},
		{`"to": "admin", "say": "{{ payload }}"`, `{"s": "secret"}`, `rule 1 (a): say: {{ payload }}: the result is an object and not a text; write join(…, ", ")`},
		{`"to": "admin", "say": "{{ int(payload.s) }}"`, `{"s": "secret"}`, "rule 1 (a): say: {{ int(payload.s) }}: cannot be worked out"},
		{`"to": "admin and id in payload.s.list", "say": "x"`, `{"s": null}`, "rule 1 (a): to: "},
		{`"to": "admin", "say": "x", "collapse": "{{ payload.list }}"`, `{"list": ["secret"]}`, "rule 1 (a): collapse: {{ payload.list }}: the result is a list"},
		{`"to": "admin", "preset": "alertmanager"`, `{"s": "secret"}`, "rule 1 (a): preset alertmanager: the payload lacks alerts"},
	} {
		h := handler(t, `{"rules": [{"on": "a", `+c.rule+`}]}`)
		said, err := h.Handle(t.Context(), chat.Event{Name: "a", Payload: json.RawMessage(c.payload)})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) || !errors.Is(err, plugins.ErrPermanent) || said != nil {
			t.Errorf("%s: %v, %v; want %s", c.rule, said, err, c.want)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the payload is quoted: %v", c.rule, err)
		}
	}
}

func TestNobodySpeaksAfterTheDeadline(t *testing.T) {
	h := handler(t, `{"rules": [{"on": "a", "to": "admin", "say": "x"}]}`)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("too late"))
	if said, err := h.Handle(ctx, chat.Event{Name: "a"}); err == nil || errors.Is(err, plugins.ErrPermanent) {
		t.Errorf("%v, %v", said, err)
	}
}

func TestALongTextIsCutAndALongKeyDigested(t *testing.T) {
	h := handler(t, `{"rules": [{"on": "a", "to": "admin", "say": "{{ payload.text }}", "collapse": "{{ payload.key }}", "expires": "10m", "priority": "high"}]}`)
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct{ key, want string }{
		{"group 1", "group 1"},
		{" two\nlines ", "two lines"},
		{strings.Repeat("k", chat.MaxCollapse), strings.Repeat("k", chat.MaxCollapse)},
		{strings.Repeat("k", chat.MaxCollapse+1), "9b40de4ec45d08edb1a2e3ec8f4b6f6b"},
		{"", ""},
	} {
		payload, err := json.Marshal(map[string]string{"text": strings.Repeat("x", 20000), "key": c.key})
		if err != nil {
			t.Fatal(err)
		}
		said, err := h.Handle(t.Context(), chat.Event{Name: "a", Time: at, Payload: payload})
		if err != nil || len(said) != 1 {
			t.Fatalf("%v, %v", said, err)
		}
		m := said[0]
		if len(m.Text) > chat.MaxBody || !strings.HasSuffix(m.Text, " more characters") || !m.Expires.Equal(at.Add(10*time.Minute)) || m.Priority != chat.High {
			t.Errorf("%d bytes, expires %v, priority %s", len(m.Text), m.Expires, m.Priority)
		}
		if long := len(c.key) > chat.MaxCollapse; long && (len(m.Collapse) != chat.MaxCollapse || m.Collapse == c.key) || !long && m.Collapse != c.want {
			t.Errorf("key %q became %q", c.key, m.Collapse)
		}
		if err := m.Validate(); err != nil {
			t.Error(err)
		}
	}
}

func handler(t *testing.T, options string) plugins.Handler {
	t.Helper()
	h, err := Plugin.New(json.RawMessage(options))
	if err != nil {
		t.Fatal(err)
	}
	return h
}
