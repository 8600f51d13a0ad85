package schedules_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/schedules"
)

func lateAfter(d time.Duration) func(*chat.ScheduleSpec) {
	return func(s *chat.ScheduleSpec) { s.LateAfter = chat.Duration(d) }
}

func skip(calendars ...string) func(*chat.ScheduleSpec) {
	return func(s *chat.ScheduleSpec) { s.Skip = calendars }
}

// handle ends the events that wait, as a dispatcher would that has nothing to say.
func (r *rig) handle() {
	r.t.Helper()
	for {
		list, _, err := r.store.TakeEvents(r.t.Context(), 100, time.Minute)
		r.must(err)
		if len(list) == 0 {
			return
		}
		for _, w := range list {
			r.must(r.store.EndEvent(r.t.Context(), chat.EventEnd{Lease: w.Lease, Event: w.Event.ID, Status: chat.Done, Outcome: chat.Handled}))
		}
	}
}

func TestWatch(t *testing.T) {
	inBubble(t, "what is not over by its deadline is told once, and what is is not", "2026-11-24T08:59:50Z", func(r *rig) {
		r.have(spec("nine", "0 9 * * *", lateAfter(5*time.Minute)), spec("ten", "0 10 * * *", lateAfter(5*time.Minute)), spec("never", "0 9 * * *"))
		r.until("2026-11-24T09:05:00Z")
		r.late()
		r.run(15 * time.Second)
		r.late("nine 09:00")
		r.handle()
		r.until("2026-11-24T10:00:05Z")
		r.handle()
		r.until("2026-11-24T11:00:00Z")
		r.late("nine 09:00")
		if log := r.logged(); !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "name=nine") {
			t.Errorf("log: %s", log)
		}
	})
	inBubble(t, "a scheduler that hangs is told of all the same", "2026-11-24T08:59:50Z", func(r *rig) {
		r.disk.hangs.Store(true)
		r.have(spec("nine", "0 9 * * *", lateAfter(5*time.Minute)), spec("half", "30 9 * * *", lateAfter(5*time.Minute)), spec("never", "0 9 * * *"))
		r.until("2026-11-24T09:05:20Z")
		r.late("nine 09:00")
		if n, err := r.watching().Undecided(r.t.Context()); n != 1 || err != nil {
			t.Errorf("%d are undecided, %v", n, err)
		}
		r.until("2026-11-24T10:00:00Z")
		r.late("nine 09:00", "half 09:30")
		r.disk.hangs.Store(false)
		r.until("2026-11-24T10:05:00Z") // they are made up, late, which everybody knows
		r.late("nine 09:00", "half 09:30")
		if got := r.firings("nine"); len(got) != 1 || !strings.Contains(got[0], "+1h0") {
			t.Errorf("%v", got)
		}
	})
	inBubble(t, "what came while botd was down is late when it is there again", "2026-11-24T08:59:50Z", func(r *rig) {
		r.sync([]chat.ScheduleSpec{spec("nine", "0 9 * * *", lateAfter(5*time.Minute), missed(chat.MissedSkip))})
		r.clock.set(at("2026-11-24T09:10:00Z"))
		r.start()
		r.run(time.Minute)
		r.want("nine", "24 09:00 missed")
		r.late("nine 09:00")
	})
	inBubble(t, "what is left out because it was missed is late, and each time it is", "2026-11-24T08:59:50Z", func(r *rig) {
		r.have(spec("nine", "0 9 * * *", lateAfter(5*time.Minute), missed(chat.MissedSkip)))
		for _, day := range []string{"24", "25"} {
			r.end()
			r.until("2026-11-" + day + "T09:02:00Z")
			r.start()
			r.late(slices.Repeat([]string{"nine 09:00"}, int(day[1]-'4'))...)
			r.until("2026-11-" + day + "T09:05:15Z")
			r.late(slices.Repeat([]string{"nine 09:00"}, int(day[1]-'3'))...)
		}
		r.want("nine", "24 09:00 missed", "25 09:00 missed")
	})
	inBubble(t, "what is quiet is late after the quiet hours, and what is paused is not", "2026-11-24T22:30:00Z", func(r *rig) {
		q, err := schedules.ReadQuiet(chat.Quiet{From: "22:00", Until: "07:00"})
		r.must(err)
		r.quiet.Quiet = q
		r.have(spec("night", "0 23 * * *", lateAfter(5*time.Minute)), spec("paused", "30 7 * * *", lateAfter(5*time.Minute)))
		p, err := r.store.ScheduleByName(r.t.Context(), "standup", "paused")
		r.must(err)
		_, err = r.store.PauseSchedule(r.t.Context(), p.ID, time.Time{}, chat.By{Who: "ann"})
		r.must(err)
		r.until("2026-11-25T07:05:00Z")
		r.late()
		r.until("2026-11-25T08:05:00Z")
		r.late("night 23:00")
	})
	for name, spoilt := range map[string]func(chat.ScheduleRecord) bool{
		"its calendar is gone":  func(s chat.ScheduleRecord) bool { return len(s.Skip) > 0 },
		"nothing of it is read": func(s chat.ScheduleRecord) bool { return s.Name == "holidays" },
	} {
		inBubble(t, "what cannot be read is late by what it would have struck: "+name, "2026-11-24T08:59:50Z", func(r *rig) {
			r.times = func(s chat.ScheduleRecord) error {
				if spoilt(s) {
					return errors.New("there is no calendar \"kr\"")
				}
				return nil
			}
			r.have(spec("holidays", "0 9 * * *", lateAfter(5*time.Minute), skip("kr")), spec("never", "0 9 * * *", skip("kr")))
			r.until("2026-11-24T09:04:40Z")
			r.late()
			r.until("2026-11-24T09:05:20Z")
			if got := r.logged(); !strings.Contains(got, "not out by its deadline") || !strings.Contains(got, `until it can be: there is no calendar`) {
				t.Errorf("log: %s", got)
			}
			list, err := r.watching().Overdue(r.t.Context())
			if err != nil || len(list) != 1 || list[0].Name != "holidays" {
				t.Errorf("overdue: %v, %v", list, err)
			}
			r.until("2026-11-24T10:00:00Z")
			if n := strings.Count(r.logged(), "not out by its deadline"); n != 1 {
				t.Errorf("it is told %d times", n)
			}
		})
	}
	inBubble(t, "what cannot be read any more is late by when it was to come", "2026-11-24T08:59:50Z", func(r *rig) {
		gone := false
		r.times = func(s chat.ScheduleRecord) error {
			if gone {
				return errors.New("there is no calendar")
			}
			return nil
		}
		r.sync([]chat.ScheduleSpec{spec("monthly", "0 9 27 * *", lateAfter(5*time.Minute))})
		w := r.watching()
		overdue := func() string {
			list, err := w.Overdue(r.t.Context())
			r.must(err)
			return fmt.Sprint(list)
		}
		before := overdue()
		gone = true
		w.Reset()
		if got := overdue(); before != "[]" || got != "[]" {
			t.Errorf("at once: %s, and then %s", before, got)
		}
		r.until("2026-11-27T09:04:50Z")
		if got := overdue(); got != "[]" {
			t.Errorf("too early: %s", got)
		}
		r.until("2026-11-27T09:05:10Z")
		if got := overdue(); !strings.Contains(got, "monthly 2026-11-27 09:00") {
			t.Errorf("overdue: %s", got)
		}
	})
	inBubble(t, "a clock that is decades ahead fills no log", "2026-11-24T08:59:50Z", func(r *rig) {
		var all []chat.ScheduleSpec
		for i := range 150 {
			all = append(all, spec(fmt.Sprintf("n%d", i), "0 9 * * *", lateAfter(time.Minute)))
		}
		r.disk.hangs.Store(true)
		r.have(all...)
		r.clock.set(at("2060-01-01T00:00:00Z"))
		r.run(15 * time.Second)
		if n := strings.Count(r.logged(), "by its deadline"); n != 101 {
			t.Errorf("%d lines", n)
		}
	})
}

// watching is a watch of its own, as another botd would have.
func (r *rig) watching() *schedules.Watch {
	w := &schedules.Watch{Store: r.store, Times: r.timesOf, Clock: r.clock}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r.must(w.Run(ctx))
	synctest.Wait()
	return w
}
