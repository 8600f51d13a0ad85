package schedules

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// clockChange is a row of testdata/clocks.txt.
type clockChange struct {
	zone          string
	at            time.Time
	before, after time.Duration
	clock         string // a time of the day that was skipped or came twice
	fixed, hourly []string
}

func clockChanges(t *testing.T) (found []clockChange) {
	t.Helper()
	b, err := os.ReadFile("testdata/clocks.txt")
	if err != nil {
		t.Fatal(err)
	}
	ahead := func(text string) time.Duration {
		clock, err := time.Parse("15:04", text[1:])
		if err != nil {
			t.Fatal(err)
		}
		d := clock.Sub(clock.Truncate(24 * time.Hour))
		if text[0] == '-' {
			return -d
		}
		return d
	}
	for line := range strings.Lines(string(b)) {
		if line[0] == '#' {
			continue
		}
		row := strings.Split(line, "|")
		head := strings.Fields(row[0])
		when, err := time.Parse("2006-01-02T15:04Z", head[1])
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, clockChange{head[0], when, ahead(head[2]), ahead(head[3]), head[4], strings.Fields(row[1]), strings.Fields(row[2])})
	}
	return found
}

// timesOf lists when a timing strikes after from, up to until.
func timesOf(t *testing.T, s Schedule, from, until time.Time) (found []string) {
	t.Helper()
	for next := s.Next(from); !next.IsZero() && !next.After(until); next = s.Next(next) {
		if found = append(found, next.UTC().Format("01-02T15:04")); len(found) > 10_000 {
			t.Fatal("there is no end of them")
		}
	}
	return found
}

func TestChangesOfClocks(t *testing.T) {
	zones, gaps, all := map[string]bool{}, 0, clockChanges(t)
	for _, c := range all {
		zones[c.zone] = true
		if c.after > c.before {
			gaps++
		}
		t.Run(c.zone+" "+c.at.Format(time.DateOnly), func(t *testing.T) { c.check(t) })
	}
	if len(zones) < 20 || len(all) < 90 || gaps < 40 || len(all)-gaps < 40 {
		t.Errorf("%d zones, %d changes, %d of them forward", len(zones), len(all), gaps)
	}
}

func (c clockChange) check(t *testing.T) {
	hour, minute, _ := strings.Cut(c.clock, ":")
	read := func(line string) Schedule {
		s, err := Read(chat.Timing{Line: line, Zone: c.zone}, c.at.AddDate(-1, 0, 0), nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first, err := time.Parse("2006-01-02T15:04", fmt.Sprint(c.at.Year(), "-", c.fixed[0]))
	if err != nil {
		t.Fatal(err)
	}
	fixed := read(minute + " " + hour + " * * *")
	got := timesOf(t, fixed, first.Add(-time.Minute), first.Add(71*time.Hour))[:3]
	if fmt.Sprint(got) != fmt.Sprint(c.fixed) {
		t.Errorf("each day at %s:\ngot  %v\nwant %v", c.clock, got, c.fixed)
	}
	hourly := timesOf(t, read(minute+" * * * *"), c.at.Add(-150*time.Minute-time.Second), c.at.Add(150*time.Minute))
	if fmt.Sprint(hourly) != fmt.Sprint(c.hourly) {
		t.Errorf("each hour at %s:\ngot  %v\nwant %v", minute, hourly, c.hourly)
	}

	meant := fixed.Next(first)
	says := "comes twice"
	if c.after > c.before {
		says = "is skipped"
	}
	if note := fixed.Note(meant); !strings.HasPrefix(note, c.clock+" "+says) {
		t.Errorf("the note is %q, want it to say that %s %s", note, c.clock, says)
	}
	if note := fixed.Note(first) + fixed.Note(fixed.Next(meant)); note != "" {
		t.Errorf("the days beside it have the note %q", note)
	}

	changes := Changes(fixed.Location(), c.at.Add(-24*time.Hour), c.at.Add(24*time.Hour))
	if len(changes) != 1 || !changes[0].At.Equal(c.at) ||
		changes[0].Before != int(c.before.Seconds()) || changes[0].After != int(c.after.Seconds()) {
		t.Errorf("the changes are %+v, want one at %s", changes, c.at)
	}
}

func TestChangesOfAYear(t *testing.T) {
	for _, c := range []struct {
		zone string
		year int
		want string
	}{
		{"America/New_York", 2026, "2026-03-08T03:00:00-04:00 EST EDT, 2026-11-01T01:00:00-05:00 EDT EST"},
		{"Africa/Casablanca", 2026, "2026-02-15T02:00:00Z +01 +00, 2026-03-22T03:00:00+01:00 +00 +01"},
		{"Asia/Seoul", 2026, ""},
		{"UTC", 2026, ""},
		// In November the Yukon gave its time another name, and left its clocks alone.
		{"America/Whitehorse", 2020, "2020-03-08T03:00:00-07:00 PST PDT"},
	} {
		loc, err := location(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		begin := time.Date(c.year, time.January, 1, 0, 0, 0, 0, time.UTC)
		for _, x := range Changes(loc, begin, begin.AddDate(1, 0, 0)) {
			got = append(got, x.At.Format(time.RFC3339)+" "+x.Names[0]+" "+x.Names[1])
		}
		if s := strings.Join(got, ", "); s != c.want {
			t.Errorf("%s: %s, want %s", c.zone, s, c.want)
		}
	}
}
