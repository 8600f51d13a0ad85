package schedules

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Read reads a timing, and says all that is wrong with it and what to write instead.
// Started is from when on it counts, and where @every counts from.
//
// A timing whose times are all over by then is read whole, and comes with a
// [PastError]: whoever keeps an old one has made no mistake. One that can never strike
// is refused.
func Read(t chat.Timing, started time.Time, calendars Calendars) (Schedule, error) {
	s := Schedule{text: strings.Join(strings.Fields(t.Line), " ")}
	var mistakes, err error
	if s.location, err = location(t.Zone); err != nil {
		mistakes = errors.Join(mistakes, err)
		s.location = time.UTC // to find the other mistakes
	}
	if s.days, err = readDays(t, calendars); err != nil {
		mistakes = errors.Join(mistakes, err)
	}
	if t.Jitter < 0 {
		mistakes = errors.Join(mistakes, errors.New("jitter: is less than nothing; write a length of time, such as 5m"))
	}
	switch {
	case t.Line != "" && len(t.At) > 0:
		err = errors.New("schedule: is there beside at; keep one of them")
	case t.Line == "" && len(t.At) == 0:
		err = errors.New(`schedule: the line is empty; write five fields, such as "0 9 * * 1-5" for nine o'clock from Monday to Friday, or use at, with one time or more`)
	case t.Line != "":
		s.times, err = readLine(t.Line, started)
	default:
		s.text = strings.Join(t.At, ", ")
		s.times, err = readMoments(t.At, s.location, s.days)
	}
	if mistakes = errors.Join(mistakes, err); mistakes != nil {
		return Schedule{}, mistakes
	}
	return s, s.over(started)
}

// PastError says that a schedule's times were all over when it was read.
type PastError struct{ Last Date }

func (e *PastError) Error() string {
	return fmt.Sprintf("all its times have passed: the last day that it has is %s", e.Last)
}

// over tells a schedule that does not strike after a time: it did before, or never will.
func (s Schedule) over(started time.Time) error {
	if !s.Next(started).IsZero() {
		return nil
	}
	if m, ok := s.times.(moments); ok && len(m.list) > 0 {
		return &PastError{Last: DateOf(m.list[len(m.list)-1].at.In(s.location))}
	}
	_, counted := s.times.(every) // from started on, so that there is nothing to find before
	today := DateOf(started.In(s.location))
	last, ends := s.days.last()
	if ends && last <= today && (counted || !s.Next(s.firstStart().Add(-time.Second)).IsZero()) {
		return &PastError{Last: last}
	}
	if _, any := s.days.next(today); !any {
		return errors.New("schedule: it never strikes: no day is left of those between its dates and of its calendars")
	}
	return errors.New("schedule: it never strikes: the line has no time on the days that between and calendar leave")
}

// firstStart is when the first of a schedule's days begins, or 1970 where they have no
// beginning.
func (s Schedule) firstStart() time.Time {
	day, _ := s.days.next(max(s.days.from, 0))
	return day.start(s.location)
}

func readDays(t chat.Timing, calendars Calendars) (days, error) {
	d := everyDay()
	var mistakes error
	date := func(key, text string, into *Date) {
		if text == "" {
			return
		}
		day, err := ParseDate(text)
		if err != nil {
			mistakes = errors.Join(mistakes, fmt.Errorf("between: %s %w", key, err))
			return
		}
		*into = day
	}
	date("from", t.From, &d.from)
	date("until", t.Until, &d.until)
	if d.until < d.from {
		mistakes = errors.Join(mistakes, fmt.Errorf("between: from %s is after until %s", d.from, d.until))
	}
	named := func(names []string) (found []*Calendar) {
		for _, name := range names {
			c, ok := calendars[name]
			if !ok {
				mistakes = errors.Join(mistakes, fmt.Errorf("calendar: there is no calendar %.60q", name))
				continue
			}
			found = append(found, c)
		}
		return found
	}
	d.skip, d.only = named(t.Skip), named(t.Only)
	return d, mistakes
}
