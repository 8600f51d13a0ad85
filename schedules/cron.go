package schedules

import (
	"fmt"
	"math/bits"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// lineTimes are the times of a cron line.
type lineTimes struct {
	spec  *cron.SpecSchedule // used for its sets alone: bit n is value n
	fixed bool               // no * in minute or hour
}

func (l lineTimes) next(after time.Time, on days, loc *time.Location) time.Time {
	if l.fixed {
		return l.nextFixed(after, on, loc)
	}
	return l.nextReal(after, on, loc)
}

// nextFixed goes through calendar days and their times. Those of earlier days
// are over: a time that is shown later comes later, whatever the clocks do.
func (l lineTimes) nextFixed(after time.Time, on days, loc *time.Location) time.Time {
	day, ok := on.next(DateOf(after.In(loc)))
	for last := day + horizon; ok && day <= last; day, ok = on.next(day + 1) {
		if !l.dayMatches(day) || !exists(day, loc) {
			continue
		}
		for shown := range l.readings(day) {
			if t := instant(shown, loc); t.After(after) {
				return t
			}
		}
	}
	return time.Time{}
}

// readings are what a clock on the wall shows at the line's times of a day, in order.
func (l lineTimes) readings(day Date) func(yield func(wall) bool) {
	return func(yield func(wall) bool) {
		for hour := range 24 {
			if l.spec.Hour&(1<<hour) == 0 {
				continue
			}
			for minute := range 60 {
				if l.spec.Minute&(1<<minute) != 0 && !yield(day.midnight()+wall(hour*3600+minute*60)) {
					return
				}
			}
		}
	}
}

// exists is false for a day that a place left out, as Samoa did on 30 December
// 2011 when it crossed the date line.
func exists(day Date, loc *time.Location) bool {
	return day.start(loc).Before((day + 1).start(loc))
}

// nextReal goes through the stretches of time between two changes of the
// clocks. Within one, what the clock on the wall shows grows evenly.
func (l lineTimes) nextReal(after time.Time, on days, loc *time.Location) time.Time {
	first, ok := on.next(DateOf(after.In(loc)))
	if !ok {
		return time.Time{}
	}
	last := time.Unix(int64((first + horizon).midnight()), 0) // to some hours
	for t := after; t.Before(last); {
		shift, end := stretch(t, loc)
		if end.IsZero() || end.After(last) {
			end = last
		}
		from := (wall(t.Unix()) + shift).nextMinute(t.After(after))
		if shown, ok := l.nextShown(from, wall(end.Unix())+shift, on); ok {
			return time.Unix(int64(shown-shift), 0)
		}
		t = end
	}
	return time.Time{}
}

// nextShown is the first matching reading from one on and before end, of a
// clock that is not changed meanwhile.
func (l lineTimes) nextShown(from, end wall, on days) (wall, bool) {
	day, ok := on.next(from.date())
	for w := max(from, day.midnight()); ok && w < end; {
		switch {
		case !l.dayMatches(w.date()):
			day, ok = on.next(w.date() + 1)
			w = day.midnight()
		case l.spec.Hour&(1<<w.hour()) == 0:
			w += 3600 - w.mod(3600)
		case l.spec.Minute&(1<<w.minute()) == 0:
			w += 60 * wall(min(bits.TrailingZeros64(l.spec.Minute>>w.minute()), 60-w.minute()))
		default:
			return w, true
		}
		if ok && w.mod(daySeconds) == 0 { // it may be another day by now
			day, ok = on.next(w.date())
			w = max(w, day.midnight())
		}
	}
	return 0, false
}

// dayMatches is the rule of cron: both fields when one of them is a star, or
// else either.
func (l lineTimes) dayMatches(day Date) bool {
	t := day.midnight().time()
	if l.spec.Month&(1<<t.Month()) == 0 {
		return false
	}
	inMonth := l.spec.Dom&(1<<t.Day()) != 0
	inWeek := l.spec.Dow&(1<<t.Weekday()) != 0
	if isStar(l.spec.Dom) || isStar(l.spec.Dow) {
		return inMonth && inWeek
	}
	return inMonth || inWeek
}

// note looks for the readings of the day that come at t. One of another day comes at t
// only where a day begins with a gap, or is none.
func (l lineTimes) note(t time.Time, on days, loc *time.Location) string {
	if !l.fixed {
		return "" // it follows the clock on the wall, whatever that shows
	}
	var skipped []string
	shows := wallOf(t, loc)
	for day := shows.date() - 1; day <= shows.date(); day++ {
		if !on.has(day) || !l.dayMatches(day) || !exists(day, loc) {
			continue
		}
		for w := range l.readings(day) {
			if w != shows && instant(w, loc).Equal(t) {
				skipped = append(skipped, w.time().Format("15:04"))
			}
		}
	}
	switch {
	case len(skipped) > 3:
		skipped = []string{skipped[0] + " to " + skipped[len(skipped)-1]}
		fallthrough
	case len(skipped) > 1:
		return strings.Join(skipped, ", ") + " are skipped that day; this is the first moment after them"
	case len(skipped) == 1:
		return skipped[0] + " is skipped that day; this is the first moment after it"
	case twice(shows, t, loc):
		return fmt.Sprintf("%s comes twice that day; this is the first", shows.time().Format("15:04"))
	}
	return ""
}

// twice reports whether the clock shows the same once more after t.
func twice(shows wall, t time.Time, loc *time.Location) bool {
	for _, c := range Changes(loc, t, t.Add(26*time.Hour)) {
		if again := time.Unix(int64(shows)-int64(c.After), 0); again.After(t) && !again.Before(c.At) && wallOf(again, loc) == shows {
			return true
		}
	}
	return false
}
