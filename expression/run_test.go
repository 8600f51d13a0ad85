package expression_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/expression"
)

func run(t *testing.T, source, payload string) (any, error) {
	t.Helper()
	p, err := expression.Compile(source, names)
	if err != nil {
		t.Fatal(err)
	}
	value, err := expression.Decode([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	return p.Run(map[string]any{"payload": value, "id": "ann", "admin": true})
}

func TestRun(t *testing.T) {
	for _, c := range []struct {
		source, payload string
		want            any
	}{
		{"payload.n", `{"n":9007199254740993}`, 9007199254740993},
		{"fromJSON(payload.text).n", `{"text":"{\"n\":9007199254740993}"}`, 9007199254740993},
		{"payload.n", `{"n":0.5}`, 0.5},
		{"payload.n", `{"n":1e400}`, "1e400"},
		{"payload", ``, nil},
		{"payload.user", `{}`, nil},
		{"keys(payload)", `{"b":1,"a":2,"c":3}`, []any{"a", "b", "c"}},
		{"values(payload)", `{"b":1,"a":2,"c":3}`, []any{2, 1, 3}},
		{"payload | toPairs() | map(#[0] + string(#[1])) | join(' ')", `{"b":1,"a":2}`, "a2 b1"},
		{"admin and id not in (payload.done ?? [])", `{}`, true},
	} {
		for range 5 { // the order of a map is another each time
			if got, err := run(t, c.source, c.payload); err != nil || !cmp.Equal(got, c.want) {
				t.Fatalf("%s over %s: %v, %v; want %v", c.source, c.payload, got, err, c.want)
			}
		}
	}
}

func TestWhatGoesWrongIsToldWithoutAnyValue(t *testing.T) {
	for _, c := range []struct{ source, payload, want string }{
		{"payload.user.id", `{"user":null}`, "cannot be worked out: there is nothing to look into (1:14)"},
		{"payload.a[payload.key]", `{"key":"secret","a":"x"}`, "cannot be worked out: a number is needed here (1:10)"},
		{"payload.a[payload.key]", `{"key":"secret from here","a":null}`, "cannot be worked out: there is nothing to look into (1:10)"},
		{"payload.user", `[1]`, "cannot be worked out: a number is needed here (1:9)"},
		{"payload.a[5]", `{"a":["secret"]}`, "cannot be worked out: the list is shorter (1:10)"},
		{"payload.a + 1", `{"a":"secret"}`, "cannot be worked out: invalid operation: a text + a number (1:11)"},
		{"int(payload.a)", `{"a":"secret"}`, "cannot be worked out: a number is needed here (1:1)"},
		{"float(payload.a)", `{"a":"secret + 1"}`, "cannot be worked out: a number is needed here (1:1)"},
		{"repeat(payload.a, 100000000)", `{"a":"secret"}`, "cannot be worked out: it would do too much (1:1)"},
		{"payload.a.b", `{"a":7}`, "cannot be worked out: a number has no such part (1:11)"},
		{"payload.a[:2]", `{"a":{"x":"secret"}}`, "cannot be worked out: an operation does not fit what is there"},
		{"len(payload.a)", `{"a":7}`, "cannot be worked out"},
		{"payload.a matches payload.b", `{"a":"x","b":"(secret"}`, "cannot be worked out (1:11)"},
		{"keys(payload.a)", `{"a":"secret"}`, "cannot be worked out (1:1)"},
		{"map(1..1000000, payload)", `"secret"`, "cannot be worked out: it would create too much"},
	} {
		switch _, err := run(t, c.source, c.payload); {
		case err == nil || !strings.HasPrefix(err.Error(), c.want):
			t.Errorf("%s: %v, want %q", c.source, err, c.want)
		case strings.Contains(err.Error(), "secret"):
			t.Errorf("%s: a value is quoted: %v", c.source, err)
		}
	}
}

func TestTextAndTruth(t *testing.T) {
	for payload, want := range map[string][2]string{
		`"ann"`: {"", "a text and not true or false"},
		`""`:    {"the text there is empty", "a text and not true or false"},
		`null`:  {"nothing there", "nothing and not true or false"},
		`7`:     {"a number and not a text; write string(…)", "a number and not true or false"},
		`true`:  {"true or false and not a text", ""},
		`[]`:    {"a list and not a text", "a list and not true or false"},
		`{}`:    {"an object and not a text", "an object and not true or false"},
	} {
		p, err := expression.Compile("payload", names)
		if err != nil {
			t.Fatal(err)
		}
		value, _ := expression.Decode([]byte(payload))
		_, text := p.Text(map[string]any{"payload": value})
		_, truth := p.Truth(map[string]any{"payload": value})
		for i, err := range []error{text, truth} {
			if (err == nil) != (want[i] == "") || err != nil && !strings.Contains(err.Error(), want[i]) {
				t.Errorf("%s: %v, want %q", payload, err, want[i])
			}
		}
	}
}

func TestWhatIsNotOneJSONValueIsRefused(t *testing.T) {
	for _, raw := range []string{`{"secret":`, `secret`, `{} secret`, `1 2`} {
		if _, err := expression.Decode([]byte(raw)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: error %v", raw, err)
		}
	}
}
