package store

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

// brake and resume by a person in a hurry.
func brake(t *testing.T, s *Store, bot chat.BotName) {
	t.Helper()
	must(t, s.Pause(t.Context(), bot, chat.By{Who: "ann"}))
}

func resume(t *testing.T, s *Store, bot chat.BotName) {
	t.Helper()
	must(t, s.Resume(t.Context(), bot))
}

func from(bot chat.BotName, g chat.GroupID) chat.Arrival {
	a := arrival("", g)
	a.Bot = bot
	return a
}

// handed is what is handed out now: the ids.
func handed(t *testing.T, s *Store) string {
	t.Helper()
	var ids []string
	for _, w := range takeEvents(t, s, 10) {
		ids = append(ids, w.Event.ID.String())
	}
	for _, w := range takeMessages(t, s, 10) {
		ids = append(ids, w.Message.ID.String())
	}
	return strings.Join(ids, " ")
}

func TestAPausedBotIsLeftAlone(t *testing.T) {
	s, clock := newStore(t)
	brake(t, s, "quiz")
	for range 3 {
		accept(t, s, from("quiz", "g")) // accepted and kept all the same
	}
	accept(t, s, from("notice", "g"))
	if got := handed(t, s); got != "e4" {
		t.Errorf("handed out: %s", got)
	}
	clock.move(time.Second)
	if got := handed(t, s); got != "" {
		t.Errorf("handed out: %s", got)
	}
	resume(t, s, "quiz")
	if got := handed(t, s); got != "e1" {
		t.Errorf("after the pause: %s", got)
	}
}

func TestAPauseCostsOneLook(t *testing.T) {
	s, clock := newStore(t)
	accept(t, s, from("quiz", "g"))
	brake(t, s, "quiz")
	drain := func(c <-chan struct{}) (n int) {
		for {
			select {
			case <-c:
				n++
			default:
				return n
			}
		}
	}
	takes := func() (n int64) {
		must(t, s.reader.view(t.Context(), func(v view) error { return v.one(`SELECT SUM(take) FROM lane`).Scan(&n) }))
		return n
	}
	made := takes()
	handed(t, s)
	before := takes()
	drain(s.EventsReady())
	for range 5 {
		clock.move(time.Hour)
		work, next, err := s.TakeEvents(t.Context(), 10, time.Minute)
		must(t, err)
		if len(work) != 0 || !next.IsZero() {
			t.Errorf("took %d, and the next is due at %s", len(work), next)
		}
		accept(t, s, from("quiz", "g"))
	}
	if now := takes(); now != before || before == made {
		t.Errorf("its lane was leased at first: %v, and after: %v; want once", before != made, now != before)
	}
	c, err := s.Counts(t.Context())
	must(t, err)
	if c.Events.Due != 0 || c.Events.Age != 0 || c.Events.Ready != 6 {
		t.Errorf("it is counted as late: %+v", c.Events)
	}
	drain(s.EventsReady())
	resume(t, s, "quiz")
	if drain(s.EventsReady()) != 1 {
		t.Error("nobody is woken when it goes on")
	}
}

func TestAPauseHoldsUpNobodyElse(t *testing.T) {
	s, _ := newStore(t)
	say := func(bot chat.BotName) {
		accept(t, s, from(bot, "g"))
		must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Everyone.Say("by %s", bot)...)))
	}
	say("quiz") // all in the one lane of the group
	brake(t, s, "quiz")
	if got := handed(t, s); got != "" {
		t.Errorf("handed out: %s", got)
	}
	say("notice") // into a lane that is parked
	w := takeMessages(t, s, 1)
	if len(w) != 1 || w[0].Message.Bot != "notice" {
		t.Fatalf("handed out: %+v", w)
	}
	d := resolve(t, s, w[0], people(t, "boss"))
	d[0] = started(d[0], s.now())
	_, err := s.Begin(t.Context(), chat.Begin{Lease: w[0].Lease, Message: w[0].Message.ID, Deliveries: d})
	must(t, err)
	must(t, s.EndRound(t.Context(), sent(w[0], d[0], s.now())))
	if got := handed(t, s); got != "" {
		t.Errorf("handed out: %s", got)
	}
	resume(t, s, "quiz")
	if got := handed(t, s); got != "m1" {
		t.Errorf("after the pause: %s", got)
	}
}

func TestAPauseIsAtOnce(t *testing.T) {
	for _, bot := range []chat.BotName{"quiz", ""} {
		s, _ := newStore(t)
		accept(t, s, from("quiz", "g"))
		must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Everyone.Say("x")...)))
		w := takeMessages(t, s, 1)[0]
		d := resolve(t, s, w, people(t, "boss"))
		brake(t, s, bot) // with the message in somebody's hands
		d[0] = started(d[0], s.now())
		begun, err := s.Begin(t.Context(), chat.Begin{Lease: w.Lease, Message: w.Message.ID, Deliveries: d})
		must(t, err)
		if begun.Wait.IsZero() || len(begun.Slots) != 0 {
			t.Errorf("it was begun: %+v", begun)
		}
		must(t, s.EndRound(t.Context(), chat.Round{Lease: w.Lease, Message: w.Message.ID, Due: begun.Wait}))
		if got := handed(t, s); got != "" {
			t.Errorf("handed out: %s", got)
		}
		if h := message(t, s, w.Message.ID); len(h.Deliveries[0].Tries) != 0 || h.Deliveries[0].Attempts != 0 {
			t.Errorf("it counts as an attempt: %+v", h.Deliveries[0])
		}
		resume(t, s, bot)
		if got := handed(t, s); got != "m1" {
			t.Errorf("after the pause: %s", got)
		}
	}
}

func TestAllArePausedAndSomeStaySo(t *testing.T) {
	path, clock := filepath.Join(t.TempDir(), "botd.db"), newHand()
	s := openAt(t, path, clock.now)
	accept(t, s, from("quiz", "g"))
	accept(t, s, from("notice", "g"))
	must(t, s.Pause(t.Context(), "quiz", chat.By{Who: "bo", Reason: "for good"}))
	must(t, s.Pause(t.Context(), "", ann))
	if got := handed(t, s); got != "" {
		t.Errorf("handed out: %s", got)
	}
	must(t, s.Close())
	s = openAt(t, path, clock.now) // it holds on
	if got := handed(t, s); got != "" {
		t.Errorf("handed out after a restart: %s", got)
	}
	list, err := s.Pauses(t.Context())
	must(t, err)
	want := []chat.Pause{{At: clock.now(), By: ann}, {Bot: "quiz", At: clock.now(), By: chat.By{Who: "bo", Reason: "for good"}}}
	if diff := cmp.Diff(want, list); diff != "" {
		t.Error(diff)
	}
	resume(t, s, "")
	if got := handed(t, s); got != "e2" {
		t.Errorf("quiz is paused by itself, and handed out is: %s", got)
	}
	resume(t, s, "quiz")
	if got := handed(t, s); got != "e1" {
		t.Errorf("after the pause: %s", got)
	}
}

func TestARunThatWasUnderWayKeepsWhatItSaid(t *testing.T) {
	s, _ := newStore(t)
	accept(t, s, from("quiz", "g"))
	accept(t, s, from("quiz", "g"))
	w := takeEvents(t, s, 1)[0]
	brake(t, s, "quiz")
	must(t, s.EndEvent(t.Context(), done(w, chat.Everyone.Say("x")...)))
	if got := handed(t, s); got != "" {
		t.Errorf("handed out: %s", got)
	}
	resume(t, s, "quiz")
	if got := handed(t, s); got != "e2 m1" {
		t.Errorf("after the pause: %s", got)
	}
}
