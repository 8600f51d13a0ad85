package schedules

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// started is when the schedules of these tests begin: a Tuesday.
const started = "2026-11-24T09:00:30Z"

// off are calendars: the holidays of a winter, a day of the month after, and one that
// goes on for ever.
func off(t *testing.T) Calendars {
	t.Helper()
	holidays, err := ReadDates("2026-12-24..2026-12-26\n2027-01-01\n")
	if err != nil {
		t.Fatal(err)
	}
	past, err := ReadDates("2020-01-01\n")
	if err != nil {
		t.Fatal(err)
	}
	yearly, err := ReadICS(icsFile("DTSTART;VALUE=DATE:20201225\nRRULE:FREQ=YEARLY"))
	if err != nil {
		t.Fatal(err)
	}
	daily, err := ReadICS(icsFile("DTSTART;VALUE=DATE:20201225\nRRULE:FREQ=DAILY"))
	if err != nil {
		t.Fatal(err)
	}
	return Calendars{"holidays": holidays, "past": past, "yearly": yearly, "daily": daily}
}

func TestTimings(t *testing.T) {
	const seoul = "Asia/Seoul"
	for _, c := range []struct {
		name   string
		timing chat.Timing
		want   string // the first ones, or all
		text   string
	}{
		{"every ninety minutes, from the start",
			chat.Timing{Line: "@every 90m"}, "11-24T10:30:30 11-24T12:00:30 11-24T13:30:30", "@every 90m (UTC)"},
		{"every day and a half, on holidays alone",
			chat.Timing{Line: "@every  36h", Only: []string{"holidays"}}, "12-24T09:00:30 12-25T21:00:30", "@every 36h (UTC)"},
		{"every hour between two dates of a zone",
			chat.Timing{Line: "@every 1h", Zone: seoul, From: "2026-12-01", Until: "2026-12-01"}, "11-30T15:00:30 11-30T16:00:30 11-30T17:00:30", "@every 1h (Asia/Seoul)"},
		{"each hour of a day",
			chat.Timing{Line: "0 * * * *", Zone: seoul, From: "2026-12-01", Until: "2026-12-01"}, "11-30T15:00:00 11-30T16:00:00 11-30T17:00:00", "0 * * * * (Asia/Seoul)"},
		{"weekdays but for holidays",
			chat.Timing{Line: "0 9 * * 1-5", Zone: seoul, From: "2026-12-23", Skip: []string{"holidays"}}, "12-23T00:00:00 12-28T00:00:00 12-29T00:00:00", "0 9 * * 1-5 (Asia/Seoul)"},
		{"each minute but for holidays",
			chat.Timing{Line: "59 * * * *", From: "2026-12-23", Skip: []string{"holidays", "past"}}, "12-23T00:59:00 12-23T01:59:00 12-23T02:59:00", "59 * * * * (UTC)"},
		{"on the dates of two calendars",
			chat.Timing{Line: "0 9 * * *", Only: []string{"holidays", "yearly"}}, "12-24T09:00:00 12-25T09:00:00 12-26T09:00:00 01-01T09:00:00 12-25T09:00:00", "0 9 * * * (UTC)"},
		{"on the dates of one and not of another",
			chat.Timing{Line: "0 9 * * *", Only: []string{"holidays"}, Skip: []string{"yearly"}}, "12-24T09:00:00 12-26T09:00:00 01-01T09:00:00", "0 9 * * * (UTC)"},
		{"once",
			chat.Timing{At: []string{"2026-12-24 09:00"}, Zone: seoul}, "12-24T00:00:00", "2026-12-24 09:00 (Asia/Seoul)"},
		{"a list, in any order, some of it past",
			chat.Timing{At: []string{"2026-12-24T09:00:30", "2026-12-23T09:00:00+09:00", "2026-11-24 08:00", "2026-12-23T09:00Z"}}, "12-23T00:00:00 12-23T09:00:00 12-24T09:00:30", ""},
		{"a list but for holidays",
			chat.Timing{At: []string{"2026-12-23 09:00", "2026-12-24 09:00", "2026-12-28 09:00"}, Skip: []string{"holidays"}}, "12-23T09:00:00 12-28T09:00:00", ""},
		// 02:30 is skipped on 14 March 2027 and 01:30 comes twice on 7 November 2027.
		{"a list with times that are skipped or come twice",
			chat.Timing{At: []string{"2027-03-14 02:30", "2027-11-07 01:30"}, Zone: "America/New_York"}, "03-14T07:00:00 11-07T05:30:00", ""},
		// On Saturday 27 March 2027 Scoresbysund goes from 23:00 to midnight.
		{"a time that is moved out of its dates belongs to the date of its line",
			chat.Timing{Line: "30 23 * * *", Zone: "America/Scoresbysund", From: "2027-03-27", Until: "2027-03-27"}, "03-28T01:00:00", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Read(c.timing, at(started), off(t))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for next := s.Next(at(started)); !next.IsZero() && len(got) < len(strings.Fields(c.want)); next = s.Next(next) {
				got = append(got, next.UTC().Format("01-02T15:04:05"))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, " "), c.want)
			}
			if c.text != "" && s.String() != c.text {
				t.Errorf("it is written %s, want %s", s, c.text)
			}
		})
	}
}

// What is between dates, listed, or of a calendar that ends, ends.
func TestTimingsEnd(t *testing.T) {
	for _, timing := range []chat.Timing{
		{Line: "0 9 * * *", Until: "2027-01-01"},
		{Line: "* * * * *", Until: "2027-01-01"},
		{Line: "@every 1h", Until: "2027-01-01"},
		{Line: "0 9 * * *", Only: []string{"holidays"}},
		{At: []string{"2027-01-01 09:00"}},
	} {
		s, err := Read(timing, at(started), off(t))
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Next(at("2026-12-31T23:59:59Z")); got.Format(time.DateOnly) != "2027-01-01" {
			t.Errorf("%+v strikes at %s", timing, got)
		}
		if got := s.Next(at("2027-01-01T23:59:59Z")); !got.IsZero() {
			t.Errorf("%+v strikes at %s", timing, got)
		}
	}
}

func TestRefusedTimings(t *testing.T) {
	for _, c := range []struct {
		name   string
		timing chat.Timing
		says   []string
	}{
		{"nothing", chat.Timing{}, []string{"use at"}},
		{"both", chat.Timing{Line: "@daily", At: []string{"2026-12-24 09:00"}}, []string{"beside at"}},
		{"all at once", chat.Timing{Line: "* * *", Zone: "Nowhere", From: "soon", Skip: []string{"none"}, Jitter: -1}, []string{"3 fields", "Nowhere", "soon", `"none"`, "jitter"}},
		{"too fast", chat.Timing{Line: "@every 59s"}, []string{"once in a minute"}},
		{"too slow", chat.Timing{Line: "@every 9000h"}, []string{"longer than a year"}},
		{"parts of a second", chat.Timing{Line: "@every 90.5s"}, []string{"full seconds"}},
		{"no length", chat.Timing{Line: "@every day"}, []string{`"day" is none`, "@every 90m"}},
		{"a date alone", chat.Timing{At: []string{"2026-12-24"}}, []string{"2026-12-24 09:00"}},
		{"a day that is not there", chat.Timing{At: []string{"2027-02-29 09:00"}}, []string{"is no time"}},
		{"parts of a second at", chat.Timing{At: []string{"2026-12-24 09:00:00.5"}}, []string{"is no time"}},
		{"twice the same", chat.Timing{At: []string{"2026-12-24 09:00", "2026-12-24T09:00:00Z"}}, []string{"same moment"}},
		{"two times of a gap", chat.Timing{At: []string{"2027-03-14 02:10", "2027-03-14 02:50"}, Zone: "America/New_York"}, []string{"same moment"}},
		{"a time outside of its dates", chat.Timing{At: []string{"2026-12-24 09:00"}, Until: "2026-12-23"}, []string{"not between"}},
		{"dates to the past", chat.Timing{Line: "@daily", From: "2026-12-24", Until: "2026-12-23"}, []string{"is after until"}},
		{"a day that its dates do not have", chat.Timing{Line: "0 9 25 12 *", From: "2026-12-26", Until: "2027-12-24"}, []string{"never strikes"}},
		{"a day that its calendar does not have", chat.Timing{Line: "0 9 2 1 *", Only: []string{"holidays"}}, []string{"never strikes"}},
		{"all days left out", chat.Timing{Line: "@daily", From: "2026-12-24", Until: "2026-12-26", Skip: []string{"holidays"}}, []string{"no day is left"}},
		{"all days for ever left out", chat.Timing{Line: "@every 1h", Skip: []string{"daily"}}, []string{"no day is left"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Read(c.timing, at(started), off(t))
			if _, past := errors.AsType[*PastError](err); err == nil || past {
				t.Fatalf("it was taken: %v", err)
			}
			for _, says := range c.says {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("%v\nwant it to say %q", err, says)
				}
			}
		})
	}
}

// What is over is read, and told from what can never be.
func TestTimingsThatAreOver(t *testing.T) {
	for _, c := range []struct {
		timing chat.Timing
		last   string
	}{
		{chat.Timing{At: []string{"2026-01-01 09:00", "2026-11-24 09:00:30"}}, "2026-11-24"},
		{chat.Timing{Line: "0 9 * * *", Until: "2026-11-23"}, "2026-11-23"},
		{chat.Timing{Line: "0 9 * * *", Until: "2026-11-24"}, "2026-11-24"},
		{chat.Timing{Line: "0 9 * * *", From: "2026-11-20", Until: "2026-11-23"}, "2026-11-23"},
		{chat.Timing{Line: "0 9 * * *", Only: []string{"past"}}, "2020-01-01"},
		{chat.Timing{Line: "@every 1h", Until: "2026-11-23"}, "2026-11-23"},
	} {
		s, err := Read(c.timing, at(started), off(t))
		past, ok := errors.AsType[*PastError](err)
		if !ok || past.Last.String() != c.last {
			t.Errorf("%+v: %v, want that it ended with %s", c.timing, err, c.last)
		}
		if s.Location() != time.UTC || s.String() == "never" || !s.Next(at(started)).IsZero() {
			t.Errorf("%+v was read as %s", c.timing, s)
		}
	}
}

func TestNotesOfListedTimes(t *testing.T) {
	s, err := Read(chat.Timing{At: []string{"2027-03-14 02:30", "2027-11-07 01:30", "2027-11-08 01:30"}, Zone: "America/New_York"}, at(started), nil)
	if err != nil {
		t.Fatal(err)
	}
	next := at(started)
	for _, want := range []string{
		"02:30 is skipped that day; this is the first moment after it",
		"01:30 comes twice that day; this is the first",
		"",
	} {
		next = s.Next(next)
		if got := s.Note(next); got != want {
			t.Errorf("at %s the note is %q, want %q", next, got, want)
		}
	}
}

func TestNotesOfManySkippedTimes(t *testing.T) {
	for line, want := range map[string]string{
		"10,20 2 * * *":   "02:10, 02:20 are skipped that day; this is the first moment after them",
		"0-59/10 2 * * *": "02:00 to 02:50 are skipped that day; this is the first moment after them",
		"0 3 * * *":       "",
		"*/10 * * * *":    "",
	} {
		s, err := parse(line, "America/New_York")
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Note(at("2027-03-14T07:00:00Z")); got != want {
			t.Errorf("%s: the note is %q, want %q", line, got, want)
		}
	}
}

func TestPut(t *testing.T) {
	meant := at(started)
	seen := map[time.Duration]int{}
	for i := range 1000 {
		d := Put("standup", "evening", meant.Add(time.Duration(i)*time.Minute), 9*time.Second)
		if d < 0 || d > 9*time.Second || d%time.Second != 0 {
			t.Fatalf("it is put off by %s", d)
		}
		seen[d]++
		if again := Put("standup", "evening", meant.Add(time.Duration(i)*time.Minute).In(time.FixedZone("", 3600)), 9*time.Second); again != d {
			t.Fatalf("%s, and then %s", d, again)
		}
	}
	for d := time.Duration(0); d <= 9*time.Second; d += time.Second {
		if n := seen[d]; n < 60 || n > 140 {
			t.Errorf("%d of 1000 are put off by %s", n, d)
		}
	}
	if Put("standup", "evening", meant, 0) != 0 {
		t.Error("it is put off without a jitter")
	}
	if Put("a", "evening", meant, time.Hour) == Put("b", "evening", meant, time.Hour) {
		t.Error("two bots are put off by the same")
	}
}

// Nothing panics, what is taken strikes later than it is asked for, and not more often
// than once a minute but for times that are listed.
func FuzzRead(f *testing.F) {
	for _, line := range []string{"0 9 * * 1-5", "@daily", "*/5 1-3,7 29 feb sun", "TZ=UTC", "CRON_TZ=", "@every 1s", "@every 90m", "0 0 31 2 *", "1,,2 * * * *", "0 0 * * 5-7/2"} {
		f.Add(line, "2026-03-08 02:30", "America/New_York", "2026-01-01", "", int64(1772953200))
	}
	f.Add("", "2026-03-08 02:30", "America/New_York", "", "2026-12-31", int64(1772953200))
	f.Add("", "2026-03-08T02:30:00-05:00", "", "", "", int64(-1))
	f.Fuzz(func(t *testing.T, line, moment, zone, from, until string, unix int64) {
		timing := chat.Timing{Line: line, Zone: zone, From: from, Until: until}
		if line == "" {
			timing.At = []string{moment}
		}
		after := time.Unix(unix%(1<<33), 0)
		s, err := Read(timing, after, nil)
		if err != nil {
			return
		}
		for i := range 3 {
			next := s.Next(after)
			if next.IsZero() {
				return
			}
			if !next.After(after) || i > 0 && next.Sub(after) < time.Minute {
				t.Fatalf("%+v: %s after %s", timing, next, after)
			}
			s.Note(next)
			after = next
		}
	})
}

// A year of a daily line, as "botd schedules next" asks for it.
func BenchmarkNextOverAYear(b *testing.B) {
	for _, c := range []struct {
		name string
		chat.Timing
	}{
		{"daily", chat.Timing{Line: "0 9 * * *", Zone: "Asia/Seoul"}},
		{"daily where clocks change", chat.Timing{Line: "30 2 * * *", Zone: "America/New_York"}},
		{"hourly", chat.Timing{Line: "0 * * * *", Zone: "America/New_York"}},
		{"every 90 minutes", chat.Timing{Line: "@every 90m"}},
		{"leap days", chat.Timing{Line: "0 0 29 2 *"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			from := at(started)
			s, err := Read(c.Timing, from, nil)
			if err != nil {
				b.Fatal(err)
			}
			until, n := from.AddDate(1, 0, 0), 0
			for b.Loop() {
				for next := s.Next(from); next.Before(until); next = s.Next(next) {
					n++
				}
			}
			b.ReportMetric(float64(n)/float64(b.N), "strikes/op")
		})
	}
}
