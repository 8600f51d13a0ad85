package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// tables counts the rows of every table that an event has something in.
func tables(t testing.TB, s *Store) string {
	t.Helper()
	text := ""
	must(t, s.reader.view(t.Context(), func(v view) error {
		for _, name := range []string{"event", "message", "delivery", "attempt", "recall", "act", "snapshot", "seen"} {
			var n int
			if err := v.one(`SELECT COUNT(*) FROM ` + name).Scan(&n); err != nil {
				return err
			}
			text += fmt.Sprintf("%s %d ", name, n)
		}
		return nil
	}))
	return text
}

func retire(t testing.TB, s *Store, r Retention) Retired {
	t.Helper()
	sealAll(t, s)
	sum, err := s.Retire(t.Context(), r)
	must(t, err)
	return sum
}

// whole takes an event all the way to its members.
func whole(t testing.TB, s *Store, h *hand, key string, g chat.GroupID) {
	t.Helper()
	must(t, line(t.Context(), s, h.now, arrival(key, g), people(t, "boss")))
}

func TestWhatIsOverGoesWithAllThatCameOfIt(t *testing.T) {
	s, h := newStore(t)
	whole(t, s, h, "old", "@TGS#1")
	first := accept(t, s, arrival("old", "@TGS#1"))
	recalls, err := s.BeginRecalls(t.Context(), []chat.Recallable{{Delivery: 1, MsgSeq: 1}}, ann)
	must(t, err)
	recalls[0].Result = "done"
	must(t, s.EndRecalls(t.Context(), recalls))
	_, err = s.ReplayEvent(t.Context(), 1, ann)
	must(t, err)
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
	h.move(time.Hour)
	limit := h.now()
	if sum := retire(t, s, Retention{Done: limit.Add(-2 * time.Hour)}); sum != (Retired{}) {
		t.Errorf("of what is too young it deleted %+v", sum)
	}
	whole(t, s, h, "young", "@TGS#1")
	sum := retire(t, s, Retention{Done: limit, Dead: limit})
	if sum.Events != 2 || sum.Messages != 1 || sum.Deliveries != 1 || sum.Attempts != 1 {
		t.Errorf("it deleted %+v", sum)
	}
	if got := tables(t, s); got != "event 1 message 1 delivery 1 attempt 1 recall 0 act 0 snapshot 1 seen 2 " {
		t.Errorf("left: %s", got)
	}
	t.Run("a repeat of it is answered as the first time", func(t *testing.T) {
		r := accept(t, s, arrival("old", "@TGS#1"))
		if !r.Repeated || r.ID != first.ID || !slices.Equal(r.Events, first.Events) || first.Events[0] != 1 {
			t.Errorf("%+v, and first %+v", r, first)
		}
	})
	t.Run("a reading that nothing needs any more goes too", func(t *testing.T) {
		h.move(time.Hour)
		if sum := retire(t, s, Retention{Done: h.now()}); sum.Snapshots != 1 {
			t.Errorf("it deleted %+v", sum)
		}
		if got := tables(t, s); got != "event 0 message 0 delivery 0 attempt 0 recall 0 act 0 snapshot 0 seen 2 " {
			t.Errorf("left: %s", got)
		}
	})
}

func TestWhatIsNotOverStaysHoweverOld(t *testing.T) {
	end := func(s *Store, t *testing.T, status chat.Status, outcome chat.Outcome) {
		w := takeMessages(t, s, 1)[0]
		must(t, s.EndRound(t.Context(), chat.Round{Lease: w.Lease, Message: w.Message.ID, End: &chat.MessageEnd{Status: status, Outcome: outcome}}))
	}
	for _, c := range []struct {
		name string
		do   func(*Store, *testing.T)
		gone bool
	}{
		{"an event that is ready", func(*Store, *testing.T) {}, false},
		{"an event that is held", func(s *Store, t *testing.T) {
			w := takeEvents(t, s, 1)[0]
			must(t, s.EndEvent(t.Context(), chat.EventEnd{Lease: w.Lease, Event: w.Event.ID, Status: chat.Held, Outcome: chat.Refused}))
		}, false},
		{"a message that is ready", func(s *Store, t *testing.T) {
			must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Admins.Say("x")...)))
		}, false},
		{"a message that is held", func(s *Store, t *testing.T) {
			must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Admins.Say("x")...)))
			end(s, t, chat.Held, chat.Refused)
		}, false},
		{"one of two messages that is ready", func(s *Store, t *testing.T) {
			must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], append(chat.Admins.Say("x"), chat.Admins.Say("y")...)...)))
			end(s, t, chat.Done, chat.Nobody)
		}, false},
		{"a message that is dead", func(s *Store, t *testing.T) {
			must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Admins.Say("x")...)))
			end(s, t, chat.Dead, chat.Refused)
		}, true},
		{"an event that is dead", func(s *Store, t *testing.T) {
			w := takeEvents(t, s, 1)[0]
			must(t, s.EndEvent(t.Context(), chat.EventEnd{Lease: w.Lease, Event: w.Event.ID, Status: chat.Dead, Outcome: chat.Failed}))
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, h := newStore(t)
			accept(t, s, arrival("k", "@TGS#1"))
			c.do(s, t)
			h.move(1000 * time.Hour)
			if sum := retire(t, s, Retention{Done: h.now(), MaxSize: 1}); sum.Events != 0 {
				t.Errorf("before it is time for the dead: %+v", sum)
			} else if sum.Over == 0 {
				t.Error("that it is too large is not told")
			}
			if sum := retire(t, s, Retention{Done: h.now(), Dead: h.now()}); (sum.Events == 1) != c.gone {
				t.Errorf("deleted %+v", sum)
			}
		})
	}
}

func TestAStoreThatIsTooLargeLosesTheOldestFirst(t *testing.T) {
	s, h := newStore(t)
	for i := range 400 {
		a := arrival(fmt.Sprint(i), "@TGS#1")
		a.Payload = []byte(`{"text":"` + strings.Repeat("x", 2000) + `"}`)
		accept(t, s, a)
		must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
		h.move(time.Second)
	}
	before, err := s.space(t.Context())
	must(t, err)
	limit := before.bytes() / 2
	sum := retire(t, s, Retention{MaxSize: limit})
	after, err := s.space(t.Context())
	must(t, err)
	if after.bytes() > limit || after.bytes() < limit/2 || sum.Over != 0 {
		t.Errorf("%d bytes of %d are left, of which %d may be: %+v", after.bytes(), before.bytes(), limit, sum)
	}
	if sum.Pages == 0 || after.free*keepFree > after.free+after.used {
		t.Errorf("%d pages were given back and %d are free", sum.Pages, after.free)
	}
	list, _, err := s.Events(t.Context(), Filter{Limit: 500})
	must(t, err)
	if n := 400 - sum.Events; len(list) != n || list[0].ID != 400 || list[n-1].ID != chat.EventID(sum.Events+1) {
		t.Errorf("%d were deleted, and %d from %s to %s are left", sum.Events, len(list), list[0].ID, list[len(list)-1].ID)
	}
}

func TestIdleLanesAndBudgetsGo(t *testing.T) {
	s, h := newStore(t)
	whole(t, s, h, "a", "@TGS#1")
	whole(t, s, h, "b", "@TGS#2")
	accept(t, s, arrival("c", "@TGS#2"))
	if sum := retire(t, s, Retention{}); sum.Lanes+sum.Budgets != 0 {
		t.Errorf("at once: %+v", sum)
	}
	h.move(idleFor + time.Hour)
	sum := retire(t, s, Retention{})
	if sum.Lanes != 3 || sum.Budgets != 2 {
		t.Errorf("deleted %+v; three of four lanes are empty, and the newest of three budgets stays", sum)
	}
	t.Run("and what comes later makes them anew", func(t *testing.T) {
		accept(t, s, arrival("d", "@TGS#1"))
		if got := handed(t, s); len(got) != len("e3 e4") || !strings.Contains(got, "e3") || !strings.Contains(got, "e4") {
			t.Errorf("handed out: %s", got)
		}
	})
}

func TestALaneThatCameBackDoesNotHeedALeaseOfBefore(t *testing.T) {
	s, h := newStore(t)
	accept(t, s, arrival("a", "@TGS#1"))
	w := takeEvents(t, s, 1)[0]
	must(t, s.EndEvent(t.Context(), done(w)))
	h.move(idleFor + time.Hour)
	if sum := retire(t, s, Retention{}); sum.Lanes != 1 {
		t.Fatalf("deleted %+v", sum)
	}
	accept(t, s, arrival("b", "@TGS#1"))
	if again := takeEvents(t, s, 1)[0]; again.Lease.Take <= w.Lease.Take {
		t.Errorf("take is %d, and was %d", again.Lease.Take, w.Lease.Take)
	}
}

func TestAcceptHardlyWaitsForWhatIsDeleted(t *testing.T) {
	s := openUnwatched(t, filepath.Join(t.TempDir(), "botd.db"), nil)
	ended(t, s, 3000)
	quiet := waitsOf(t, s, "quiet", nil)
	stop := make(chan struct{})
	var sum Retired
	busy := waitsOf(t, s, "busy", func() {
		defer close(stop)
		sum = retire(t, s, Retention{Done: time.Now().Add(-time.Nanosecond)})
	})
	<-stop
	if sum.Events < 3000 {
		t.Errorf("deleted %+v", sum)
	}
	t.Logf("accept waits %v while nothing is deleted and %v meanwhile (middle; longest %v and %v); deleted %+v",
		middle(quiet), middle(busy), quiet[len(quiet)-1], busy[len(busy)-1], sum)
	if m := middle(busy); m > 100*time.Millisecond {
		t.Errorf("accept waited for %v in the middle", m)
	}
}

func middle(list []time.Duration) time.Duration { return list[len(list)/2] }

// waitsOf accepts one after the other until beside has ended, or a hundred times,
// and returns how long each took, sorted.
func waitsOf(t *testing.T, s *Store, name string, beside func()) []time.Duration {
	t.Helper()
	over := make(chan struct{})
	var running sync.WaitGroup
	if beside != nil {
		running.Go(func() { defer close(over); beside() })
	}
	var list []time.Duration
	for i := 0; ; i++ {
		began := time.Now()
		accept(t, s, arrival(fmt.Sprintf("%s %d", name, i), "@TGS#9"))
		list = append(list, time.Since(began))
		select {
		case <-over:
		default:
			if beside != nil || i < 100 {
				continue
			}
		}
		running.Wait()
		slices.Sort(list)
		return list
	}
}

// ended stores events with a message each that are all over.
func ended(t testing.TB, s *Store, n int) {
	t.Helper()
	must(t, s.tx(t.Context(), func(q *tx) error {
		for i := 1; i <= n; i++ {
			for _, text := range []string{
				fmt.Sprintf(`INSERT INTO event (id, receipt, app, bot, trigger_name, kind, group_id, sender, lane, time, accepted, status, outcome, reason, attempts, due_at, ended, payload)
				VALUES (%[1]d, 'r%[1]d', 'main', 'quiz', 'answers', 'webhook', '@TGS#1', 'minji', 'e/quiz/@TGS#1', 1, %[1]d, 'done', 'handled', '', 1, 1, %[1]d, '{}')`, i),
				fmt.Sprintf(`INSERT INTO message (id, event_id, app, bot, group_id, sender, lane, body, created, status, outcome, reason, ended, ceiling, snapshot, read_at)
				VALUES (%[1]d, %[1]d, 'main', 'quiz', '@TGS#1', 'minji', 'm/main/@TGS#1/normal', '{"to":{"roles":["owner"]},"text":"x"}', 2, 'done', 'sent', '', 3, '', '', 0)`, i),
				fmt.Sprintf(`INSERT INTO delivery (id, message_id, part, recipients, lost, random, series, digest, attempts, due_at, status, outcome, reason, msg_seq, ended)
				VALUES (%[1]d, %[1]d, 1, '["boss"]', '', 7, 2, 'd', 1, 0, 'done', 'sent', '', 0, 3)`, i),
				fmt.Sprintf(`INSERT INTO attempt (delivery_id, n, random, people, began, ended, result, code, error) VALUES (%d, 1, 7, 1, 2, 3, 'sent', 0, '')`, i),
			} {
				if err := once(q, text); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// once runs a statement that is not worth keeping.
func once(q *tx, text string) error {
	stmt, _, err := q.conn.PrepareTransient(text)
	if err != nil {
		return err
	}
	_, err = stmt.Step()
	return errors.Join(err, stmt.Finalize())
}
