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

func missed(rule chat.MissedRule) func(*chat.ScheduleSpec) {
	return func(s *chat.ScheduleSpec) { s.Missed = rule }
}

func TestScheduler(t *testing.T) {
	inBubble(t, "each time is struck when it comes", "2026-11-24T08:58:50Z", func(r *rig) {
		r.have(spec("nine", "0 9 * * *"), spec("often", "*/2 * * * *"), spec("seoul", "3 18 * * *", func(s *chat.ScheduleSpec) { s.Zone = "Asia/Seoul" }))
		r.until("2026-11-24T09:04:30Z")
		r.want("nine", "24 09:00")
		r.want("often", "24 09:00", "24 09:02", "24 09:04")
		r.want("seoul", "24 09:03")
		r.events(5)
	})
	inBubble(t, "what came while botd was down is made up by its rule", "2026-11-24T08:00:30Z", func(r *rig) {
		r.have(spec("once", "0 * * * *"), spec("skip", "0 * * * *", missed(chat.MissedSkip)), spec("all", "0 * * * *", missed(chat.MissedAll)),
			spec("fresh", "0 * * * *", missed(chat.MissedAll), func(s *chat.ScheduleSpec) { s.MaxAge = chat.Duration(time.Hour) }),
			spec("brief", "0 * * * *", func(s *chat.ScheduleSpec) { s.Expires = chat.Duration(10 * time.Minute) }))
		r.until("2026-11-24T09:00:10Z")
		r.end()
		r.until("2026-11-24T12:30:00Z")
		r.start()
		r.until("2026-11-24T13:00:10Z")
		r.want("once", "24 09:00", "24 10:00..24 11:00 x2 missed", "24 12:00 +30m0s", "24 13:00")
		r.want("skip", "24 09:00", "24 10:00..24 12:00 x3 missed", "24 13:00")
		r.want("all", "24 09:00", "24 10:00 +2h30m0s", "24 11:00 +1h30m0s", "24 12:00 +30m0s", "24 13:00")
		r.want("fresh", "24 09:00", "24 10:00..24 11:00 x2 missed", "24 12:00 +30m0s", "24 13:00")
		r.want("brief", "24 09:00", "24 10:00..24 12:00 x3 expired", "24 13:00")
	})
	inBubble(t, "a machine that slept for three hours makes up as one that was down", "2026-11-24T08:59:00Z", func(r *rig) {
		r.have(spec("often", "*/10 * * * *"), spec("skip", "0 10 * * *", missed(chat.MissedSkip)))
		r.until("2026-11-24T09:05:00Z")
		r.clock.step(3 * time.Hour)
		r.run(time.Minute)
		r.want("often", "24 09:00", "24 09:10..24 11:50 x17 missed", "24 12:00 +5m30s")
		r.want("skip", "24 10:00 missed")
	})
	inBubble(t, "what came in time is not missed because the disk is slow", "2026-11-24T08:59:00Z", func(r *rig) {
		var all []chat.ScheduleSpec
		for i := range 2100 {
			all = append(all, spec(fmt.Sprintf("n%d", i), "0 9 * * *", missed(chat.MissedSkip)))
		}
		calls := 0
		r.disk.breaks(func([]chat.Strike) error {
			calls++
			time.Sleep(9 * time.Second) // less than a call may take, and all of them more than the minute of grace
			return nil
		})
		r.have(all...)
		r.until("2026-11-24T09:03:00Z")
		if calls != 9 {
			r.t.Errorf("%d calls", calls)
		}
		if left := len(r.struck) - len(slices.DeleteFunc(slices.Clone(r.struck), func(f chat.Firing) bool { return f.Receipt == "" })); len(r.struck) != 2100 || left != 0 {
			r.t.Errorf("%d are decided, and %d left out", len(r.struck), left)
		}
	})
	inBubble(t, "jitter puts off each time by what is the same after a restart", "2026-11-24T08:58:00Z", func(r *rig) {
		r.have(spec("nine", "0 9 * * *", func(s *chat.ScheduleSpec) { s.Jitter = chat.Duration(20 * time.Minute) }))
		put := schedules.Put("standup", "nine", at("2026-11-24T09:00:00Z"), 20*time.Minute)
		r.until("2026-11-24T08:59:00Z")
		r.run(put - time.Second)
		r.end()
		r.start()
		r.want("nine")
		r.run(time.Minute + time.Second)
		r.want("nine", "24 09:00 +"+put.String())
	})
	inBubble(t, "quiet hours put off the last time, and a pause leaves out", "2026-11-24T20:30:00Z", func(r *rig) {
		q, err := schedules.ReadQuiet(chat.Quiet{From: "22:00", Until: "07:00"})
		r.must(err)
		r.quiet.Quiet = q
		r.have(spec("hourly", "0 * * * *"))
		r.until("2026-11-25T07:00:01Z")
		r.want("hourly", "24 21:00", "24 22:00..25 05:00 x8 quiet", "25 06:00 +1h0m0s", "25 07:00")
		s, err := r.store.ScheduleByName(r.t.Context(), "standup", "hourly")
		r.must(err)
		_, err = r.store.PauseSchedule(r.t.Context(), s.ID, at("2026-11-25T10:00:00Z"), chat.By{Who: "ann"})
		r.must(err)
		r.until("2026-11-25T11:00:01Z")
		r.want("hourly", "24 21:00", "24 22:00..25 05:00 x8 quiet", "25 06:00 +1h0m0s", "25 07:00", "25 08:00..25 09:00 x2 paused", "25 10:00", "25 11:00")
	})
}

func TestTheClockIsSet(t *testing.T) {
	for _, back := range []time.Duration{time.Hour, 10 * time.Hour} {
		inBubble(t, "back by "+back.String()+": each time makes one event", "2026-11-24T08:58:00Z", func(r *rig) {
			r.have(spec("often", "*/10 * * * *"), spec("nine", "0 9 * * *"))
			r.until("2026-11-24T09:45:00Z")
			before := r.firings("often")
			r.clock.step(-back)
			r.run(back + 10*time.Minute)
			got := r.firings("often")
			for _, f := range before {
				if !slices.Contains(got, f) {
					t.Errorf("%s is no more in %v", f, got)
				}
			}
			r.want("nine", "24 09:00")
			r.events(len(got) + len(r.firings("nine")))
			if !strings.Contains(r.logged(), "set back") {
				t.Error("nobody is told")
			}
		})
	}
	inBubble(t, "forward by twelve years and back: nothing is lost", "2026-11-24T08:50:00Z", func(r *rig) {
		r.have(spec("nine", "0 9 * * *"), spec("minute", "* * * * *"), spec("all", "0 * * * *", missed(chat.MissedAll)))
		r.clock.step(12 * 365 * 24 * time.Hour)
		r.run(time.Minute)
		for _, name := range []string{"nine", "all"} {
			for _, f := range r.firings(name) {
				if !strings.Contains(f, "missed") {
					t.Errorf("%s: %s", name, f)
				}
			}
		}
		r.clock.step(-12 * 365 * 24 * time.Hour)
		r.until("2026-11-24T10:00:10Z")
		r.want("nine", "24 09:00")
		all := r.firings("all")
		if len(all) != 2 || all[0] != "24 09:00" || all[1] != "24 10:00" {
			t.Errorf("all: %v", all)
		}
	})
	inBubble(t, "wrong by decades at the start: nothing is made up, and all goes on when it is right", "2026-11-24T08:50:00Z", func(r *rig) {
		r.sync([]chat.ScheduleSpec{spec("nine", "0 9 * * *", missed(chat.MissedAll)), spec("hourly", "0 * * * *")})
		r.clock.set(at("2070-01-01T08:30:00Z"))
		r.start()
		r.run(time.Minute)
		r.events(0)
		r.end()
		r.clock.set(at("2026-11-24T08:55:00Z"))
		r.start()
		r.until("2026-11-24T09:00:10Z")
		r.want("nine", "24 09:00")
		r.want("hourly", "24 09:00")
	})
	inBubble(t, "a step back of seconds changes nothing", "2026-11-24T08:59:50Z", func(r *rig) {
		r.have(spec("nine", "0 9 * * *"))
		r.until("2026-11-24T09:00:05Z")
		r.clock.step(-20 * time.Second)
		r.run(2 * time.Minute)
		r.want("nine", "24 09:00")
		if strings.Contains(r.logged(), "set back") {
			t.Errorf("%s", r.logged())
		}
	})
}

func TestTwoSchedulersOnOneStore(t *testing.T) {
	inBubble(t, "with clocks five minutes apart each time makes one event", "2026-11-24T08:58:00Z", func(r *rig) {
		r.have(spec("minute", "* * * * *"), spec("skip", "*/5 * * * *", missed(chat.MissedSkip)))
		ahead := newWall("2026-11-24T09:03:00Z")
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); _ = schedules.New(r.options(r.disk, ahead)).Run(ctx) }()
		r.until("2026-11-24T09:28:00Z")
		cancel()
		<-done
		r.until("2026-11-24T09:40:30Z")
		for name, times := range map[string]int{"minute": 39, "skip": 8} {
			got := r.firings(name)
			if len(got) != 1+times || !strings.Contains(got[0], "missed") { // when the other one came
				t.Errorf("%s: %v", name, got)
			}
			for _, f := range got[1:] {
				if len(f) != len("24 09:02") {
					t.Errorf("%s: %s", name, f)
				}
			}
		}
		r.events(39 + 8)
		if strings.Contains(r.logged(), "set back") || strings.Contains(r.logged(), "lie ahead") {
			t.Errorf("they take each other's clocks for mistakes: %s", r.logged())
		}
	})
}

func TestWhatCannotBeStored(t *testing.T) {
	inBubble(t, "is stored when the store is there again", "2026-11-24T08:59:50Z", func(r *rig) {
		r.disk.breaks(func([]chat.Strike) error { return errors.New("the disk is full") })
		r.have(spec("a", "*/5 * * * *", missed(chat.MissedAll)), spec("b", "0 9 * * *"), spec("c", "0 9 * * *"))
		r.until("2026-11-24T09:10:00Z")
		r.disk.breaks(nil)
		r.until("2026-11-24T09:11:30Z")
		if got := r.firings("a"); len(got) != 3 {
			t.Errorf("%v", got)
		}
		r.events(5)
		if n := strings.Count(r.logged(), "the disk is full"); n > 30 {
			t.Errorf("it is logged %d times", n)
		}
	})
	inBubble(t, "of one schedule holds up no other", "2026-11-24T08:59:50Z", func(r *rig) {
		list := r.sync([]chat.ScheduleSpec{spec("a", "* * * * *"), spec("bad", "* * * * *"), spec("c", "* * * * *"), spec("panics", "* * * * *"), spec("e", "* * * * *")})
		bad := list[slices.IndexFunc(list, func(r chat.ScheduleRecord) bool { return r.Name == "bad" })].ID
		r.disk.breaks(func(list []chat.Strike) error {
			if slices.ContainsFunc(list, func(s chat.Strike) bool { return s.Schedule == bad }) {
				return errors.New("the row is damaged")
			}
			return nil
		})
		r.arrival = func(s chat.ScheduleRecord) error {
			if s.Name == "panics" {
				panic("out of order")
			}
			return nil
		}
		r.start()
		r.until("2026-11-24T09:02:30Z")
		for _, name := range []string{"a", "c", "e"} {
			if got := r.firings(name); len(got) != 3 || strings.Contains(strings.Join(got, " "), "m") {
				t.Errorf("%s: %v", name, got)
			}
		}
		r.want("bad")
		r.want("panics")
		if log := r.logged(); !strings.Contains(log, "name=bad") || !strings.Contains(log, "out of order") {
			t.Errorf("nobody is told: %s", log)
		}
	})
	inBubble(t, "because nobody takes it is left out with the reason", "2026-11-24T08:59:50Z", func(r *rig) {
		r.arrival = func(chat.ScheduleRecord) error { return errors.New("there is no bot any more") }
		r.have(spec("nine", "0 9 * * *"))
		r.until("2026-11-24T09:00:10Z")
		r.want("nine", "24 09:00 refused")
	})
	inBubble(t, "because it cannot be read is told once, and struck when it can be", "2026-11-24T08:59:50Z", func(r *rig) {
		gone := true
		r.times = func(s chat.ScheduleRecord) error {
			if gone && s.Name == "holidays" {
				return errors.New("there is no calendar")
			}
			return nil
		}
		r.sync([]chat.ScheduleSpec{spec("holidays", "* * * * *"), spec("nine", "0 9 * * *")})
		s := schedules.New(r.options(r.disk, r.clock))
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); _ = s.Run(ctx) }()
		r.until("2026-11-24T09:05:10Z")
		r.want("nine", "24 09:00")
		r.want("holidays")
		if n := strings.Count(r.logged(), "there is no calendar"); n != 1 {
			t.Errorf("it is told %d times", n)
		}
		gone = false
		r.must(s.Exchange(r.t.Context(), r.store.Schedules))
		synctest.Wait()
		r.want("holidays", "24 09:00..24 09:04 x5 missed", "24 09:05 +10s")
		cancel()
		<-done
	})
}

func TestSchedulesAreExchanged(t *testing.T) {
	inBubble(t, "what came before is struck by the old, and what comes after by the new", "2026-11-24T08:59:50Z", func(r *rig) {
		r.sync([]chat.ScheduleSpec{spec("nine", "0 9 * * *"), spec("gone", "0 9 * * *")})
		s := schedules.New(r.options(r.disk, r.clock))
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); _ = s.Run(ctx) }()
		synctest.Wait()
		r.clock.set(at("2026-11-24T09:00:20Z")) // and nobody has woken yet
		r.must(s.Exchange(r.t.Context(), func(ctx context.Context) ([]chat.ScheduleRecord, error) {
			return r.store.SyncSchedules(ctx, []chat.ScheduleSpec{spec("nine", "1 9 * * *"), spec("new", "0 9 * * *")})
		}))
		r.until("2026-11-24T09:02:00Z")
		r.want("nine", "24 09:00 +20s", "24 09:01")
		r.want("gone", "24 09:00 +20s")
		r.want("new")
		if err := s.Exchange(r.t.Context(), func(context.Context) ([]chat.ScheduleRecord, error) { return nil, errors.New("no") }); err == nil {
			t.Error("what failed did not")
		}
		r.until("2026-11-25T09:01:10Z")
		r.want("nine", "24 09:00 +20s", "24 09:01", "25 09:01")
		cancel()
		<-done
	})
	inBubble(t, "a time that waited when its times were written anew is told", "2026-11-24T08:59:50Z", func(r *rig) {
		jitter := func(s *chat.ScheduleSpec) { s.Jitter = chat.Duration(12 * time.Hour) }
		r.sync([]chat.ScheduleSpec{spec("nine", "0 9 * * *", jitter), spec("same", "0 9 * * *", jitter)})
		s := schedules.New(r.options(r.disk, r.clock))
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { defer close(done); _ = s.Run(ctx) }()
		r.until("2026-11-24T09:00:10Z")
		for range 2 { // the second time nothing waits
			r.must(s.Exchange(r.t.Context(), func(ctx context.Context) ([]chat.ScheduleRecord, error) {
				return r.store.SyncSchedules(ctx, []chat.ScheduleSpec{spec("nine", "2 9 * * *"), spec("same", "0 9 * * *", jitter)})
			}))
		}
		r.until("2026-11-24T09:02:10Z")
		r.want("nine", "24 09:00 missed", "24 09:02")
		r.want("same") // it still waits
		cancel()
		<-done
	})
	inBubble(t, "what is made by hand strikes, and what is deleted does not", "2026-11-24T08:59:10Z", func(r *rig) {
		r.have()
		made, err := r.store.CreateSchedule(r.t.Context(), spec("hand", "* * * * *"), chat.By{Who: "ann"})
		r.must(err)
		r.until("2026-11-24T09:01:10Z")
		r.want("hand", "24 09:00", "24 09:01")
		r.must(r.store.DeleteSchedule(r.t.Context(), made.ID, chat.By{Who: "ann"}))
		r.run(3 * time.Minute)
		r.want("hand", "24 09:00", "24 09:01")
	})
}
