package schedules

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// QuietHours are hours of the day as the clock on the wall shows them. A nil one is
// never quiet.
type QuietHours struct {
	from, until wall // of the day; from is not until
	location    *time.Location
}

// ReadQuiet reads quiet hours, and says all that is wrong with them.
func ReadQuiet(q chat.Quiet) (*QuietHours, error) {
	loc, mistakes := location(q.Zone)
	clock := func(key, text string) wall {
		t, err := time.Parse("15:04", text)
		if err != nil {
			mistakes = errors.Join(mistakes, fmt.Errorf("quiet: %s %.20q is no time of the day; write it as 22:00", key, text))
		}
		return wall(t.Hour()*3600 + t.Minute()*60)
	}
	h := &QuietHours{from: clock("from", q.From), until: clock("until", q.Until), location: loc}
	if mistakes == nil && h.from == h.until {
		mistakes = fmt.Errorf("quiet: from and until are both %s, which is all day or never; write two times", q.From)
	}
	if q.Then != "" && !slices.Contains(chat.QuietRules, q.Then) {
		mistakes = errors.Join(mistakes, fmt.Errorf("quiet: then %.20q is unknown; have %s and %s", q.Then, chat.QuietWait, chat.QuietSkip))
	}
	if mistakes != nil {
		return nil, mistakes
	}
	return h, nil
}

// Over reports whether the clock on the wall shows quiet hours at t, and the first
// moment at which it does not any more. An hour that comes twice is quiet both times.
func (q *QuietHours) Over(t time.Time) (end time.Time, in bool) {
	if q == nil || !q.has(wallOf(t, q.location)) {
		return time.Time{}, false
	}
	for {
		shift, change := stretch(t, q.location)
		shown := wallOf(t, q.location)
		over := shown.day() + q.until
		if over <= shown {
			over = over.day().addDays(1) + q.until
		}
		end := time.Unix(int64(over-shift), 0).In(q.location)
		if change.IsZero() || end.Before(change) {
			return end, true
		}
		if !q.has(wallOf(change, q.location)) {
			return change.In(q.location), true
		}
		t = change
	}
}

func (q *QuietHours) has(shown wall) bool {
	clock := shown.mod(daySeconds)
	if q.from < q.until {
		return q.from <= clock && clock < q.until
	}
	return clock >= q.from || clock < q.until
}
