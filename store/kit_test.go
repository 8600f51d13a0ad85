package store

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/moves"
)

// hand is a clock that is moved by hand.
type hand struct {
	mu sync.Mutex
	t  time.Time
}

func newHand() *hand { return &hand{t: time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)} }

func (h *hand) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.t
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.t = h.t.Add(d)
}

// openAt opens a store in which nothing may move otherwise than it should.
func openAt(t testing.TB, path string, clock func() time.Time) *Store {
	t.Helper()
	s := openUnwatched(t, path, clock)
	moves.In(t, path)
	return s
}

// openUnwatched is for tests that write into the file with their own hands, or
// look at the file itself.
func openUnwatched(t testing.TB, path string, clock func() time.Time) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{URL: "sqlite:" + path, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func newStore(t testing.TB) (*Store, *hand) {
	t.Helper()
	h := newHand()
	return openAt(t, filepath.Join(t.TempDir(), "botd.db"), h.now), h
}

func arrival(key string, groups ...chat.GroupID) chat.Arrival {
	return chat.Arrival{
		Key: key, App: "main", Bot: "quiz", Trigger: "answers", Kind: chat.Webhook, Groups: groups,
		Sender: "minji", Payload: json.RawMessage(`{"answer":"B"}`),
	}
}

func accept(t testing.TB, s *Store, a chat.Arrival) chat.Receipt {
	t.Helper()
	r, err := s.Accept(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func takeEvents(t testing.TB, s *Store, limit int) []chat.EventWork {
	t.Helper()
	w, _, err := s.TakeEvents(t.Context(), limit, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func takeMessages(t testing.TB, s *Store, limit int) []chat.MessageWork {
	t.Helper()
	w, _, err := s.TakeMessages(t.Context(), limit, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func people(t testing.TB, ids ...chat.UserID) chat.Recipients {
	t.Helper()
	r, err := chat.NewRecipients(ids)
	must(t, err)
	return r
}

// done ends an event with these messages.
func done(w chat.EventWork, said ...chat.Message) chat.EventEnd {
	return chat.EventEnd{Lease: w.Lease, Event: w.Event.ID, Status: chat.Done, Outcome: chat.Handled, Messages: said}
}

var staff = chat.Membership{
	Group: "@TGS#1", Type: chat.Public,
	Members: []chat.Member{{ID: "boss", Role: chat.Owner}, {ID: "hana", Role: chat.Admin, Name: "Hana"}, {ID: "minji", Role: chat.Normal}},
	ReadAt:  time.Date(2026, 3, 4, 8, 59, 58, 0, time.UTC),
}

func resolve(t testing.TB, s *Store, w chat.MessageWork, parts ...chat.Recipients) []chat.Delivery {
	t.Helper()
	d, err := resolved(t.Context(), s, w, parts...)
	must(t, err)
	return d
}

// resolved stores what a message came to while its lane stays in hand, as the
// first attempt of a part does.
func resolved(ctx context.Context, s *Store, w chat.MessageWork, parts ...chat.Recipients) ([]chat.Delivery, error) {
	var made []chat.Delivery
	for i, to := range parts {
		made = append(made, chat.Delivery{Message: w.Message.ID, Part: i + 1, Recipients: to, Status: chat.Ready, Due: s.now()})
	}
	rows, err := encodeDeliveries(made)
	if err != nil {
		return nil, err
	}
	r, err := encodeResolved(&chat.Resolved{Ceiling: chat.Everyone, Membership: staff})
	if err != nil {
		return nil, err
	}
	err = s.tx(ctx, func(q *tx) error {
		if _, err := q.hold(w.Lease, w.Message.ID); err != nil {
			return err
		}
		return q.resolved(w.Lease.Lane, w.Message.ID, r, rows)
	})
	for i := range rows {
		made[i] = rows[i].Delivery
	}
	return made, err
}

// started is the delivery as it is at the beginning of its next attempt.
func started(d chat.Delivery, now time.Time) chat.Delivery {
	d.Attempts++
	if d.Series.IsZero() {
		d.Random, d.Series, d.Digest = uint32(d.ID)*7+1, now, fmt.Sprintf("digest of %s", d.ID)
	}
	return d
}

// sent is a round in which the one delivery was sent.
func sent(w chat.MessageWork, d chat.Delivery, now time.Time) chat.Round {
	d.Status, d.Outcome, d.MsgSeq, d.Ended = chat.Done, chat.Sent, uint32(d.ID), now
	return chat.Round{
		Lease: w.Lease, Message: w.Message.ID, Deliveries: []chat.Delivery{d},
		Attempts: []chat.Attempt{{Delivery: d.ID, N: d.Attempts, Random: d.Random, People: d.Recipients.Len(), Began: now, Ended: now, Result: chat.Yes}},
		End:      &chat.MessageEnd{Status: chat.Done, Outcome: chat.Sent},
	}
}

// line takes one event all the way to its members.
func line(ctx context.Context, s *Store, now func() time.Time, a chat.Arrival, to chat.Recipients) error {
	if _, err := s.Accept(ctx, a); err != nil {
		return err
	}
	events, _, err := s.TakeEvents(ctx, 1, time.Minute)
	if err != nil || len(events) == 0 {
		return fmt.Errorf("took %d events: %w", len(events), err)
	}
	if err := s.EndEvent(ctx, done(events[0], chat.Admins.Say("hello")...)); err != nil {
		return err
	}
	work, _, err := s.TakeMessages(ctx, 1, time.Minute)
	if err != nil || len(work) == 0 {
		return fmt.Errorf("took %d messages: %w", len(work), err)
	}
	d := started(chat.Delivery{Message: work[0].Message.ID, Part: 1, Recipients: to, Status: chat.Ready}, now())
	begun, err := s.Begin(ctx, chat.Begin{Lease: work[0].Lease, Message: work[0].Message.ID, Deliveries: []chat.Delivery{d}, Horizon: time.Minute,
		Resolved: &chat.Resolved{Ceiling: chat.Everyone, Membership: staff}, Budgets: []chat.Budget{{Name: "app/main/send", PerSecond: 1_000_000}, {Name: "group/" + string(a.Groups[0]), PerSecond: 1_000_000}}})
	if err != nil || !begun.Wait.IsZero() || len(begun.IDs) != 1 {
		return fmt.Errorf("begin: %v %v %w", begun.Wait, begun.IDs, err)
	}
	d.ID = begun.IDs[0]
	return s.EndRound(ctx, sent(work[0], d, now()))
}
