package expression_test

import (
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/expression"
)

func at(t testing.TB, text string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestADayAndAWeekBeginWhereTheyAreAskedFor(t *testing.T) {
	for _, c := range []struct{ source, time, want string }{
		{`midnight(time)`, "2026-12-03T10:00:00Z", "2026-12-03T00:00:00Z"},
		{`midnight(time, "Asia/Seoul")`, "2026-12-03T16:00:00Z", "2026-12-04T00:00:00+09:00"},
		{`monday(time)`, "2026-12-03T10:00:00Z", "2026-11-30T00:00:00Z"},
		{`monday(time)`, "2026-11-30T00:00:00Z", "2026-11-30T00:00:00Z"},
		{`monday(time)`, "2026-11-29T23:59:59Z", "2026-11-23T00:00:00Z"},
		{`monday(time, "Asia/Seoul")`, "2026-11-29T16:00:00Z", "2026-11-30T00:00:00+09:00"},
		{`monday(time, "America/New_York")`, "2026-03-11T10:00:00Z", "2026-03-09T00:00:00-04:00"},
		{`monday(time, "America/New_York")`, "2026-03-08T20:00:00Z", "2026-03-02T00:00:00-05:00"},
		{`midnight(time, "America/Santiago")`, "2026-09-06T12:00:00Z", "2026-09-06T01:00:00-03:00"}, // there is no midnight
		{`midnight(time, "America/Havana")`, "2026-11-01T20:00:00Z", "2026-11-01T00:00:00-04:00"},   // there are two
		{`monday(time) - duration("24h")`, "2026-12-03T10:00:00Z", "2026-11-29T00:00:00Z"},
	} {
		p, err := expression.Compile(c.source, expression.Names{"time": expression.Any})
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Run(map[string]any{"time": at(t, c.time)})
		if when, ok := got.(time.Time); err != nil || !ok || when.Format(time.RFC3339) != c.want {
			t.Errorf("%s of %s: %v, %v; want %s", c.source, c.time, got, err, c.want)
		}
	}
}

func TestWhatCannotBeATimeIsToldWithoutIt(t *testing.T) {
	for _, source := range []string{`midnight(x)`, `monday(x)`, `monday(time, x)`, `monday(time, "Local")`, `since({a: x}, time)`, `since(x, time)`, `since({}, x)`, `merge({}, x)`} {
		p, err := expression.Compile(source, expression.Names{"time": expression.Any, "x": expression.Any})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Run(map[string]any{"time": at(t, "2026-12-03T10:00:00Z"), "x": "a secret"}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", source, err)
		}
	}
}

func TestWhoHasNotAnsweredSinceMonday(t *testing.T) {
	known := expression.Names{"state": expression.Any, "payload": expression.Any, "time": expression.Any}
	set, err := expression.Compile(`merge(state.answered, {(payload.user): time})`, known)
	if err != nil {
		t.Fatal(err)
	}
	state := map[string]any{}
	for user, when := range map[string]string{"ann": "2026-11-30T08:00:00Z", "bo": "2026-11-27T08:00:00Z", "cy": "2026-11-29T15:00:00Z"} {
		v, err := set.Run(map[string]any{"state": state, "payload": map[string]any{"user": user}, "time": at(t, when)})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := expression.Encode(v, 1<<10)
		if err != nil {
			t.Fatal(err)
		}
		state["answered"] = decoded(t, string(raw))
	}
	for zone, want := range map[string]string{"UTC": `not (id in ["ann"])`, "Asia/Seoul": `not (id in ["ann", "cy"])`} {
		source := `id not in since(state.answered, monday(time, "` + zone + `"))`
		if err := expression.CheckSettled(source, known, expression.OfMember); err != nil {
			t.Fatal(err)
		}
		got, err := expression.Settle(source, map[string]any{"state": state, "time": at(t, "2026-12-03T10:00:00Z"), "payload": nil}, expression.OfMember)
		if err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", zone, got, err, want)
		}
	}
	if got, err := expression.Settle(`id not in since(state.answered, time)`, map[string]any{"state": map[string]any{}, "time": time.Now()}, expression.OfMember); err != nil || got != "not (id in [])" {
		t.Errorf("%s, %v", got, err)
	}
}

func TestWhatIsSettledOfTimesIsAskedOfEachMember(t *testing.T) {
	known := expression.Names{"time": expression.Any, "vars": expression.Any}
	values := map[string]any{"time": at(t, "2026-12-03T10:00:00.5Z"), "vars": map[string]any{"key": "team"}}
	member := map[string]any{"id": "ann", "role": "member", "owner": false, "admin": false, "member": true, "card": "Ann", "joined": at(t, "2026-01-02T00:00:00Z"),
		"spoke": at(t, "2026-11-29T15:00:00Z"), "fields": map[string]any{"team": "red", "seat": nil}, "now": at(t, "2026-12-03T10:01:00Z")}
	for _, c := range []struct {
		source, settled string
		want            bool
	}{
		{`spoke == nil or spoke < monday(time)`, `spoke == nil or spoke < date("2026-11-30T00:00:00Z")`, true},
		{`spoke < monday(time, "Asia/Seoul")`, `spoke < date("2026-11-30T00:00:00+09:00")`, false},
		{`spoke < time - duration("72h")`, `spoke < date("2026-11-30T10:00:00.5Z")`, true},
		{`spoke < now - duration("72h")`, `spoke < now - duration("72h0m0s")`, true},
		{`joined > monday(now)`, `joined > monday(now)`, false},
		{`now - joined > duration("24h")`, `now - joined > duration("24h0m0s")`, true},
		{`fields.team == "red" and fields.seat == nil`, `fields.team == "red" and fields.seat == nil`, true},
		{`fields[vars.key] in ["red", "blue"]`, `fields.team in ["red", "blue"]`, true},
		{`card startsWith "A"`, `card startsWith "A"`, true},
	} {
		if err := expression.CheckSettled(c.source, known, expression.OfMember); err != nil {
			t.Error(err)
			continue
		}
		settled, err := expression.Settle(c.source, values, expression.OfMember)
		if err != nil || settled != c.settled {
			t.Errorf("%s: %s, %v; want %s", c.source, settled, err, c.settled)
			continue
		}
		p, err := expression.CompileMember(settled)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := p.Truth(member); err != nil || got != c.want {
			t.Errorf("%s: %v, %v; want %v", settled, got, err, c.want)
		}
	}
}

func TestAConditionOverMembersSaysWhatItCannotBe(t *testing.T) {
	for source, wrong := range map[string]string{
		`spoke < date("2026-12-24")`:       "",
		`spoke < date("Christmas")`:        `date("Christmas") is none; write date("2026-12-24")`,
		`now - spoke > duration("3 days")`: `duration("3 days") is none`,
		`spoke < now()`:                    "now is a time and no function",
		`len(fields) > 1`:                  "of fields one is asked for by its name",
		`fields[id] == "x"`:                "of fields one is asked for by its name",
		`id in since(fields.x, now)`:       "unknown name since",
	} {
		switch _, err := expression.CompileMember(source); {
		case wrong == "" && err != nil:
			t.Errorf("%s: %v", source, err)
		case wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)):
			t.Errorf("%s: %v; want %s", source, err, wrong)
		}
	}
}

func TestParts(t *testing.T) {
	for source, want := range map[string]string{
		`fields.team == "red"`:                     "team",
		`(fields?.team ?? fields["seat"]) == "x"`:  "team seat",
		`fields[id] == "x" and fields.team == "y"`: "team, and more",
		`"fields.team" == id`:                      "",
		`len(fields)`:                              ", and more",
	} {
		parts, other := expression.Parts(source, "fields")
		got := strings.Join(parts, " ")
		if other {
			got += ", and more"
		}
		if got != want {
			t.Errorf("%s: %q; want %q", source, got, want)
		}
	}
}
