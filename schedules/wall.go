package schedules

import "time"

// wall is what the clock on a wall shows: seconds since 1970 as that clock
// counts them. It is no moment: some readings come twice and some never.
type wall int64

const daySeconds = 24 * 3600

func wallOf(t time.Time, loc *time.Location) wall {
	_, offset := t.In(loc).Zone()
	return wall(t.Unix() + int64(offset))
}

// time is a time whose date and clock are the reading's. Its zone means
// nothing.
func (w wall) time() time.Time { return time.Unix(int64(w), 0).UTC() }

// day is midnight of the reading's day.
func (w wall) day() wall { return w - w.mod(daySeconds) }

func (w wall) date() Date { return Date((w - w.mod(daySeconds)) / daySeconds) }

func (w wall) addDays(n int) wall { return w + wall(n*daySeconds) }

func (w wall) hour() int { return int(w.mod(daySeconds) / 3600) }

func (w wall) minute() int { return int(w.mod(3600) / 60) }

// mod is not negative, also before 1970.
func (w wall) mod(n wall) wall { return (w%n + n) % n }

// nextMinute is the first full minute after the reading, or from it on.
func (w wall) nextMinute(orNow bool) wall {
	if orNow && w.mod(60) == 0 {
		return w
	}
	return w - w.mod(60) + 60
}

// stretch is how far the zone's clocks are ahead of UTC at t, and until when
// that holds at the least; zero is for ever.
func stretch(t time.Time, loc *time.Location) (shift wall, end time.Time) {
	local := t.In(loc)
	_, offset := local.Zone()
	_, end = local.ZoneBounds()
	// Where a zone goes on by a rule, Go takes every year for one of 365 days,
	// and on the last day of a leap year says that what holds now ended before.
	if !end.IsZero() && !end.After(t) {
		end = t.Add(time.Hour)
	}
	return wall(offset), end
}

// farthest is more than any zone was ever away from UTC, in seconds.
const farthest = 2 * daySeconds

// instant is the first moment at which the clock shows this, or, when it skips
// the reading, the first moment after the gap. A day that is given as 24:00 is
// the next one's midnight.
func instant(w wall, loc *time.Location) time.Time {
	t := time.Unix(int64(w)-farthest, 0)
	for {
		shift, end := stretch(t, loc)
		moment := time.Unix(int64(w-shift), 0)
		switch {
		case moment.Before(t): // passed over when this stretch began
			return t
		case end.IsZero() || moment.Before(end):
			return moment
		}
		t = end
	}
}
