package store

import (
	"context"
	"slices"

	"github.com/botd-chat/botd/chat"
)

const (
	// Times of schedules are gone through in the order in which they were decided,
	// which is about that in which they are over. Only to those which are many in a row
	// others are added later: they say nothing about what is behind them.
	firingWindow = `
SELECT id, count = 1 AND struck >= $3 AND struck >= $2, done <> 0 AND (outcome = 'failed' AND done < $2 OR outcome <> 'failed' AND done < $3)
	AND NOT EXISTS (SELECT 1 FROM event WHERE event.receipt = firing.receipt)
FROM firing WHERE id > $1 ORDER BY id LIMIT $4`
	retireFiring = `DELETE FROM firing WHERE id = $1 AND done <> 0 AND NOT EXISTS (SELECT 1 FROM event WHERE event.receipt = firing.receipt)`
	goneWindow   = `
SELECT id FROM schedule WHERE gone <> 0 AND gone < $1 AND id > $2
	AND NOT EXISTS (SELECT 1 FROM firing WHERE firing.schedule_id = schedule.id) ORDER BY id LIMIT $3`
	retireSchedule = `
DELETE FROM schedule WHERE id = $1 AND gone <> 0 AND NOT EXISTS (SELECT 1 FROM firing WHERE firing.schedule_id = schedule.id)`
	dropActsOnSchedule = `
DELETE FROM act WHERE event_id = 0 AND target = $1 AND NOT EXISTS (SELECT 1 FROM schedule WHERE schedule.id = $2)`
)

// retireFirings deletes what became of times of schedules when that is over for long
// enough, and the events are gone. Up to when a schedule is decided stays with it.
func (s *Store) retireFirings(ctx context.Context, r Retention, sum *Retired) error {
	c := cut{micros(r.Done), micros(r.Dead)}
	for after := int64(0); ; {
		var ids []int64
		seen, young := 0, false
		err := s.reader.view(ctx, func(v view) error {
			return v.each(func(row scanner) error {
				var new, may bool
				err := row.Scan(&after, &new, &may)
				if seen++; may {
					ids = append(ids, after)
				}
				young = young || new
				return err
			}, firingWindow, after, c.dead, c.done, window)
		})
		if err != nil {
			return err
		}
		for some := range slices.Chunk(ids, batch) {
			err := s.paced(ctx, afresh(sum, func(q *tx) error { return q.countedAll(retireFiring, &sum.Firings, some) }))
			if err != nil {
				return err
			}
		}
		if seen < window || young {
			return nil
		}
	}
}

// countedAll is counted for each of some rows.
func (q *tx) countedAll(text string, n *int, ids []int64) error {
	for _, id := range ids {
		if err := q.counted(text, n, id); err != nil {
			return err
		}
	}
	return nil
}

// retireSchedules deletes schedules that are gone for long enough, when nothing is left
// of their times, and what people did to them.
func (s *Store) retireSchedules(ctx context.Context, r Retention, sum *Retired) error {
	for after := int64(0); ; {
		var ids []int64
		err := s.reader.view(ctx, func(v view) error {
			return v.each(func(row scanner) error {
				err := row.Scan(&after)
				ids = append(ids, after)
				return err
			}, goneWindow, micros(r.Done), after, batch)
		})
		if err != nil || len(ids) == 0 {
			return err
		}
		err = s.paced(ctx, afresh(sum, func(q *tx) error {
			if err := q.countedAll(retireSchedule, &sum.Schedules, ids); err != nil {
				return err
			}
			for _, id := range ids {
				if _, err := q.exec(dropActsOnSchedule, chat.ScheduleID(id).String(), id); err != nil {
					return err
				}
			}
			return nil
		}))
		if err != nil {
			return err
		}
	}
}
