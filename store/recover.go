package store

import (
	"context"
	"time"
)

// takeUp goes on where the process before this one ended, however it did.
func (s *Store) takeUp(ctx context.Context) error {
	if err := s.recover(ctx); err != nil {
		return err
	}
	if err := s.voidBefore(ctx, s.lates.before()); err != nil {
		return err
	}
	return s.lates.forget()
}

// recover sets due what the process that died was working on. Nobody else has
// the file, so no lease can still be alive.
func (s *Store) recover(ctx context.Context) error {
	if err := s.heedRestart(ctx); err != nil {
		return err
	}
	return s.tx(ctx, func(q *tx) error {
		now := s.now()
		var last int64
		if err := q.one(`SELECT COALESCE(MAX(take), 0) FROM lane`).Scan(&last); err != nil {
			return err
		}
		// By the time, so that a lane which was dropped and comes back is ahead of
		// all leases it had.
		s.takes.Store(max(last, micros(now)))
		if err := q.spread(now); err != nil {
			return err
		}
		n, err := q.exec(`UPDATE lane SET due_at = $1, leased = 0 WHERE leased = 1`, micros(now))
		if n > 0 {
			s.log.InfoContext(ctx, "taking up work that was under way when the process ended", "lanes", n)
		}
		if err == nil { // somebody may see it, so nothing of it waits for a lease or a pause
			_, err = q.exec(`UPDATE leak SET due_at = $1 WHERE ended = 0 AND due_at > $1`, micros(now))
		}
		return err
	})
}

const suspects = `
SELECT l.name FROM lane l
JOIN event e ON e.id = (SELECT id FROM event WHERE lane = l.name AND status = 'ready' ORDER BY id LIMIT 1)
WHERE l.kind = 'event' AND l.leased = 1 AND e.attempts > 1 ORDER BY e.attempts, l.name`

// apart is how long after one another suspects come back.
const apart = 3 * time.Second

// spread lets what was in hand more than once when the process ended come back
// one after the other, the most often tried last. If one of these events kills
// the process, the others are out of its way by then, and are not taken for
// the cause.
func (q *tx) spread(now time.Time) error {
	var names []string
	err := q.each(rowsInto(&names, scanOne), suspects)
	if err != nil {
		return err
	}
	for i, name := range names {
		due := now.Add(time.Duration(i) * apart)
		if _, err := q.exec(`UPDATE lane SET due_at = $1, leased = 0 WHERE name = $2`, micros(due), name); err != nil {
			return err
		}
	}
	return nil
}
