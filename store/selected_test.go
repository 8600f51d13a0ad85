package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

func TestLettersAreSelected(t *testing.T) {
	s, clock := newStore(t)
	begin := clock.now()
	for i, why := range []string{"no ROOM left", "100% full"} {
		a := arrival("", "@TGS#1")
		a.Trigger = chat.TriggerName(fmt.Sprint("t", i))
		accept(t, s, a)
		w := takeEvents(t, s, 1)[0]
		must(t, s.EndEvent(t.Context(), chat.EventEnd{Lease: w.Lease, Event: w.Event.ID, Status: []chat.Status{chat.Dead, chat.Held}[i], Outcome: chat.Refused, Reason: why}))
		clock.move(time.Hour)
	}
	letter(t, s, clock.now(), refused)
	for _, c := range []struct {
		name string
		f    Letters
		want string
	}{
		{"all", Letters{}, "e2 e1 m1"},
		{"the oldest first", Letters{OldestFirst: true}, "e1 e2 m1"},
		{"after one of them", Letters{OldestFirst: true, Before: "e1"}, "e2 m1"},
		{"after the last event", Letters{OldestFirst: true, Before: "e2"}, "m1"},
		{"after all", Letters{OldestFirst: true, Before: "m1"}, ""},
		{"by trigger", Letters{Trigger: "t1"}, "e2"},
		{"by the trigger of its event", Letters{Trigger: "answers"}, "m1"},
		{"by part of the reason", Letters{Reason: "room"}, "e1"},
		{"what looks like a pattern is none", Letters{Reason: "0% f"}, "e2"},
		{"nor does it match as one", Letters{Reason: "n%left"}, ""},
		{"held", Letters{Status: chat.Held}, "e2"},
		{"since", Letters{Since: begin.Add(time.Minute)}, "e2 m1"},
		{"until", Letters{Until: begin.Add(time.Minute)}, "e1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, _, err := s.Letters(t.Context(), c.f)
			must(t, err)
			var ids []string
			for _, x := range list {
				ids = append(ids, x.ID)
			}
			if got := strings.Join(ids, " "); got != c.want {
				t.Errorf("selected %q, want %q", got, c.want)
			}
			if c.f.Before != "" {
				return
			}
			if e, m, err := s.CountLetters(t.Context(), c.f); err != nil || e+m != len(list) || m != strings.Count(c.want, "m") {
				t.Errorf("counted %d events and %d messages, %v; listed %v", e, m, err, ids)
			}
		})
	}
	if _, _, err := s.CountLetters(t.Context(), Letters{Kind: "delivery"}); err == nil {
		t.Error("what there is not was counted")
	}
}

func TestEventsAreSelected(t *testing.T) {
	s, clock := newStore(t)
	for i := range 3 {
		a := arrival("", "@TGS#1")
		a.Trigger = chat.TriggerName(fmt.Sprint("t", i))
		accept(t, s, a)
		clock.move(time.Hour)
	}
	for range 2 {
		w := takeEvents(t, s, 1)[0]
		must(t, s.EndEvent(t.Context(), chat.EventEnd{Lease: w.Lease, Event: w.Event.ID, Status: chat.Done, Outcome: chat.Refused, Reason: "not a member"}))
	}
	if _, err := s.ReplayEvent(t.Context(), 1, ann); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		f    Filter
		want string
	}{
		{"all", Filter{}, "e4 e3 e2 e1"},
		{"the oldest first", Filter{OldestFirst: true}, "e1 e2 e3 e4"},
		{"after one of them", Filter{OldestFirst: true, Before: 2}, "e3 e4"},
		{"what has ended", Filter{Ended: true, OldestFirst: true}, "e1 e2"},
		{"without what was made of another", Filter{Firsts: true}, "e3 e2 e1"},
		{"by trigger", Filter{Trigger: "t0"}, "e4 e1"},
		{"by outcome", Filter{Outcome: chat.Refused}, "e2 e1"},
		{"by part of the reason", Filter{Reason: "MEMBER"}, "e2 e1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, _, err := s.Events(t.Context(), c.f)
			must(t, err)
			var ids []string
			for _, x := range list {
				ids = append(ids, x.ID.String())
			}
			if got := strings.Join(ids, " "); got != c.want {
				t.Errorf("selected %q, want %q", got, c.want)
			}
			if n, err := s.CountEvents(t.Context(), c.f); c.f.Before == 0 && (err != nil || n != len(list)) {
				t.Errorf("counted %d, %v; listed %v", n, err, ids)
			}
		})
	}
}

func TestAnEventIsHandledAgainOnce(t *testing.T) {
	s, _ := newStore(t)
	accept(t, s, arrival("", "@TGS#1"))
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
	first, err := s.ReplayEventOnce(t.Context(), 1, ann)
	must(t, err)
	if _, err := s.ReplayEventOnce(t.Context(), 1, ann); !errors.Is(err, ErrNotNow) || !strings.Contains(err.Error(), first.Events[0].String()) {
		t.Errorf("a second time: %v", err)
	}
	if got, err := s.CountEvents(t.Context(), Filter{}); err != nil || got != 2 {
		t.Errorf("there are %d events, %v", got, err)
	}
	if _, err := s.ReplayEvent(t.Context(), 1, ann); err != nil {
		t.Errorf("when it is meant: %v", err)
	}
	if _, err := s.RetryEvent(t.Context(), 1, ann); !errors.Is(err, ErrNotNow) {
		t.Errorf("one that does not wait for a person: %v", err)
	}
}
