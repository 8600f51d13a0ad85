package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botd-chat/botd/chat"
)

func TestEventsAfterTheClockWasSetBack(t *testing.T) {
	s, h := newStore(t)
	accept(t, s, arrival("a", "@TGS#1"))
	w := takeEvents(t, s, 1)
	must(t, s.EndEvent(t.Context(), done(w[0])))
	h.move(-time.Hour)
	accept(t, s, arrival("b", "@TGS#1"))
	waited := time.Duration(0)
	for len(takeEvents(t, s, 1)) == 0 && waited < 2*time.Hour {
		h.move(time.Second)
		waited += time.Second
	}
	if waited > 2*time.Minute {
		t.Errorf("an accepted event was handed out after %v", waited)
	}
}

// What waits when a process ends was due at once, and still is when the clock
// was set back before the next began, also if nothing was ever sent.
func TestWhatWaitsIsDueAfterTheClockWasSetBackOverARestart(t *testing.T) {
	path, h := filepath.Join(t.TempDir(), "botd.db"), newHand()
	s := openAt(t, path, h.now)
	reopen := func() {
		t.Helper()
		must(t, s.Close())
		h.move(-6 * time.Hour)
		s = openAt(t, path, h.now)
	}
	accept(t, s, arrival("a", "@TGS#1"))
	reopen()
	w := takeEvents(t, s, 1)
	if len(w) != 1 {
		t.Fatal("the event waits as long as the clock went back")
	}
	must(t, s.EndEvent(t.Context(), chat.EventEnd{Lease: w[0].Lease, Event: w[0].Event.ID, Status: chat.Ready, Reason: "to be tried again", Due: h.now().Add(time.Minute)}))
	reopen()
	h.move(10 * time.Minute)
	if w = takeEvents(t, s, 1); len(w) != 1 {
		t.Fatal("what is to be tried again waits as long as the clock went back")
	}
	must(t, s.EndEvent(t.Context(), done(w[0], chat.Everyone.Say("hello")...)))
	reopen()
	m := takeMessages(t, s, 1)
	if len(m) != 1 {
		t.Fatal("the message waits as long as the clock went back")
	}
	must(t, s.EndRound(t.Context(), chat.Round{Lease: m[0].Lease, Message: m[0].Message.ID, End: &chat.MessageEnd{Status: chat.Done, Outcome: chat.Nobody, Reason: "for nobody"}}))
	reopen()
	accept(t, s, arrival("b", "@TGS#1"))
	if w := takeEvents(t, s, 1); len(w) != 1 {
		t.Error("what comes into an empty lane waits as long as the clock went back")
	}
}

func TestAClockThatIsSetBackWakesNobodyWhoIsPaused(t *testing.T) {
	s, h := newStore(t)
	accept(t, s, arrival("a", "@TGS#1"))
	brake(t, s, "quiz")
	takeEvents(t, s, 1)
	h.move(-time.Hour)
	if w := takeEvents(t, s, 1); len(w) != 0 {
		t.Errorf("took %+v", w)
	}
	resume(t, s, "quiz")
	if w := takeEvents(t, s, 1); len(w) != 1 {
		t.Errorf("after the pause %d events are due", len(w))
	}
}

// What is planned under a lease is planned by the clock as it was when that is set back
// meanwhile, and is stored by the clock as it is.
func TestWhatWasPlannedBeforeTheClockWasSetBack(t *testing.T) {
	s, h := newStore(t)
	retry := func(w chat.EventWork, due time.Time) {
		t.Helper()
		must(t, s.EndEvent(t.Context(), chat.EventEnd{Lease: w.Lease, Event: w.Event.ID, Status: chat.Ready, Reason: "busy", Due: due}))
	}
	accept(t, s, arrival("a", "@TGS#1"))
	w := takeEvents(t, s, 1)[0]
	due := h.now().Add(10 * time.Second)
	h.move(-time.Hour)
	retry(w, due)
	h.move(10 * time.Second)
	if len(takeEvents(t, s, 1)) != 1 {
		t.Error("an event that is to be tried again waits for as long as the clock went back")
	}

	s, h = newStore(t)
	accept(t, s, arrival("a", "@TGS#1"))
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Everyone.Say("x")...)))
	m := takeMessages(t, s, 1)[0]
	d := started(resolve(t, s, m, people(t, "boss"))[0], h.now())
	h.move(-time.Hour)
	_, err := s.Begin(t.Context(), chat.Begin{Lease: m.Lease, Message: m.Message.ID, Deliveries: []chat.Delivery{d}})
	must(t, err)
	if got := message(t, s, m.Message.ID).Deliveries[0]; !got.Series.Equal(h.now()) {
		t.Errorf("a series that begins now begins at %s by the clock, which shows %s", got.Series, h.now())
	}
	d.Due = d.Series.Add(8 * time.Second)
	must(t, s.EndRound(t.Context(), chat.Round{Lease: m.Lease, Message: m.Message.ID, Deliveries: []chat.Delivery{d}, Due: d.Due,
		Attempts: []chat.Attempt{{Delivery: d.ID, N: 1, Random: d.Random, People: 1, Began: h.now(), Ended: h.now(), Result: chat.Unclear}}}))
	h.move(8 * time.Second)
	again := takeMessages(t, s, 1)
	if len(again) != 1 {
		t.Fatal("a message that is to be tried again waits for as long as the clock went back")
	}
	if got := again[0].Deliveries[0]; got.Due.After(h.now()) || !got.Series.Equal(h.now().Add(-8*time.Second)) {
		t.Errorf("its part is due at %s, its series began at %s, and it is %s", got.Due, got.Series, h.now())
	}
}

// The clock is set back while somebody waits for a transaction that takes long.
func TestTheClockIsSetBackWhileSomebodyWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	synctest.Test(t, func(t *testing.T) {
		h := newHand()
		s, err := Open(context.Background(), Options{URL: "sqlite:" + path, Clock: h.now})
		must(t, err)
		defer func() { must(t, s.Close()) }()
		accept(t, s, arrival("a", "@TGS#1"))
		must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Everyone.Say("x")...)))
		budget := []chat.Budget{{Name: "app", PerSecond: 1}}
		m := takeMessages(t, s, 1)[0]
		d := started(resolve(t, s, m, people(t, "boss"))[0], h.now())
		must(t, s.tx(t.Context(), func(q *tx) error { _, err := q.reserve(budget, 1, s.now(), time.Minute); return err }))
		var begun chat.Begun
		busy(t, s, func() {
			go func() {
				begun, err = s.Begin(context.Background(), chat.Begin{Lease: m.Lease, Message: m.Message.ID, Deliveries: []chat.Delivery{d}, Budgets: budget, Horizon: time.Second})
			}()
			synctest.Wait()
			h.move(-time.Hour)
		})
		synctest.Wait()
		must(t, err)
		if !begun.Wait.IsZero() || len(begun.Slots) != 1 || begun.Slots[0].After(h.now().Add(time.Second)) {
			t.Errorf("it is %s, and %+v", h.now(), begun)
		}
	})
}

// What a transaction moved back that failed is moved back by the next.
func TestAMoveBackThatFailedIsMadeAgain(t *testing.T) {
	s, h := newStore(t)
	accept(t, s, arrival("a", "@TGS#1"))
	takeEvents(t, s, 1)
	h.move(-time.Hour)
	mine := errors.New("mine")
	err := s.tx(t.Context(), func(q *tx) error {
		_, err := q.exec(`INSERT INTO budget (name, next_at) VALUES ('x', 1)`)
		return errors.Join(err, mine)
	})
	if !errors.Is(err, mine) {
		t.Fatal(err)
	}
	takeEvents(t, s, 1)
	h.move(time.Minute) // its lease is over
	if len(takeEvents(t, s, 1)) != 1 {
		t.Error("the event waits for as long as the clock went back")
	}
}
