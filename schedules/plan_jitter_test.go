package schedules

import (
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Jitter of 5 minutes puts off 9:01 by 4:36, 9:02 by 0:35, 9:03 by 2:05, 9:04 by 1:22 and
// 9:05 by 4:44; one of 30 minutes, on the 3rd, 6:45 by 14:36, 6:55 by 23:14 and 6:56 by
// 1:27.
func TestPlanWithJitter(t *testing.T) {
	minutes := func(decided string, change func(*scheduled)) func(*scheduled) {
		return func(s *scheduled) {
			s.Line, s.Jitter, s.Missed = "* * * * *", chat.Duration(5*time.Minute), chat.MissedSkip
			s.decidedAt(decided)
			if change != nil {
				change(s)
			}
		}
	}
	morning := func(decided string, change func(*scheduled)) func(*scheduled) {
		return func(s *scheduled) {
			s.At = []string{"2026-11-03 06:45", "2026-11-03 06:55", "2026-11-03 06:56"}
			s.Jitter, s.Missed = chat.Duration(30*time.Minute), chat.MissedSkip
			s.quiet(t, "22:30", "07:00", chat.QuietWait)
			s.decidedAt(decided)
			if change != nil {
				change(s)
			}
		}
	}
	paused := func(since, until string) func(*scheduled) {
		return func(s *scheduled) { s.pause(since, until) }
	}
	again := func(since, until string, before func(*scheduled)) func(*scheduled) {
		return func(s *scheduled) {
			before(s)
			s.Earlier = append(s.Earlier, *s.Paused)
			s.pause(since, until)
		}
	}
	for _, c := range []struct {
		name      string
		change    func(*scheduled)
		now, want string
	}{
		{"one that is due before the one before it waits for it", minutes("2026-11-01T09:00:00Z", nil), "2026-11-01T09:05:35Z", "look 11-01 09:05:36"},
		{"and is on time then", minutes("2026-11-01T09:00:00Z", nil), "2026-11-01T09:05:36Z",
			"11-01 09:01 underway, 11-01 09:02 underway, 11-01 09:03 underway, 11-01 09:04 underway, look 11-01 09:09:44"},
		{"also if of those only the first is struck yet", minutes("2026-11-01T09:01:00Z", nil), "2026-11-01T09:05:36Z",
			"11-01 09:02 underway, 11-01 09:03 underway, 11-01 09:04 underway, look 11-01 09:09:44"},
		{"and does not come before it was due, if somebody sees the clock go back", minutes("2026-11-01T09:01:00Z", nil), "2026-11-01T09:05:00Z",
			"look 11-01 09:05:36"},
		{"but not for what came before the schedule was", minutes("2026-11-01T09:01:00Z", func(s *scheduled) { s.Started = s.Decided }), "2026-11-01T09:02:35Z",
			"11-01 09:02 underway, look 11-01 09:05:05"},
		{"over a minute after that it was missed", minutes("2026-11-01T09:00:00Z", nil), "2026-11-01T09:06:37Z",
			"11-01 09:01..11-01 09:04 x4 missed, look 11-01 09:09:44"},

		{"in quiet hours the latest that fell in them is struck, though its turn comes later", morning("2026-11-03T06:00:00Z", nil), "2026-11-03T07:00:00Z",
			"11-03 06:45 quiet, look 11-03 07:18:14"},
		{"when its turn comes", morning("2026-11-03T06:45:00Z", nil), "2026-11-03T07:18:14Z", "11-03 06:55 underway, 11-03 06:56 underway, never again"},
		{"but if that is left out the one before it is", morning("2026-11-03T06:00:00Z", paused("2026-11-03T06:56:00Z", "2026-11-03T06:56:30Z")), "2026-11-03T07:00:00Z",
			"11-03 06:45 underway, look 11-03 07:18:14"},
		{"and that one is, when its turn comes", morning("2026-11-03T06:45:00Z", paused("2026-11-03T06:56:00Z", "2026-11-03T06:56:30Z")), "2026-11-03T07:18:14Z",
			"11-03 06:55 underway, 11-03 06:56 paused, never again"},

		{"meant in a pause and due after it is left out", minutes("2026-11-01T09:04:00Z", paused("2026-11-01T09:04:30Z", "2026-11-01T09:05:30Z")), "2026-11-01T09:09:44Z",
			"11-01 09:05 paused, look 11-01 09:10:11"},
		{"meant when it begins, too", minutes("2026-11-01T09:04:00Z", paused("2026-11-01T09:05:00Z", "2026-11-01T09:05:30Z")), "2026-11-01T09:09:44Z",
			"11-01 09:05 paused, look 11-01 09:10:11"},
		{"meant when it ends is not", minutes("2026-11-01T09:04:00Z", paused("2026-11-01T09:04:30Z", "2026-11-01T09:05:00Z")), "2026-11-01T09:09:44Z",
			"11-01 09:05 underway, look 11-01 09:10:11"},
		{"meant before a pause and due in it is left out", minutes("2026-11-01T09:04:00Z", paused("2026-11-01T09:09:40Z", "2026-11-01T09:09:50Z")), "2026-11-01T09:10:00Z",
			"11-01 09:05 paused, look 11-01 09:10:11"},
		{"meant before a pause and due after it is not", minutes("2026-11-01T09:04:00Z", paused("2026-11-01T09:05:30Z", "2026-11-01T09:09:44Z")), "2026-11-01T09:09:44Z",
			"11-01 09:05 underway, look 11-01 09:10:11"},
		{"meant in a pause and due after another is left out", minutes("2026-11-01T09:04:00Z", again("2026-11-01T09:06:00Z", "2026-11-01T09:07:00Z", paused("2026-11-01T09:04:30Z", "2026-11-01T09:05:30Z"))), "2026-11-01T09:09:44Z",
			"11-01 09:05 paused, look 11-01 09:10:11"},
		{"meant between two pauses and due after both is not", minutes("2026-11-01T09:04:00Z", again("2026-11-01T09:06:00Z", "2026-11-01T09:07:00Z", paused("2026-11-01T09:04:30Z", "2026-11-01T09:05:00Z"))), "2026-11-01T09:09:44Z",
			"11-01 09:05 underway, look 11-01 09:10:11"},
		{"meant in quiet hours and a pause, and due after both, is left out", morning("2026-11-03T06:00:00Z", paused("2026-11-03T06:40:00Z", "2026-11-03T06:50:00Z")), "2026-11-03T07:00:00Z",
			"11-03 06:45 paused, look 11-03 07:18:14"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := scheduledAs(t, "", c.change)
			if got := decide(&s.ScheduleRecord, s.times, at(c.now)).told(); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}
