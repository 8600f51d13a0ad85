package schedules

import (
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Times is when a schedule strikes, as far as that is written.
type Times struct {
	Schedule Schedule
	Quiet    *QuietHours    // of its bot; nil: none
	Then     chat.QuietRule // what becomes of what falls in them
}

const (
	// punctual is how late a time may be and still be on time: lines count in minutes.
	punctual = time.Minute
	// mostMadeUp is how many times of a schedule are made up after one absence.
	mostMadeUp = 1000
	// mostAtOnce is how many times of a schedule are struck in one transaction.
	mostAtOnce = 200
)

// plan is what is to become of a schedule's times, as far as it can be said now.
type plan struct {
	firings []chat.Planned // those that are to make events are underway, and have no arrival yet
	until   time.Time      // up to which time all is decided by that; zero: nothing is
	look    time.Time      // when there is more to decide; zero is never
}

// planner makes the plan of one schedule. It depends on what was decided and on the time
// now, and not on who looks and when somebody looked before.
type planner struct {
	record *chat.ScheduleRecord
	times  Times
	now    time.Time

	list  []candidate   // those whose turn has come, in order
	lump  *chat.Planned // those before them, if they are too many to be looked at
	leapt bool
	wait  time.Time // when what is to be made up may be; zero is now
}

// candidate is a time whose turn has come.
type candidate struct {
	meant, due time.Time
	quiet      time.Time // the end of the quiet hours in which it fell; zero: in none
	outcome    chat.FiringOutcome
	reason     string
}

// decide says what is to become of a schedule's times now.
//
// They are decided in order, each when it is due. That is when it was meant, put off by
// its jitter, and from there to the end of quiet hours; and not before those before it.
// One that has been due for longer than a minute was missed.
func decide(r *chat.ScheduleRecord, t Times, now time.Time) plan {
	p := &planner{record: r, times: t, now: now}
	look := p.gather()
	p.judge()
	if !p.wait.IsZero() {
		return plan{look: p.wait}
	}
	made := p.plan()
	if made.look.IsZero() {
		made.look = look
	}
	return made
}

// undecided is the time after which nothing of a schedule is decided.
func undecided(r *chat.ScheduleRecord) time.Time {
	if r.Started.After(r.Decided) {
		return r.Started
	}
	return r.Decided
}

func (p *planner) next(after time.Time) time.Time {
	t := p.times.Schedule.Next(after)
	if t.IsZero() {
		return t
	}
	return t.UTC()
}

// candidate says when a time is due by itself.
func (p *planner) candidate(t time.Time) candidate {
	c := candidate{meant: t, due: t.Add(Put(p.record.Bot, p.record.Name, t, time.Duration(p.record.Jitter)))}
	if end, in := p.times.Quiet.Over(c.due); in {
		c.quiet = end.UTC()
		if p.times.Then != chat.QuietSkip {
			c.due = c.quiet
		}
	}
	return c
}

// waits reports whether a candidate waited for the end of quiet hours.
func (p *planner) waits(c *candidate) bool {
	return !c.quiet.IsZero() && p.times.Then != chat.QuietSkip
}

// What becomes of times that are left out, for a person.
const (
	whyPaused     = "the schedule was paused"
	whyQuiet      = "it fell in the bot's quiet hours, in which it is left out (quiet: then: skip)"
	whyQuieter    = "it fell in the bot's quiet hours, and the last time that did so is struck when they are over"
	whySkipped    = "it could not be struck in time, and what is missed is left out (missed: skip)"
	whySuperseded = "it could not be struck in time, and a later time is struck in its place (missed: once)"
	whyTooOld     = "it could not be struck in time, and it is older than what is made up (max_age)"
	whyTooMany    = "it could not be struck in time, and no more than the latest 1000 are made up"
	whyLeapt      = "it could not be struck in time, and nothing is made up after more than a month, for which this machine was down or its clock wrong"
	whyExpired    = "it could not be struck before it was not worth sending any more (expires)"
)

// judge says of each candidate what becomes of it, the latest first, since it decides
// about those before it.
func (p *planner) judge() {
	stretches := map[time.Time]bool{} // quiet hours whose latest time was found
	later, madeUp := false, 0         // whether a later one is struck, and how many are made up
	for i := len(p.list) - 1; i >= 0; i-- {
		c := &p.list[i]
		if p.leaveOut(c, stretches) {
			continue
		}
		missed := p.now.Sub(c.due) > punctual
		if missed {
			c.outcome, c.reason = chat.FiringMissed, p.tooLate(c, later, madeUp)
		}
		switch end, quiet := p.times.Quiet.Over(p.now); {
		case c.reason != "":
		case p.expired(c):
			c.outcome, c.reason = chat.FiringExpired, whyExpired
		case missed && quiet && p.times.Then == chat.QuietSkip:
			c.outcome, c.reason = chat.FiringQuiet, whyQuiet
		default:
			c.outcome, later = chat.FiringUnderway, true
			if missed {
				madeUp++
			}
			if missed && quiet {
				p.wait = end.UTC()
			}
		}
	}
}

// leaveOut reports whether a candidate is left out whenever somebody looks at it.
func (p *planner) leaveOut(c *candidate, stretches map[time.Time]bool) bool {
	switch {
	case p.paused(c):
		c.outcome, c.reason = chat.FiringPaused, whyPaused
	case c.quiet.IsZero():
	case !p.waits(c):
		c.outcome, c.reason = chat.FiringQuiet, whyQuiet
	case stretches[c.quiet] || p.another(c.quiet):
		c.outcome, c.reason = chat.FiringQuiet, whyQuieter
	default:
		stretches[c.quiet] = true
	}
	return c.reason != ""
}

// tooLate says why a time that was missed is not made up; empty: it is.
func (p *planner) tooLate(c *candidate, later bool, madeUp int) string {
	switch rule := p.record.Missed; {
	case p.leapt:
		return whyLeapt
	case rule == chat.MissedSkip:
		return whySkipped
	case p.now.Sub(c.due) > maxAge(p.record):
		return whyTooOld
	case rule != chat.MissedAll && later:
		return whySuperseded
	case madeUp == mostMadeUp:
		return whyTooMany
	}
	return ""
}

func maxAge(r *chat.ScheduleRecord) time.Duration {
	if r.MaxAge > 0 {
		return time.Duration(r.MaxAge)
	}
	return chat.DefaultMaxAge
}

func (p *planner) expired(c *candidate) bool {
	after := time.Duration(p.record.Expires)
	return after > 0 && !p.now.Before(c.meant.Add(after))
}

// paused reports whether a candidate came, or would come, while its schedule is paused.
func (p *planner) paused(c *candidate) bool {
	return p.record.PausedAt(p.now) || p.during(c)
}

// during reports whether a candidate was meant or due during a pause.
func (p *planner) during(c *candidate) bool {
	had := func(x chat.SchedulePause) bool { return x.Has(c.meant) || x.Has(c.due) }
	return p.record.Paused != nil && had(*p.record.Paused) || slices.ContainsFunc(p.record.Earlier, had)
}

// another reports whether a time whose turn has not come falls in quiet hours that are
// over: jitter can put off one before it for longer.
func (p *planner) another(end time.Time) bool {
	for t := p.next(p.list[len(p.list)-1].meant); !t.IsZero() && t.Before(end); t = p.next(t) {
		if c := p.candidate(t); c.quiet.Equal(end) && !p.paused(&c) {
			return true
		}
	}
	return false
}

// plan makes firings of the candidates. What is left out in a row for one reason is one.
func (p *planner) plan() (made plan) {
	if p.lump != nil {
		made.firings, made.until = append(made.firings, *p.lump), p.lump.Last
	}
	struck := 0
	for i := range p.list {
		c := &p.list[i]
		if c.outcome == chat.FiringUnderway {
			if struck++; struck > mostAtOnce {
				made.look = p.now
				return made
			}
		}
		made.until = c.meant
		if n := len(made.firings); n > 0 && alike(&made.firings[n-1], c) {
			made.firings[n-1].Last = c.meant
			made.firings[n-1].Count++
			continue
		}
		made.firings = append(made.firings, chat.Planned{Meant: c.meant, Last: c.meant, Count: 1,
			Outcome: c.outcome, Reason: c.reason, Deadline: p.deadline(c), Overlap: p.record.Overlap})
	}
	return made
}

func alike(f *chat.Planned, c *candidate) bool {
	return f.Outcome == c.outcome && f.Reason == c.reason && c.outcome != chat.FiringUnderway
}

// deadline is when a time is late; zero is never. What is left out because somebody wanted
// so is not late.
func (p *planner) deadline(c *candidate) time.Time {
	switch after := time.Duration(p.record.LateAfter); {
	case after == 0, c.outcome == chat.FiringPaused, c.outcome == chat.FiringQuiet:
		return time.Time{}
	case p.waits(c):
		return c.quiet.Add(after)
	default:
		return c.meant.Add(after)
	}
}
