package schedules

import (
	"slices"
	"time"

	"github.com/teambition/rrule-go"
)

// period is a day, a week, a month or a year: what a rule repeats.
type period struct{ begin, end Date } // end is the first day after it

// first is the period in which a day is.
func (u *rule) first(day Date) period {
	t := day.midnight().time()
	switch u.Freq {
	case rrule.YEARLY:
		return u.period(dateOf(t.Year(), time.January))
	case rrule.MONTHLY:
		return u.period(dateOf(t.Year(), t.Month()))
	case rrule.WEEKLY:
		return u.period(day - Date((weekday(day)-u.Wkst.Day()+7)%7))
	default:
		return u.period(day)
	}
}

// following is the next one, INTERVAL further on.
func (u *rule) following(p period) period {
	t := p.begin.midnight().time()
	switch u.Freq {
	case rrule.YEARLY:
		return u.period(dateOf(t.Year()+u.Interval, time.January))
	case rrule.MONTHLY:
		return u.period(dateOf(t.Year(), t.Month()+time.Month(u.Interval)))
	case rrule.WEEKLY:
		return u.period(p.begin + 7*Date(u.Interval))
	default:
		return u.period(p.begin + Date(u.Interval))
	}
}

func (u *rule) period(begin Date) period {
	t := begin.midnight().time()
	switch u.Freq {
	case rrule.YEARLY:
		return yearOf(t)
	case rrule.MONTHLY:
		return monthOf(t)
	case rrule.WEEKLY:
		return period{begin, begin + 7}
	default:
		return period{begin, begin + 1}
	}
}

// dateOf is the first of a month.
func dateOf(year int, month time.Month) Date {
	return DateOf(time.Date(year, month, 1, 0, 0, 0, 0, time.UTC))
}

// within lists a period's days that match, and how many it looked at. Months that do not
// match are passed over at once.
func (u *rule) within(p period) (days []Date, looked int) {
	for day := p.begin; day < p.end; looked++ {
		t := day.midnight().time()
		if len(u.Bymonth) > 0 && !slices.Contains(u.Bymonth, int(t.Month())) {
			day = dateOf(t.Year(), t.Month()+1)
			continue
		}
		if u.matches(day, t) {
			days = append(days, day)
		}
		day++
	}
	return days, looked
}

func (u *rule) matches(day Date, t time.Time) bool {
	if len(u.Bymonthday) > 0 && !in(u.Bymonthday, day, monthOf(t)) {
		return false
	}
	if len(u.Byyearday) > 0 && !in(u.Byyearday, day, yearOf(t)) {
		return false
	}
	if len(u.Byweekno) > 0 && !u.inWeek(day) {
		return false
	}
	if len(u.Byweekday) == 0 {
		return true
	}
	// "2MO" is the second of the month, or of the year where a rule of years names no
	// months.
	of := monthOf(t)
	if u.Freq == rrule.YEARLY && len(u.Bymonth) == 0 {
		of = yearOf(t)
	}
	return slices.ContainsFunc(u.Byweekday, func(w rrule.Weekday) bool {
		switch {
		case w.Day() != weekday(day):
			return false
		case w.N() == 0 || u.Freq > rrule.MONTHLY:
			return true
		case w.N() > 0:
			return int(day-of.begin)/7+1 == w.N()
		default:
			return int(of.end-1-day)/7+1 == -w.N()
		}
	})
}

func monthOf(t time.Time) period {
	return period{dateOf(t.Year(), t.Month()), dateOf(t.Year(), t.Month()+1)}
}

func yearOf(t time.Time) period {
	return period{dateOf(t.Year(), time.January), dateOf(t.Year()+1, time.January)}
}

// in reports whether a list has a day's number in a period, counted from its begin or,
// below zero, from its end.
func in(list []int, day Date, p period) bool {
	return slices.Contains(list, int(day-p.begin)+1) || slices.Contains(list, int(day-p.end))
}

// inWeek reports whether a day is in one of the rule's weeks of a year. The first of
// them is the one that has four days of the year or more.
func (u *rule) inWeek(day Date) bool {
	begin := day - Date((weekday(day)-u.Wkst.Day()+7)%7)
	year := (begin + 3).midnight().time().Year() // that has most of the week
	first, next := u.firstWeek(year), u.firstWeek(year+1)
	return slices.Contains(u.Byweekno, int(begin-first)/7+1) || slices.Contains(u.Byweekno, int(begin-next)/7)
}

// firstWeek is the day on which a year's first week begins.
func (u *rule) firstWeek(year int) Date {
	fourth := dateOf(year, time.January) + 3
	return fourth - Date((weekday(fourth)-u.Wkst.Day()+7)%7)
}
