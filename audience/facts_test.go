package audience_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

var noon = time.Date(2026, 12, 3, 12, 0, 0, 0, time.UTC)

func whoever(source string) chat.Audience { return chat.Audience{Everyone: true, Where: source} }

func TestFactsAreWhatTheRulesAskFor(t *testing.T) {
	spoke := whoever(`spoke == nil or spoke < monday(now)`)
	for _, c := range []struct {
		rules []chat.Audience
		want  string
	}{
		{[]chat.Audience{chat.Everyone, chat.Admins.But("card"), whoever(`id == "spoke"`)}, "[]"},
		{[]chat.Audience{spoke, whoever(`fields.team == "red" and fields?.seat != nil`)}, "[fields.seat fields.team spoke]"},
		{[]chat.Audience{chat.Users("bo").Or(whoever(`card == ""`))}, "[card]"},
		{[]chat.Audience{chat.Everyone.Among(chat.Admins.Among(whoever(`joined < now`)))}, "[joined]"},
		{[]chat.Audience{whoever(`not an expression of spoke`)}, "[]"},
	} {
		var got []string
		for _, f := range audience.Facts(c.rules...) {
			got = append(got, string(f))
		}
		if s := "[" + strings.Join(got, " ") + "]"; s != c.want {
			t.Errorf("%+v: %s, want %s", c.rules, s, c.want)
		}
	}
}

func TestAConditionOverFactsIsAskedAsOfTheReading(t *testing.T) {
	knows := func(facts []chat.Fact, spoke time.Time, fields map[string]string) chat.Member {
		return chat.Member{ID: "cy", Role: chat.Normal, Name: "Cy", Profile: &chat.Profile{Told: chat.NewFacts(facts...), Joined: noon.AddDate(-1, 0, 0), Spoke: spoke, Fields: fields}}
	}
	since := `spoke == nil or spoke < monday(now, "Asia/Seoul")`
	team := chat.OwnFact("team")
	for _, c := range []struct {
		source string
		member chat.Member
		in     bool
		reason string
	}{
		{since, knows([]chat.Fact{chat.Spoke}, time.Time{}, nil), true, "is a member, and meets the condition"},
		{since, knows([]chat.Fact{chat.Spoke}, noon.AddDate(0, 0, -7), nil), true, "is a member, and meets the condition"},
		{since, knows([]chat.Fact{chat.Spoke}, noon, nil), false, "is a member, but does not meet: " + since},
		{since, knows([]chat.Fact{chat.Card}, time.Time{}, nil), false, "is a member, but does not meet: " + since + " (spoke was not read)"},
		{since, chat.Member{ID: "cy", Role: chat.Normal}, false, "is a member, but does not meet: " + since + " (spoke was not read)"},
		{`$env.spoke == nil`, chat.Member{ID: "cy", Role: chat.Normal}, false, "is a member, but its where cannot be asked, so nobody meets it: has $env; say the name itself, as in payload.text and not $env.payload.text"},
		{`spoke < now`, knows([]chat.Fact{chat.Spoke}, time.Time{}, nil), false, "is a member, but does not meet: spoke < now (cannot be worked out: invalid operation: nothing < a time (1:7))"},
		{`fields.team == "red"`, knows([]chat.Fact{team}, time.Time{}, map[string]string{"team": "red"}), true, "is a member, and meets the condition"},
		{`fields.team == nil`, knows([]chat.Fact{team}, time.Time{}, nil), true, "is a member, and meets the condition"},
		{`fields.team != "red"`, knows(nil, time.Time{}, map[string]string{"team": "blue"}), false, `is a member, but does not meet: fields.team != "red" (fields.team was not read)`},
		{`card startsWith "C" and now - joined > duration("24h")`, knows([]chat.Fact{chat.Card, chat.Joined}, time.Time{}, nil), true, "is a member, and meets the condition"},
		{`card == nil`, knows([]chat.Fact{chat.Card}, time.Time{}, nil), false, "is a member, but does not meet: card == nil"},
		{`card == nil`, nameless(knows([]chat.Fact{chat.Card}, time.Time{}, nil)), true, "is a member, and meets the condition"},
		{`(card ?? id) == "cy"`, nameless(knows([]chat.Fact{chat.Card}, time.Time{}, nil)), true, "is a member, and meets the condition"},
		{`card == ""`, chat.Member{ID: "cy", Role: chat.Normal}, false, `is a member, but does not meet: card == "" (card was not read)`},
	} {
		d := audience.Of(chat.Message{To: whoever(c.source)}, chat.Everyone).At(noon).Decide(c.member)
		if d.In != c.in || d.Reason != c.reason {
			t.Errorf("%s: %v, %q\nwant %v, %q", c.source, d.In, d.Reason, c.in, c.reason)
		}
		if strings.Contains(c.source, "now") {
			if in, reason := audience.Qualifies(whoever(c.source), chat.Everyone, c.member); in && strings.Contains(reason, "condition") && !strings.HasPrefix(c.source, "spoke == nil") {
				t.Errorf("%s: met at no time", c.source)
			}
		}
	}
	for source, wrong := range map[string]string{
		`spoke == nil or spoke < now - duration("72h")`: "",
		`fields["team"] == "red"`:                       "",
		`fields[id] == "red"`:                           "of fields one is asked for by its name",
		`fields["a b"] == "red"`:                        "a key has up to 32 letters",
	} {
		if err := audience.CheckWhere(source); (err == nil) != (wrong == "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: %v; want %q", source, err, wrong)
		}
	}
}

// What was read for one who asks for more is not told to one who does not.
func TestFactsAreToldToThoseWhoAskForThem(t *testing.T) {
	clock := clockwork.NewFakeClockAt(noon)
	s := &service{about: audience.Group{Type: chat.Public, Owner: "ann"}, members: []chat.Member{
		{ID: "ann", Role: chat.Owner, Profile: &chat.Profile{Spoke: noon}}, {ID: "bo", Role: chat.Normal}}}
	d := audience.NewDirectory(s, clock)
	read := func(maxAge time.Duration, facts ...chat.Fact) chat.Membership {
		t.Helper()
		m, err := d.Read(t.Context(), "g", maxAge, facts...)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	wantCalls := func(members, profiles, some int) {
		t.Helper()
		if a, b, c := s.calls("members"), s.calls("profiles"), s.calls("profiles of some"); a != members || b != profiles || c != some {
			t.Errorf("asked for members %d times, for profiles %d and for those of some %d; want %d, %d, %d", a, b, c, members, profiles, some)
		}
	}
	told := read(time.Minute, chat.Spoke)
	if !told.Members[0].Profile.Spoke.Equal(noon) || !told.Members[1].Profile.Spoke.IsZero() {
		t.Errorf("%+v", told.Members)
	}
	plain := read(time.Minute)
	wantCalls(0, 1, 0)
	if plain.Members[0].Profile != nil || plain.Hash() == told.Hash() || !plain.ReadAt.Equal(told.ReadAt) {
		t.Errorf("%+v", plain)
	}
	if again := read(time.Minute, chat.Spoke); again.Hash() != told.Hash() {
		t.Error("another reading")
	}
	wantCalls(0, 1, 0)
	read(time.Minute, chat.OwnFact("team"))
	wantCalls(0, 2, 0)
	if last, ok := d.Last("g"); !ok || last.Members[0].Profile != nil {
		t.Errorf("the last reading is %+v", last)
	}

	some, _, err := d.Recheck(t.Context(), "g", []chat.UserID{"bo"}, time.Minute, chat.Spoke)
	if err != nil || len(some) != 1 || !some[0].Told().Has(chat.Spoke) {
		t.Errorf("%+v, %v", some, err)
	}
	wantCalls(0, 2, 0)
	some, at, err := d.Recheck(t.Context(), "g", []chat.UserID{"ann"}, 0, chat.Spoke)
	if err != nil || len(some) != 1 || !some[0].Profile.Spoke.Equal(noon) || !at.Equal(noon) {
		t.Errorf("%+v, %v, %v", some, at, err)
	}
	wantCalls(0, 2, 1)

	d.Aged("g")
	read(time.Minute, chat.Spoke)
	wantCalls(0, 3, 1)
	for key := range 20 {
		read(time.Minute, chat.OwnFact(strings.Repeat("k", key+1)))
		clock.Advance(time.Second)
	}
	read(time.Minute, chat.OwnFact("k")) // forgotten for others that were asked for since
	wantCalls(0, 24, 1)

	s.err = errors.New("refused")
	if m, err := d.Read(t.Context(), "g", 0, chat.Spoke); err == nil || len(m.Members) > 0 {
		t.Errorf("%+v", m)
	}
	if got, _, err := d.Recheck(t.Context(), "g", []chat.UserID{"ann"}, 0, chat.Spoke); err == nil || got != nil {
		t.Errorf("%+v", got)
	}
}

func TestResolveGoesByTheTimeOfTheReading(t *testing.T) {
	m, err := audience.NewMembership("g", chat.Public, []chat.Member{
		{ID: "ann", Role: chat.Owner, Profile: &chat.Profile{Told: chat.NewFacts(chat.Spoke), Spoke: noon.Add(-2 * time.Hour)}},
		{ID: "bo", Role: chat.Normal, Profile: &chat.Profile{Told: chat.NewFacts(chat.Spoke)}},
	}, noon)
	if err != nil {
		t.Fatal(err)
	}
	silent := whoever(`spoke == nil or now - spoke > duration("3h")`)
	if diff := cmp.Diff([]chat.UserID{"bo"}, recipients(audience.Resolve(silent, chat.Everyone, m))); diff != "" {
		t.Error(diff)
	}
	m.ReadAt = noon.Add(2 * time.Hour)
	if diff := cmp.Diff([]chat.UserID{"ann", "bo"}, recipients(audience.Resolve(silent, chat.Everyone, m))); diff != "" {
		t.Error(diff)
	}
}

// nameless is a member without a name card.
func nameless(m chat.Member) chat.Member {
	m.Name = ""
	return m
}
