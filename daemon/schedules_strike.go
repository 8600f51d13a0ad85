package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/store"
)

// RunSchedule strikes now. Twice within a while is one, as for any event that is made by
// hand.
func (o operator) RunSchedule(ctx context.Context, id chat.ScheduleID, again bool, by chat.By) (d console.ScheduleDone, err error) {
	r, err := o.there(ctx, id)
	if err != nil {
		return d, err
	}
	now := o.clock.Now().UTC().Truncate(time.Millisecond) // which no other has
	a, err := o.arrivalAt(r, now)
	if err != nil {
		return d, unfit(err)
	}
	if !again {
		a.Key, a.Within = fmt.Sprintf("run/%s/%s", r.Bot, r.ID), console.Lately
	}
	if d, err = o.strikeByHand(ctx, r, []chat.Planned{planned(r, now, now, a)}, by); err == nil {
		o.tellNext(&d, r, 1)
	}
	return d, err
}

// unfit is an error of what is not there, or does not fit as botd is configured.
func unfit(err error) error {
	if errors.Is(err, console.ErrNotFound) || errors.Is(err, console.ErrUnfit) {
		return err
	}
	return fmt.Errorf("%w: %w", console.ErrUnfit, err)
}

// planned is a time that a person has struck. It is late, and worth sending, by when that is.
func planned(r chat.ScheduleRecord, meant, now time.Time, a chat.Arrival) chat.Planned {
	p := chat.Planned{Meant: meant, Outcome: chat.FiringUnderway, Arrival: &a}
	if r.Expires > 0 {
		a.Expires = now.Add(time.Duration(r.Expires))
	}
	if r.LateAfter > 0 {
		p.Deadline = now.Add(time.Duration(r.LateAfter))
	}
	return p
}

func (o operator) strikeByHand(ctx context.Context, r chat.ScheduleRecord, list []chat.Planned, by chat.By) (d console.ScheduleDone, err error) {
	for i := range list {
		list[i].Arrival.By = &by
	}
	struck, err := o.store.Strike(ctx, []chat.Strike{{Schedule: r.ID, Firings: list, By: &by}})
	if err != nil {
		return d, told(err)
	}
	s := struck[0]
	if s.Lost {
		return d, fmt.Errorf("%w: schedule %s is gone", console.ErrConflict, r.ID)
	}
	d = console.ScheduleDone{Target: r.ID, Firings: s.Firings, Repeated: len(list) == 1 && s.Repeated[0]}
	for i, f := range s.Firings {
		if !s.Repeated[i] {
			o.struck(r, f)
		}
	}
	o.log.Info("a person acted", "what", "schedule struck", "target", r.ID, "times", len(s.Firings), "repeated", d.Repeated, "who", by.Who, "reason", by.Reason)
	return d, nil
}

// RehearseSchedule says what would come of a schedule if it struck now.
func (o operator) RehearseSchedule(ctx context.Context, id chat.ScheduleID, show bool) (d console.ScheduleDone, err error) {
	r, err := o.there(ctx, id)
	if err != nil {
		return d, err
	}
	a, err := o.arrivalAt(r, o.clock.Now())
	if err != nil {
		return d, unfit(err)
	}
	d.Target = id
	d.Dry, err = o.rehearseArrival(ctx, a, show)
	return d, err
}

// Backfill strikes times that passed and made no events.
func (o operator) Backfill(ctx context.Context, id chat.ScheduleID, fill console.Backfill, by chat.By) (d console.ScheduleDone, err error) {
	r, err := o.there(ctx, id)
	if err != nil {
		return d, err
	}
	l, err := o.timeline(r)
	if err != nil {
		return d, unfit(err)
	}
	now := o.clock.Now().UTC()
	if fill.To.After(now) {
		fill.To = now
	}
	if first := o.known(now); fill.From.Before(first) {
		return d, fmt.Errorf("%w: which times made events before %s is not known any more (retention: keep_done and ids), and some could be sent twice; begin there, or run it once", console.ErrUnfit, first.Format(time.RFC3339))
	}
	if !fill.From.Before(fill.To) {
		return d, fmt.Errorf("%w: no time lies between %s and %s, which is now or earlier", console.ErrUnfit, fill.From.Format(time.RFC3339), fill.To.Format(time.RFC3339))
	}
	times, left, err := o.unfilled(ctx, r, l, fill)
	if err != nil {
		return d, err
	}
	d.Target = id
	if fill.DryRun || len(times) == 0 {
		for _, t := range times {
			d.Coming = append(d.Coming, console.Moment{Meant: t.UTC(), Local: local(t), Note: l.schedule.Note(t)})
		}
		d.Warning = left
		return d, nil
	}
	var list []chat.Planned
	for _, t := range times {
		a, err := o.arrivalAt(r, t)
		if err != nil {
			return d, unfit(err)
		}
		list = append(list, planned(r, t.UTC(), now, a))
	}
	d, err = o.strikeByHand(ctx, r, list, by)
	d.Repeated, d.Warning = false, left
	return d, err
}

// known is since when each time that made events is known to have, by itself or by its key.
func (o operator) known(now time.Time) time.Time {
	keep := o.now().config.Retention
	return now.Add(-max(keep.KeepDone, keep.IDs)).Truncate(time.Second).Add(time.Second)
}

// Of times that are made up for, so many are looked at together, and so many times.
const (
	lookedAt   = 500
	lookedLong = 200
)

// unfilled are the first times that made no events, and what is to be known if there may
// be more of them.
func (o operator) unfilled(ctx context.Context, r chat.ScheduleRecord, l timeline, fill console.Backfill) (list []time.Time, left string, err error) {
	at := before(fill.From)
	for range lookedLong {
		var some []time.Time
		for t := l.schedule.Next(at); !t.IsZero() && t.Before(fill.To) && len(some) < lookedAt; t = l.schedule.Next(t) {
			some = append(some, t)
		}
		if len(some) == 0 {
			return list, "", nil
		}
		at = some[len(some)-1]
		struck, err := o.struckIn(ctx, r.ID, some[0], at.Add(time.Second))
		if err != nil {
			return nil, "", err
		}
		for _, t := range some {
			if struck[t.Unix()] {
				continue
			}
			if len(list) == fill.Limit {
				return list, fmt.Sprintf("there are more, from %s on", t.UTC().Format(time.RFC3339)), nil
			}
			list = append(list, t)
		}
	}
	return list, fmt.Sprintf("there may be more after %s: run it again from there", at.UTC().Format(time.RFC3339)), nil
}

// struckIn are the times in a time that made events.
func (o operator) struckIn(ctx context.Context, id chat.ScheduleID, from, to time.Time) (map[int64]bool, error) {
	struck := map[int64]bool{}
	for q := (store.FiringQuery{Schedule: id, Struck: true, From: from, Until: to, Limit: lookedAt}); ; {
		list, next, err := o.store.Firings(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			struck[f.Meant.Unix()] = true
		}
		if q.Before = next; next == 0 {
			return struck, nil
		}
	}
}

// CreateSchedule makes a schedule by hand, after it was checked.
func (o operator) CreateSchedule(ctx context.Context, spec chat.ScheduleSpec, dry, show bool, by chat.By) (d console.ScheduleDone, err error) {
	r := chat.ScheduleRecord{Origin: chat.FromHand, ScheduleSpec: spec, Started: o.clock.Now()}
	if err := o.checkSchedule(ctx, r); err != nil {
		return d, err
	}
	a, err := o.arrivalAt(r, o.clock.Now())
	if err != nil {
		return d, unfit(err)
	}
	if !dry {
		if r, err = o.store.CreateSchedule(ctx, spec, by); err != nil {
			return d, told(err)
		}
		d.Target = r.ID
		o.acted("schedule made", by, console.Done{Target: r.ID.String(), Made: string(r.Bot) + "/" + string(r.Name)})
	}
	o.tellNext(&d, r, 3)
	if d.Dry, err = o.rehearseArrival(ctx, a, show); err != nil && !dry { // it is made all the same
		d.Warning, err = strings.TrimPrefix(d.Warning+"; whom it would reach cannot be said now: "+err.Error(), "; "), nil
	}
	return d, err
}
