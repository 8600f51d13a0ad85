package schedules

import (
	"fmt"
	"time"
)

// every strikes at even distances, in real time.
type every struct {
	started  time.Time // a full second
	interval time.Duration
}

// The shortest and the longest distance of @every. A shorter one would be another thing
// than a schedule, whose clock is looked at in minutes; a longer one is a date.
const (
	shortest = time.Minute
	longest  = 366 * 24 * time.Hour
)

func readEvery(text string, started time.Time) (times, error) {
	const example = `; write it such as "@every 90m"`
	d, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("schedule: @every needs a length of time, and %.20q is none%s", text, example)
	case d < shortest:
		return nil, fmt.Errorf("schedule: @every %s is too fast: a schedule strikes once in a minute at the most%s", text, example)
	case d > longest:
		return nil, fmt.Errorf("schedule: @every %s is longer than a year; write dates, with at", text)
	case d%time.Second != 0:
		return nil, fmt.Errorf("schedule: @every %s is no number of full seconds%s", text, example)
	}
	return every{started: started.Truncate(time.Second), interval: d}, nil
}

func (e every) next(after time.Time, on days, loc *time.Location) time.Time {
	first, ok := on.next(DateOf(after.In(loc)))
	for day := first; ok && day <= first+horizon; {
		t := e.after(after)
		if day = DateOf(t.In(loc)); on.has(day) {
			return t
		}
		if day, ok = on.next(day); ok {
			after = day.start(loc).Add(-time.Second)
		}
	}
	return time.Time{}
}

// after is the first time after one, on whatever day.
func (e every) after(t time.Time) time.Time {
	if t.Before(e.started) {
		return e.started.Add(e.interval)
	}
	// Whole seconds, since a Duration ends after three centuries.
	passed, step := t.Unix()-e.started.Unix(), int64(e.interval/time.Second)
	return time.Unix(e.started.Unix()+(passed/step+1)*step, 0)
}

func (every) note(time.Time, days, *time.Location) string { return "" }
