package schedules

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// calling is how long a call of the store may take.
const calling = 10 * time.Second

// pause is how long records are not read again after they were, so that this takes a
// tenth of the time at most, however many there are.
func (s *Scheduler) pause() time.Duration { return 10 * s.took }

// refresh brings the records up to date. It is false when the store cannot be read, or
// is to be left alone.
func (s *Scheduler) refresh(ctx context.Context) bool {
	now := s.now()
	if step := s.last.Sub(now); step >= smallStep {
		s.Log.Warn("the clock was set back; what was decided about times that come again is open again", "by", step)
		s.back, s.hold = true, time.Time{}
	}
	s.last = now
	if now.Before(s.hold) {
		return false
	}
	if s.back && !s.setBack(ctx, now) {
		return false
	}
	age := now.Sub(s.read)
	if !s.read.IsZero() && age >= 0 && age < max(longestWait, 5*s.pause()) && (!s.stale || age < s.pause()) {
		return true
	}
	if !s.reread(ctx, now) {
		return !s.read.IsZero()
	}
	r := s.ahead(now)
	if r == nil {
		return true
	}
	s.Log.Warn("times of schedules are decided that lie ahead: the clock was wrong then, or is now; they are open again",
		"schedule", r.ID, "bot", r.Bot, "name", r.Name, "decided", r.Decided)
	return s.setBack(ctx, now) && s.reread(ctx, now)
}

// ahead is a schedule of which times are decided that lie ahead; nil: there is none.
func (s *Scheduler) ahead(now time.Time) *chat.ScheduleRecord {
	for _, i := range s.all {
		if i.record.Decided.Sub(now) > apart {
			return &i.record
		}
	}
	return nil
}

// setBack tells the store that the clock was set back.
func (s *Scheduler) setBack(ctx context.Context, now time.Time) bool {
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), calling)
	defer cancel()
	if err := s.Store.SetSchedulesBack(call, now); err != nil {
		s.down("the clock was set back, and that could not be stored; it is tried again", err)
		return false
	}
	s.back, s.read = false, time.Time{}
	return true
}

// reread reads the records.
func (s *Scheduler) reread(ctx context.Context, now time.Time) bool {
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), calling)
	defer cancel()
	began := s.Clock.Now()
	records, err := s.Store.Schedules(call)
	if err != nil {
		s.down("schedules cannot be read; it is tried again", err)
		return false
	}
	s.took = s.Clock.Since(began)
	s.take(records, false)
	return true
}

// take goes on with these records. What strikes when is read again where the record was
// changed, or all of it.
func (s *Scheduler) take(records []chat.ScheduleRecord, anew bool) {
	now := s.now()
	all := make(map[chat.ScheduleID]*item, len(records))
	for _, r := range records {
		i, there := s.all[r.ID]
		if !there {
			i = &item{}
		}
		was := i.record
		i.record = r
		if !there || anew || !sameTiming(was, r) {
			s.readTimes(i)
			i.look, i.fails = now, 0
		} else if !was.Decided.Equal(r.Decided) || !samePause(was.Paused, r.Paused) || was.Lateness != r.Lateness {
			i.look, i.fails = now, 0
		}
		if i.broken != "" {
			i.look = time.Time{}
		}
		all[r.ID] = i
	}
	s.all, s.read, s.stale = all, now, false
	s.due.fill(all)
}

// readTimes reads when a schedule strikes. One that cannot be read strikes no more, and
// stops no other.
func (s *Scheduler) readTimes(i *item) {
	before := i.broken
	err := guarded(func() (err error) {
		i.times, err = s.Times(i.record)
		return err
	})
	if i.broken = ""; err != nil {
		i.broken = err.Error()
	}
	if i.broken != "" && i.broken != before {
		s.Log.Error("a schedule cannot be read, and does not strike until it can be", "schedule", i.record.ID,
			"bot", i.record.Bot, "name", i.record.Name, "error", err)
	}
}

// guarded calls code that depends on what people wrote. A panic there must not stop
// others.
func guarded(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %.300v\n%s", v, debug.Stack())
		}
	}()
	return f()
}

func sameTiming(a, b chat.ScheduleRecord) bool {
	return a.Started.Equal(b.Started) && a.Line == b.Line && a.Zone == b.Zone && a.From == b.From && a.Until == b.Until &&
		a.Jitter == b.Jitter && slices.Equal(a.At, b.At) && slices.Equal(a.Skip, b.Skip) && slices.Equal(a.Only, b.Only)
}

func samePause(a, b *chat.SchedulePause) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Since.Equal(b.Since) && a.Until.Equal(b.Until)
}
