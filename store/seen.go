package store

import (
	"context"
	"fmt"
	"time"
)

// batch is how many rows a cleaning takes in one transaction, so that nobody
// waits for it.
const batch = 500

const forgetSeen = `
DELETE FROM seen WHERE (key, group_id) IN (SELECT key, group_id FROM seen WHERE at < $1 ORDER BY at LIMIT $2)`

// ForgetSeen forgets the dedupe keys of arrivals from before a time, and
// returns how many. A repeat of one of them is new again, so keep them for
// longer than any sender repeats.
func (s *Store) ForgetSeen(ctx context.Context, before time.Time) (int, error) {
	total := 0
	for {
		var n int64
		err := s.tx(ctx, func(q *tx) (err error) {
			n, err = q.exec(forgetSeen, micros(before), batch)
			return err
		})
		if err != nil {
			return total, fmt.Errorf("forget what was seen before %s: %w", before.Format(time.RFC3339), err)
		}
		if total += int(n); n < batch {
			return total, nil
		}
	}
}
