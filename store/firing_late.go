package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

const (
	// notByDeadline is as the index has it: what is not over, what came to be so too
	// late, and what is never out although nobody wanted that.
	notByDeadline = `firing.late = 0 AND firing.deadline <> 0 AND (firing.done = 0 OR firing.done > firing.deadline OR firing.outcome IN ('failed', 'missed', 'expired', 'refused'))`
	lateFirings   = `
SELECT ` + firingColumns + `, firing.id FROM firing JOIN schedule ON schedule.id = firing.schedule_id
WHERE firing.deadline < $1 AND ` + notByDeadline + ` ORDER BY firing.deadline, firing.id LIMIT $2`
	markLate     = `UPDATE firing SET late = $1 WHERE id = $2 AND late = 0`
	countFirings = `
SELECT COUNT(*), COALESCE(SUM(CASE WHEN deadline <> 0 AND deadline < $1 THEN 1 ELSE 0 END), 0),
	COALESCE(MIN(CASE WHEN deadline <> 0 AND deadline < $1 THEN deadline END), 0)
FROM firing WHERE done = 0`
)

// LateFirings marks the firings that were not out by their deadline, each once, and
// returns them, the one with the earliest deadline first. One that failed, or that could
// not be struck, is not out.
func (s *Store) LateFirings(ctx context.Context, limit int) (list []chat.Firing, err error) {
	var ids []int64
	now := s.now()
	err = s.reader.view(ctx, func(v view) error {
		list, ids, err = v.firings(lateFirings, micros(now), max(limit, 0))
		return err
	})
	if err == nil && len(list) > 0 {
		err = s.tx(ctx, func(q *tx) error {
			for i, id := range ids {
				n, err := q.exec(markLate, micros(now), id)
				if err != nil {
					return err
				}
				if list[i].Late = now; n == 0 {
					list[i].Late = time.Time{} // somebody else told of it
				}
			}
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("look which firings are late: %w", err)
	}
	return slices.DeleteFunc(list, func(f chat.Firing) bool { return f.Late.IsZero() }), nil
}

func (v view) countFirings(c *Count, now time.Time) error {
	var first int64
	err := v.one(countFirings, micros(now)).Scan(&c.Ready, &c.Due, &first)
	if first != 0 {
		c.Age = max(now.Sub(fromMicros(first)), 0)
	}
	return err
}

// What was decided by a clock that was ahead. Of many times in a row that were left out,
// those behind now are no more, and how many they were is taken to be in proportion.
var setSchedulesBack = []string{
	`UPDATE schedule SET paused = $1 WHERE paused > $1`,
	`UPDATE schedule SET started = CASE WHEN started > $1 THEN $1 ELSE started END, decided = $1 WHERE decided > $1`,
	`DELETE FROM firing WHERE receipt = '' AND meant > $1`,
	`UPDATE firing SET count = 1 + CAST((count - 1.0) * ($1 - meant) / (last - meant) AS BIGINT), last = $1 WHERE receipt = '' AND last > $1`,
}

// A pause that was over when the clock was set back is over, and one that was not goes on.
const (
	forgetPauses  = `UPDATE schedule SET paused = 0 WHERE paused_until <> 0 AND paused_until <= $1 AND paused > $2`
	pausedBefore  = `SELECT ` + scheduleColumns + ` FROM schedule WHERE paused_before <> ''`
	forgetEarlier = `UPDATE schedule SET paused_before = $1 WHERE id = $2`
)

// SetSchedulesBack is for a clock that was set back to now: what was decided about times
// after it is open again. What was left out of them is forgotten, and those that made
// events keep them, so that each makes them once. The store does the same by itself
// when it sees such a step of a minute or more.
func (s *Store) SetSchedulesBack(ctx context.Context, now time.Time) error {
	err := s.tx(ctx, func(q *tx) error { return q.setSchedulesBack(now, time.Time{}) })
	if err != nil {
		return fmt.Errorf("set the schedules back: %w", err)
	}
	return nil
}

// setSchedulesBack is told what the clock showed before; zero is not known.
func (q *tx) setSchedulesBack(now, before time.Time) error {
	changed, err := q.exec(forgetPauses, micros(before), micros(now))
	if err == nil {
		err = q.forgetEarlier(now)
	}
	if err != nil {
		return err
	}
	for _, text := range setSchedulesBack {
		n, err := q.exec(text, micros(now))
		if err != nil {
			return err
		}
		changed += n
	}
	if changed > 0 {
		q.awake(schedules)
	}
	return nil
}

// forgetEarlier forgets of pauses before the last of a schedule those that began after now.
func (q *tx) forgetEarlier(now time.Time) error {
	var list []chat.ScheduleRecord
	err := q.each(rowsInto(&list, scanSchedule), pausedBefore)
	for _, r := range list {
		if err != nil {
			return err
		}
		var left string
		left, err = encodePauses(slices.DeleteFunc(r.Earlier, func(p chat.SchedulePause) bool { return p.Since.After(now) }))
		if err == nil {
			_, err = q.exec(forgetEarlier, left, int64(r.ID))
		}
	}
	return err
}
