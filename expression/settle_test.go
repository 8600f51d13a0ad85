package expression_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/expression"
)

var ofMember = expression.Names{"id": expression.Text, "role": expression.Text, "owner": expression.Truth, "admin": expression.Truth, "member": expression.Truth}

func decoded(t testing.TB, text string) any {
	t.Helper()
	v, err := expression.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSettle(t *testing.T) {
	values := map[string]any{
		"vars":    decoded(t, `{"oncall": ["bo", "dee"], "level": 3, "team": {"bo": "red"}, "share": 0.5, "low": -2}`),
		"payload": decoded(t, `{"user": "cy", "list": [{"id": "bo", "n": 1}, {"id": "cy", "n": 2}], "odd": "\"] or true or id in [\"", "quiet": "a\u202e\u0000\u007f\\"}`),
		"nothing": nil,
	}
	for _, c := range []struct{ source, want string }{
		{"admin and id in vars.oncall", `admin and id in ["bo", "dee"]`},
		{"admin", "admin"},
		{"member and id not in (nothing ?? [])", `member and not (id in [])`},
		{"id == payload.user", `id == "cy"`},
		{"vars.level > 2", "true"},
		{"vars.level > 2 and admin", "admin"},
		{"vars.level > 5 and admin", "false"},
		{"vars.level > 2 or payload.not.there", "true"},
		{"nothing != nil and id in nothing.list", "false"},
		{"nothing?.list ?? [id]", "[id]"},
		{"vars.level > 2 ? owner : admin", "owner"},
		{"admin ? id == payload.user : vars.level == 3", `admin ? id == "cy" : true`},
		{"any(payload.list, .id == id)", `any([{id: "bo", n: 1}, {id: "cy", n: 2}], .id == id)`},
		{"any(payload.list, .id == id and .n == vars.level - 1)", `any([{id: "bo", n: 1}, {id: "cy", n: 2}], .id == id and .n == 2)`},
		{"id in map(payload.list, .id)", `id in ["bo", "cy"]`},
		{"id in (payload.list | filter(.n > 1) | map(.id))", `id in ["cy"]`},
		{"vars.team[id] == 'red'", `{bo: "red"}[id] == "red"`},
		{"id == payload.odd", `id == "\"] or true or id in [\""`},
		{"id == payload.quiet", `id == "a\u202e\x00\x7f\\"`},
		{"let x = payload.user; x == 'cy'", "true"},
		{"len(id) > vars.share", "len(id) > 0.5"},
		{"len(id) > vars.low", "len(id) > -2"},
		{"not (admin and vars.level == 3)", "not (admin and true)"},
		{"(vars.level == 3 or admin) and (owner or id == payload.user)", `owner or id == "cy"`},
	} {
		got, err := expression.Settle(c.source, values, ofMember)
		if err != nil || got != c.want {
			t.Errorf("%s: %s, %v; want %s", c.source, got, err, c.want)
		}
		if _, err := expression.CompileTruth(got, ofMember); err != nil && c.want != "[id]" {
			t.Errorf("%s does not compile: %v", got, err)
		}
	}
}

func TestWhatCannotBeSettledIsAnError(t *testing.T) {
	values := map[string]any{"payload": decoded(t, `{"s": "secret", "nothing": null}`), "open": true}
	for source, want := range map[string]string{
		"admin and id in payload.nothing.list": "payload.nothing.list cannot be worked out",
		"admin and payload.s + 1 == 2":         "payload.s + 1 == 2 cannot be worked out",
		"payload.s and admin":                  "payload.s is not true or false",
		"id == payload.":                       "unexpected",
	} {
		got, err := expression.Settle(source, values, ofMember)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %s, %v; want %s", source, got, err, want)
		}
	}
}

// What is settled judges each member as the whole would.
func TestWhatIsSettledMeansTheSame(t *testing.T) {
	atoms := []string{
		"admin", "owner", "id == payload.user", "id in payload.list", "id in vars.oncall", "payload.n > vars.n", "id startsWith (payload.user ?? 'x')",
		"any(payload.people, .id == id)", "role == payload.role", "payload.n - vars.n > payload.n * 2", "(payload?.maybe?.id ?? id) == id", "not (payload.yes)",
		"payload.yes ? admin : owner", "len(id) > payload.n", "id matches '^' + payload.user", `{"a": id}[payload.key] == id`, "payload.list[1:] == [id]", "-payload.n < len(id)",
	}
	text := rapid.OneOf(rapid.SampledFrom([]string{"bo", "cy", "", `"] or true or ["`, "é\u202e\\\x00'`", "a"}), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		source := rapid.SampledFrom(atoms).Draw(t, "first")
		for range rapid.IntRange(0, 4).Draw(t, "more") {
			op := rapid.SampledFrom([]string{" and ", " or ", " == ", " ? admin : "}).Draw(t, "operator")
			source = "(" + source + ")" + op + "(" + rapid.SampledFrom(atoms).Draw(t, "next") + ")"
			if rapid.Bool().Draw(t, "negated") {
				source = "not (" + source + ")"
			}
		}
		who := text.Draw(t, "user")
		values := map[string]any{
			"payload": map[string]any{
				"user": who, "list": []any{text.Draw(t, "a"), text.Draw(t, "b")}, "n": rapid.IntRange(-3, 3).Draw(t, "n"), "yes": rapid.Bool().Draw(t, "yes"),
				"people": []any{map[string]any{"id": text.Draw(t, "c")}}, "role": rapid.SampledFrom([]any{"owner", "admin", nil}).Draw(t, "role"), "key": "a",
			},
			"vars": map[string]any{"oncall": []any{who, "dee"}, "n": rapid.Float64Range(-3, 3).Draw(t, "float")},
		}
		settled, err := expression.Settle(source, values, ofMember)
		if err != nil {
			if strings.Contains(err.Error(), "cannot be written out") {
				t.Fatal(err)
			}
			return // it fails closed: nobody is asked
		}
		rest, err := expression.CompileTruth(settled, ofMember)
		if err != nil && strings.Contains(source, "matches") {
			return // the payload's text is no pattern: nobody is asked
		}
		if err != nil {
			t.Fatalf("%s\nbecame\n%s\nwhich does not compile: %v", source, settled, err)
		}
		all := expression.Names{"payload": expression.Any, "vars": expression.Any}
		for name, kind := range ofMember {
			all[name] = kind
		}
		whole, err := expression.CompileTruth(source, all)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []map[string]any{
			{"id": who, "role": "owner", "owner": true, "admin": true, "member": true},
			{"id": "bo", "role": "admin", "owner": false, "admin": true, "member": true},
			{"id": text.Draw(t, "id"), "role": "member", "owner": false, "admin": false, "member": true},
		} {
			got, gotErr := rest.Truth(m)
			everything := map[string]any{"payload": values["payload"], "vars": values["vars"]}
			for name, v := range m {
				everything[name] = v
			}
			want, wantErr := whole.Truth(everything)
			if wantErr == nil && (gotErr != nil || got != want) {
				t.Fatalf("%s\nis %v for %v, and settled\n%s\nis %v, %v", source, want, m["id"], settled, got, gotErr)
			}
			if wantErr != nil && gotErr == nil && got {
				t.Fatalf("%s\ncannot be asked (%v), and settled\n%s\nlets %v in", source, wantErr, settled, m["id"])
			}
		}
	})
}

func TestWhatCanBeAskedOfEachMemberOnceItIsSettled(t *testing.T) {
	known := expression.Names{"payload": expression.Any, "time": expression.Any}
	for source, wrong := range map[string]string{
		"admin and id in payload.list":               "",
		"id in map(payload.list, .id)":               "",
		"id in keys(payload)":                        "",
		"any(payload.list, .id == id)":               "",
		"any([id, role], # == payload.x)":            "",
		"lower(id) in payload.list":                  "",
		"time.Hour() < 9 and admin":                  "",
		"let x = lower(id); x == payload.x":          "",
		"id":                                         "true or false",
		"admn":                                       "unknown name admn; did you mean admin?",
		"len(filter(payload.list, # == id)) > 0":     "filter(…) cannot be asked of each member; have all, any",
		"id in (1..len(role) | map(string(#)))":      "map(…) cannot be asked of each member",
		"len(id) in 1..len(role)":                    "1..len(role) cannot be asked of each member",
		"any(split(id, ','), # == 'x')":              "any(…) cannot be asked of each member over a list that has to do with the member",
		"any(payload[id], # == 'x')":                 "any(…) cannot be asked of each member over a list that has to do with the member",
		"any(payload.list, any(payload.b, # == id))": "loop within a loop",
	} {
		err := expression.CheckSettled(source, known, ofMember)
		if wrong == "" && err != nil || wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)) {
			t.Errorf("%s: %v, want %q", source, err, wrong)
		}
	}
}
