package schedules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// moments strike once each.
type moments struct{ list []moment } // in order

// moment is a time that was written down.
type moment struct {
	at   time.Time
	text string
	day  Date // as it was written; in a gap of the clocks it may be another than at's
	note string
}

// maxMoments is how many times one schedule may list.
const maxMoments = 1000

// Ways to write a time: as the clock on the wall shows it, or with how far that is from
// UTC.
var (
	localForms  = []string{"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02T15:04:05"}
	offsetForms = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04Z07:00"}
)

func readMoments(texts []string, loc *time.Location, on days) (times, error) {
	if len(texts) > maxMoments {
		return nil, fmt.Errorf("at: has %d times; the most is %d", len(texts), maxMoments)
	}
	var mistakes error
	var list []moment
	for _, text := range texts {
		m, err := readMoment(text, loc)
		switch {
		case err != nil:
			mistakes = errors.Join(mistakes, fmt.Errorf("at: %w", err))
		case m.day < on.from || m.day > on.until:
			mistakes = errors.Join(mistakes, fmt.Errorf("at: %q is not between the dates of between; leave out one of them", m.text))
		default:
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b moment) int { return a.at.Compare(b.at) })
	for i, m := range list {
		if i > 0 && m.at.Equal(list[i-1].at) {
			mistakes = errors.Join(mistakes, fmt.Errorf("at: %q and %q are the same moment; leave out one of them", list[i-1].text, m.text))
		}
	}
	return moments{list}, mistakes
}

func readMoment(text string, loc *time.Location) (moment, error) {
	text = strings.TrimSpace(text)
	for _, form := range offsetForms {
		if t, err := time.Parse(form, text); err == nil && t.Nanosecond() == 0 {
			return moment{at: t, text: text, day: DateOf(t.In(loc))}, nil
		}
	}
	for _, form := range localForms {
		t, err := time.Parse(form, text)
		if err != nil || t.Nanosecond() != 0 {
			continue
		}
		shown := wall(t.Unix())
		m := moment{at: instant(shown, loc), text: text, day: shown.date()}
		switch {
		case wallOf(m.at, loc) != shown:
			m.note = t.Format("15:04") + " is skipped that day; this is the first moment after it"
		case twice(shown, m.at, loc):
			m.note = t.Format("15:04") + " comes twice that day; this is the first"
		}
		return m, nil
	}
	return moment{}, fmt.Errorf("%.40q is no time; write it as 2026-12-24 09:00, or with its distance from UTC as 2026-12-24T09:00:00+09:00", text)
}

func (m moments) next(after time.Time, on days, _ *time.Location) time.Time {
	for _, x := range m.list {
		if x.at.After(after) && on.has(x.day) {
			return x.at
		}
	}
	return time.Time{}
}

func (m moments) note(t time.Time, _ days, _ *time.Location) string {
	for _, x := range m.list {
		if x.at.Equal(t) {
			return x.note
		}
	}
	return ""
}
