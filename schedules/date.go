package schedules

import (
	"fmt"
	"math"
	"time"
)

// Date is a day of the calendar, wherever it is: days since 1 January 1970.
type Date int32

// DateOf is the date that a calendar on the wall shows at t, in t's zone.
func DateOf(t time.Time) Date {
	_, offset := t.Zone()
	return wall(t.Unix() + int64(offset)).date()
}

// ParseDate reads a date such as "2026-12-24".
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("%.30q is no date; write it as 2026-12-24", text)
	}
	return DateOf(t), nil
}

func (d Date) String() string { return d.midnight().time().Format(time.DateOnly) }

// midnight is how a clock on the wall shows the day's beginning.
func (d Date) midnight() wall { return wall(d) * daySeconds }

// start is the first moment of the day, in a zone.
func (d Date) start(loc *time.Location) time.Time { return instant(d.midnight(), loc) }

// The first and the last date that are counted with, so that no sum overflows.
const (
	firstDate Date = math.MinInt32 / 2
	lastDate  Date = math.MaxInt32 / 2
)

// days are the dates on which a schedule strikes, whatever its line says.
type days struct {
	from, until Date
	skip        []*Calendar
	only        []*Calendar // empty: all
}

func everyDay() days { return days{from: firstDate, until: lastDate} }

func (d days) has(day Date) bool {
	next, ok := d.next(day)
	return ok && next == day
}

// next is the first of the days from one on. Where all are skipped as far as is looked,
// there is none.
func (d days) next(day Date) (Date, bool) {
	day = max(day, d.from)
	for range horizon {
		if len(d.only) > 0 {
			there := false
			if day, there = nextOf(d.only, day); !there {
				return 0, false
			}
		}
		if day > d.until {
			return 0, false
		}
		if !anyHas(d.skip, day) {
			return day, true
		}
		day++
	}
	return 0, false
}

// last is the last of the days, if there is one.
func (d days) last() (Date, bool) {
	last := d.until
	if len(d.only) > 0 {
		of := firstDate
		for _, c := range d.only {
			end, ends := c.Last()
			if !ends {
				end = lastDate
			}
			of = max(of, end)
		}
		last = min(last, of)
	}
	return last, last < lastDate
}

func anyHas(calendars []*Calendar, day Date) bool {
	for _, c := range calendars {
		if c.Has(day) {
			return true
		}
	}
	return false
}

// nextOf is the first date from one on that is in any of the calendars.
func nextOf(calendars []*Calendar, day Date) (Date, bool) {
	first, found := lastDate, false
	for _, c := range calendars {
		if next, ok := c.next(day); ok && next <= first {
			first, found = next, true
		}
	}
	return first, found
}
