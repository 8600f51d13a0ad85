package daemon_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/console"
)

func TestWhenALineStrikesIsSaidWithoutAnything(t *testing.T) {
	folder := t.TempDir()
	holidays := filepath.Join(folder, "kr.txt")
	must(t, os.WriteFile(holidays, []byte("# holidays\n2026-12-24..2026-12-25\n2027-01-01\n"), 0o600))
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"weekdays in Seoul, which has no summer time", []string{"0 9 * * 1-5", "--timezone", "Asia/Seoul", "--from", "2026-12-04", "--count", "3"}, `
0 9 * * 1-5 (Asia/Seoul), from 2026-12-03T15:00:00Z
Fri 2026-12-04 09:00 KST  2026-12-04T00:00:00Z
Mon 2026-12-07 09:00 KST  2026-12-07T00:00:00Z
Tue 2026-12-08 09:00 KST  2026-12-08T00:00:00Z
`},
		{"a time that is skipped", []string{"30 2 * * *", "--timezone", "America/New_York", "--from", "2027-03-13", "--count", "3"}, `
30 2 * * * (America/New_York), from 2027-03-13T05:00:00Z
Sat 2027-03-13 02:30 EST  2027-03-13T07:30:00Z
-- clocks change in America/New_York: Sun 2027-03-14 02:00 EST is Sun 2027-03-14 03:00 EDT, 2027-03-14T07:00:00Z
Sun 2027-03-14 03:00 EDT  2027-03-14T07:00:00Z  02:30 is skipped that day; this is the first moment after it
Mon 2027-03-15 02:30 EDT  2027-03-15T06:30:00Z
`},
		{"holidays, and the first is no later than asked", []string{"0 9 * * 1-5", "--from", "2026-12-23T09:00:00Z", "--count", "2", "--skip", holidays}, `
0 9 * * 1-5 (UTC), from 2026-12-23T09:00:00Z
Wed 2026-12-23 09:00 UTC  2026-12-23T09:00:00Z
Thu 2026-12-24 09:00 UTC  2026-12-24T09:00:00Z  left out, with those to 2026-12-25T09:00:00Z, 2 in all: a date of calendar ` + holidays + `
Mon 2026-12-28 09:00 UTC  2026-12-28T09:00:00Z
`},
		{"only dates of a calendar, and no more", []string{"@daily", "--from", "2026-12-25", "--only", holidays, "--between", "..2026-12-31"}, `
@daily (UTC), from 2026-12-25T00:00:00Z
Fri 2026-12-25 00:00 UTC  2026-12-25T00:00:00Z
Sat 2026-12-26 00:00 UTC  2026-12-26T00:00:00Z  left out, with those to 2026-12-31T00:00:00Z, 6 in all: no date of calendar ` + holidays + `
there are no more times
`},
		{"times that are named, and one that is over", []string{"--at", "2026-12-24 09:00", "--at", "2026-12-01 09:00", "--timezone", "Asia/Seoul", "--from", "2026-12-02 10:00"}, `
2026-12-24 09:00, 2026-12-01 09:00 (Asia/Seoul), from 2026-12-02T01:00:00Z
Thu 2026-12-24 09:00 KST  2026-12-24T00:00:00Z
there are no more times
`},
		{"every ninety minutes from then on", []string{"@every 90m", "--from", "2026-12-01T00:00:00Z", "--count", "2"}, `
@every 90m (UTC), from 2026-12-01T00:00:00Z
Tue 2026-12-01 01:30 UTC  2026-12-01T01:30:00Z
Tue 2026-12-01 03:00 UTC  2026-12-01T03:00:00Z
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := botd(t, "", append([]string{"schedules", "next"}, c.args...)...)
			if code != 0 {
				t.Fatalf("code %d: %s", code, stderr)
			}
			var lines []string
			for line := range strings.Lines(stdout) {
				lines = append(lines, strings.TrimRight(line, " \n"))
			}
			if diff := cmp.Diff(strings.Split(strings.TrimSpace(c.want), "\n"), lines); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhenALineStrikesAsJSON(t *testing.T) {
	began := time.Now()
	code, stdout, stderr := botd(t, "", "schedules", "next", "* * * * *", "--timezone", "Europe/Berlin", "--from", "2026-10-24T17:00:00Z", "--count", "1000", "--json")
	if code != 0 {
		t.Fatalf("code %d: %s", code, stderr)
	}
	var x console.Outlook
	must(t, json.Unmarshal([]byte(stdout), &x))
	if len(x.Times) != 1000 || x.Zone != "Europe/Berlin" || x.Ends != "" {
		t.Fatalf("%d times in %s, %s", len(x.Times), x.Zone, x.Ends)
	}
	if last := x.Times[999]; last.Meant.Format(time.RFC3339) != "2026-10-25T09:39:00Z" || last.Local != "Sun 2026-10-25 10:39 CET" {
		t.Errorf("the last: %+v", last)
	}
	want := []console.ClockChange{{At: time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC), Zone: "Europe/Berlin", Before: "Sun 2026-10-25 03:00 CEST", After: "Sun 2026-10-25 02:00 CET"}}
	if diff := cmp.Diff(want, x.Changes); diff != "" {
		t.Errorf("clock changes (-want +got):\n%s", diff)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestWhatIsNoTimeIsRefused(t *testing.T) {
	for _, c := range []struct{ want, args string }{
		{`a step of 90 never comes to a second value`, `*/90 * * * *`},
		{"the line is empty", ""},
		{"unknown|time zone", "0 9 * * *|--timezone|Asia/Soul"},
		{"is no pair of dates", "0 9 * * *|--between|2026-12-01"},
		{"2026-13-01", "0 9 * * *|--between|2026-13-01.."},
		{"--count is 1 to 1000", "0 9 * * *|--count|1001"},
		{`--from "today" is no time`, "0 9 * * *|--from|today"},
		{"nowhere.txt", "0 9 * * *|--skip|nowhere.txt"},
		{"botd knows that of standup/reminder", "standup/reminder|--timezone|Asia/Seoul"},
		{"is there beside at", "0 9 * * *|--at|2026-12-24 09:00"},
	} {
		code, stdout, stderr := botd(t, "", append([]string{"schedules", "next"}, strings.Split(c.args, "|")...)...)
		if code != 2 || stdout != "" {
			t.Errorf("%s: code %d: %s", c.args, code, stdout)
		}
		for part := range strings.SplitSeq(c.want, "|") {
			if !strings.Contains(stderr, part) {
				t.Errorf("%s: it says %s; want %s", c.args, stderr, part)
			}
		}
	}
}
