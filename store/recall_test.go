package store

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

// sentOnce makes an event whose message was sent in two parts, and a third that
// is unknown.
func sentOnce(t *testing.T, s *Store, now time.Time) (chat.EventID, []chat.Delivery) {
	t.Helper()
	accept(t, s, arrival("", "@TGS#1"))
	e := takeEvents(t, s, 1)[0]
	must(t, s.EndEvent(t.Context(), done(e, chat.Everyone.Say("hello")...)))
	w := takeMessages(t, s, 1)[0]
	list := resolve(t, s, w, people(t, "a"), people(t, "b"), people(t, "c"))
	round := chat.Round{Lease: w.Lease, Message: w.Message.ID, End: &chat.MessageEnd{Status: chat.Held, Outcome: chat.Unknown, Reason: "who knows"}}
	for i := range list {
		d := started(list[i], now)
		d.Random = uint32(100 + i)
		_, err := s.Begin(t.Context(), chat.Begin{Lease: w.Lease, Message: w.Message.ID, Deliveries: []chat.Delivery{d}, Horizon: time.Second})
		must(t, err)
		d.Status, d.Outcome, d.MsgSeq, d.Ended = chat.Done, chat.Sent, uint32(i+1), now
		result := chat.Yes
		if i == 2 {
			d.Status, d.Outcome, d.MsgSeq, d.Resent = chat.Held, chat.Unknown, 0, now.Add(-time.Minute)
			result = chat.Unclear
		}
		round.Deliveries = append(round.Deliveries, d)
		round.Attempts = append(round.Attempts, chat.Attempt{Delivery: d.ID, N: 1, Random: d.Random, Began: now, Ended: now, Result: result})
	}
	must(t, s.EndRound(t.Context(), round))
	return e.Event.ID, round.Deliveries
}

func TestRecallsAreKept(t *testing.T) {
	s, hand := newStore(t)
	now := hand.now()
	e, deliveries := sentOnce(t, s, now)

	sent, err := s.SentOf(t.Context(), e)
	must(t, err)
	want := []chat.Recallable{
		{Delivery: deliveries[0].ID, App: "main", Group: "@TGS#1", MsgSeq: 1, Random: 100, FirstTried: true},
		{Delivery: deliveries[1].ID, App: "main", Group: "@TGS#1", MsgSeq: 2, Random: 101, FirstTried: true},
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Error(diff)
	}
	one, err := s.SentDelivery(t.Context(), deliveries[1].ID)
	must(t, err)
	if one != want[1] {
		t.Errorf("of one: %+v", one)
	}

	began, err := s.BeginRecalls(t.Context(), sent, ann)
	must(t, err)
	h, err := s.History(t.Context(), e)
	must(t, err)
	if r := h.Messages[0].Deliveries[0].Recalls; len(r) != 1 || r[0].Result != "" || r[0].By != ann {
		t.Errorf("before the answer it keeps %+v", r)
	}
	began[0].Result = chat.Recalled
	began[1].Result, began[1].Code, began[1].Error = chat.NotRecalled, 10030, "no such message"
	must(t, s.EndRecalls(t.Context(), began))
	h, err = s.History(t.Context(), e)
	must(t, err)
	for i, d := range h.Messages[0].Deliveries[:2] {
		if diff := cmp.Diff(began[i:i+1], d.Recalls); diff != "" {
			t.Error(diff)
		}
	}
	if d := h.Messages[0].Deliveries[2]; len(d.Recalls) != 0 || !d.Resent.Equal(now.Add(-time.Minute)) {
		t.Errorf("the unknown one: %+v", d)
	}
	if err := s.EndRecalls(t.Context(), began); err == nil {
		t.Error("what has ended was ended again")
	}
	if err := s.EndRecalls(t.Context(), []chat.Recall{{ID: began[0].ID}}); err == nil {
		t.Error("it ended without a result")
	}
}

func TestWhatCannotBeRecalled(t *testing.T) {
	s, hand := newStore(t)
	e, deliveries := sentOnce(t, s, hand.now())
	if _, err := s.SentDelivery(t.Context(), deliveries[2].ID); !errors.Is(err, ErrNotNow) {
		t.Errorf("an unknown one: %v", err)
	}
	if _, err := s.SentDelivery(t.Context(), 99); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such delivery: %v", err)
	}
	if _, err := s.SentOf(t.Context(), e+1); !errors.Is(err, ErrNotFound) {
		t.Errorf("no such event: %v", err)
	}
	accept(t, s, arrival("", "@TGS#1"))
	if list, err := s.SentOf(t.Context(), e+1); err != nil || len(list) != 0 {
		t.Errorf("of an event that said nothing: %v, %v", list, err)
	}
}

func TestAStoreOfTheFirstVersionCanRecall(t *testing.T) {
	s := openAt(t, first(t), nil)
	h, err := s.History(t.Context(), 1)
	must(t, err)
	if d := h.Messages[0].Deliveries[0]; !d.Resent.IsZero() || len(d.Recalls) != 0 || d.Random != 7 {
		t.Errorf("it holds %+v", d)
	}
	list, err := s.BeginRecalls(t.Context(), []chat.Recallable{{Delivery: 1, MsgSeq: 3}}, ann)
	must(t, err)
	if len(list) != 1 || list[0].ID == 0 {
		t.Errorf("it began %+v", list)
	}
}
