package schedules

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
)

// Schedule is a line in a time zone. It is made by [Parse]; the zero value
// never strikes.
type Schedule struct {
	line     string
	spec     *cron.SpecSchedule // used for its sets alone: bit n is value n
	location *time.Location
	fixed    bool // no * in minute or hour
}

// String is the line and its zone.
func (s Schedule) String() string {
	if s.spec == nil {
		return "never"
	}
	return fmt.Sprintf("%s (%s)", s.line, s.location)
}

// horizon is how far ahead is looked. The longest wait is eight years, from
// one 29 February to another around a year such as 2100.
const horizon = 9 * 366

// Next is the first time after this one, in the schedule's zone. It is the zero
// time for the zero Schedule only.
func (s Schedule) Next(after time.Time) time.Time {
	switch {
	case s.spec == nil:
		return time.Time{}
	case s.fixed:
		return s.nextFixed(after)
	default:
		return s.nextReal(after)
	}
}

// nextFixed goes through calendar days and their times. Those of earlier days
// are over: a time that is shown later comes later, whatever the clocks do.
func (s Schedule) nextFixed(after time.Time) time.Time {
	day := wallOf(after, s.location).day()
	for range horizon {
		if s.dayMatches(day) && exists(day, s.location) {
			if t, ok := s.nextOnDay(day, after); ok {
				return t.In(s.location)
			}
		}
		day = day.addDays(1)
	}
	return time.Time{}
}

func (s Schedule) nextOnDay(day wall, after time.Time) (time.Time, bool) {
	for hour := range 24 {
		if s.spec.Hour&(1<<hour) == 0 {
			continue
		}
		for minute := range 60 {
			if s.spec.Minute&(1<<minute) == 0 {
				continue
			}
			if t := instant(day+wall(hour*3600+minute*60), s.location); t.After(after) {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

// exists is false for a day that a place left out, as Samoa did on 30 December
// 2011 when it crossed the date line.
func exists(day wall, loc *time.Location) bool {
	return instant(day, loc).Before(instant(day.addDays(1), loc))
}

// nextReal goes through the stretches of time between two changes of the
// clocks. Within one, what the clock on the wall shows grows evenly.
func (s Schedule) nextReal(after time.Time) time.Time {
	last := after.AddDate(0, 0, horizon)
	for t := after; t.Before(last); {
		shift, end := stretch(t, s.location)
		if end.IsZero() || end.After(last) {
			end = last
		}
		from := (wall(t.Unix()) + shift).nextMinute(t.After(after))
		if shown, ok := s.nextShown(from, wall(end.Unix())+shift); ok {
			return time.Unix(int64(shown-shift), 0).In(s.location)
		}
		t = end
	}
	return time.Time{}
}

// nextShown is the first matching reading from one on and before end, of a
// clock that is not changed meanwhile.
func (s Schedule) nextShown(from, end wall) (wall, bool) {
	for w := from; w < end; {
		switch {
		case !s.dayMatches(w):
			w = w.day().addDays(1)
		case s.spec.Hour&(1<<w.hour()) == 0:
			w += 3600 - w.mod(3600)
		case s.spec.Minute&(1<<w.minute()) == 0:
			w += 60
		default:
			return w, true
		}
	}
	return 0, false
}

// dayMatches is the rule of cron: both fields when one of them is a star, or
// else either.
func (s Schedule) dayMatches(w wall) bool {
	t := w.time()
	if s.spec.Month&(1<<t.Month()) == 0 {
		return false
	}
	inMonth := s.spec.Dom&(1<<t.Day()) != 0
	inWeek := s.spec.Dow&(1<<t.Weekday()) != 0
	if isStar(s.spec.Dom) || isStar(s.spec.Dow) {
		return inMonth && inWeek
	}
	return inMonth || inWeek
}
