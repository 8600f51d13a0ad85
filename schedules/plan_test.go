package schedules

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// scheduled is a record and its times, for tests of plans.
type scheduled struct {
	chat.ScheduleRecord
	times Times
}

func scheduledAs(t tb, line string, change func(*scheduled)) *scheduled {
	t.Helper()
	s := &scheduled{}
	s.ID, s.Bot, s.Name, s.Line = 1, "standup", "nine", line
	s.Started = at("2026-11-01T00:00:00Z")
	s.Decided = s.Started
	if change != nil {
		change(s)
	}
	var err error
	if s.times.Schedule, err = Read(s.Timing, s.Started, nil); err != nil {
		t.Fatalf("%v", err)
	}
	return s
}

type tb interface {
	Helper()
	Fatalf(string, ...any)
}

func (s *scheduled) decidedAt(text string) { s.Decided = at(text) }

func (s *scheduled) quiet(t tb, from, until string, then chat.QuietRule) {
	t.Helper()
	q, err := ReadQuiet(chat.Quiet{From: from, Until: until, Then: then})
	if err != nil {
		t.Fatalf("%v", err)
	}
	s.times.Quiet, s.times.Then = q, then
}

func (s *scheduled) pause(since, until string) {
	s.Paused = &chat.SchedulePause{Since: at(since)}
	if until != "" {
		s.Paused.Until = at(until)
	}
}

// told writes a plan: its firings, and when to look again.
func (p plan) told() string {
	var b strings.Builder
	for _, f := range p.firings {
		fmt.Fprintf(&b, "%s", f.Meant.Format("01-02 15:04"))
		if f.Count > 1 {
			fmt.Fprintf(&b, "..%s x%d", f.Last.Format("01-02 15:04"), f.Count)
		}
		fmt.Fprintf(&b, " %s, ", f.Outcome)
	}
	if p.look.IsZero() {
		return b.String() + "never again"
	}
	return b.String() + "look " + p.look.UTC().Format("01-02 15:04:05")
}

func TestPlan(t *testing.T) {
	const day = chat.Duration(24 * time.Hour)
	for _, c := range []struct {
		name, line string
		change     func(*scheduled)
		now, want  string
	}{
		{"before its time nothing is decided", "0 9 * * *", nil, "2026-11-01T08:59:59Z", "look 11-01 09:00:00"},
		{"at its time it is struck", "0 9 * * *", nil, "2026-11-01T09:00:00Z", "11-01 09:00 underway, look 11-02 09:00:00"},
		{"a minute later it is on time", "0 9 * * *", func(s *scheduled) { s.Missed = chat.MissedSkip }, "2026-11-01T09:01:00Z", "11-01 09:00 underway, look 11-02 09:00:00"},
		{"after that it was missed, and is made up", "0 9 * * *", nil, "2026-11-01T09:01:01Z", "11-01 09:00 underway, look 11-02 09:00:00"},
		{"or left out", "0 9 * * *", func(s *scheduled) { s.Missed = chat.MissedSkip }, "2026-11-01T09:01:01Z", "11-01 09:00 missed, look 11-02 09:00:00"},
		{"what was decided is not decided again", "0 9 * * *", func(s *scheduled) { s.decidedAt("2026-11-01T09:00:00Z") }, "2026-11-01T09:00:00Z", "look 11-02 09:00:00"},
		{"what came before it was started is not missed", "0 9 * * *", func(s *scheduled) { s.decidedAt("2026-10-20T00:00:00Z") }, "2026-11-01T08:00:00Z", "look 11-01 09:00:00"},
		{"of several that were missed the latest is made up", "0 */2 * * *", func(s *scheduled) { s.decidedAt("2026-11-05T08:00:00Z") }, "2026-11-05T15:30:00Z",
			"11-05 10:00..11-05 12:00 x2 missed, 11-05 14:00 underway, look 11-05 16:00:00"},
		{"or none, if the latest is on time", "0 */2 * * *", func(s *scheduled) { s.decidedAt("2026-11-05T08:00:00Z") }, "2026-11-05T14:00:30Z",
			"11-05 10:00..11-05 12:00 x2 missed, 11-05 14:00 underway, look 11-05 16:00:00"},
		{"or each", "0 */2 * * *", func(s *scheduled) { s.Missed = chat.MissedAll; s.decidedAt("2026-11-05T08:00:00Z") }, "2026-11-05T14:00:30Z",
			"11-05 10:00 underway, 11-05 12:00 underway, 11-05 14:00 underway, look 11-05 16:00:00"},
		{"but not those that are too old", "0 */2 * * *", func(s *scheduled) {
			s.Missed, s.MaxAge = chat.MissedAll, chat.Duration(2*time.Hour)
			s.decidedAt("2026-11-05T08:00:00Z")
		}, "2026-11-05T14:00:00Z",
			"11-05 10:00 missed, 11-05 12:00 underway, 11-05 14:00 underway, look 11-05 16:00:00"},
		{"a notice of the morning does not come the next one", "0 9 * * *", nil, "2026-11-02T08:59:00Z", "11-01 09:00 missed, look 11-02 09:00:00"},
		{"unless somebody wants so", "0 9 * * *", func(s *scheduled) { s.MaxAge = day }, "2026-11-02T08:59:00Z", "11-01 09:00 underway, look 11-02 09:00:00"},
		{"what is not worth sending any more is left out", "0 9 * * *", func(s *scheduled) { s.Expires = chat.Duration(time.Hour) }, "2026-11-01T10:00:00Z", "11-01 09:00 expired, look 11-02 09:00:00"},
		{"and what is, is not", "0 9 * * *", func(s *scheduled) { s.Expires = chat.Duration(time.Hour) }, "2026-11-01T09:59:59Z", "11-01 09:00 underway, look 11-02 09:00:00"},
		{"while paused it is left out", "0 9 * * *", func(s *scheduled) { s.pause("2026-11-01T08:00:00Z", "") }, "2026-11-01T09:00:00Z", "11-01 09:00 paused, look 11-02 09:00:00"},
		{"and not made up after the pause", "0 */2 * * *", func(s *scheduled) {
			s.Missed = chat.MissedAll
			s.pause("2026-11-01T03:00:00Z", "2026-11-01T06:00:00Z")
		}, "2026-11-01T08:30:00Z",
			"11-01 02:00 underway, 11-01 04:00 paused, 11-01 06:00 underway, 11-01 08:00 underway, look 11-01 10:00:00"},
		{"what was missed before a pause is not made up in it", "0 9 * * *", func(s *scheduled) { s.pause("2026-11-01T09:30:00Z", "") }, "2026-11-01T10:00:00Z", "11-01 09:00 paused, look 11-02 09:00:00"},
		{"in quiet hours it waits", "0 */2 * * *", func(s *scheduled) { s.decidedAt("2026-11-01T22:00:00Z"); s.quiet(t, "22:30", "07:00", chat.QuietWait) }, "2026-11-02T06:59:59Z", "look 11-02 07:00:00"},
		{"when they are over the latest is struck", "0 */2 * * *", func(s *scheduled) { s.decidedAt("2026-11-01T22:00:00Z"); s.quiet(t, "22:30", "07:00", chat.QuietWait) }, "2026-11-02T07:00:00Z",
			"11-02 00:00..11-02 04:00 x3 quiet, 11-02 06:00 underway, look 11-02 08:00:00"},
		{"late, it is made up once", "0 */2 * * *", func(s *scheduled) { s.decidedAt("2026-11-01T18:00:00Z"); s.quiet(t, "22:30", "07:00", chat.QuietWait) }, "2026-11-02T07:30:00Z",
			"11-01 20:00..11-01 22:00 x2 missed, 11-02 00:00..11-02 04:00 x3 quiet, 11-02 06:00 underway, look 11-02 08:00:00"},
		{"where they are left out they are at once", "0 */2 * * *", func(s *scheduled) { s.decidedAt("2026-11-01T22:00:00Z"); s.quiet(t, "22:30", "07:00", chat.QuietSkip) }, "2026-11-02T02:10:00Z",
			"11-02 00:00..11-02 02:00 x2 quiet, look 11-02 04:00:00"},
		{"what was missed is not made up in quiet hours", "0 9 * * *", func(s *scheduled) { s.MaxAge = day; s.quiet(t, "22:00", "07:00", chat.QuietWait) }, "2026-11-01T23:00:00Z", "look 11-02 07:00:00"},
		{"but after them", "0 9 * * *", func(s *scheduled) { s.MaxAge = day; s.quiet(t, "22:00", "07:00", chat.QuietWait) }, "2026-11-02T07:00:00Z", "11-01 09:00 underway, look 11-02 09:00:00"},
		{"or not, where they leave out", "0 9 * * *", func(s *scheduled) { s.MaxAge = day; s.quiet(t, "22:00", "07:00", chat.QuietSkip) }, "2026-11-01T23:00:00Z", "11-01 09:00 quiet, look 11-02 09:00:00"},
		{"what was on time is struck when quiet hours have just begun", "59 21 * * *", func(s *scheduled) { s.quiet(t, "22:00", "07:00", chat.QuietWait) }, "2026-11-01T22:00:00Z", "11-01 21:59 underway, look 11-02 21:59:00"},
		{"what is quiet can expire", "0 23 * * *", func(s *scheduled) {
			s.Expires = chat.Duration(time.Hour)
			s.quiet(t, "22:00", "07:00", chat.QuietWait)
		}, "2026-11-02T07:00:00Z", "11-01 23:00 expired, look 11-03 07:00:00"},
		{"after a month nothing is made up", "0 9 * * *", func(s *scheduled) { s.Missed = chat.MissedAll }, "2027-11-01T10:00:00Z", "11-01 09:00..11-01 09:00 x366 missed, look 11-02 09:00:00"},
		{"and what is on time is struck", "0 9 * * *", nil, "2027-11-01T09:00:10Z", "11-01 09:00..10-31 09:00 x365 missed, 11-01 09:00 underway, look 11-02 09:00:00"},
		{"many are counted until there are too many", "* * * * *", nil, "2056-11-01T09:00:10Z", "11-01 00:01..10-30 09:00 x50000 missed, 10-30 09:01..11-01 08:59 x2879 missed, 11-01 09:00 underway, look 11-01 09:01:00"},
		{"a pause of a year is one", "* * * * *", func(s *scheduled) { s.pause("2026-11-01T00:00:00Z", "") }, "2026-11-20T00:00:10Z", "11-01 00:01..11-20 00:00 x27360 paused, look 11-20 00:01:00"},
		{"the last time is the last", "", func(s *scheduled) { s.At = []string{"2026-11-01 09:00"} }, "2026-11-01T09:00:00Z", "11-01 09:00 underway, never again"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := scheduledAs(t, c.line, c.change)
			if got := decide(&s.ScheduleRecord, s.times, at(c.now)).told(); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}
