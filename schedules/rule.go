package schedules

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/teambition/rrule-go"
)

// rule is a rule of an event that comes again. The library reads it, and its days are
// counted here: the library looks for the next one until the year 9999, however long
// that takes, and panics over some rules.
type rule struct {
	rrule.ROption
	endless bool // it goes on after lastOccurrence
}

// lastOccurrence is how far rules are followed.
var lastOccurrence = DateOf(time.Date(2100, time.December, 31, 0, 0, 0, 0, time.UTC))

// maxWork is how many days are looked at for the rules of one file. A rule of each year
// takes some three thousand for a fixed date.
const maxWork = 5_000_000

var errTooMuchWork = errors.New("RRULE: the rules of the file come to too much to count; leave out events, or write the dates, one a line, into a .txt file")

func readRule(text string) (*rule, error) {
	o, err := rrule.StrToROption(text)
	if err != nil {
		return nil, fmt.Errorf("%.60q cannot be read: %w", text, err)
	}
	if o.Freq > rrule.DAILY {
		return nil, fmt.Errorf("%s comes again within a day, and a calendar is of dates; write FREQ=DAILY", o.Freq)
	}
	if len(o.Byeaster) > 0 || !o.Dtstart.IsZero() {
		return nil, errors.New("has BYEASTER or DTSTART, which are no part of iCalendar's rules; write the dates with RDATE")
	}
	if o.Interval > 1000 || o.Interval < 0 || o.Count < 0 {
		return nil, errors.New("has a strange INTERVAL or COUNT; an interval is from 1 to 1000")
	}
	o.Interval = max(o.Interval, 1)
	// The hour is of no concern, and lists of them would be multiplied.
	o.Byhour, o.Byminute, o.Bysecond = nil, nil, nil
	if _, err := rrule.NewRRule(*o); err != nil { // it looks at the bounds
		return nil, fmt.Errorf("%.60q cannot be: %w", text, err)
	}
	for _, list := range [][]int{o.Bymonth, o.Bymonthday, o.Byyearday, o.Byweekno, o.Bysetpos, make([]int, len(o.Byweekday))} {
		if len(list) > 800 {
			return nil, fmt.Errorf("has a list of %d, which is longer than any that means something", len(list))
		}
	}
	for _, list := range []*[]int{&o.Bymonth, &o.Bymonthday, &o.Byyearday, &o.Byweekno, &o.Bysetpos} { // each day is held against them
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return &rule{ROption: *o}, nil
}

// occurrences lists the days on which a rule has an event begin.
func (r *icsReader) occurrences(e icsEvent) ([]Date, error) {
	u := e.rule
	last := u.last(e.start)
	var found []Date
	u.fill(e.start.day)
	for p := u.first(e.start.day); p.begin <= last; p = u.following(p) {
		days, looked := u.within(p)
		if r.work -= looked + 1; r.work < 0 {
			return nil, errTooMuchWork
		}
		for _, day := range u.picked(days) {
			switch {
			case day < e.start.day:
				continue
			case day > last:
				u.endless = last == lastOccurrence
				return found, nil
			}
			if found = append(found, day); len(found) == u.Count {
				return found, nil
			}
			if len(found) > maxDates {
				return nil, errTooManyDates
			}
		}
	}
	u.endless = last == lastOccurrence && len(found) > 0
	return found, nil
}

// last is the last day that may count.
func (u *rule) last(start icsTime) Date {
	if u.Until.IsZero() {
		return lastOccurrence
	}
	until := u.Until
	if start.zone != nil {
		until = until.In(start.zone)
	}
	day := DateOf(until)
	if start.timed && wallOf(until, until.Location()).mod(daySeconds) < start.clock {
		day-- // that day's is later than until
	}
	return min(day, lastOccurrence)
}

// fill sets what a rule leaves to the begin of its event.
func (u *rule) fill(start Date) {
	if len(u.Byweekno)+len(u.Byyearday)+len(u.Bymonthday)+len(u.Byweekday) > 0 {
		return
	}
	t := start.midnight().time()
	switch u.Freq {
	case rrule.YEARLY:
		if len(u.Bymonth) == 0 {
			u.Bymonth = []int{int(t.Month())}
		}
		u.Bymonthday = []int{t.Day()}
	case rrule.MONTHLY:
		u.Bymonthday = []int{t.Day()}
	case rrule.WEEKLY:
		u.Byweekday = []rrule.Weekday{weekdays[weekday(start)]}
	default: // each day
	}
}

var weekdays = []rrule.Weekday{rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU}

// weekday counts from Monday, as the library does.
func weekday(day Date) int { return (int(day.midnight().time().Weekday()) + 6) % 7 }

// picked are those of a period's days that BYSETPOS asks for.
func (u *rule) picked(days []Date) []Date {
	if len(u.Bysetpos) == 0 {
		return days
	}
	var picked []Date
	for _, pos := range u.Bysetpos {
		if pos < 0 {
			pos += len(days) + 1
		}
		if pos >= 1 && pos <= len(days) {
			picked = append(picked, days[pos-1])
		}
	}
	slices.Sort(picked)
	return slices.Compact(picked)
}
