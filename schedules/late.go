package schedules

import (
	"time"

	"github.com/botd-chat/botd/chat"
)

// Deadline is when what a time of a schedule brings is late; zero is never.
func Deadline(r chat.ScheduleRecord, meant time.Time) time.Time {
	if r.LateAfter == 0 {
		return time.Time{}
	}
	return meant.Add(time.Duration(r.LateAfter))
}

// lateAt is the first undecided time of a schedule that can be late, and when it is; zero
// is never.
func lateAt(r *chat.ScheduleRecord, t Times) (meant, deadline time.Time) {
	p := &planner{record: r, times: t}
	next := p.next(undecided(r))
	for range mostMadeUp { // what is left out is never late
		if next.IsZero() {
			break
		}
		if c := p.candidate(next); !p.during(&c) && (c.quiet.IsZero() || p.waits(&c)) {
			return c.meant, p.deadline(&c)
		}
		next = p.next(next)
	}
	return time.Time{}, time.Time{}
}
