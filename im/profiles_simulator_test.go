package im_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

func TestFactsAreReadThatWereAskedFor(t *testing.T) {
	w := newWorld(t, simulator.Modes{})
	defer w.close()
	everyFact := chat.NewFacts(chat.Card, chat.Joined, chat.Spoke, chat.OwnFact("team"), chat.OwnFact("seat"))
	must(t, w.sim.AddGroup(classRoom("@TGS#2QUIZROOM1", "Public")))
	const g = "@TGS#2QUIZROOM1"
	card, spoke := "Carol C.", time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	must(t, w.sim.SetProfile(g, "carol", simulator.Profile{NameCard: &card, Fields: map[string]string{"team": "red", "seat": "", "other": "x"},
		Joined: spoke.Add(-time.Hour), Spoke: spoke}))
	want := chat.Member{ID: "carol", Role: chat.Normal, Name: card,
		Profile: &chat.Profile{Told: everyFact, Joined: spoke.Add(-time.Hour), Spoke: spoke, Fields: map[string]string{"team": "red"}}}

	all, err := w.client.Profiles(t.Context(), g, everyFact)
	must(t, err)
	if i := len(all); i != 4 {
		t.Fatalf("%d members", i)
	}
	for _, m := range all {
		switch {
		case m.ID == "carol" && !cmp.Equal(m, want):
			t.Error(cmp.Diff(want, m))
		case m.ID != "carol" && (m.Profile == nil || m.Profile.Joined.IsZero() || !m.Profile.Spoke.IsZero() || len(m.Profile.Fields) > 0):
			t.Errorf("%+v %+v", m, m.Profile)
		}
	}
	some, err := w.client.ProfilesOf(t.Context(), g, []chat.UserID{"carol", "eve"}, everyFact)
	must(t, err)
	if diff := cmp.Diff([]chat.Member{want}, some); diff != "" {
		t.Error(diff)
	}
	little, err := w.client.ProfilesOf(t.Context(), g, []chat.UserID{"carol"}, chat.NewFacts(chat.Spoke))
	must(t, err)
	want.Profile = &chat.Profile{Told: chat.NewFacts(chat.Spoke), Spoke: spoke}
	if diff := cmp.Diff([]chat.Member{want}, little); diff != "" {
		t.Error(diff)
	}

	must(t, w.sim.Speak(g, "carol", "here"))
	later, err := w.client.ProfilesOf(t.Context(), g, []chat.UserID{"carol"}, chat.NewFacts(chat.Spoke))
	must(t, err)
	if !later[0].Profile.Spoke.After(spoke) {
		t.Errorf("after another message: %v", later[0].Profile.Spoke)
	}
}
