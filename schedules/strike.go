package schedules

import (
	"context"
	"time"

	"github.com/botd-chat/botd/chat"
)

const (
	// mostInBatch is how many times are struck in one call of the store, about.
	mostInBatch = 256
	firstRetry  = time.Second
	lastRetry   = time.Minute
)

// retry is the pause after so many failures in a row.
func retry(fails int) time.Duration { return min(firstRetry<<min(max(fails-1, 0), 10), lastRetry) }

// down leaves the store alone for a while.
func (s *Scheduler) down(what string, err error) {
	s.fails++
	d := retry(s.fails)
	s.hold = s.now().Add(d)
	s.Log.Warn(what, "in", d, "error", err)
}

// job is what is to be stored of a schedule.
type job struct {
	item *item
	plan plan
}

// batch decides about some schedules that were to be looked at by a time, as of then, and
// reports whether there are more.
func (s *Scheduler) batch(ctx context.Context, now time.Time) (more bool) {
	var jobs []job
	for n := 0; n < mostInBatch && !s.due.empty() && !s.due.first().look.After(now); {
		i := s.due.pop()
		var p plan
		err := guarded(func() error {
			p = decide(&i.record, i.times, now)
			s.arrive(&i.record, p.firings)
			return nil
		})
		switch {
		case err != nil:
			s.failed(i, err)
		case p.until.IsZero():
			i.fails = 0
			s.due.put(i, p.look)
		default:
			jobs = append(jobs, job{i, p})
			n += len(p.firings)
		}
	}
	if len(jobs) == 0 {
		return false
	}
	return s.store(ctx, jobs)
}

// arrive says what comes of those times that are struck.
func (s *Scheduler) arrive(r *chat.ScheduleRecord, list []chat.Planned) {
	for i := range list {
		f := &list[i]
		if f.Outcome != chat.FiringUnderway {
			continue
		}
		a, err := s.Arrival(*r, f.Meant)
		if err != nil {
			f.Outcome, f.Reason = chat.FiringRefused, err.Error()
			continue
		}
		f.Arrival = &a
	}
}

// failed has a schedule looked at again after a pause, which holds up no other.
func (s *Scheduler) failed(i *item, err error) {
	i.fails++
	d := retry(i.fails)
	s.due.put(i, s.now().Add(d))
	s.Log.Error("a schedule could not be struck; it is tried again", "schedule", i.record.ID, "bot", i.record.Bot,
		"name", i.record.Name, "in", d, "error", err)
}

// store has jobs stored. When that fails, one of them finds out whether that is because
// of the store, which is then left alone for a while, or of one of the others.
func (s *Scheduler) store(ctx context.Context, jobs []job) (goOn bool) {
	err := s.strike(ctx, jobs)
	switch {
	case err == nil:
		return true
	case len(jobs) == 1:
		s.failed(jobs[0].item, err)
		return true
	}
	s.turn++
	k := s.turn % len(jobs)
	jobs[0], jobs[k] = jobs[k], jobs[0]
	if err = s.strike(ctx, jobs[:1]); err != nil {
		s.putBack(jobs)
		s.down("schedules could not be struck; they are tried again", err)
		return false
	}
	rest := jobs[1:]
	half := (len(rest) + 1) / 2
	if !s.store(ctx, rest[:half]) {
		s.putBack(rest[half:])
		return false
	}
	return half == len(rest) || s.store(ctx, rest[half:])
}

// putBack has schedules looked at again as if they had not been.
func (s *Scheduler) putBack(jobs []job) {
	for _, j := range jobs {
		s.due.put(j.item, j.item.look)
	}
}

// strike stores jobs, and has their schedules looked at when there is more to decide. It
// does not end with ctx: what is being stored when the program stops is stored.
func (s *Scheduler) strike(ctx context.Context, jobs []job) error {
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), calling)
	defer cancel()
	list := make([]chat.Strike, len(jobs))
	for k, j := range jobs {
		list[k] = chat.Strike{Schedule: j.item.record.ID, After: j.item.record.Decided, Until: j.plan.until, Firings: j.plan.firings}
	}
	struck, err := s.Store.Strike(call, list)
	if err != nil {
		return err
	}
	s.fails = 0
	for k, j := range jobs {
		s.settle(j, struck[k])
	}
	return nil
}

// settle goes on after a schedule's job was stored, or was done by somebody else.
func (s *Scheduler) settle(j job, struck chat.Struck) {
	i := j.item
	i.fails = 0
	if struck.Lost {
		s.stale = true
		s.due.put(i, s.now().Add(max(firstRetry, s.pause())))
		return
	}
	i.record.Decided = j.plan.until
	s.due.put(i, j.plan.look)
	for n, f := range struck.Firings {
		if s.Struck != nil && !struck.Repeated[n] {
			s.Struck(i.record, f)
		}
	}
}
