package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/fail"
)

// held is something that a member wrote and nobody else is to see.
func held(key string, groups ...chat.GroupID) chat.Arrival {
	a := arrival(key, groups...)
	a.Kind, a.Text, a.Received = chat.Typed, "B", "Your answer has arrived."
	return a
}

// slowly lets the clock move by so much whenever a commit that stores something ends.
func slowly(t *testing.T, clock *hand, by time.Duration) (stop func()) {
	t.Helper()
	stop = fail.Watch(func(p fail.Point) {
		if p == fail.Committed {
			clock.move(by)
		}
	})
	t.Cleanup(stop)
	return stop
}

// acceptLate accepts something that is on disk too late, and returns the receipt by
// which it was.
func acceptLate(t testing.TB, s *Store, clock *hand, a chat.Arrival) chat.Receipt {
	t.Helper()
	all, err := comingOf([]chat.Arrival{a})
	must(t, err)
	var receipts []chat.Receipt
	by := clock.now().Add(time.Second)
	err = s.ask(t.Context(), &call{list: []chat.Arrival{a}, by: by, run: func(q *tx) error {
		var err error
		receipts, err = s.acceptBy(q, all, by, s.now())
		clock.move(3 * time.Second)
		return err
	}})
	if !errors.Is(err, ErrLate) {
		t.Fatalf("late: %v", err)
	}
	return receipts[0]
}

func TestWhatIsOnDiskInTimeIsThereWithWhatItsSenderIsTold(t *testing.T) {
	s, clock := newStore(t)
	by := clock.now().Add(time.Second)
	list, err := s.AcceptBy(t.Context(), []chat.Arrival{held("a", "g"), held("b", "g")}, by)
	must(t, err)
	if len(list) != 2 || len(list[0].Events) != 1 || list[0].Repeated || list[0].Voided {
		t.Fatalf("%+v", list)
	}
	clock.move(time.Hour)
	again, err := s.AcceptBy(t.Context(), []chat.Arrival{held("a", "g"), held("b", "g")}, by)
	must(t, err) // its sender was told that it arrived, and is told so again
	if !again[0].Repeated || again[0].Voided || again[0].ID != list[0].ID || again[1].Events[0] != list[1].Events[0] {
		t.Errorf("a repeat: %+v", again)
	}
	for _, r := range list {
		h, err := s.History(t.Context(), r.Events[0])
		must(t, err)
		if len(h.Messages) != 1 || h.Event.Text != "B" {
			t.Fatalf("it came to %+v", h)
		}
		if m := h.Messages[0]; m.Message.Text != "Your answer has arrived." || !cmp.Equal(m.To, chat.Users("minji")) || m.Sender != "minji" || m.Status != chat.Ready {
			t.Errorf("its sender is told %+v", m)
		}
	}
	if got := handed(t, s); got != "e1 m1" {
		t.Errorf("handed out: %s", got)
	}
}

func TestWhatIsTooLateIsVoidedBeforeAnybodyHasIt(t *testing.T) {
	for _, handing := range []bool{false, true} {
		t.Run(fmt.Sprintf("handed on: %t", handing), func(t *testing.T) {
			s, clock := newStore(t)
			e, m := &places[chat.EventWork]{free: 2}, &places[chat.MessageWork]{free: 2}
			if handing {
				s.HandOn(e, time.Minute, m, time.Minute)
			}
			stop := slowly(t, clock, 2*time.Second)
			_, err := s.AcceptBy(t.Context(), []chat.Arrival{held("a", "g", "h")}, clock.now().Add(time.Second))
			stop()
			if !errors.Is(err, ErrLate) {
				t.Fatalf("got %v", err)
			}
			if len(e.got)+len(m.got) != 0 || handing && (e.free != 2 || m.free != 2) {
				t.Errorf("handed on: %+v, %+v", e, m)
			}
			if got := handed(t, s); got != "" {
				t.Errorf("handed out: %s", got)
			}
			for _, id := range []chat.EventID{1, 2} {
				h, err := s.History(t.Context(), id)
				must(t, err)
				if h.Event.Status != chat.Done || h.Event.Outcome != chat.Voided || h.Event.Attempts != 0 || !strings.Contains(h.Event.Reason, "1s too late") || h.Event.Ended.IsZero() {
					t.Errorf("it is %+v", h.Event)
				}
				if m := h.Messages[0]; m.Status != chat.Done || m.Outcome != chat.Voided || m.Reason != h.Event.Reason {
					t.Errorf("what its sender was to be told is %+v", m)
				}
			}
			// The lanes are as if it had never been there.
			accept(t, s, arrival("", "g"))
			if handing {
				if got := e.take(t); got.Event.ID != 3 {
					t.Errorf("handed on: %+v", got)
				}
			} else if got := handed(t, s); got != "e3" {
				t.Errorf("handed out: %s", got)
			}
		})
	}
}

func TestARepeatOfWhatWasVoided(t *testing.T) {
	s, clock := newStore(t)
	first := acceptLate(t, s, clock, held("a", "g"))
	by := clock.now().Add(time.Hour)
	t.Run("is told to write it again, and nothing of it is stored", func(t *testing.T) {
		list, err := s.AcceptBy(t.Context(), []chat.Arrival{held("new", "g"), held("a", "g")}, by)
		must(t, err)
		if !list[0].Voided || !list[1].Voided || list[1].Events[0] != first.Events[0] || list[1].ID != first.ID || len(list[0].Events) != 0 {
			t.Errorf("%+v", list)
		}
		if r := accept(t, s, held("a", "g")); !r.Voided || !r.Repeated || r.Events[0] != first.Events[0] {
			t.Errorf("without a time: %+v", r)
		}
		if got := handed(t, s); got != "" {
			t.Errorf("handed out: %s", got)
		}
	})
	t.Run("also when the event is gone", func(t *testing.T) {
		clock.move(time.Hour)
		if sum := retire(t, s, Retention{Done: clock.now()}); sum.Events != 1 || sum.Messages != 1 {
			t.Fatalf("deleted %+v", sum)
		}
		if r := accept(t, s, held("a", "g")); !r.Voided {
			t.Errorf("%+v", r)
		}
	})
	t.Run("revives it, if nobody was told", func(t *testing.T) {
		a := held("a", "g")
		a.Revive = true
		r := accept(t, s, a)
		if r.Repeated || r.Voided || r.Events[0] == first.Events[0] {
			t.Errorf("%+v", r)
		}
		if again := accept(t, s, a); !again.Repeated || again.Voided || again.Events[0] != r.Events[0] {
			t.Errorf("and again: %+v", again)
		}
		if got := handed(t, s); got != "e2 m2" {
			t.Errorf("handed out: %s", got)
		}
	})
}

func TestWhatIsTooLateBeforeItIsStoredIsNotStored(t *testing.T) {
	s, clock := newStore(t)
	_, err := s.AcceptBy(t.Context(), []chat.Arrival{held("a", "g")}, clock.now().Add(-time.Millisecond))
	if !errors.Is(err, ErrLate) {
		t.Errorf("got %v", err)
	}
	if n, err := s.CountEvents(t.Context(), Filter{}); err != nil || n != 0 {
		t.Errorf("%d are stored (%v)", n, err)
	}
	if r := accept(t, s, held("a", "g")); r.Repeated {
		t.Errorf("its key was kept: %+v", r)
	}
}

// Those who share a commit with what is too late keep what they stored, and whoever
// would have seen it comes after it.
func TestNeighboursOfWhatIsTooLate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	synctest.Test(t, func(t *testing.T) {
		clock := newHand()
		s, err := Open(context.Background(), Options{URL: "sqlite:" + path, Clock: clock.now})
		must(t, err)
		defer func() { must(t, s.Close()) }()
		by := func(d time.Duration) time.Time { return clock.now().Add(d) }
		got := map[string]chan error{}
		var work []chat.EventWork
		var said []chat.MessageWork
		var repeat, plain chat.Receipt
		commits := s.writer.commits.Load()
		busy(t, s, func() {
			inOrder := func(name string, f func() error) {
				told := make(chan error, 1)
				got[name] = told
				go func() { told <- f() }()
				synctest.Wait()
			}
			holds := func(name string, at time.Time) {
				inOrder(name, func() error {
					_, err := s.AcceptBy(context.Background(), []chat.Arrival{held(name, "g")}, at)
					return err
				})
			}
			holds("late", by(time.Second))
			inOrder("plain", func() (err error) {
				plain, err = s.Accept(context.Background(), arrival("plain", "g"))
				return err
			})
			inOrder("takes", func() (err error) {
				work, _, err = s.TakeEvents(context.Background(), 9, time.Minute)
				return err
			})
			inOrder("repeat", func() (err error) {
				a := held("late", "g")
				a.Revive = true
				repeat, err = s.Accept(context.Background(), a)
				return err
			})
			inOrder("takes messages", func() (err error) {
				said, _, err = s.TakeMessages(context.Background(), 9, time.Minute)
				return err
			})
			holds("in time", by(time.Hour))
			holds("late, too", by(time.Second))
			inOrder("slow", func() error {
				return s.tx(context.Background(), func(*tx) error { clock.move(2 * time.Second); return nil })
			})
		})
		for name, told := range got {
			err := <-told
			if late := strings.HasPrefix(name, "late"); late != errors.Is(err, ErrLate) || !late && err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(got) != 8 {
			t.Errorf("%d of 8 have an answer", len(got))
		}
		if len(work) != 1 || work[0].Event.ID != plain.Events[0] {
			t.Errorf("taken: %+v", work)
		}
		if len(said) != 1 || said[0].Message.Event == 1 {
			t.Errorf("taken: %+v", said)
		}
		if repeat.Repeated || repeat.Voided {
			t.Errorf("what came with the same key was answered %+v", repeat)
		}
		if n := s.writer.commits.Load() - commits; n != 3 {
			t.Errorf("it took %d commits: not one for those who can share it, one to void, one for those who had to wait", n)
		}
		soundLanes(t, s)
	})
}

// Voiding is a commit of its own, and may take long. Whoever waits for an answer that is
// of use for a while only, and was in time, is told before.
func TestWhoIsInTimeDoesNotWaitForWhoIsLate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	synctest.Test(t, func(t *testing.T) {
		clock := newHand()
		s, err := Open(context.Background(), Options{URL: "sqlite:" + path, Clock: clock.now})
		must(t, err)
		defer func() { must(t, s.Close()) }()
		inTime, late := make(chan error, 1), make(chan error, 1)
		early := false
		defer fail.Watch(func(p fail.Point) {
			if p != fail.Late {
				return
			}
			select {
			case err := <-inTime:
				early = err == nil
			case <-time.After(time.Minute):
			}
		})()
		busy(t, s, func() {
			for _, c := range []struct {
				told chan error
				by   time.Time
			}{{late, clock.now().Add(time.Second)}, {inTime, clock.now().Add(time.Hour)}} {
				go func() {
					_, err := s.AcceptBy(context.Background(), []chat.Arrival{held(c.by.String(), "g")}, c.by)
					c.told <- err
				}()
				synctest.Wait()
			}
			go func() {
				_ = s.tx(context.Background(), func(*tx) error { clock.move(2 * time.Second); return nil })
			}()
			synctest.Wait()
		})
		if err := <-late; !errors.Is(err, ErrLate) {
			t.Errorf("who is late: %v", err)
		}
		if !early {
			t.Error("who was in time waited until the others were voided")
		}
	})
}

// soundLanes checks that each lane counts what is in it.
func soundLanes(t testing.TB, s *Store) {
	t.Helper()
	var n int
	must(t, s.reader.db.QueryRow(drifted).Scan(&n)) //nolint:noctx // in a bubble, where nothing is interrupted
	if n != 0 {
		t.Errorf("%d lanes do not count what is in them", n)
	}
}

// Somebody else's that came to wait behind what is voided is worked on.
func TestWhatWaitsBehindWhatIsVoided(t *testing.T) {
	s, clock := newStore(t)
	e, m := &places[chat.EventWork]{free: 2}, &places[chat.MessageWork]{free: 2}
	s.HandOn(e, time.Minute, m, time.Minute)
	all, err := comingOf([]chat.Arrival{held("a", "g")})
	must(t, err)
	other, err := comingOf([]chat.Arrival{held("b", "g")})
	must(t, err)
	by := clock.now().Add(time.Second)
	err = s.ask(t.Context(), &call{by: by, run: func(q *tx) error {
		_, err := s.acceptBy(q, all, by, s.now())
		stays := *q.undo
		_, more := s.acceptAll(q, other, s.now())
		*q.undo = stays // as if somebody else had stored it
		clock.move(time.Minute)
		return errors.Join(err, more)
	}})
	if !errors.Is(err, ErrLate) {
		t.Fatal(err)
	}
	for name, ready := range map[string]<-chan struct{}{"events": s.EventsReady(), "messages": s.MessagesReady()} {
		select {
		case <-ready:
		default:
			t.Errorf("nobody is woken for %s", name)
		}
	}
	if got := handed(t, s); got != "e2 m2" {
		t.Errorf("handed out: %s", got)
	}
	soundLanes(t, s)
}

// Who was told that a message has arrived is not told to write it again because it means
// something to one bot more.
func TestWhatComesLateForAnotherBotIsNotLate(t *testing.T) {
	s, clock := newStore(t)
	by := clock.now().Add(time.Second)
	accept(t, s, held("a", "g"))
	for name, by := range map[string]time.Time{"b": by, "c": by.Add(-time.Hour)} {
		stop := slowly(t, clock, 2*time.Second)
		list, err := s.AcceptBy(t.Context(), []chat.Arrival{held("a", "g"), held(name, "g")}, by)
		stop()
		if err != nil || !list[0].Repeated || list[1].Repeated || len(list[1].Events) != 1 {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
	}
	c, err := s.Counts(t.Context())
	if err != nil || c.Events.Ready != 3 || c.Messages.Ready != 3 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestWhatCannotBeAcceptedByATime(t *testing.T) {
	s, clock := newStore(t)
	by := clock.now().Add(time.Second)
	nobody, body := held("a", "g"), held("a", "g")
	nobody.Sender, body.Body, body.SameBody = "", "b", chat.SameBodyFlag
	for name, list := range map[string][]chat.Arrival{"nothing": nil, "told to nobody": {nobody}, "with a rule for its body": {body}} {
		if _, err := s.AcceptBy(t.Context(), list, by); err == nil || errors.Is(err, ErrLate) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.AcceptBy(t.Context(), []chat.Arrival{held("a", "g")}, time.Time{}); err == nil {
		t.Error("by no time: it was accepted")
	}
}
