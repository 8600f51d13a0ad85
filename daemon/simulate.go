package daemon

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

// How much one simulation takes.
const (
	mostSimulated = 1000 // schedules
	mostYears     = 10
	mostHeld      = 400              // firings held against the members, one for each group
	longestHeld   = 15 * time.Second // for that
)

// Simulate says what schedules come to in a time.
func (o operator) Simulate(ctx context.Context, q console.SimulationQuery) (console.Simulation, error) {
	if q.From.IsZero() {
		q.From = o.clock.Now().Truncate(time.Second)
	}
	if q.To.IsZero() {
		q.To = q.From.AddDate(0, 0, 7)
	}
	s := simulation{operator: o, q: q, began: o.clock.Now(), result: console.Simulation{From: q.From.UTC(), To: q.To.UTC()}}
	if !q.From.Before(q.To) {
		return s.result, fmt.Errorf("%w: it ends, %s, before it begins, %s", console.ErrUnfit, q.To.Format(time.RFC3339), q.From.Format(time.RFC3339))
	}
	if q.To.After(q.From.AddDate(mostYears, 0, 0)) {
		return s.result, fmt.Errorf("%w: a simulation is of %d years at most", console.ErrUnfit, mostYears)
	}
	list, err := o.simulated(ctx, q)
	if err != nil {
		return s.result, err
	}
	defer s.close()
	for _, r := range list {
		s.add(r)
	}
	heap.Init(&s.next)
	err = s.run(ctx)
	s.changes()
	return s.result, err
}

// simulated are the schedules that are asked about.
func (o operator) simulated(ctx context.Context, q console.SimulationQuery) ([]chat.ScheduleRecord, error) {
	if q.Bot != "" && o.bot(q.Bot) == nil {
		return nil, o.noBot(q.Bot)
	}
	var list []chat.ScheduleRecord
	for _, id := range q.Schedules {
		r, err := o.there(ctx, id)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	if len(q.Schedules) == 0 {
		var err error
		if list, err = o.store.Schedules(ctx); err != nil {
			return nil, err
		}
	}
	list = slices.DeleteFunc(list, func(r chat.ScheduleRecord) bool { return q.Bot != "" && r.Bot != q.Bot })
	if len(list) > mostSimulated {
		return nil, fmt.Errorf("%w: there are %d schedules, and a simulation takes %d: choose some by their bot, or by their ids", console.ErrUnfit, len(list), mostSimulated)
	}
	return list, nil
}

// simulation is one on its way.
type simulation struct {
	operator
	q      console.SimulationQuery
	began  time.Time
	result console.Simulation
	all    []*line
	next   queued
	held   int // firings that were held against the members
}

// line is a schedule in a simulation.
type line struct {
	record chat.ScheduleRecord
	times  timeline
	at     int            // in the result
	first  console.Moment // that is not told yet
	pull   func() (console.Moment, bool)
	stop   func()
	struck bool
}

func (s *simulation) add(r chat.ScheduleRecord) {
	x := &line{record: r, at: len(s.result.Schedules)}
	told := console.Simulated{Schedule: r.ID, Origin: r.Origin, Bot: r.Bot, Name: r.Name}
	var err error
	if x.times, err = s.timeline(r); err != nil {
		told.Fault = err.Error()
	}
	told.Zone = x.times.schedule.Location().String()
	s.result.Schedules = append(s.result.Schedules, told)
	if told.Fault != "" {
		return
	}
	x.pull, x.stop = iter.Pull(x.times.moments(before(s.q.From), s.q.To.Add(-time.Nanosecond)))
	s.all = append(s.all, x)
	if m, ok := x.pull(); ok {
		x.first = m
		s.next = append(s.next, x)
	}
}

func (s *simulation) close() {
	for _, x := range s.all {
		x.stop()
	}
}

// run tells the moments in order, as far as there is room.
func (s *simulation) run(ctx context.Context) error {
	for len(s.next) > 0 && ctx.Err() == nil {
		x := s.next[0]
		if len(s.result.Steps) == s.q.Limit {
			s.result.To = x.first.Meant
			s.result.Ends = fmt.Sprintf("it ends at %s, since %d moments are all that was asked for: raise the limit, or choose a shorter time or fewer schedules",
				x.first.Meant.Format(time.RFC3339), s.q.Limit)
			return nil
		}
		s.step(ctx, x)
		if m, ok := x.pull(); ok {
			x.first = m
			heap.Fix(&s.next, 0)
		} else {
			heap.Pop(&s.next)
		}
	}
	return ctx.Err()
}

func (s *simulation) step(ctx context.Context, x *line) {
	step := console.Step{Schedule: x.record.ID, Bot: x.record.Bot, Name: x.record.Name, Moment: x.first}
	of := &s.result.Schedules[x.at]
	if step.LeftOut != "" {
		of.LeftOut += max(step.Count, 1)
	} else {
		of.Strikes++
		if s.q.Each || !x.struck {
			step.Reach = s.reach(ctx, x)
		}
		x.struck = true
	}
	s.result.Steps = append(s.result.Steps, step)
}

// reach holds a firing against the members as they are today.
func (s *simulation) reach(ctx context.Context, x *line) (list []console.Reach) {
	a, err := s.arrivalAt(x.record, x.first.Meant)
	if err != nil {
		return []console.Reach{{Reason: err.Error()}}
	}
	for _, g := range a.Groups {
		if s.held == mostHeld || s.clock.Since(s.began) > longestHeld {
			s.result.Ends = cmp.Or(s.result.Ends, fmt.Sprintf("no more than %d firings were held against the members", s.held))
			return list
		}
		s.held++
		a.Groups = []chat.GroupID{g}
		r := console.Reach{Group: g}
		if dry, err := s.rehearseArrival(ctx, a, false); err != nil {
			r.Reason = err.Error()
		} else {
			r.Messages, r.People, r.Reason = reach(dry[0])
			if s.q.Show {
				r.Shown = &dry[0]
			}
		}
		list = append(list, r)
	}
	return list
}

// changes tells when clocks change in the zones of the schedules.
func (s *simulation) changes() {
	zones := map[string]bool{}
	for _, x := range s.all {
		if loc := x.times.schedule.Location(); !zones[loc.String()] {
			zones[loc.String()] = true
			s.result.Changes = append(s.result.Changes, changesOf(loc, s.result.From, s.result.To)...)
		}
	}
	slices.SortFunc(s.result.Changes, func(a, b console.ClockChange) int { return a.At.Compare(b.At) })
}

// queued are lines, with what comes first in front.
type queued []*line

func (l queued) Len() int { return len(l) }

func (l queued) Less(i, j int) bool {
	return cmp.Or(l[i].first.Meant.Compare(l[j].first.Meant), cmp.Compare(l[i].record.ID, l[j].record.ID)) < 0
}

func (l queued) Swap(i, j int) { l[i], l[j] = l[j], l[i] }
func (l *queued) Push(x any)   { *l = append(*l, x.(*line)) }

func (l *queued) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}
