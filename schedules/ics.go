package schedules

import (
	"errors"
	"fmt"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// ReadICS reads an iCalendar file: the dates of its events, with those that their rules
// come to. An event that is cancelled has none. One with a clock has each date on which
// it lasts, as it is written there; times in UTC are read in the calendar's own zone,
// X-WR-TIMEZONE, where it has one.
func ReadICS(text string) (*Calendar, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	lines, err := eventLines(text)
	if err == nil {
		err = checkNesting(text)
	}
	if err != nil {
		return nil, err
	}
	file, err := parseICS(text)
	if err != nil {
		return nil, err
	}
	r := icsReader{zone: time.UTC, work: maxWork}
	for _, p := range file.CalendarProperties {
		if loc, err := location(p.Value); err == nil && strings.EqualFold(p.IANAToken, "X-WR-TIMEZONE") {
			r.zone = loc
		}
	}
	var events []icsEvent
	for i, e := range file.Events() {
		event, err := r.event(e)
		if err == nil && event.rule != nil {
			event.occurs, err = r.occurrences(event)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d, in the event that begins there: %w", lines[min(i, len(lines)-1)], err)
		}
		events = append(events, event)
	}
	return r.calendar(events)
}

// maxICSLine is the longest line in bytes, put together from its parts. The library
// takes time with the square of it.
const maxICSLine = 16 << 10

// eventLines tells on which lines events begin, because the library does not.
func eventLines(text string) (begin []int, err error) {
	n, length := 0, 0
	for line := range strings.Lines(text) {
		n++
		if line[0] == ' ' || line[0] == '\t' {
			length += len(line)
		} else {
			length = len(line)
		}
		if length > maxICSLine {
			return nil, fmt.Errorf("line %d: is longer than %d bytes; leave out what is attached to events", n, maxICSLine)
		}
		if strings.TrimRight(line, "\r\n") == "BEGIN:VEVENT" {
			begin = append(begin, n)
		}
	}
	if len(begin) == 0 {
		return nil, errors.New("there is no event in it; it is iCalendar where it has lines BEGIN:VCALENDAR and BEGIN:VEVENT")
	}
	return begin, nil
}

// maxNested is how deep parts of a file stand in one another: an alarm in an event in a
// calendar is three. What the library says of a wrong one it says anew at each of them, so
// that a file of a megabyte could take all memory.
const maxNested = 10

// unfolded puts lines together from their parts.
var unfolded = strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "")

// checkNesting reports parts within parts without end.
func checkNesting(text string) error {
	depth := 0
	for line := range strings.Lines(unfolded.Replace(text)) {
		name, _, _ := strings.Cut(line, ":")
		name, _, _ = strings.Cut(name, ";")
		switch strings.ToUpper(name) {
		case "BEGIN":
			depth++
		case "END":
			depth = max(depth-1, 0)
		}
		if depth > maxNested {
			return fmt.Errorf("parts begin within one another %d deep, as in no calendar; each BEGIN has an END", depth)
		}
	}
	return nil
}

// parseICS lets the library read a file. Should it panic, that is an error of this file
// and not the end of the program.
func parseICS(text string) (file *ics.Calendar, err error) {
	defer func() {
		if v := recover(); v != nil {
			file, err = nil, fmt.Errorf("it cannot be read as iCalendar: %v", v)
		}
	}()
	file, err = ics.ParseCalendarWithOptions(strings.NewReader(text), ics.WithUnknownPropertyHandler(ics.AcceptUnknownPropertyHandler))
	if err != nil {
		return nil, fmt.Errorf("it cannot be read as iCalendar: %w; save it anew from the calendar that it is of", err)
	}
	return file, nil
}

// icsEvent is an event of a file.
type icsEvent struct {
	uid       string
	start     icsTime
	days      Date // how many days it lasts
	rule      *rule
	occurs    []Date // what the rule came to
	more      []Date // RDATE
	except    map[Date]bool
	instead   *Date // it stands for the one that the event of its UID has there
	cancelled bool
}

// calendar puts the events together.
func (r *icsReader) calendar(events []icsEvent) (*Calendar, error) {
	type instance struct {
		uid string
		day Date
	}
	replaced := map[instance]bool{}
	for _, e := range events {
		if e.instead != nil {
			replaced[instance{e.uid, *e.instead}] = true
		}
	}
	var dates []Date
	endless := false
	for _, e := range events {
		if e.cancelled {
			continue
		}
		endless = endless || e.rule != nil && e.rule.endless
		for _, first := range append(append([]Date{e.start.day}, e.occurs...), e.more...) {
			if e.except[first] || e.instead == nil && replaced[instance{e.uid, first}] {
				continue
			}
			for day := first; day < first+e.days; day++ {
				dates = append(dates, day)
			}
			if len(dates) > maxDates {
				return nil, errTooManyDates
			}
		}
	}
	if len(dates) == 0 {
		return nil, errors.New("there is no date in it: all of its events are cancelled")
	}
	return newCalendar(dates, endless), nil
}
