package schedules

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"
)

// dates are those of a calendar from one date to another, both included.
func (c *Calendar) between(from, until string) string {
	first, _ := ParseDate(from)
	last, _ := ParseDate(until)
	var found []string
	for day := first; day <= last; day++ {
		if c.Has(day) {
			found = append(found, day.String())
		}
	}
	return strings.Join(found, " ")
}

// icsFile makes a file of events, each the lines of one.
func icsFile(events ...string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n")
	for i, e := range events {
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:%d@test\r\n%s\r\nEND:VEVENT\r\n", i, strings.ReplaceAll(e, "\n", "\r\n"))
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.String()
}

func TestCalendarsOfEvents(t *testing.T) {
	for _, c := range []struct{ name, file, from, until, want string }{
		{"an event of a day", icsFile("DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261226"), "2026-01-01", "2027-12-31", "2026-12-25"},
		{"one without an end", icsFile("DTSTART;VALUE=DATE:20261225"), "2026-01-01", "2027-12-31", "2026-12-25"},
		{"several days, the last of which is not a part", icsFile("DTSTART;VALUE=DATE:20270206\nDTEND;VALUE=DATE:20270209"), "2027-01-01", "2027-12-31", "2027-02-06 2027-02-07 2027-02-08"},
		{"a length in days", icsFile("DTSTART;VALUE=DATE:20270206\nDURATION:P3D"), "2027-01-01", "2027-12-31", "2027-02-06 2027-02-07 2027-02-08"},
		{"with a clock, over midnight", icsFile("DTSTART;TZID=Asia/Seoul:20261231T220000\nDTEND;TZID=Asia/Seoul:20270101T020000"), "2026-01-01", "2027-12-31", "2026-12-31 2027-01-01"},
		{"with a clock, until midnight", icsFile("DTSTART:20261231T220000\nDTEND:20270101T000000"), "2026-01-01", "2027-12-31", "2026-12-31"},
		{"with a clock and a length", icsFile("DTSTART:20261231T220000\nDURATION:PT2H1S"), "2026-01-01", "2027-12-31", "2026-12-31 2027-01-01"},
		{"in UTC, of a calendar in Seoul", strings.Replace(icsFile("DTSTART:20261224T150000Z\nDTEND:20261225T150000Z"), "PRODID", "X-WR-TIMEZONE:Asia/Seoul\r\nPRODID", 1), "2026-01-01", "2027-12-31", "2026-12-25"},
		{"in UTC, of a calendar that says no zone", icsFile("DTSTART:20261224T150000Z\nDTEND:20261224T160000Z"), "2026-01-01", "2027-12-31", "2026-12-24"},
		{"the zone of another list", icsFile("DTSTART;TZID=Korea Standard Time:20261224T150000"), "2026-01-01", "2027-12-31", "2026-12-24"},
		{"every year", icsFile("DTSTART;VALUE=DATE:20201003\nRRULE:FREQ=YEARLY"), "2026-01-01", "2028-12-31", "2026-10-03 2027-10-03 2028-10-03"},
		{"every leap day", icsFile("DTSTART;VALUE=DATE:20200229\nRRULE:FREQ=YEARLY"), "2020-01-01", "2033-12-31", "2020-02-29 2024-02-29 2028-02-29 2032-02-29"},
		{"the fourth Thursday of November", icsFile("DTSTART;VALUE=DATE:20201126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH"), "2025-01-01", "2027-12-31", "2025-11-27 2026-11-26 2027-11-25"},
		{"the last Monday of May", icsFile("DTSTART;VALUE=DATE:20200525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO"), "2025-01-01", "2027-12-31", "2025-05-26 2026-05-25 2027-05-31"},
		{"the last working day of a month", icsFile("DTSTART;VALUE=DATE:20260130\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"), "2026-01-01", "2026-05-31", "2026-01-30 2026-02-27 2026-03-31 2026-04-30 2026-05-29"},
		{"every other week, three times", icsFile("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3"), "2026-01-01", "2027-12-31", "2026-12-01 2026-12-15 2026-12-29"},
		{"until a date, which is one of them", icsFile("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;UNTIL=20261203"), "2026-01-01", "2027-12-31", "2026-12-01 2026-12-02 2026-12-03"},
		{"until a moment in UTC, which is another date there", icsFile("DTSTART;TZID=Asia/Seoul:20261201T080000\nRRULE:FREQ=DAILY;UNTIL=20261202T230000Z"), "2026-01-01", "2027-12-31", "2026-12-01 2026-12-02 2026-12-03"},
		{"until a moment before the last", icsFile("DTSTART;TZID=Asia/Seoul:20261201T080000\nRRULE:FREQ=DAILY;UNTIL=20261202T225959Z"), "2026-01-01", "2027-12-31", "2026-12-01 2026-12-02"},
		{"except one, and one more", icsFile("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE;VALUE=DATE:20261202,20261203\nRDATE;VALUE=DATE:20261224"), "2026-01-01", "2027-12-31", "2026-12-01 2026-12-04 2026-12-24"},
		{"more times as periods", icsFile("DTSTART:20261201T090000\nRDATE;VALUE=PERIOD:20261203T090000/PT1H"), "2026-01-01", "2027-12-31", "2026-12-01 2026-12-03"},
		{"a cancelled one beside another", icsFile("DTSTART;VALUE=DATE:20261201\nSTATUS:CANCELLED", "DTSTART;VALUE=DATE:20261202"), "2026-01-01", "2027-12-31", "2026-12-02"},
		{"one moved to another day", strings.ReplaceAll(icsFile("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;COUNT=2", "RECURRENCE-ID;VALUE=DATE:20261202\nDTSTART;VALUE=DATE:20261210"), "1@test", "0@test"), "2026-01-01", "2027-12-31", "2026-12-01 2026-12-10"},
		{"one of a series cancelled", strings.ReplaceAll(icsFile("DTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;COUNT=2", "RECURRENCE-ID;VALUE=DATE:20261202\nDTSTART;VALUE=DATE:20261202\nSTATUS:CANCELLED"), "1@test", "0@test"), "2026-01-01", "2027-12-31", "2026-12-01"},
		{"week 53", icsFile("DTSTART;VALUE=DATE:20201228\nRRULE:FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO"), "2020-01-01", "2033-12-31", "2020-12-28 2026-12-28 2032-12-27"},
		{"with a mark at the front and lines in two parts", "\ufeff" + icsFile("DTSTART;VALUE\n =DATE:20261225"), "2026-01-01", "2027-12-31", "2026-12-25"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadICS(c.file)
			if err != nil {
				t.Fatal(err)
			}
			if s := got.between(c.from, c.until); s != c.want {
				t.Errorf("got  %s\nwant %s", s, c.want)
			}
		})
	}
}

func TestCalendarsOfDates(t *testing.T) {
	c, err := ReadDates("\ufeff# holidays\n2026-12-25 # Christmas\r\n\n 2026-12-30..2027-01-01\n2026-12-25\n")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.between("2026-01-01", "2027-12-31"), "2026-12-25 2026-12-30 2026-12-31 2027-01-01"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if last, ends := c.Last(); !ends || last.String() != "2027-01-01" {
		t.Errorf("the last is %s, %v", last, ends)
	}
}

func TestCalendarsThatGoOn(t *testing.T) {
	for rule, want := range map[string]string{
		"FREQ=YEARLY":                         "",
		"FREQ=YEARLY;UNTIL=20991231":          "2099-10-03",
		"FREQ=YEARLY;UNTIL=30000101":          "",
		"FREQ=YEARLY;COUNT=3":                 "2022-10-03",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30": "2020-10-03", // it never comes again
	} {
		c, err := ReadICS(icsFile("DTSTART;VALUE=DATE:20201003\nRRULE:" + rule))
		if err != nil {
			t.Fatal(err)
		}
		last, ends := c.Last()
		if got := last.String(); ends != (want != "") || ends && got != want {
			t.Errorf("%s: the last is %s, %v; want %q", rule, got, ends, want)
		}
	}
}

func TestRefusedCalendars(t *testing.T) {
	event := func(lines string) string { return icsFile("DTSTART;VALUE=DATE:20261225\n" + lines) }
	many := func(line string, n int) string { return strings.Repeat(line+"\n", n) }
	for _, c := range []struct{ name, file, text, says string }{
		{"no known end", "a.csv", "2026-12-25", "may be .ics"},
		{"no date", "a.txt", "# none\n", "no date"},
		{"a date of another kind", "a.txt", "2026-12-25\n25.12.2026\n", "line 2"},
		{"a day that is not there", "a.txt", "2026-02-29\n", "line 1"},
		{"a range to the past", "a.txt", "2026-12-26..2026-12-24\n", "write 2026-12-24..2026-12-26"},
		{"a range of years", "a.txt", "2026-12-26..2062-12-28\n", "is the year right"},
		{"too many dates", "a.txt", many("2026-01-01..2026-12-31", 300), "more than"},
		{"too large", "a.txt", many("# nothing", 110_000), "larger than"},
		{"a page", "a.ics", "<html>\n", "no event"},
		{"an event alone", "a.ics", "BEGIN:VEVENT\nEND:VEVENT\n", "iCalendar"},
		{"no begin", "a.ics", icsFile("SUMMARY:nothing"), "DTSTART"},
		{"a bad date", "a.ics", icsFile("DTSTART:20261325"), "line 4"},
		{"the second is bad", "a.ics", icsFile("DTSTART:20261225", "DTSTART:christmas"), "line 8"},
		{"a wrong year", "a.ics", icsFile("DTSTART:90261225"), "year 9026"},
		{"ten years long", "a.ics", event("DTEND;VALUE=DATE:20361225"), "longer than a year"},
		{"a length of another kind", "a.ics", event("DURATION:two days"), "DURATION"},
		{"each second", "a.ics", event("RRULE:FREQ=SECONDLY"), "FREQ=DAILY"},
		{"each hour", "a.ics", event("RRULE:FREQ=HOURLY;INTERVAL=24"), "FREQ=DAILY"},
		{"no rule", "a.ics", event("RRULE:every day"), "RRULE"},
		{"two rules", "a.ics", event("RRULE:FREQ=DAILY\nRRULE:FREQ=YEARLY"), "twice"},
		{"a long stride", "a.ics", event("RRULE:FREQ=DAILY;INTERVAL=999999999"), "INTERVAL"},
		{"out of bounds", "a.ics", event("RRULE:FREQ=YEARLY;BYMONTH=13"), "bymonth"},
		{"Easter", "a.ics", event("RRULE:FREQ=YEARLY;BYEASTER=0"), "RDATE"},
		{"all cancelled", "a.ics", event("STATUS:CANCELLED"), "cancelled"},
		{"rules without end", "a.ics", icsFile(strings.Split(strings.TrimSuffix(strings.Repeat("DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=DAILY|", 10), "|"), "|")...), "more than"},
		{"rules that never come", "a.ics", icsFile(strings.Split(strings.TrimSuffix(strings.Repeat("DTSTART;VALUE=DATE:15830101\nRRULE:FREQ=DAILY;BYMONTHDAY=31;BYMONTH=2|", 2000), "|"), "|")...), "too much"},
		{"events within events", "a.ics", "BEGIN:VCALENDAR\n" + many("BEGIN:VEVENT", 70_000), "within one another"},
		{"events within events, folded", "a.ics", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + strings.Repeat("BEG\r\n\tIN:VEVENT\r\n", 40_000), "within one another"},
		{"weeks many times over", "a.ics", icsFile(strings.Split(strings.TrimSuffix(strings.Repeat("DTSTART;VALUE=DATE:15830101\nRRULE:FREQ=YEARLY;BYWEEKNO=53"+strings.Repeat(",53", 700)+";BYSETPOS=300|", 300), "|"), "|")...), "too much"},
		{"a line without end", "a.ics", event("ATTACH:" + strings.Repeat("A", 20_000)), "attached"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), c.file)
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			_, err := LoadCalendar(path)
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v\nwant it to say %q and the path", err, c.says)
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// Rules come to the days that the library finds, which counts them in another way.
func TestRulesLikeTheLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := DateOf(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)) + Date(rapid.IntRange(0, 3000).Draw(t, "start"))
		text := drawRule(t)
		u, err := readRule(text)
		if err != nil {
			t.Fatal(err)
		}
		options, err := rrule.StrToROption(text)
		if err != nil {
			t.Fatal(err)
		}
		options.Dtstart = start.midnight().time()
		if options.Until.IsZero() {
			options.Until = lastOccurrence.midnight().time()
		}
		theirs, err := rrule.NewRRule(*options)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, x := range theirs.All() {
			want = append(want, x.Format(time.DateOnly))
		}
		reader := icsReader{work: maxWork}
		days, err := reader.occurrences(icsEvent{start: icsTime{day: start}, rule: u})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, day := range days {
			got = append(got, day.String())
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%s from %s:\ngot  %v\nwant %v", text, start, got, want)
		}
	})
}

// drawRule makes a rule. It leaves out what the library gets wrong: lists that mix MO
// with 2MO, weeks of a year that lie in two, of which it leaves some out, and the
// place in a week whose first days are before the start.
func drawRule(t *rapid.T) string {
	freq := rapid.SampledFrom([]string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}).Draw(t, "freq")
	parts := []string{"FREQ=" + freq}
	add := func(name string, values []string) {
		if rapid.IntRange(0, 3).Draw(t, "with "+name) == 0 {
			parts = append(parts, name+"="+strings.Join(rapid.SliceOfN(rapid.SampledFrom(values), 1, 4).Draw(t, name), ","))
		}
	}
	one := func(name string, values ...string) {
		if rapid.Bool().Draw(t, "with "+name) {
			parts = append(parts, name+"="+rapid.SampledFrom(values).Draw(t, name))
		}
	}
	one("INTERVAL", "1", "2", "3", "7")
	one("WKST", "MO", "SU", "TH")
	if rapid.Bool().Draw(t, "ends by count") {
		parts = append(parts, fmt.Sprintf("COUNT=%d", rapid.IntRange(1, 30).Draw(t, "count")))
	} else {
		parts = append(parts, fmt.Sprintf("UNTIL=%d0615", rapid.IntRange(2021, 2040).Draw(t, "until")))
	}
	add("BYMONTH", []string{"1", "2", "6", "12"})
	switch freq {
	case "MONTHLY":
		add("BYDAY", []string{"1MO", "2TU", "-1FR", "5SU", "-5SA"})
	case "YEARLY":
		add("BYDAY", []string{"1MO", "-1FR", "3TH", "-2SU"})
	default:
		add("BYDAY", []string{"MO", "TU", "FR", "SU"})
	}
	add("BYMONTHDAY", []string{"1", "13", "29", "31", "-1", "-3"})
	if freq == "YEARLY" {
		add("BYYEARDAY", []string{"1", "60", "366", "-1", "-366"})
	}
	if freq == "MONTHLY" || freq == "YEARLY" {
		one("BYSETPOS", "1", "2", "-1", "-1,1")
	}
	return strings.Join(parts, ";")
}

// Nothing panics or hangs, and what is taken has dates.
func FuzzCalendars(f *testing.F) {
	f.Add("2026-12-24..2026-12-26 # off\n")
	f.Add(icsFile("DTSTART;VALUE=DATE:20201003\nRRULE:FREQ=YEARLY;BYDAY=53MO;BYWEEKNO=-1;BYSETPOS=-366"))
	f.Add(icsFile("DTSTART;TZID=Asia/Seoul:20201003T090000\nDTEND:20201003T100000Z\nRDATE;VALUE=PERIOD:20201005T090000Z/PT1H\nEXDATE:20201003"))
	f.Add("BEGIN:VCALENDAR\nBEGIN:VEVENT\nBEGIN:VEVENT\nDTSTART;X=\"a\\\":1\nEND:VALARM\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, read := range formats {
			c, err := read(text)
			if err != nil {
				continue
			}
			if len(c.dates) == 0 || len(c.dates) > maxDates {
				t.Fatalf("%d dates", len(c.dates))
			}
			if last, ends := c.Last(); ends && !c.Has(last) {
				t.Fatalf("it has not its last, %s", last)
			}
		}
	})
}
