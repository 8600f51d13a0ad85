package schedules

import (
	"errors"
	"fmt"
	"strings"
)

// ReadDates reads a calendar of one date or one range of dates a line, such as
// "2026-12-24..2026-12-26". What follows # is a comment.
func ReadDates(text string) (*Calendar, error) {
	var dates []Date
	n := 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		n++
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		first, last, err := dateRange(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		for day := first; day <= last; day++ {
			dates = append(dates, day)
		}
		if len(dates) > maxDates {
			return nil, fmt.Errorf("line %d: %w", n, errTooManyDates)
		}
	}
	if len(dates) == 0 {
		return nil, errors.New("there is no date in it; write one a line, such as 2026-12-24")
	}
	return newCalendar(dates, false), nil
}

// maxDates is how many dates a calendar may come to, repeats included: each day of two
// centuries.
const maxDates = 75_000

var errTooManyDates = fmt.Errorf("the calendar comes to more than %d dates; leave out what is over, and what is far ahead", maxDates)

// maxRange is the longest range of dates: what is longer is meant as a time between two
// dates, or has a wrong year.
const maxRange = 366

func dateRange(text string) (first, last Date, err error) {
	from, to, isRange := strings.Cut(text, "..")
	if first, err = ParseDate(strings.TrimSpace(from)); err != nil || !isRange {
		return first, first, err
	}
	if last, err = ParseDate(strings.TrimSpace(to)); err != nil {
		return 0, 0, err
	}
	switch {
	case last < first:
		return 0, 0, fmt.Errorf("the range ends before it begins; write %s..%s", last, first)
	case last-first >= maxRange:
		return 0, 0, fmt.Errorf("the range %s..%s is longer than a year; is the year right?", first, last)
	}
	return first, last, nil
}
