package store

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

// oneMessage brings a message to the point where its deliveries are resolved.
func oneMessage(t *testing.T, s *Store, parts ...chat.Recipients) (chat.MessageWork, []chat.Delivery) {
	t.Helper()
	accept(t, s, arrival("", "g"))
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Admins.Say("x")...)))
	w := takeMessages(t, s, 1)[0]
	return w, resolve(t, s, w, parts...)
}

// The process dies in an attempt: the next one finds what was on its way, to
// repeat it to the byte, and the history says that nobody knows.
func TestDiesInAnAttempt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	clock := newHand()
	s := openAt(t, path, clock.now)
	w, d := oneMessage(t, s, people(t, "boss"), people(t, "hana"))
	begun := started(d[0], clock.now())
	_, err := s.Begin(t.Context(), chat.Begin{Lease: w.Lease, Message: w.Message.ID, Deliveries: []chat.Delivery{begun}})
	must(t, err)
	must(t, s.Close())

	clock.move(5 * time.Second)
	s = openAt(t, path, clock.now)
	again := takeMessages(t, s, 1)[0]
	if diff := cmp.Diff([]chat.Delivery{begun, d[1]}, again.Deliveries); diff != "" {
		t.Errorf("deliveries: %s", diff)
	}
	h, err := s.History(t.Context(), again.Message.Event)
	must(t, err)
	want := []chat.Attempt{{Delivery: begun.ID, N: 1, Random: begun.Random, People: 1, Began: begun.Series, Ended: clock.now(),
		Result: chat.Unclear, Error: "its lease ended before its outcome was stored"}}
	if diff := cmp.Diff(want, h.Messages[0].Deliveries[0].Tries); diff != "" {
		t.Errorf("attempts: %s", diff)
	}
	if tries := h.Messages[0].Deliveries[1].Tries; len(tries) != 0 {
		t.Errorf("the other delivery has attempts: %+v", tries)
	}
}

func TestDeliveryKeepsAll(t *testing.T) {
	s, clock := newStore(t)
	w, d := oneMessage(t, s, people(t, "boss", "hana"))
	begun := started(d[0], clock.now())
	begun.Recipients = people(t, "boss")
	begun.Lost = []chat.Exclusion{{User: "hana", Reason: "is no admin any more", At: clock.now()}}
	_, err := s.Begin(t.Context(), chat.Begin{Lease: w.Lease, Message: w.Message.ID, Deliveries: []chat.Delivery{begun}})
	must(t, err)
	after := begun
	after.Random, after.Series, after.Digest, after.Due, after.Reason = 0, time.Time{}, "", clock.now().Add(time.Second), "busy"
	try := chat.Attempt{Delivery: begun.ID, N: 1, Random: begun.Random, People: 1, Began: clock.now(), Ended: clock.now().Add(time.Millisecond), Result: chat.No, Code: 10002, Error: "internal error"}
	must(t, s.EndRound(t.Context(), chat.Round{Lease: w.Lease, Message: w.Message.ID, Attempts: []chat.Attempt{try}, Deliveries: []chat.Delivery{after}, Due: after.Due}))

	if early := takeMessages(t, s, 1); len(early) != 0 {
		t.Fatalf("taken before it is due: %+v", early)
	}
	if _, next, err := s.TakeMessages(t.Context(), 1, time.Minute); err != nil || !next.Equal(after.Due) {
		t.Errorf("next is %s, %v", next, err)
	}
	clock.move(time.Second)
	again := takeMessages(t, s, 1)[0]
	if diff := cmp.Diff([]chat.Delivery{after}, again.Deliveries); diff != "" {
		t.Errorf("delivery: %s", diff)
	}
	h, err := s.History(t.Context(), again.Message.Event)
	must(t, err)
	if diff := cmp.Diff([]chat.Attempt{try}, h.Messages[0].Deliveries[0].Tries); diff != "" {
		t.Errorf("attempt: %s", diff)
	}
}

func TestBudgets(t *testing.T) {
	s, clock := newStore(t)
	w, d := oneMessage(t, s, people(t, "a"), people(t, "b"), people(t, "c"))
	began := clock.now()
	ms := func(n ...int) (slots []time.Time) {
		for _, x := range n {
			slots = append(slots, began.Add(time.Duration(x)*time.Millisecond))
		}
		return slots
	}
	app, group := chat.Budget{Name: "app", PerSecond: 200}, chat.Budget{Name: "group", PerSecond: 40}
	begin := func(n int, horizon time.Duration, budgets ...chat.Budget) chat.Begun {
		t.Helper()
		for i := range d[:n] {
			d[i] = started(d[i], clock.now())
		}
		b, err := s.Begin(t.Context(), chat.Begin{Lease: w.Lease, Message: w.Message.ID, Deliveries: d[:n], Budgets: budgets, Horizon: horizon})
		must(t, err)
		if !b.Wait.IsZero() {
			for i := range d[:n] {
				d[i].Attempts--
			}
		}
		return b
	}
	for _, tt := range []struct {
		name    string
		move    time.Duration
		n       int
		horizon time.Duration
		budgets []chat.Budget
		want    chat.Begun
	}{
		{"none limits", 0, 2, 0, nil, chat.Begun{Slots: ms(0, 0)}},
		{"the first three", 0, 3, 0, []chat.Budget{app}, chat.Begun{Slots: ms(0, 5, 10)}},
		{"behind them", 0, 1, time.Second, []chat.Budget{app}, chat.Begun{Slots: ms(15)}},
		{"the slowest decides", 0, 3, time.Second, []chat.Budget{group, app}, chat.Begun{Slots: ms(20, 25, 50)}},
		{"too far ahead", 0, 1, 74 * time.Millisecond, []chat.Budget{app, group}, chat.Begun{Wait: began.Add(time.Millisecond)}},
		{"nothing was taken by that", 0, 1, time.Second, []chat.Budget{app, group}, chat.Begun{Slots: ms(75)}},
		{"a pause saves nothing up", time.Second, 2, 0, []chat.Budget{app}, chat.Begun{Slots: ms(1000, 1005)}},
	} {
		clock.move(tt.move)
		if diff := cmp.Diff(tt.want, begin(tt.n, tt.horizon, tt.budgets...)); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
	h, err := s.History(t.Context(), w.Message.Event)
	must(t, err)
	if n := len(h.Messages[0].Deliveries[0].Tries); n != 6 {
		t.Errorf("%d attempts were begun, not 6", n)
	}
	if every := interval(chat.Budget{PerSecond: 3}); every != 333_334 {
		t.Errorf("three a second come every %d µs, which is too fast", every)
	}
}
