package store

import (
	"context"
	"fmt"
	"time"
)

// Counts is what is in the store now, for metrics.
type Counts struct {
	Events     Count
	Messages   Count
	Deliveries Count // Held and Dead only
	Commits    int64 // since the store was opened
	Calls      int64 // transactions since then; Calls/Commits is how many shared a flush
}

// Count is how many of a kind there are that are not done.
type Count struct {
	Ready int
	Held  int
	Dead  int
	Due   int           // lanes that nobody works on although their time has come
	Late  time.Duration // for how long the longest of them has been due
}

const (
	countLanes = `
SELECT kind, SUM(n), SUM(CASE WHEN due_at <= $1 THEN 1 ELSE 0 END), MIN(due_at) FROM lane WHERE n > 0 GROUP BY kind`
	countStuck = `
SELECT 'event', status, COUNT(*) FROM event WHERE status <> 'done' AND status IN ('held', 'dead') GROUP BY status
UNION ALL SELECT 'message', status, COUNT(*) FROM message WHERE status IN ('held', 'dead') GROUP BY status
UNION ALL SELECT 'delivery', status, COUNT(*) FROM delivery WHERE status IN ('held', 'dead') GROUP BY status`
)

// Counts counts what is not done. It reads what waits and what is stuck, not
// the history.
func (s *Store) Counts(ctx context.Context) (Counts, error) {
	c := Counts{Commits: s.writer.commits.Load(), Calls: s.writer.calls.Load()}
	of := map[string]*Count{events.String(): &c.Events, messages.String(): &c.Messages, "delivery": &c.Deliveries}
	err := s.reader.view(ctx, func(v view) error {
		now := s.now()
		if err := v.each(func(row scanner) error { return scanLanes(row, of, now) }, countLanes, micros(now)); err != nil {
			return err
		}
		return v.each(func(row scanner) error { return scanStuck(row, of) }, countStuck)
	})
	if err != nil {
		return Counts{}, fmt.Errorf("count: %w", err)
	}
	return c, nil
}

func scanLanes(row scanner, of map[string]*Count, now time.Time) error {
	var kind string
	var ready, due int
	var first int64
	if err := row.Scan(&kind, &ready, &due, &first); err != nil {
		return err
	}
	c := of[kind]
	c.Ready, c.Due = ready, due
	if due > 0 {
		c.Late = now.Sub(fromMicros(first))
	}
	return nil
}

func scanStuck(row scanner, of map[string]*Count) error {
	var kind, status string
	var n int
	if err := row.Scan(&kind, &status, &n); err != nil {
		return err
	}
	if status == "held" {
		of[kind].Held = n
	} else {
		of[kind].Dead = n
	}
	return nil
}
