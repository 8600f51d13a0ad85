package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Strike stores what was decided about schedules, all of it in one transaction: each
// decision whole, with the events that it makes, or not at all. One that is lost does
// not keep the others from being stored; one that cannot be stored does, and the error
// says which.
//
// A time of a schedule that has made events makes none again, whoever decides anew
// about it and whatever was decided. One that was left out can be struck later, for
// which its row is the one of what then came; among many in a row, it gets one of its
// own beside theirs. What is left out right after others for the same reason is counted
// with them.
//
// A decision is lost, too, if it would strike a time although a person has paused the
// schedule meanwhile. When the time was meant says nothing: jitter and quiet hours put it
// off into the pause.
func (s *Store) Strike(ctx context.Context, list []chat.Strike) ([]chat.Struck, error) {
	all := make([]striking, len(list))
	var arrivals []chat.Arrival
	for i, st := range list {
		var err error
		if all[i], err = strikingOf(st); err != nil {
			return nil, fmt.Errorf("strike schedule %s: %w", st.Schedule, err)
		}
		for _, p := range all[i].plans {
			if p.Arrival != nil {
				arrivals = append(arrivals, *p.Arrival)
			}
		}
	}
	struck := make([]chat.Struck, len(list))
	err := s.ask(ctx, &call{list: arrivals, run: func(q *tx) (err error) {
		now := s.now()
		for i, st := range all {
			if struck[i], err = s.strike(q, st, now); err != nil {
				return fmt.Errorf("schedule %s: %w", st.Schedule, err)
			}
		}
		return nil
	}})
	if err != nil {
		return nil, fmt.Errorf("strike schedules: %w", err)
	}
	return struck, nil
}

// striking is a strike with what is made of it before the transaction.
type striking struct {
	chat.Strike
	plans []plan
}

// plan is a time with the arrival that it is to make; none for one that is left out.
type plan struct {
	chat.Planned
	coming coming
}

func strikingOf(st chat.Strike) (striking, error) {
	all := striking{st, make([]plan, len(st.Firings))}
	if st.By == nil && st.Until.Before(st.After) {
		return all, fmt.Errorf("it was decided up to %s, and would be only up to %s", st.After.Format(time.RFC3339), st.Until.Format(time.RFC3339))
	}
	for i, p := range st.Firings {
		if p.Last.IsZero() {
			p.Last = p.Meant
		}
		p.Count = max(p.Count, 1)
		all.plans[i].Planned = p
		switch {
		case p.Meant.IsZero() || p.Last.Before(p.Meant):
			return all, fmt.Errorf("a time meant from %s to %s", p.Meant.Format(time.RFC3339), p.Last.Format(time.RFC3339))
		case p.Arrival == nil && !p.Outcome.LeftOut():
			return all, fmt.Errorf("the time %s is to be %q, which makes events, and has none to make", p.Meant.Format(time.RFC3339), p.Outcome)
		case p.Arrival == nil:
			continue
		case p.Count > 1:
			return all, fmt.Errorf("the time %s makes events, and stands for %d", p.Meant.Format(time.RFC3339), p.Count)
		}
		made, err := comingOf([]chat.Arrival{*p.Arrival})
		if err != nil {
			return all, err
		}
		all.plans[i].coming = made[0]
	}
	return all, nil
}

const (
	heldSchedule = `SELECT ` + scheduleColumns + ` FROM schedule WHERE id = $1 AND gone = 0 FOR UPDATE`
	// A pause that is over is forgotten once all times that it had are decided, and so are
	// those before it.
	decide = `
UPDATE schedule SET decided = $1, paused = CASE WHEN paused_until <> 0 AND paused_until <= $1 THEN 0 ELSE paused END,
	paused_before = CASE WHEN paused_until <> 0 AND paused_until <= $1 THEN '' ELSE paused_before END
WHERE id = $2`
)

func (s *Store) strike(q *tx, st striking, now time.Time) (r chat.Struck, err error) {
	var of chat.ScheduleRecord
	err = scanSchedule(q.one(heldSchedule, int64(st.Schedule)), &of)
	if errors.Is(err, sql.ErrNoRows) || err == nil && st.lost(of, now) {
		return chat.Struck{Lost: true}, nil
	}
	if err != nil {
		return r, err
	}
	for _, p := range st.plans {
		f, repeated, err := s.fire(q, of, p, st.By, now)
		if err != nil {
			return r, fmt.Errorf("%s: %w", p.Meant.Format(time.RFC3339), err)
		}
		r.Firings, r.Repeated = append(r.Firings, f), append(r.Repeated, repeated)
	}
	if st.By != nil {
		return r, q.handStruck(of, r, *st.By, now)
	}
	_, err = q.exec(decide, micros(st.Until), int64(st.Schedule))
	return r, err
}

// lost says that the schedule is not as whoever decided knew it.
func (st striking) lost(of chat.ScheduleRecord, now time.Time) bool {
	if st.By != nil {
		return false
	}
	return micros(of.Decided) != micros(st.After) ||
		of.PausedAt(now) && slices.ContainsFunc(st.plans, func(p plan) bool { return p.Arrival != nil })
}

const (
	firingStruck = `SELECT ` + firingColumns + ` FROM firing JOIN schedule ON schedule.id = firing.schedule_id
WHERE firing.schedule_id = $1 AND firing.meant = $2 AND firing.receipt <> ''`
	firingLeft = `SELECT ` + firingColumns + ` FROM firing JOIN schedule ON schedule.id = firing.schedule_id
WHERE firing.schedule_id = $1 AND firing.meant = $2 AND firing.receipt = ''`
	insertFiring = `
INSERT INTO firing (schedule_id, meant, last, count, struck, done, outcome, reason, receipt, deadline, late, who, because)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $12)`
	dropLeft = `DELETE FROM firing WHERE schedule_id = $1 AND meant = $2 AND receipt = ''`
)

// fire stores what becomes of a time, and says whether it had made events before.
func (s *Store) fire(q *tx, of chat.ScheduleRecord, p plan, by *chat.By, now time.Time) (f chat.Firing, repeated bool, err error) {
	err = scanFiring(q.one(firingStruck, int64(of.ID), micros(p.Meant)), &f)
	if err == nil {
		f.Events, err = eventsOf(q, f.Receipt)
		return f, true, err
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return f, false, err
	}
	f = chat.Firing{Schedule: of.ID, Bot: of.Bot, Name: of.Name, Meant: p.Meant, Last: p.Last, Count: p.Count,
		Struck: now, Outcome: p.Outcome, Reason: p.Reason, Deadline: p.Deadline, By: by}
	if p.Arrival != nil && p.Overlap == chat.OverlapSkip {
		if err := q.leaveBusy(&p, &f); err != nil {
			return f, false, err
		}
	}
	if p.Arrival == nil {
		f.Done = now
		return q.leaveOut(f)
	}
	r, err := s.accept(q, p.coming, now)
	if err != nil {
		return f, false, err
	}
	if r.Repeated { // by its key, such as that of a second click
		var had chat.Firing
		switch err := scanFiring(q.one(firingOf, string(r.ID)), &had); {
		case err == nil:
			had.Events = r.Events
			return had, true, nil
		case !errors.Is(err, sql.ErrNoRows):
			return f, false, err
		}
	}
	f.Outcome, f.Receipt, f.Events = chat.FiringUnderway, r.ID, r.Events
	if err := q.forgetLeft(f); err != nil {
		return f, false, err
	}
	return f, r.Repeated, q.addFiring(f)
}

func (q *tx) addFiring(f chat.Firing) error {
	var by chat.By
	if f.By != nil {
		by = *f.By
	}
	_, err := q.exec(insertFiring, int64(f.Schedule), micros(f.Meant), micros(f.Last), f.Count, micros(f.Struck), micros(f.Done),
		string(f.Outcome), f.Reason, string(f.Receipt), micros(f.Deadline), by.Who, by.Reason)
	return err
}

// forgetLeft takes away that the one time was left out, since it is not any more.
func (q *tx) forgetLeft(f chat.Firing) error {
	var had chat.Firing
	err := scanFiring(q.one(firingLeft, int64(f.Schedule), micros(f.Meant)), &had)
	if errors.Is(err, sql.ErrNoRows) || err == nil && had.Count > 1 {
		return nil
	}
	if err == nil {
		_, err = q.exec(dropLeft, int64(f.Schedule), micros(f.Meant))
	}
	return err
}

const (
	lastFiring = `SELECT ` + firingColumns + `, firing.id FROM firing JOIN schedule ON schedule.id = firing.schedule_id
WHERE firing.schedule_id = $1 ORDER BY firing.meant DESC, firing.id DESC LIMIT 1`
	countWith = `UPDATE firing SET last = $1, count = $2, struck = $3, done = $3 WHERE id = $4`
)

// leaveOut stores times that are left out, and returns them without those that they are
// counted with. What stands there as many in a row stays as it is, and is returned.
func (q *tx) leaveOut(f chat.Firing) (now chat.Firing, there bool, err error) {
	var before chat.Firing
	err = scanFiring(q.one(firingLeft, int64(f.Schedule), micros(f.Meant)), &before)
	switch {
	case err == nil && before.Count > 1:
		return before, true, nil
	case err == nil:
		if _, err := q.exec(dropLeft, int64(f.Schedule), micros(f.Meant)); err != nil {
			return f, false, err
		}
		return f, false, q.addFiring(f)
	case !errors.Is(err, sql.ErrNoRows):
		return f, false, err
	}
	var id int64
	err = scanFiring(q.one(lastFiring, int64(f.Schedule)), &before, &id)
	if err == nil && follows(f, before) {
		_, err = q.exec(countWith, micros(f.Last), before.Count+f.Count, micros(f.Struck), id)
		return f, false, err
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return f, false, err
	}
	return f, false, q.addFiring(f)
}

// follows says that times which are left out can be counted with the ones before.
func follows(f, before chat.Firing) bool {
	return before.Receipt == "" && before.Last.Before(f.Meant) && before.Outcome == f.Outcome && before.Reason == f.Reason &&
		before.By == nil && f.By == nil && before.Late.IsZero() && !tooLate(before) && !tooLate(f)
}

// tooLate says of what is over that it was not so by its deadline.
func tooLate(f chat.Firing) bool { return !f.Deadline.IsZero() && f.Done.After(f.Deadline) }

// busyGroups are those in which what came of a schedule is not over: an event waits to
// be handled or is in hand, or a message of one waits to be sent, or for a person to say
// that it may go. What waits for a person because it went wrong is over.
const busyGroups = `
SELECT DISTINCT event.group_id FROM firing JOIN event ON event.receipt = firing.receipt
WHERE firing.schedule_id = $1 AND firing.done = 0 AND firing.receipt <> '' AND ` + eventOpen + `
ORDER BY event.group_id`

// leaveBusy takes the groups out of a plan in which the time before is not over. If
// none is left, the plan makes no events.
func (q *tx) leaveBusy(p *plan, f *chat.Firing) error {
	busy := map[chat.GroupID]bool{}
	err := q.each(func(row scanner) error {
		var g chat.GroupID
		err := row.Scan(&g)
		busy[g] = true
		return err
	}, busyGroups, int64(f.Schedule))
	if err != nil {
		return fmt.Errorf("look for what is not over: %w", err)
	}
	var left []chat.GroupID
	var out []string
	for _, g := range p.coming.Groups {
		if busy[g] {
			out = append(out, string(g))
		} else {
			left = append(left, g)
		}
	}
	if len(out) == 0 {
		return nil
	}
	p.coming.Groups = left
	slices.Sort(out)
	f.Reason = "what came of a time before is not over in " + few(slices.Compact(out))
	if len(left) > 0 {
		f.Reason = "left out in some groups: " + f.Reason
		return nil
	}
	p.Arrival, f.Outcome = nil, chat.FiringOverlapped
	return nil
}

// handStruck keeps who had a schedule strike by hand, unless it did so before.
func (q *tx) handStruck(of chat.ScheduleRecord, r chat.Struck, by chat.By, now time.Time) error {
	var made []string
	for i, f := range r.Firings {
		if !r.Repeated[i] && len(f.Events) > 0 {
			made = append(made, f.Events[0].String())
		}
	}
	if len(made) == 0 {
		return nil
	}
	return q.record(deed{By: by, what: chat.StruckByHand, at: now}, of.ID.String(), chat.Standing{}, strings.Join(made, " "))
}
