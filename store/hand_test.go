package store

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

// places are hands that keep what they are given.
type places[W any] struct {
	free int
	got  []W
}

func (p *places[W]) Reserve() bool {
	if p.free == 0 {
		return false
	}
	p.free--
	return true
}
func (p *places[W]) Cancel()  { p.free++ }
func (p *places[W]) Give(w W) { p.got = append(p.got, w) }

func (p *places[W]) take(t *testing.T) W {
	t.Helper()
	if len(p.got) != 1 {
		t.Fatalf("%d were handed on: %+v", len(p.got), p.got)
	}
	w := p.got[0]
	p.got = nil
	p.free++
	return w
}

// handing is a store that hands on.
func handing(t *testing.T) (*Store, *hand, *places[chat.EventWork], *places[chat.MessageWork]) {
	s, clock := newStore(t)
	e, m := &places[chat.EventWork]{free: 2}, &places[chat.MessageWork]{free: 2}
	s.HandOn(e, time.Minute, m, time.Minute)
	return s, clock, e, m
}

func TestHandOn(t *testing.T) {
	t.Run("what is handed on is what would have been taken", func(t *testing.T) {
		s, clock, e, m := handing(t)
		accept(t, s, arrival("", "g"))
		got := e.take(t)
		if n := len(takeEvents(t, s, 9)); n != 0 {
			t.Errorf("%d were to be taken as well", n)
		}
		clock.move(time.Minute) // its lease is over
		want := takeEvents(t, s, 1)[0]
		got.Lease, got.Event.Attempts = want.Lease, 2
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("event: %s", d)
		}

		end := done(want, chat.Admins.Say("one")...)
		end.State = chat.State{"a": []byte("1")}
		must(t, s.EndEvent(t.Context(), end))
		said := m.take(t)
		clock.move(time.Minute)
		again := takeMessages(t, s, 1)[0]
		said.Lease = again.Lease
		if d := cmp.Diff(again, said); d != "" {
			t.Errorf("message: %s", d)
		}

		accept(t, s, arrival("", "g"))
		if got := e.take(t); string(got.State["a"]) != "1" {
			t.Errorf("it was handed on with the state %s", got.State)
		}
	})
	t.Run("only what is alone in its lane, whose bot is not paused, and for which there is a place", func(t *testing.T) {
		s, _, e, m := handing(t)
		accept(t, s, arrival("", "g"))
		accept(t, s, arrival("", "g"))
		w := e.take(t)
		must(t, s.EndEvent(t.Context(), done(w, append(chat.Admins.Say("one"), chat.Admins.Say("two")...)...)))
		if got := m.take(t); got.Message.Message.Text != "one" {
			t.Errorf("handed on: %+v", got)
		}
		if n := len(takeMessages(t, s, 9)); n != 0 {
			t.Errorf("%d were to be taken although the first is in hand", n)
		}
		brake(t, s, "quiz")
		accept(t, s, arrival("", "paused"))
		e.free = 0
		accept(t, s, from("notice", "no place"))
		if len(e.got) != 0 {
			t.Errorf("handed on: %+v", e.got)
		}
		if w := takeEvents(t, s, 9); len(w) != 1 || w[0].Event.Group != "no place" {
			t.Errorf("taken: %+v", w)
		}
	})
	t.Run("what cannot be stored is not handed on, and its place is free again", func(t *testing.T) {
		s, _, e, _ := handing(t)
		accept(t, s, arrival("", "g"))
		w := e.take(t)
		must(t, s.tx(t.Context(), func(q *tx) error { _, err := q.exec(`PRAGMA query_only = 1`); return err }))
		if _, err := s.Accept(t.Context(), arrival("", "other")); err == nil {
			t.Error("it was accepted")
		}
		if err := s.EndEvent(t.Context(), done(w, chat.Admins.Say("x")...)); err == nil {
			t.Error("it was stored")
		}
		if len(e.got) != 0 || e.free != 2 {
			t.Errorf("handed on: %+v, with %d places left", e.got, e.free)
		}
	})
}

// What is handed on before its commit has no lease when that fails, and what it
// is about is not there: nothing can be done with it.
func TestHandedOnTooEarly(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Store) {
		m := &places[chat.MessageWork]{free: 2}
		s.HandOn(&places[chat.EventWork]{}, time.Minute, m, time.Minute)
		accept(t, s, arrival("", "g"))
		w := takeEvents(t, s, 1)[0]
		ended, failed := make(chan error, 1), make(chan error, 1)
		busy(t, s, func() {
			go func() { ended <- s.EndEvent(context.Background(), done(w, chat.Admins.Say("x")...)) }()
			synctest.Wait()
			go func() {
				failed <- s.tx(context.Background(), func(q *tx) error {
					_, err := q.exec(`INSERT INTO budget (name, next_at) VALUES ('x', 1)`)
					return errors.Join(err, errors.New("mine"))
				})
			}()
		})
		must(t, <-ended)
		if err := <-failed; err == nil {
			t.Error("nothing failed")
		}
		early := m.take(t)
		real := takeMessages(t, s, 1)[0] // it came to wait in its lane
		if real.Message.ID != early.Message.ID || real.Lease.Take == early.Lease.Take {
			t.Fatalf("handed on %+v, then taken %+v", early, real)
		}
		d := started(chat.Delivery{Message: early.Message.ID, Part: 1, Recipients: people(t, "boss"), Status: chat.Ready}, s.now())
		for lease, want := range map[chat.Lease]error{early.Lease: chat.ErrLeaseLost, real.Lease: nil} {
			_, err := s.Begin(context.Background(), chat.Begin{Lease: lease, Message: early.Message.ID, Deliveries: []chat.Delivery{d},
				Resolved: &chat.Resolved{Ceiling: chat.Everyone, Membership: staff}})
			if !errors.Is(err, want) {
				t.Errorf("under %+v: %v", lease, err)
			}
		}
	})
}
