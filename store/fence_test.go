package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

// dump is all that is stored.
func dump(t *testing.T, s *Store) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	must(t, s.reader.view(t.Context(), func(v view) error {
		for table, columns := range map[string]string{
			"event": "id, status, outcome, reason, attempts, due_at, ended", "message": "id, status, outcome, snapshot, ceiling",
			"delivery": "id, status, attempts, random, series, digest, recipients", "attempt": "delivery_id, n, result, ended",
			"lane": "name, n, due_at, take, leased", "budget": "name, next_at", "state": "bot, data", "snapshot": "hash",
		} {
			text := "SELECT " + strings.ReplaceAll(columns, ", ", " || ' ' || ") + " FROM " + table
			err := v.each(func(row scanner) error {
				var line string
				err := row.Scan(&line)
				all[table] = append(all[table], line)
				return err
			}, text)
			if err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
		return nil
	}))
	return all
}

// late runs what somebody does whose lease is over and passed on; it must
// change nothing.
func late(t *testing.T, s *Store, what string, f func() error) {
	t.Helper()
	before := dump(t, s)
	if err := f(); !errors.Is(err, chat.ErrLeaseLost) {
		t.Errorf("%s: %v", what, err)
	}
	if diff := cmp.Diff(before, dump(t, s)); diff != "" {
		t.Errorf("%s changed: %s", what, diff)
	}
}

func TestTooLate(t *testing.T) {
	s, clock := newStore(t)
	accept(t, s, arrival("", "g"))
	slow := takeEvents(t, s, 1)[0]
	clock.move(time.Minute)
	quick := takeEvents(t, s, 1)[0]
	if quick.Lease.Take <= slow.Lease.Take || quick.Event.Attempts != 2 {
		t.Fatalf("taken again: %+v", quick)
	}
	end := done(slow, chat.Admins.Say("twice?")...)
	end.State = chat.State{"a": []byte(`1`)}
	late(t, s, "EndEvent", func() error { return s.EndEvent(t.Context(), end) })
	must(t, s.EndEvent(t.Context(), done(quick, chat.Admins.Say("once")...)))
	late(t, s, "EndEvent a second time", func() error { return s.EndEvent(t.Context(), done(quick, chat.Admins.Say("once")...)) })

	old := takeMessages(t, s, 1)[0]
	clock.move(time.Minute)
	young := takeMessages(t, s, 1)[0]
	to := []chat.Recipients{people(t, "boss")}
	fresh := started(chat.Delivery{Message: old.Message.ID, Part: 1, Recipients: to[0], Status: chat.Ready}, clock.now())
	late(t, s, "Begin of a message whose turn has just come", func() error {
		_, err := s.Begin(t.Context(), chat.Begin{Lease: old.Lease, Message: old.Message.ID, Deliveries: []chat.Delivery{fresh},
			Resolved: &chat.Resolved{Ceiling: chat.Everyone, Membership: staff}})
		return err
	})
	d := resolve(t, s, young, to...)
	d[0] = started(d[0], clock.now())
	begin := chat.Begin{Lease: old.Lease, Message: old.Message.ID, Deliveries: d, Budgets: []chat.Budget{{Name: "app", PerSecond: 1}}}
	late(t, s, "Begin", func() error {
		_, err := s.Begin(t.Context(), begin)
		return err
	})
	begin.Lease = young.Lease
	_, err := s.Begin(t.Context(), begin)
	must(t, err)
	late(t, s, "EndRound", func() error { return s.EndRound(t.Context(), sent(old, d[0], clock.now())) })
	must(t, s.EndRound(t.Context(), sent(young, d[0], clock.now())))
	late(t, s, "EndRound a second time", func() error { return s.EndRound(t.Context(), sent(young, d[0], clock.now())) })
}

// A lease that ran out and that nobody took meanwhile is still good: nobody
// else can have done the work.
func TestLateButAlone(t *testing.T) {
	s, clock := newStore(t)
	accept(t, s, arrival("", "g"))
	w := takeEvents(t, s, 1)[0]
	clock.move(time.Hour)
	must(t, s.EndEvent(t.Context(), done(w)))
}

// What cannot be right is an error, and nothing of it is stored.
func TestWrongEndings(t *testing.T) {
	s, clock := newStore(t)
	accept(t, s, arrival("", "g"))
	accept(t, s, arrival("", "other"))
	ev := takeEvents(t, s, 2)
	must(t, s.EndEvent(t.Context(), done(ev[1], chat.Admins.Say("x")...)))
	work := takeMessages(t, s, 1)[0]
	d := resolve(t, s, work, people(t, "boss"))
	begun := started(d[0], clock.now())
	change := func(f func(*chat.Delivery)) []chat.Delivery {
		x := begun
		f(&x)
		return []chat.Delivery{x}
	}
	begin := func(d []chat.Delivery, b ...chat.Budget) func() error {
		return func() error {
			_, err := s.Begin(t.Context(), chat.Begin{Lease: work.Lease, Message: work.Message.ID, Deliveries: d, Budgets: b})
			return err
		}
	}
	for _, tt := range []struct {
		name, says string
		do         func() error
	}{
		{"no status", "does not bring an event", func() error { return s.EndEvent(t.Context(), chat.EventEnd{Lease: ev[0].Lease, Event: ev[0].Event.ID}) }},
		{"messages of an event that is tried again", "stored with status done only", func() error {
			end := done(ev[0], chat.Admins.Say("x")...)
			end.Status = chat.Ready
			return s.EndEvent(t.Context(), end)
		}},
		{"an event of another lane", "not a ready event of lane", func() error {
			return s.EndEvent(t.Context(), chat.EventEnd{Lease: ev[0].Lease, Event: ev[1].Event.ID, Status: chat.Done, Outcome: chat.Handled})
		}},
		{"resolved a second time", "resolved before", func() error {
			_, err := resolved(t.Context(), s, work)
			return err
		}},
		{"resolved a second time, and begun", "resolved before", func() error {
			_, err := s.Begin(t.Context(), chat.Begin{Lease: work.Lease, Message: work.Message.ID, Deliveries: []chat.Delivery{begun},
				Resolved: &chat.Resolved{Ceiling: chat.Everyone, Membership: staff}})
			return err
		}},
		{"new parts without what they were held against", "new only with", func() error {
			_, err := s.Begin(t.Context(), chat.Begin{Lease: work.Lease, Message: work.Message.ID, Deliveries: []chat.Delivery{begun}, Rest: d})
			return err
		}},
		{"a part that names nobody", "names nobody", func() error {
			return s.EndRound(t.Context(), chat.Round{Lease: work.Lease, Message: work.Message.ID, Deliveries: []chat.Delivery{{}},
				Resolved: &chat.Resolved{Membership: staff}, End: &chat.MessageEnd{Status: chat.Done}})
		}},
		{"nothing begun", "nothing to begin", begin(nil)},
		{"a beginning without recipients", "names nobody", begin(change(func(d *chat.Delivery) { d.Recipients = chat.Recipients{} }))},
		{"a beginning without Random", "needs a Random", begin(change(func(d *chat.Delivery) { d.Random = 0 }))},
		{"a beginning without digest", "digest", begin(change(func(d *chat.Delivery) { d.Digest = "" }))},
		{"an attempt left out", "does not follow its last", begin(change(func(d *chat.Delivery) { d.Attempts = 2 }))},
		{"a delivery that is not there", "not a ready delivery", begin(change(func(d *chat.Delivery) { d.ID = 99 }))},
		{"a budget of nothing", "allows no call per second", begin([]chat.Delivery{begun}, chat.Budget{Name: "app"})},
		{"an end that is none", "does not bring a message from", func() error {
			return s.EndRound(t.Context(), chat.Round{Lease: work.Lease, Message: work.Message.ID, End: &chat.MessageEnd{Status: chat.Ready}})
		}},
		{"an attempt that was not begun", "not begun", func() error { return s.EndRound(t.Context(), sent(work, begun, clock.now())) }},
		{"another message's delivery", "no ready delivery of message", func() error {
			r := sent(work, begun, clock.now())
			r.Attempts, r.Message = nil, 77
			return s.EndRound(t.Context(), r)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := dump(t, s)
			if err := tt.do(); err == nil || !strings.Contains(err.Error(), tt.says) || errors.Is(err, chat.ErrLeaseLost) {
				t.Errorf("got %v, not %q", err, tt.says)
			}
			if diff := cmp.Diff(before, dump(t, s)); diff != "" {
				t.Errorf("it changed: %s", diff)
			}
		})
	}
}
