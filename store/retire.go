package store

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Retention says what may be deleted of what is over. Zero fields delete
// nothing.
type Retention struct {
	Done time.Time // what was done before this
	Dead time.Time // what was given up before this, and nobody saw to
	// MaxSize is how many bytes the store may hold. Above it what was done goes
	// earlier, the oldest event first; what was given up does not.
	MaxSize int64
}

// Retired counts what was deleted.
type Retired struct {
	Events, Messages, Deliveries, Attempts, Snapshots int
	Leaks                                             int   // whose events are all gone
	Firings, Schedules                                int   // times of schedules whose events are gone, and schedules that are gone and have none
	Sessions                                          int   // that were forgotten already
	Lanes, Budgets                                    int   // that were idle
	Pages                                             int   // given back to the disk
	Over                                              int64 // bytes above MaxSize with nothing left that may go
}

// Retire deletes events that are over for long enough, with all that came of
// them, and what nothing needs any more. An event stays as long as it, or one of
// its messages, is ready or held, or ended too recently, as long as a timer that
// it set has not come, as long as a leak that became it has not ended, and until its
// deliveries have their receipts. A leak goes after the last of its events. The dedupe
// keys stay: they have a life of their own ([Store.ForgetSeen]), and a repeat of
// an event that is gone gets its first answer. What became of a time of a schedule goes
// after its events, and a schedule that is no more after its times. Sessions that are forgotten go with them.
//
// It deletes little at a time and rests in between, so that others hardly wait.
// After an error, what it had deleted stays deleted, and is counted.
func (s *Store) Retire(ctx context.Context, r Retention) (sum Retired, err error) {
	steps := []func() error{
		func() error { return s.retireOld(ctx, r, &sum) },
		func() error { return s.retireLarge(ctx, r.MaxSize, &sum) },
		func() error { return s.retireFirings(ctx, r, &sum) },
		func() error { return s.retireSchedules(ctx, r, &sum) },
		func() error { return s.retireSessions(ctx, &sum) },
		func() error { return s.retireLeaks(ctx, r, &sum) },
		func() error { return s.retireIdle(ctx, &sum) },
		func() error { return s.shrink(ctx, &sum) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return sum, fmt.Errorf("delete what is over: %w", err)
		}
	}
	return sum, nil
}

// cut says from when on what is over is too young to be deleted; 0 keeps all.
type cut struct{ done, dead int64 }

func (s *Store) retireOld(ctx context.Context, r Retention, sum *Retired) error {
	c := cut{micros(r.Done), micros(r.Dead)}
	return s.retireEvents(ctx, c, func() (bool, error) { return false, nil }, sum)
}

func (s *Store) retireLarge(ctx context.Context, limit int64, sum *Retired) error {
	if limit <= 0 {
		return nil
	}
	fits := func() (bool, error) {
		n, err := s.space(ctx)
		sum.Over = max(n.bytes()-limit, 0)
		return sum.Over == 0, err
	}
	if ok, err := fits(); ok || err != nil {
		return err
	}
	return s.retireEvents(ctx, cut{done: math.MaxInt64}, fits, sum)
}

// over is the condition for a row that ended and may go.
func over(table string) string {
	return fmt.Sprintf(`(%[1]s.status = 'done' AND %[1]s.ended < $2 OR %[1]s.status = 'dead' AND %[1]s.ended < $3)`, table)
}

// Events are gone through in the order of acceptance, a window at a time, which
// is about the order in which they end and needs no index of its own.
var (
	retires = over("event") + `
	AND NOT EXISTS (SELECT 1 FROM message WHERE message.event_id = event.id AND NOT ` + over("message") + `)
	AND NOT EXISTS (SELECT 1 FROM timer WHERE timer.event_id = event.id AND timer.status = 'ready')
	AND NOT EXISTS (SELECT 1 FROM leak_event JOIN leak ON leak.id = leak_event.leak_id WHERE leak_event.event_id = event.id AND leak.ended = 0)
	AND NOT EXISTS (SELECT 1 FROM message JOIN delivery ON delivery.message_id = message.id
		WHERE message.event_id = event.id AND delivery.news > 0 AND delivery.status <> 'ready')`
	retireWindow = `SELECT event.id, event.accepted, ` + retires + ` FROM event WHERE event.id > $1 ORDER BY event.id LIMIT $4`
	retireEvent  = `DELETE FROM event WHERE event.id = $1 AND ` + retires
)

const (
	window      = 1000 // events looked at in one view
	retireBatch = 50   // events deleted in one transaction: about as long as a flush takes
)

func (s *Store) retireEvents(ctx context.Context, c cut, enough func() (bool, error), sum *Retired) error {
	for after := int64(0); ; {
		ids, last, err := s.retiring(ctx, after, c)
		if err != nil {
			return err
		}
		for some := range slices.Chunk(ids, retireBatch) {
			if err := s.paced(ctx, afresh(sum, func(q *tx) error { return q.retire(some, c, sum) })); err != nil {
				return err
			}
			if ok, err := enough(); ok || err != nil {
				return err
			}
		}
		if last == 0 {
			return nil
		}
		after = last
	}
}

// retiring looks at the window after an event. last is where it ends; 0 says
// that nothing behind it can be old enough.
func (s *Store) retiring(ctx context.Context, after int64, c cut) (ids []int64, last int64, err error) {
	seen, young := 0, false
	err = s.reader.view(ctx, func(v view) error {
		return v.each(func(row scanner) error {
			var accepted int64
			var may bool
			if err := row.Scan(&last, &accepted, &may); err != nil {
				return err
			}
			if seen++; may {
				ids = append(ids, last)
			}
			young = accepted >= max(c.done, c.dead)
			return nil
		}, retireWindow, after, c.done, c.dead, window)
	})
	if seen < window || young {
		last = 0
	}
	return ids, last, err
}

// afresh is f, which adds to a sum, for a transaction that may run it twice.
func afresh[T any](sum *T, f func(*tx) error) func(*tx) error {
	before := *sum
	return func(q *tx) error {
		*sum = before
		return f(q)
	}
}

// paced runs f in a transaction and then rests for as long as that took.
func (s *Store) paced(ctx context.Context, f func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	began := time.Now()
	if err := s.tx(ctx, f); err != nil {
		return err
	}
	rest := time.NewTimer(time.Since(began))
	defer rest.Stop()
	select {
	case <-rest.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

const (
	ofEvent      = `IN (SELECT id FROM message WHERE event_id = $1)`
	ofDeliveries = `IN (SELECT delivery.id FROM message JOIN delivery ON delivery.message_id = message.id WHERE message.event_id = $1)`
	snapshotsOf  = `
SELECT snapshot FROM message WHERE event_id = $1 AND snapshot <> ''
UNION SELECT delivery.snapshot FROM message JOIN delivery ON delivery.message_id = message.id
	WHERE message.event_id = $1 AND delivery.snapshot <> ''`
	dropRecalls   = `DELETE FROM recall WHERE delivery_id ` + ofDeliveries
	dropAttempts  = `DELETE FROM attempt WHERE delivery_id ` + ofDeliveries
	dropDelivered = `DELETE FROM delivery WHERE message_id ` + ofEvent
	dropMessages  = `DELETE FROM message WHERE event_id = $1`
	dropTimers    = `DELETE FROM timer WHERE event_id = $1`
	dropActs      = `DELETE FROM act WHERE event_id = $1`
	dropOfLeak    = `DELETE FROM leak_event WHERE event_id = $1`
	dropSnapshot  = `
DELETE FROM snapshot WHERE hash = $1
	AND NOT EXISTS (SELECT 1 FROM message WHERE message.snapshot <> '' AND message.snapshot = $1)
	AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.snapshot <> '' AND delivery.snapshot = $1)`
)

// retire deletes those of the events that may still go, and what is counted is
// counted once it is sure to be committed with the rest, or not at all.
func (q *tx) retire(ids []int64, c cut, sum *Retired) error {
	var n Retired
	hashes := map[string]bool{}
	for _, id := range ids {
		gone, err := q.exec(retireEvent, id, c.done, c.dead)
		if err == nil && gone == 1 {
			n.Events++
			err = q.retireRest(id, hashes, &n)
		}
		if err != nil {
			return fmt.Errorf("event %s: %w", chat.EventID(id), err)
		}
	}
	for hash := range hashes {
		if err := q.counted(dropSnapshot, &n.Snapshots, hash); err != nil {
			return fmt.Errorf("a reading of a group: %w", err)
		}
	}
	sum.add(n)
	return nil
}

func (q *tx) retireRest(id int64, hashes map[string]bool, n *Retired) error {
	err := q.each(func(row scanner) error {
		var hash string
		err := row.Scan(&hash)
		hashes[hash] = true
		return err
	}, snapshotsOf, id)
	if err != nil {
		return err
	}
	var ignored int
	for _, x := range []struct {
		text string
		n    *int
	}{
		{dropRecalls, &ignored}, {dropAttempts, &n.Attempts}, {dropDelivered, &n.Deliveries},
		{dropMessages, &n.Messages}, {dropTimers, &ignored}, {dropActs, &ignored}, {dropOfLeak, &ignored},
	} {
		if err := q.counted(x.text, x.n, id); err != nil {
			return err
		}
	}
	return nil
}

// counted runs a statement and adds how many rows it changed to n.
func (q *tx) counted(text string, n *int, args ...any) error {
	changed, err := q.exec(text, args...)
	*n += int(changed)
	return err
}

func (r *Retired) add(n Retired) {
	r.Events += n.Events
	r.Messages += n.Messages
	r.Deliveries += n.Deliveries
	r.Attempts += n.Attempts
	r.Snapshots += n.Snapshots
}
