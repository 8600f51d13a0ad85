package schedules

import (
	"fmt"
	"time"
)

// Schedule is a timing that was read. It is made by [Read]; the zero value never
// strikes.
type Schedule struct {
	text     string
	location *time.Location
	days     days
	times    times // nil: never
}

// times are the times of a schedule, one of cron, every and moments.
type times interface {
	// next is the first time after one that falls on one of the days, or zero.
	next(after time.Time, on days, loc *time.Location) time.Time
	// note says why t, a time that next found, is not what was written, or is empty.
	note(t time.Time, on days, loc *time.Location) string
}

// String is what was written, and the zone.
func (s Schedule) String() string {
	if s.times == nil {
		return "never"
	}
	return fmt.Sprintf("%s (%s)", s.text, s.location)
}

// Location is the zone in which the schedule counts; UTC for the zero Schedule.
func (s Schedule) Location() *time.Location {
	if s.location == nil {
		return time.UTC
	}
	return s.location
}

// horizon is how many days ahead is looked, from the first day on which a schedule may
// strike. The longest wait is eight years, from one 29 February to another around a
// year such as 2100.
const horizon = 9 * 366

// Next is the first time after this one, in the schedule's zone, or the zero time when
// none comes again.
func (s Schedule) Next(after time.Time) time.Time {
	if s.times == nil {
		return time.Time{}
	}
	next := s.times.next(after, s.days, s.location)
	if next.IsZero() {
		return time.Time{}
	}
	return next.In(s.location)
}

// Note says why a time that [Schedule.Next] found is not what the line says: such as
// "02:30 is skipped that day; this is the first moment after it". It is empty when it is.
func (s Schedule) Note(t time.Time) string {
	if s.times == nil {
		return ""
	}
	return s.times.note(t, s.days, s.location)
}
