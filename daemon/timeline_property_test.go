package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jonboulle/clockwork"
	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/schedules"
	"github.com/botd-chat/botd/store"
)

// What is foretold of a schedule is what a scheduler then does, over some days of random
// lines, jitter, calendars and pauses, with each of some quiet hours. The two are written
// apart: one says why, and the other decides from what is stored.
func TestWhatIsForetoldIsWhatIsStruck(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		foretold(t, dir, map[chat.BotName]chat.Quiet{ // the bot "none" has no such hours
			"night":  {From: "22:00", Until: "07:00", Zone: "Asia/Seoul", Then: chat.QuietWait},
			"clocks": {From: "01:30", Until: "02:30", Zone: "America/New_York", Then: chat.QuietSkip},
			"noon":   {From: "11:00", Until: "11:45", Then: chat.QuietWait},
		})
	})
}

func foretold(t *testing.T, dir string, hours map[chat.BotName]chat.Quiet) {
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	clock := clockwork.NewRealClock()                                                      // the bubble's
	time.Sleep(time.Date(2026, time.October, 30, 12, 0, 17, 0, time.UTC).Sub(clock.Now())) // the clocks change in New York on the first of November
	began := clock.Now()
	odd, err := schedules.ReadDates("2026-10-31\n2026-11-02 # a Monday\n")
	must(err)
	calendars := schedules.Calendars{"odd": odd}
	quiet := map[chat.BotName]*schedules.QuietHours{}
	for bot, q := range hours {
		quiet[bot], err = schedules.ReadQuiet(q)
		must(err)
	}
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(dir, "botd.db"), Clock: clock.Now})
	must(err)
	defer func() { must(s.Close()) }()

	var specs []chat.ScheduleSpec
	for i := range 32 {
		spec := rapid.Custom(drawnSpec).Example(i)
		spec.Bot = []chat.BotName{"none", "night", "clocks", "noon"}[i%4]
		spec.Name = chat.TriggerName(fmt.Sprintf("n%d", i))
		specs = append(specs, spec)
	}
	records, err := s.SyncSchedules(t.Context(), specs)
	must(err)
	for i, pause := range []int{7, 30, 61} { // hours
		for n := i; n < len(records); n += 7 {
			records[n], err = s.PauseSchedule(t.Context(), records[n].ID, began.Add(time.Duration(pause)*time.Hour), chat.By{Who: "ann"})
			must(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = schedules.New(schedules.Options{
			Store: s, Changed: s.SchedulesChanged(), Clock: clock, Log: slog.New(slog.DiscardHandler),
			Times: func(r chat.ScheduleRecord) (schedules.Times, error) {
				read, err := schedules.Read(r.Timing, r.Started, calendars)
				return schedules.Times{Schedule: read, Quiet: quiet[r.Bot], Then: hours[r.Bot].Then}, err
			},
			Arrival: func(r chat.ScheduleRecord, meant time.Time) (chat.Arrival, error) {
				return chat.Arrival{App: "main", Bot: r.Bot, Trigger: r.Trigger, Kind: chat.Schedule, Groups: []chat.GroupID{"@TGS#2ROOM"},
					Time: meant, Key: fmt.Sprint(r.Name, meant)}, nil
			},
		}).Run(ctx)
	}()
	time.Sleep(3 * 24 * time.Hour)
	synctest.Wait()
	cancel()
	<-ended

	times := 0
	for _, r := range records {
		list, _, err := s.Firings(t.Context(), store.FiringQuery{Schedule: r.ID, Limit: 500})
		must(err)
		var struck, told []string
		for _, f := range list {
			if f.Receipt != "" {
				struck = append(struck, fmt.Sprintf("%s at %s", f.Meant.Format(time.RFC3339), f.Struck.Truncate(time.Second).Format(time.RFC3339)))
			}
		}
		l, err := readTimeline(r.Timing, r.Started, calendars)
		must(err)
		l.bot, l.name, l.quiet, l.then, l.paused = r.Bot, r.Name, quiet[r.Bot], hours[r.Bot].Then, r.Paused
		for m := range l.moments(began, clock.Now()) {
			if due := later(m.Meant, m.Due); m.LeftOut == "" && !due.After(clock.Now()) {
				told = append(told, fmt.Sprintf("%s at %s", m.Meant.Format(time.RFC3339), due.Truncate(time.Second).Format(time.RFC3339)))
			}
		}
		slices.Sort(struck)
		slices.Sort(told)
		if diff := cmp.Diff(told, struck); diff != "" {
			t.Errorf("%s: %+v, paused %+v: foretold (-) and struck (+)\n%s", r.Bot, r.Timing, r.Paused, diff)
		}
		times += len(struck)
	}
	if times < 300 {
		t.Errorf("only %d times were struck", times)
	}
}

// drawnSpec is a schedule that strikes at most some hundred times in four days.
func drawnSpec(rt *rapid.T) chat.ScheduleSpec {
	minute := rapid.SampledFrom([]string{"0", "30", "15,45", "*/20"}).Draw(rt, "minute")
	hour := rapid.SampledFrom([]string{"*", "2", "1-3", "*/6", "7,22", "11"}).Draw(rt, "hour")
	line := strings.Join([]string{minute, hour, "*", "*", rapid.SampledFrom([]string{"*", "1-5", "0,1"}).Draw(rt, "day")}, " ")
	if rapid.IntRange(0, 6).Draw(rt, "every") == 0 {
		line = "@every " + rapid.SampledFrom([]string{"47m", "5h", "90m"}).Draw(rt, "distance")
	}
	s := chat.ScheduleSpec{Bot: "teller", Name: "drawn", Trigger: "drawn", Timing: chat.Timing{
		Line:   line,
		Zone:   rapid.SampledFrom([]string{"UTC", "America/New_York", "Asia/Seoul"}).Draw(rt, "zone"),
		Jitter: chat.Duration(rapid.SampledFrom([]time.Duration{0, 0, 13 * time.Minute, 50 * time.Minute}).Draw(rt, "jitter")),
	}}
	switch rapid.IntRange(0, 3).Draw(rt, "calendar") {
	case 0:
		s.Skip = []string{"odd"}
	case 1:
		s.Only = []string{"odd"}
	}
	return s
}
