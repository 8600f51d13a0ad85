package schedules

import (
	"context"

	"github.com/botd-chat/botd/chat"
)

const whyOvertaken = "its times were written anew before it was due"

// overtaken records the times that had come and waited, by jitter or for quiet hours to be
// over, when those of their schedule were written anew: nobody strikes them any more. That
// they are left out is what a person did, so it is no alarm.
func (s *Scheduler) overtaken(ctx context.Context, records []chat.ScheduleRecord) {
	var list []chat.Strike
	for _, r := range records {
		i := s.all[r.ID]
		if i == nil || i.broken != "" || sameTiming(i.record, r) || i.record.PausedAt(r.Started) {
			continue
		}
		if f := i.waiting(r); f != nil {
			list = append(list, chat.Strike{Schedule: r.ID, After: r.Decided, Until: r.Decided, Firings: []chat.Planned{*f}})
		}
	}
	if len(list) == 0 {
		return
	}
	call, cancel := context.WithTimeout(context.WithoutCancel(ctx), calling)
	defer cancel()
	if _, err := s.Store.Strike(call, list); err != nil { // the configuration is in effect by now
		s.Log.Error("times that waited when they were written anew are left out, and could not be recorded", "schedules", len(list), "error", err)
	}
}

// waiting is what an item has of times that are not decided and were meant before those of
// its record were written anew; nil: nothing.
func (i *item) waiting(anew chat.ScheduleRecord) *chat.Planned {
	var f *chat.Planned
	for t := i.times.Schedule.Next(undecided(&i.record)); !t.IsZero() && !t.After(anew.Started); t = i.times.Schedule.Next(t) {
		if f == nil {
			f = &chat.Planned{Meant: t, Outcome: chat.FiringMissed, Reason: whyOvertaken}
		}
		if f.Last = t; f.Count == mostCounted {
			break
		}
		f.Count++
	}
	return f
}
