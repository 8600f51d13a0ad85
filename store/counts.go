package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Counts is what is in the store now, for metrics.
type Counts struct {
	Events     Count
	Messages   Count
	Deliveries Count // Held and Dead only
	Timers     Count // Ready, and as Age how long the first of them is overdue
	Firings    Count // Ready: those that are not over, Due: of them those past their deadline, and as Age for how long the first of them is
	Leaks      Count // Ready: those whose message is still to be taken back, and as Age how long the oldest can be seen
	Commits    int64 // since the store was opened
	Calls      int64 // transactions since then; Calls/Commits is how many shared a flush
	Flushes    int64 // how often the disk was waited for since then, to have all that was written
}

// Count is how many of a kind there are that are not done.
type Count struct {
	Ready int
	Held  int
	Dead  int
	Due   int           // lanes that nobody works on although their time has come
	Age   time.Duration // of the oldest that is ready and whose lane may move; 0 for none
}

const (
	countLanes = `
SELECT kind, SUM(n), SUM(CASE WHEN due_at <= $1 THEN 1 ELSE 0 END) FROM lane WHERE n > 0 GROUP BY kind`
	// Each lane is asked for its head, since the lanes are few and what waits in
	// them may be a million. What is paused waits because somebody wants it to.
	countAges = `
SELECT 'event', MIN((SELECT accepted FROM event WHERE lane = lane.name AND status = 'ready' AND ` + eventMoves + ` ORDER BY id LIMIT 1))
FROM lane WHERE kind = 'event' AND n > 0
UNION ALL SELECT 'message', MIN((SELECT created FROM message WHERE lane = lane.name AND status = 'ready' AND ` + messageMoves + ` ORDER BY id LIMIT 1))
FROM lane WHERE kind = 'message' AND n > 0`
	countStuck = `
SELECT 'event', status, COUNT(*) FROM event WHERE status <> 'done' AND status IN ('held', 'dead') GROUP BY status
UNION ALL SELECT 'message', status, COUNT(*) FROM message WHERE status IN ('held', 'dead') GROUP BY status
UNION ALL SELECT 'delivery', status, COUNT(*) FROM delivery WHERE status IN ('held', 'dead') GROUP BY status`
)

// Counts counts what is not done. It reads what waits and what is stuck, not
// the history.
func (s *Store) Counts(ctx context.Context) (Counts, error) {
	c := Counts{Commits: s.writer.commits.Load(), Calls: s.writer.calls.Load(), Flushes: s.writer.flushes.Load()}
	of := map[string]*Count{events.String(): &c.Events, messages.String(): &c.Messages, "delivery": &c.Deliveries}
	err := s.reader.view(ctx, func(v view) error {
		now := s.now()
		if err := v.each(func(row scanner) error { return scanLanes(row, of) }, countLanes, micros(now)); err != nil {
			return err
		}
		if err := v.each(func(row scanner) error { return scanAge(row, of, now) }, countAges); err != nil {
			return err
		}
		if err := v.each(func(row scanner) error { return scanStuck(row, of) }, countStuck); err != nil {
			return err
		}
		return errors.Join(v.countTimers(&c.Timers, now), v.countLeaks(&c.Leaks, now), v.countFirings(&c.Firings, now))
	})
	if err != nil {
		return Counts{}, fmt.Errorf("count: %w", err)
	}
	return c, nil
}

func scanLanes(row scanner, of map[string]*Count) error {
	var kind string
	var ready, due int
	if err := row.Scan(&kind, &ready, &due); err != nil {
		return err
	}
	of[kind].Ready, of[kind].Due = ready, due
	return nil
}

func scanAge(row scanner, of map[string]*Count, now time.Time) error {
	var kind string
	var since sql.NullInt64
	if err := row.Scan(&kind, &since); err != nil {
		return err
	}
	if since.Valid {
		of[kind].Age = max(now.Sub(fromMicros(since.Int64)), 0)
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
