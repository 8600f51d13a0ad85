package chat_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

func TestWhatIsAFact(t *testing.T) {
	for f, wrong := range map[chat.Fact]string{
		chat.Card: "", chat.Joined: "", chat.Spoke: "", chat.OwnFact("team"): "", "fields.Member_Defined-1": "",
		"phone": "no fact", "": "no fact", "fields.": "a key has", `fields.a"b`: "a key has", "fields.a.b": "a key has",
		chat.OwnFact(strings.Repeat("k", 33)): "a key has",
	} {
		if err := f.Validate(); (err == nil) != (wrong == "") || err != nil && !strings.Contains(err.Error(), wrong) {
			t.Errorf("%s: %v; want %q", f, err, wrong)
		}
	}
	facts := chat.NewFacts(chat.Spoke, chat.OwnFact("team"), chat.Card, chat.Spoke, chat.OwnFact("seat"))
	if got := strings.Join(facts.Keys(), " "); got != "seat team" || len(facts) != 4 || !facts.Has(chat.Card) || facts.Has(chat.Joined) {
		t.Errorf("%v with the keys %s", facts, got)
	}
}

func TestTheHashIsOfTheFactsThatWereRead(t *testing.T) {
	when := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	of := func(p *chat.Profile, name string) chat.Membership {
		return chat.Membership{Group: "g", Type: chat.Public, Members: []chat.Member{{ID: "ann", Role: chat.Normal, Name: name, Profile: p}}}
	}
	plain := of(nil, "Ann")
	if plain.Hash() != plainHash(plain) || of(nil, "Bo").Hash() != plain.Hash() {
		t.Error("without facts it is not as it was before there were any")
	}
	all := chat.NewFacts(chat.Card, chat.Joined, chat.Spoke, chat.OwnFact("team"))
	full := func() *chat.Profile {
		return &chat.Profile{Told: all, Joined: when, Spoke: when, Fields: map[string]string{"team": "red", "not asked for": "x"}}
	}
	first := of(full(), "Ann").Hash()
	for name, change := range map[string]func(*chat.Membership, *chat.Profile){
		"card":   func(m *chat.Membership, _ *chat.Profile) { m.Members[0].Name = "Bo" },
		"joined": func(_ *chat.Membership, p *chat.Profile) { p.Joined = when.Add(time.Second) },
		"spoke":  func(_ *chat.Membership, p *chat.Profile) { p.Spoke = time.Time{} },
		"team":   func(_ *chat.Membership, p *chat.Profile) { p.Fields = map[string]string{"team": "blue"} },
		"told":   func(_ *chat.Membership, p *chat.Profile) { p.Told = chat.NewFacts(chat.Card) },
		"none":   func(m *chat.Membership, _ *chat.Profile) { m.Members[0].Profile = nil },
	} {
		p := full()
		m := of(p, "Ann")
		if change(&m, p); m.Hash() == first {
			t.Errorf("another %s, the same hash", name)
		}
		if m.Equal(of(full(), "Ann")) {
			t.Errorf("another %s, and equal", name)
		}
	}
	p := full()
	p.Fields["not asked for"], p.Spoke = "y", when.In(time.FixedZone("", 3600))
	if of(p, "Ann").Hash() != first {
		t.Error("another hash, and nothing of what was read is another")
	}
	card := &chat.Profile{Told: chat.NewFacts(chat.Card)}
	one := chat.Membership{Members: []chat.Member{{ID: "ann", Role: chat.Normal, Name: "owner", Profile: card}}}
	two := chat.Membership{Members: []chat.Member{{ID: "ann", Role: chat.Normal}, {ID: "card", Role: chat.Owner}}}
	if one.Hash() == two.Hash() {
		t.Error("a name card passes for a member")
	}
}

func TestAReadingEqualsItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := chat.Membership{Group: "g", Members: members.Draw(t, "members")}
		for i := range m.Members {
			if rapid.Bool().Draw(t, "known") {
				m.Members[i].Profile = &chat.Profile{Told: chat.NewFacts(chat.Spoke), Spoke: time.Unix(rapid.Int64Range(0, 5).Draw(t, "spoke"), 0)}
			}
		}
		other := m
		other.Members = append([]chat.Member(nil), m.Members...)
		for i, x := range other.Members {
			if x.Profile != nil {
				own := *x.Profile
				own.Spoke = own.Spoke.UTC()
				other.Members[i].Profile = &own
			}
		}
		if !m.Equal(other) || m.Hash() != other.Hash() {
			t.Fatal("a copy does not equal it")
		}
	})
}
