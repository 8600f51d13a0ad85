package schedules

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"
)

// icsReader reads what stands in events.
type icsReader struct {
	zone *time.Location // of the calendar, for times in UTC
	work int            // how much may be done yet; see maxWork
}

// icsTime is a date, with a clock where one is written.
type icsTime struct {
	day   Date
	clock wall // since midnight
	timed bool
	zone  *time.Location // nil: as the clock on any wall
}

// The years in which an event may begin: what is outside of them has a wrong one.
// Some programs keep birthdays of an unknown year in 1604.
const firstYear, lastYear = 1583, 2200

func (r *icsReader) event(e *ics.VEvent) (icsEvent, error) {
	event := icsEvent{days: 1, except: map[Date]bool{}}
	var end *icsTime
	length := ""
	started := false
	for _, p := range e.Properties {
		var err error
		switch strings.ToUpper(p.IANAToken) {
		case "UID":
			event.uid = p.Value
		case "STATUS":
			event.cancelled = strings.EqualFold(p.Value, "CANCELLED")
		case "DTSTART":
			event.start, err = r.time(p, p.Value)
			started = err == nil
		case "DTEND":
			var t icsTime
			t, err = r.time(p, p.Value)
			end = &t
		case "DURATION":
			length = p.Value
		case "RRULE":
			if event.rule != nil {
				err = errors.New("is there twice")
				break
			}
			event.rule, err = readRule(p.Value)
		case "RDATE":
			event.more, err = r.list(p, event.more)
		case "EXDATE":
			var dates []Date
			dates, err = r.list(p, nil)
			for _, day := range dates {
				event.except[day] = true
			}
		case "RECURRENCE-ID":
			var t icsTime
			t, err = r.time(p, p.Value)
			event.instead = &t.day
		}
		if err != nil {
			return icsEvent{}, fmt.Errorf("%.20s: %w", p.IANAToken, err)
		}
	}
	if !started {
		return icsEvent{}, errors.New("has no DTSTART, which says when it begins")
	}
	var err error
	event.days, err = daysOf(event.start, end, length)
	return event, err
}

// list reads the times of RDATE and EXDATE. Of a period its begin is read.
func (r *icsReader) list(p ics.IANAProperty, dates []Date) ([]Date, error) {
	for text := range strings.SplitSeq(p.Value, ",") {
		begin, _, _ := strings.Cut(text, "/")
		t, err := r.time(p, begin)
		if err != nil {
			return nil, err
		}
		dates = append(dates, t.day)
	}
	return dates, nil
}

// time reads 20261224, 20261224T090000 and 20261224T000000Z.
func (r *icsReader) time(p ics.IANAProperty, text string) (icsTime, error) {
	t, form := icsTime{}, "20060102"
	switch len(text) {
	case len("20060102T150405"):
		t.timed, form = true, "20060102T150405"
	case len("20060102T150405Z"):
		t.timed, form = true, "20060102T150405Z"
	}
	read, err := time.Parse(form, text)
	if err != nil {
		return icsTime{}, fmt.Errorf("%.30q is no date such as 20261224 and no time such as 20261224T090000", text)
	}
	if y := read.Year(); y < firstYear || y > lastYear {
		return icsTime{}, fmt.Errorf("%.30q is in the year %d; one from %d to %d is read", text, y, firstYear, lastYear)
	}
	if strings.HasSuffix(text, "Z") {
		t.zone = r.zone
		read = read.In(r.zone)
	} else if name := p.ICalParameters["TZID"]; len(name) == 1 {
		// A name of some other list than IANA's says nothing, and need not: the date
		// is the one that stands there.
		t.zone, _ = location(name[0])
	}
	shown := wallOf(read, read.Location())
	t.day, t.clock = shown.date(), shown.mod(daySeconds)
	return t, nil
}

// daysOf is on how many dates an event is that begins and ends like this. Its end is
// not a part of it.
func daysOf(start icsTime, end *icsTime, length string) (Date, error) {
	days := Date(1)
	switch {
	case end != nil && end.clock > 0:
		days = end.day - start.day + 1
	case end != nil:
		days = end.day - start.day
	case length != "":
		seconds, err := readLength(length)
		if err != nil {
			return 0, err
		}
		days = Date((start.clock + seconds + daySeconds - 1) / daySeconds)
	}
	if days > maxRange {
		return 0, fmt.Errorf("lasts %d days, which is longer than a year; is the year right?", days)
	}
	return max(days, 1), nil // some end when they begin
}

// lengths are written such as P1D, P2W and P1DT12H.
var lengths = regexp.MustCompile(`^\+?P(?:(\d{1,3})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$`)

func readLength(text string) (wall, error) {
	parts := lengths.FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("DURATION: %.30q is no length of time such as P1D or PT2H", text)
	}
	seconds := wall(0)
	for i, unit := range []wall{7 * daySeconds, daySeconds, 3600, 60, 1} {
		if n, err := strconv.Atoi(parts[i+1]); err == nil { // a part that is absent is empty
			seconds += wall(n) * unit
		}
	}
	return seconds, nil
}
