package schedules

import (
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

const (
	// leap is an absence after which nothing is made up: whoever was away for so long, or
	// has a clock that was wrong by so much, is not to send what everybody has forgotten.
	// Where more is to be made up by max_age, it is that.
	leap = 31 * 24 * time.Hour
	// mostCounted is how many times are looked at one by one: those of a leap in which
	// there is one each minute. An absence in which there were more is a leap.
	mostCounted = 50_000
	// longestQuiet is longer than quiet hours last, also when clocks change.
	longestQuiet = 48 * time.Hour
)

// gather collects the candidates, and returns when the next time will be one; zero is
// never.
func (p *planner) gather() time.Time {
	after := undecided(p.record)
	look, ok := p.walk(after)
	if ok {
		return look
	}
	p.leapt, p.list = true, nil
	// Nothing that was meant before this is on time.
	cut := p.now.Add(-longestQuiet - time.Duration(p.record.Jitter))
	if p.lump = p.together(after, cut); p.lump != nil {
		after = p.lump.Last
	}
	look, _ = p.walk(after)
	return look
}

// walk collects the times after one. It is false, and ends early, when that is a leap.
func (p *planner) walk(after time.Time) (look time.Time, ok bool) {
	running := p.held(after)
	for t := p.next(after); !t.IsZero(); t = p.next(t) {
		c := p.candidate(t)
		if c.due.Before(running) {
			c.due = running
		}
		if c.due.After(p.now) {
			return c.due, true
		}
		if !p.leapt && (len(p.list) == mostCounted || p.now.Sub(c.due) > max(leap, maxAge(p.record))) {
			return time.Time{}, false
		}
		running = c.due
		p.list = append(p.list, c)
	}
	return time.Time{}, true
}

// held is when the last of those up to a time was due, for which the next ones waited:
// some of them were struck before others, where many wait for one. None waits for what
// came longer before than by jitter.
func (p *planner) held(after time.Time) (due time.Time) {
	jitter := time.Duration(p.record.Jitter)
	if jitter <= 0 {
		return due
	}
	start := after.Add(-jitter)
	if start.Before(p.record.Started) {
		start = p.record.Started
	}
	for t := p.next(start); !t.IsZero() && !t.After(after); t = p.next(t) {
		if c := p.candidate(t); c.due.After(due) {
			due = c.due
		}
	}
	return due
}

// together is all times after one and up to another as one that is left out; nil: there
// are none.
func (p *planner) together(after, until time.Time) *chat.Planned {
	first := p.next(after)
	if first.IsZero() || first.After(until) {
		return nil
	}
	c := candidate{meant: first, outcome: chat.FiringMissed, reason: whyLeapt}
	if p.record.PausedAt(p.now) {
		c.outcome, c.reason = chat.FiringPaused, whyPaused
	}
	f := &chat.Planned{Meant: first, Last: first, Count: 1, Outcome: c.outcome, Reason: c.reason, Deadline: p.deadline(&c)}
	for t := p.next(first); !t.IsZero() && !t.After(until); t = p.next(t) {
		if f.Count == mostCounted {
			f.Last = p.latest(t, until)
			f.Reason += fmt.Sprintf("; there were more than the %d that are counted", f.Count)
			break
		}
		f.Last = t
		f.Count++
	}
	return f
}

// latest is the last time from one on that is not after another. It looks back from there
// in growing strides, since decades may lie between.
func (p *planner) latest(first, until time.Time) time.Time {
	for back := time.Hour; ; back *= 2 {
		t := first
		if start := until.Add(-back); start.After(first) {
			t = p.next(start)
		}
		if t.IsZero() || t.After(until) {
			continue
		}
		for next := p.next(t); !next.IsZero() && !next.After(until); next = p.next(t) {
			t = next
		}
		return t
	}
}
