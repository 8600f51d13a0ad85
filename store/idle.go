package store

import (
	"context"
	"time"
)

// idleFor is how long a lane or a budget is kept that nothing is in. It is far
// longer than any lease.
const idleFor = 24 * time.Hour

// The newest budget stays: it tells after a restart what time it was
// ([Store.heedRestart]).
const (
	idleLanes   = `SELECT name FROM lane WHERE name > $1 AND n = 0 AND leased = 0 AND due_at < $2 ORDER BY name LIMIT $3`
	dropLane    = `DELETE FROM lane WHERE name = $1 AND n = 0 AND leased = 0 AND due_at < $2`
	idleBudgets = `
SELECT name FROM budget WHERE name > $1 AND name <> '' AND next_at < $2 AND next_at < (SELECT MAX(next_at) FROM budget)
ORDER BY name LIMIT $3`
	dropBudget = `DELETE FROM budget WHERE name = $1 AND next_at < $2 AND next_at < (SELECT MAX(next_at) FROM budget)`
)

func (s *Store) retireIdle(ctx context.Context, sum *Retired) error {
	before := micros(s.now().Add(-idleFor))
	if err := s.dropIdle(ctx, idleLanes, dropLane, before, &sum.Lanes); err != nil {
		return err
	}
	return s.dropIdle(ctx, idleBudgets, dropBudget, before, &sum.Budgets)
}

func (s *Store) dropIdle(ctx context.Context, list, drop string, before int64, sum *int) error {
	for after := ""; ; {
		var names []string
		err := s.reader.view(ctx, func(v view) error {
			return v.each(rowsInto(&names, scanOne), list, after, before, batch)
		})
		if err != nil || len(names) == 0 {
			return err
		}
		err = s.paced(ctx, afresh(sum, func(q *tx) error {
			n := 0
			for _, name := range names {
				if err := q.counted(drop, &n, name, before); err != nil {
					return err
				}
			}
			*sum += n
			return nil
		}))
		if err != nil {
			return err
		}
		after = names[len(names)-1]
	}
}
