package schedules

import (
	"errors"
	"fmt"
	"math/bits"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // images without files have no zones of their own

	"github.com/robfig/cron/v3"
)

// maxLine is the longest line in bytes: a list of every minute fits.
const maxLine = 512

// nicknames are the lines that have a word of their own.
var nicknames = map[string]string{
	"@yearly":   "0 0 1 1 *",
	"@annually": "0 0 1 1 *",
	"@monthly":  "0 0 1 * *",
	"@weekly":   "0 0 * * 0",
	"@daily":    "0 0 * * *",
	"@midnight": "0 0 * * *",
	"@hourly":   "0 * * * *",
}

// readLine reads a cron line of five fields (minute, hour, day of month, month,
// day of week) or a word, such as @daily. A line that can never strike is an error.
func readLine(line string, started time.Time) (times, error) {
	if err := plain(line); err != nil {
		return nil, err
	}
	if word, rest, _ := strings.Cut(strings.TrimSpace(line), " "); word == "@every" {
		return readEvery(strings.TrimSpace(rest), started)
	}
	texts, err := split(line)
	if err != nil {
		return nil, err
	}
	// A step such as */15 is a list of numbers once it is read, so this is seen
	// in the text alone.
	fixed := !strings.Contains(texts[0]+texts[1], "*")
	for i, f := range fields {
		if texts[i], err = f.parse(texts[i]); err != nil {
			return nil, fmt.Errorf("schedule: %w", err)
		}
	}
	spec, err := read(strings.Join(texts, " "))
	if err != nil {
		return nil, err
	}
	if err := possible(spec); err != nil {
		return nil, err
	}
	return lineTimes{spec: spec, fixed: fixed}, nil
}

// split cuts a line into its five fields, or says what it is instead.
func split(line string) ([]string, error) {
	texts := strings.Fields(line)
	if len(texts) == 0 {
		return nil, errors.New(`schedule: the line is empty; write five fields, such as "0 9 * * 1-5" for nine o'clock from Monday to Friday`)
	}
	first := texts[0]
	switch {
	case strings.HasPrefix(first, "@"):
		return nickname(texts)
	case strings.Contains(first, "="):
		return nil, fmt.Errorf("schedule: %.20q stands where the minute belongs; a time zone is a setting of its own: timezone", first)
	case len(texts) == 6:
		return nil, errors.New("schedule: the line has 6 fields; write 5: minute, hour, day of month, month, day of week (there are no seconds)")
	case len(texts) != 5:
		return nil, fmt.Errorf("schedule: the line has %d fields; write 5: minute, hour, day of month, month, day of week", len(texts))
	}
	return texts, nil
}

func nickname(texts []string) ([]string, error) {
	name := texts[0]
	if nicknames[name] == "" || len(texts) > 1 {
		return nil, fmt.Errorf(`schedule: %.30q is unknown; have @hourly, @daily, @weekly, @monthly, @yearly, and "@every 90m"`, strings.Join(texts, " "))
	}
	return strings.Fields(nicknames[name]), nil
}

// plain refuses what is not typed on purpose.
func plain(line string) error {
	if len(line) > maxLine {
		return fmt.Errorf("schedule: the line is longer than %d bytes", maxLine)
	}
	for i := range len(line) {
		if c := line[i]; c > '~' || c < ' ' && c != '\t' {
			return errors.New("schedule: the line has a sign that is neither plain ASCII nor a blank; was it copied from a page?")
		}
	}
	return nil
}

var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// read lets the library read a line that was checked. Should it panic all the
// same, that is an error of this line and not the end of the program.
func read(line string) (spec *cron.SpecSchedule, err error) {
	defer func() {
		if v := recover(); v != nil {
			spec, err = nil, fmt.Errorf("schedule: the line %q cannot be read: %v", line, v)
		}
	}()
	s, err := parser.Parse(line)
	if err != nil {
		return nil, fmt.Errorf("schedule: %w", err)
	}
	spec, ok := s.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("schedule: the line %q was read as a %T", line, s)
	}
	return spec, nil
}

// daysIn is the most days that a month can have.
var daysIn = [13]int{1: 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// possible refuses a line whose day of month comes in none of its months. A
// line that names days of the week as well has those.
func possible(spec *cron.SpecSchedule) error {
	if isStar(spec.Dom) || !isStar(spec.Dow) {
		return nil
	}
	longest := 0
	for m := 1; m <= 12; m++ {
		if spec.Month&(1<<m) != 0 {
			longest = max(longest, daysIn[m])
		}
	}
	first := bits.TrailingZeros64(spec.Dom)
	if first <= longest {
		return nil
	}
	return fmt.Errorf("schedule: the date never comes: day %d is in none of the months named; the last day they have is %d", first, longest)
}

// isStar reports whether the library saw an unrestricted star in a field.
func isStar(set uint64) bool { return set&(1<<63) != 0 }

// strange are files of the zone database that are no places: some count leap
// seconds, some are this machine's own.
var strange = []string{"right/", "posix/", "posixrules", "localtime", "Factory"}

func location(zone string) (*time.Location, error) {
	const remedy = "write a name of the IANA database, such as Asia/Seoul or UTC"
	if zone == "" {
		return time.UTC, nil
	}
	if strings.EqualFold(zone, "local") {
		return nil, fmt.Errorf("time zone %q is another one on each machine; %s", zone, remedy)
	}
	for _, s := range strange {
		if strings.HasPrefix(zone, s) {
			return nil, fmt.Errorf("time zone %.60q is no place; %s", zone, remedy)
		}
	}
	if loc, ok := places.Load(zone); ok {
		return loc.(*time.Location), nil
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("time zone %.60q is unknown; %s", zone, remedy)
	}
	places.Store(zone, loc)
	return loc, nil
}

// places are the zones that were read, by name. Each takes a file and some memory, and
// there may be very many schedules in one.
var places sync.Map
