package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/store"
)

// Schedules lists schedules as they stand now.
func (o operator) Schedules(ctx context.Context, q console.ScheduleQuery) (page console.SchedulePage, err error) {
	f := store.ScheduleQuery{Bot: q.Bot, Name: q.Name, Group: q.Group, Origin: q.Origin, Late: q.Late, Paused: q.Paused, Gone: q.Gone, After: q.After, Limit: q.Limit}
	list, next, err := o.store.ListSchedules(ctx, f)
	if err != nil {
		return page, told(err)
	}
	late, err := o.lateOf(ctx, f)
	if err != nil {
		return page, err
	}
	if q.Late {
		if list, next, err = o.withOverdue(ctx, f, list, next); err != nil {
			return page, err
		}
	}
	for _, x := range list {
		told, _ := o.toldSchedule(x)
		told.Late = late[x.ID]
		page.Schedules = append(page.Schedules, told)
	}
	if next != 0 {
		page.Next = &next
	}
	return page, nil
}

// lateOf are those of a page of which something should be out, and is not: what came of a
// time is not over, or nobody has decided about it.
func (o operator) lateOf(ctx context.Context, f store.ScheduleQuery) (map[chat.ScheduleID]bool, error) {
	f.Late = true
	list, _, err := o.store.ListSchedules(ctx, f)
	if err != nil {
		return nil, err
	}
	late := map[chat.ScheduleID]bool{}
	for _, x := range list {
		late[x.ID] = true
	}
	overdue, err := o.watch.Overdue(ctx)
	for _, x := range overdue {
		late[x.Schedule] = true
	}
	return late, err
}

// withOverdue adds to a page of those that are late the ones that are so because nobody
// has decided about their times.
func (o operator) withOverdue(ctx context.Context, f store.ScheduleQuery, list []store.ListedSchedule, next chat.ScheduleID) ([]store.ListedSchedule, chat.ScheduleID, error) {
	overdue, err := o.watch.Overdue(ctx)
	if err != nil {
		return nil, 0, err
	}
	one := f
	one.Late, one.Limit = false, 1
	for _, x := range overdue {
		there := slices.ContainsFunc(list, func(s store.ListedSchedule) bool { return s.ID == x.Schedule })
		if there || x.Schedule <= f.After || next != 0 && x.Schedule > next {
			continue
		}
		one.After = x.Schedule - 1
		found, _, err := o.store.ListSchedules(ctx, one)
		if err != nil {
			return nil, 0, err
		}
		if len(found) > 0 && found[0].ID == x.Schedule {
			list = append(list, found[0])
		}
	}
	slices.SortFunc(list, func(a, b store.ListedSchedule) int { return cmp.Compare(a.ID, b.ID) })
	if len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].ID
	}
	return list, next, nil
}

// toldSchedule is a schedule as it stands now, and what is to come of it.
func (o operator) toldSchedule(s store.ListedSchedule) (x console.ToldSchedule, l timeline) {
	now := o.clock.Now()
	x = console.ToldSchedule{ScheduleRecord: s.ScheduleRecord, Latest: s.Last}
	if !s.PausedAt(now) {
		x.Paused = nil // it is over, and was kept for times that were not decided
	}
	if !s.Gone.IsZero() {
		return x, l
	}
	var err error
	if l, err = o.timeline(s.ScheduleRecord); err != nil {
		x.Fault = err.Error()
		return x, l
	}
	x.Coming = l.first(now)
	return x, l
}

// timeline reads what is to come of a schedule as botd is configured now. An error says
// why nothing does.
func (o operator) timeline(r chat.ScheduleRecord) (l timeline, err error) {
	if _, err := o.arrivalAt(r, o.clock.Now()); err != nil {
		return l, err
	}
	n := o.now()
	if l, err = readTimeline(r.Timing, r.Started, n.config.Calendars); err != nil {
		return l, err
	}
	l.bot, l.name = r.Bot, r.Name
	l.quiet, l.then = n.quiet[r.Bot].hours, n.quiet[r.Bot].then
	if r.PausedAt(o.clock.Now()) {
		l.paused = r.Paused
	}
	return l, nil
}

// schedule is one that is stored, and what people did to it.
func (o operator) schedule(ctx context.Context, id chat.ScheduleID) (chat.ScheduleRecord, []chat.Act, error) {
	r, acts, err := o.store.Schedule(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return r, nil, missing("no schedule %s; botd schedules list shows which there are", id)
	}
	return r, acts, err
}

// there is one that is not gone.
func (o operator) there(ctx context.Context, id chat.ScheduleID) (chat.ScheduleRecord, error) {
	r, _, err := o.schedule(ctx, id)
	if err == nil && !r.Gone.IsZero() {
		err = fmt.Errorf("%w: schedule %s is gone since %s", console.ErrConflict, id, r.Gone.Format(time.RFC3339))
	}
	return r, err
}

// shownTimes and shownFirings are how many of each a schedule is shown with.
const (
	shownTimes   = 5
	shownFirings = 10
)

// Schedule is a schedule with what is to come of it and what came.
func (o operator) Schedule(ctx context.Context, id chat.ScheduleID, show bool) (h console.ScheduleHistory, err error) {
	r, acts, err := o.schedule(ctx, id)
	if err != nil {
		return h, err
	}
	if h.Firings, _, err = o.store.Firings(ctx, store.FiringQuery{Schedule: id, Limit: shownFirings}); err != nil {
		return h, err
	}
	late, err := o.lateOf(ctx, store.ScheduleQuery{Bot: r.Bot, Gone: !r.Gone.IsZero(), After: id - 1, Limit: 1})
	if err != nil {
		return h, err
	}
	listed := store.ListedSchedule{ScheduleRecord: r}
	if len(h.Firings) > 0 {
		listed.Last = &h.Firings[0]
	}
	var l timeline
	h.ToldSchedule, l = o.toldSchedule(listed)
	h.Late, h.Acts = late[id], acts
	if r.Gone.IsZero() && h.Fault == "" {
		h.Outlook = l.outlook(o.clock.Now(), shownTimes)
	}
	if show {
		h.Payload = r.Payload
	}
	return h, nil
}

// Firings lists what became of the times of a schedule.
func (o operator) Firings(ctx context.Context, id chat.ScheduleID, q console.FiringQuery) (page console.FiringPage, err error) {
	if _, _, err := o.schedule(ctx, id); err != nil {
		return page, err
	}
	page.Firings, page.Next, err = o.store.Firings(ctx, store.FiringQuery{Schedule: id, Outcome: q.Outcome, From: q.From, Until: q.To, Before: q.Before, Limit: q.Limit})
	return page, told(err)
}

// Outlook has the next times of a schedule.
func (o operator) Outlook(ctx context.Context, id chat.ScheduleID, from time.Time, count int) (x console.Outlook, err error) {
	l, err := o.comingOf(ctx, id)
	if err != nil {
		return x, err
	}
	if from.IsZero() {
		from = o.clock.Now()
	}
	return l.outlook(from, count), nil
}

// comingOf is what is to come of a schedule that is there.
func (o operator) comingOf(ctx context.Context, id chat.ScheduleID) (l timeline, err error) {
	r, err := o.there(ctx, id)
	if err != nil {
		return l, err
	}
	if l, err = o.timeline(r); err != nil {
		err = fmt.Errorf("%w: schedule %s does not strike: %w", console.ErrConflict, id, err)
	}
	return l, err
}

// PauseSchedule has the times of a schedule left out.
func (o operator) PauseSchedule(ctx context.Context, id chat.ScheduleID, until time.Time, by chat.By) (console.ScheduleDone, error) {
	r, err := o.store.PauseSchedule(ctx, id, until, by)
	return o.changed("schedule paused", r, by, err)
}

// ResumeSchedule lets a schedule go on.
func (o operator) ResumeSchedule(ctx context.Context, id chat.ScheduleID, by chat.By) (console.ScheduleDone, error) {
	r, err := o.store.ResumeSchedule(ctx, id, by)
	return o.changed("schedule resumed", r, by, err)
}

// DeleteSchedule ends one that was made by hand.
func (o operator) DeleteSchedule(ctx context.Context, id chat.ScheduleID, by chat.By) (console.ScheduleDone, error) {
	if err := o.store.DeleteSchedule(ctx, id, by); err != nil {
		return console.ScheduleDone{}, told(err)
	}
	o.acted("schedule deleted", by, console.Done{Target: id.String()})
	return console.ScheduleDone{Target: id}, nil
}

// changed says what was done to a schedule, and when it strikes next.
func (o operator) changed(what string, r chat.ScheduleRecord, by chat.By, err error) (console.ScheduleDone, error) {
	if err != nil {
		return console.ScheduleDone{}, told(err)
	}
	o.acted(what, by, console.Done{Target: r.ID.String()})
	d := console.ScheduleDone{Target: r.ID}
	o.tellNext(&d, r, 1)
	return d, nil
}

// tellNext adds the next times of a schedule to what is told of it.
func (o operator) tellNext(d *console.ScheduleDone, r chat.ScheduleRecord, n int) {
	l, err := o.timeline(r)
	if err != nil {
		d.Warning = "it does not strike: " + err.Error()
		return
	}
	x := l.outlook(o.clock.Now(), n)
	d.Coming, d.Changes, d.Warning = x.Times, x.Changes, x.Ends
}
