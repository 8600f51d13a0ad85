package rules

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/expression"
)

func TestTemplates(t *testing.T) {
	payload, err := expression.Decode([]byte(`{"user": "cy", "n": 3, "f": 0.25, "big": 12345678901234567, "yes": true, "nothing": null, "list": ["a", "b"],
		"lines": "one\ntwo", "odd": "a\u0000b\u202ec\u001b[1m", "code": "{{ payload.user }}", "brace": "}}"}`))
	if err != nil {
		t.Fatal(err)
	}
	now := values{"payload": payload, "time": time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), "vars": map[string]any{}}
	for _, c := range []struct{ template, want string }{
		{"plain", "plain"},
		{"{{ payload.user }} got {{payload.n}}/{{ payload.n + 1 }}", "cy got 3/4"},
		{"{{ payload.f }} {{ payload.big }} {{ payload.yes }}", "0.25 12345678901234567 true"},
		{"{{ payload.nothing }}{{ payload?.missing?.deeper }}", ""},
		{"a\n{{ payload.nothing }}\n", "a"},
		{"a  \n\n\n\nb\n\n", "a\n\nb"},
		{`{{ join(payload.list, ", ") }}`, "a, b"},
		{`{{ payload.list | map("- " + #) | join("\n") }}`, "- a\n- b"},
		{`{{ payload.lines }}`, "one\ntwo"},
		{`{{ payload.odd }}`, "abc[1m"},
		{`{{ payload.code }}`, "{{ payload.user }}"},
		{`{{ payload.brace }}`, "}}"},
		{`{{ "}}" }} {{ '}}' }} {{ "\"}}" }} {{ "{{" }}`, `}} }} "}} {{`},
		{"{{ `}}` }}", "}}"},
		{`{{ {"a": {"b": "c"}}.a.b }}`, "c"},
		{`{{ payload.n > 2 ? "many" : "few" }}`, "many"},
		{`{{ time }} {{ time.Weekday().String() }}`, "2026-01-05 09:00 UTC Monday"},
		{`{ payload.user } }} %s`, "{ payload.user } }} %s"},
	} {
		parsed, errs := parse(c.template, nil, known)
		if len(errs) > 0 {
			t.Errorf("%s: %v", c.template, errs)
			continue
		}
		if got, err := parsed.run(now); got != c.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", c.template, got, err, c.want)
		}
	}
}

func TestMistakesInATemplateAreShownInIt(t *testing.T) {
	for template, want := range map[string]string{
		"Hello {{ paylod.user }}!": "unknown name paylod; did you mean payload? (1:10)\n | Hello {{ paylod.user }}!\n |          ^",
		"one\nté {{\n  nme }}":     "unknown name nme; have group, kind, on, payload, sender, sender_role, session, state, text, time, vars, webhook (3:3)\n |   nme }}\n |   ^",
		"one {{ }} two":            "there is nothing between {{ and }} (1:7)\n | one {{ }} two\n |       ^",
		`one {{ "}} `:              "{{ has no }} after it (1:5)\n | one {{ \"}} \n |     ^",
		"{{ payload.x":             "{{ has no }} after it (1:1)\n | {{ payload.x\n | ^",
		"{{ admin }}":              "unknown name admin",
		"{{ '" + strings.Repeat("x", 9000) + "' }}": "an expression has at most 8192 bytes",
	} {
		_, errs := parse(template, nil, known)
		if len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), want) {
			t.Errorf("%.40q:\n%v\nwant\n%s", template, errs, want)
		}
	}
}

// FuzzTemplate holds that no template that is taken panics, and that what it says
// can be sent.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"{{ payload.user }}", "a {{ 1 }} b {{", "{{ {'a': {'b': 1}} }}", "{{ \"\\\"}}\" }}", "é\n{{\n\n nme }}", "{{ payload.list | map(# + '}}') | join('{{') }}"} {
		f.Add(s, `{"user": "cy", "list": ["a"]}`)
	}
	f.Fuzz(func(t *testing.T, text, payload string) {
		parsed, errs := parse(text, nil, known)
		for _, err := range errs {
			_ = err.Error()
		}
		v, err := expression.Decode([]byte(payload))
		if len(errs) > 0 || err != nil {
			return
		}
		said, err := parsed.run(values{"payload": v, "time": time.Now()})
		if err != nil {
			return
		}
		if !utf8.ValidString(said) || len(said) > chat.MaxBody {
			t.Errorf("%d bytes: %.100q", len(said), said)
		}
	})
}
