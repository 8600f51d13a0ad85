package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/botd-chat/botd/chat"
)

// smallStep is how far the clock may go back without anybody being harmed.
const smallStep = time.Second

// All that lies ahead was meant from the clock as it was. Left alone, a lane or
// a budget would wait for as long as the clock went back, and a Random would
// seem to be young when the service has forgotten it.
var setBack = []string{
	`UPDATE lane SET due_at = due_at - $1 WHERE due_at > $2 AND due_at < ` + strconv.FormatInt(parked, 10), // a parked one has no time
	`UPDATE budget SET next_at = next_at - $1 WHERE next_at > $2`,
	`UPDATE event SET due_at = due_at - $1 WHERE status <> 'done' AND status = 'ready' AND due_at > $2`, // as its index has it
	`UPDATE timer SET due_at = due_at - $1 WHERE status = 'ready' AND due_at > $2`,
	`UPDATE leak SET due_at = due_at - $1 WHERE ended = 0 AND due_at > $2`,
	`UPDATE session SET expires = expires - $1 WHERE expires > $2`,
	`UPDATE delivery SET due_at = due_at - $1 WHERE status = 'ready' AND due_at > $2
	AND message_id IN (SELECT id FROM message WHERE status = 'ready')`,
}

const (
	setSeriesBack = `UPDATE delivery SET series = series - $1 WHERE status = 'ready' AND series <> 0
	AND message_id IN (SELECT id FROM message WHERE status = 'ready')`
	// Over a restart nobody knows how long it really took: no series goes on.
	endSeries = `UPDATE delivery SET series = 1 WHERE status = 'ready' AND series <> 0
	AND message_id IN (SELECT id FROM message WHERE status = 'ready')`
)

// heed looks whether the wall clock was set back since the last call, and if so sets
// back with it what is stored, in the transaction of which this call is part: whoever
// had to wait for it sees no time that lies further ahead than it was meant to.
func (w *writer) heed() error {
	now := w.clock().Round(0) // with its monotonic reading, a step would not be seen
	if back := wentBack(w.seen.Load(), now); back > 0 {
		if err := (&tx{conn: w.conn}).moveBack(back, now, false); err != nil {
			return fmt.Errorf("the clock was set back by %v: %w", back, err)
		}
		w.moved += back
	}
	w.seen.Store(now.UnixNano())
	return nil
}

// wentBack is by how much the clock was set back since it was seen; 0 for what does no
// harm.
func wentBack(seen int64, now time.Time) time.Duration {
	if back := time.Unix(0, seen).Sub(now); seen != 0 && back > smallStep {
		return back
	}
	return 0
}

// tellOfMove has everybody look again after the clock was set back.
func (w *writer) tellOfMove() {
	if w.moved == 0 {
		return
	}
	w.log.Warn("the clock was set back; what was to be done then was set back with it", "by", w.moved)
	w.moved = 0
	for k := range kinds {
		w.signal(k)
	}
}

// heedClock is for who looks what is due without a transaction.
func (s *Store) heedClock(ctx context.Context) error {
	seen := s.writer.seen.Load()
	now := s.now().Round(0)
	if wentBack(seen, now) > 0 {
		return s.tx(ctx, func(*tx) error { return nil })
	}
	// Not if a transaction has seen another time meanwhile, which may be after a step.
	s.writer.seen.CompareAndSwap(seen, max(seen, now.UnixNano()))
	return nil
}

func (q *tx) moveBack(back time.Duration, now time.Time, restarted bool) error {
	for _, text := range setBack {
		if _, err := q.exec(text, back.Microseconds(), micros(now)); err != nil {
			return err
		}
	}
	if _, err := q.exec(setSeriesBack, back.Microseconds()); err != nil {
		return err
	}
	if restarted {
		if _, err := q.exec(endSeries); err != nil {
			return err
		}
	}
	if back >= time.Minute {
		if err := q.setSchedulesBack(now, now.Add(back)); err != nil {
			return err
		}
	}
	q.awake(events)
	q.awake(messages)
	q.awake(timers)
	return nil
}

const leasedUntil = `SELECT due_at FROM lane WHERE name = $1 AND take = $2 AND leased = 1`

// sinceLeased is by how much the clock was set back since a lane was leased; 0 when it
// was not, or when the lease is lost. What was planned under the lease was planned by the
// clock as it was.
func (q *tx) sinceLeased(l chat.Lease) (time.Duration, error) {
	var until int64
	err := q.one(leasedUntil, l.Lane, l.Take).Scan(&until)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return max(0, time.Duration(micros(l.Until)-until)*time.Microsecond), err
}

// movedBack is a time by the clock as it is now; the zero time is none.
func movedBack(t time.Time, by time.Duration) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-by)
}

// allMovedBack are deliveries of which the times are by the clock as it is now.
func allMovedBack(rows []encoded, by time.Duration) []encoded {
	if by == 0 {
		return rows
	}
	rows = slices.Clone(rows)
	for i := range rows {
		d := &rows[i].Delivery
		d.Due, d.Series, d.Resent = movedBack(d.Due, by), movedBack(d.Series, by), movedBack(d.Resent, by)
	}
	return rows
}

// lastSeen is about the latest time that is known of a process that ended: when
// a place was last reserved to send, when a lane became empty or was leased (for
// a minute), or when something was put into a lane of which nothing has been
// tried since. Such a thing is due when it was stored, and not any more once it
// was set back. What is to be tried again is so within minutes.
var lastSeen = `
SELECT COALESCE(MAX(at), 0) FROM (
	SELECT next_at AS at FROM budget
	UNION ALL
	SELECT due_at FROM lane WHERE n = 0 AND leased = 0 AND due_at < ` + noTime + `
	UNION ALL
	SELECT due_at - 60000000 FROM lane WHERE leased = 1 AND due_at < ` + noTime + `
	UNION ALL
	SELECT due_at - 600000000 FROM lane WHERE n > 0 AND due_at < ` + noTime + `
	UNION ALL
	SELECT due_at FROM (SELECT due_at, accepted FROM event WHERE status <> 'done' AND status = 'ready' ORDER BY id DESC LIMIT 100) AS newest
	WHERE due_at = accepted
	UNION ALL
	SELECT due_at FROM (SELECT name, due_at FROM lane WHERE kind = 'message' AND n > 0 AND due_at < ` + noTime + ` ORDER BY due_at DESC LIMIT 100) AS latest
	WHERE due_at = (SELECT created FROM message WHERE lane = latest.name AND status = 'ready' ORDER BY id LIMIT 1)
) AS seen`

// noTime is what is due when somebody says so.
var noTime = strconv.FormatInt(parked, 10)

// ahead is how far ahead places may have been reserved.
const ahead = time.Minute

// heedRestart is heedClock for the time when nobody looked.
func (s *Store) heedRestart(ctx context.Context) error {
	var last int64
	err := s.writer.do(ctx, func(q *tx) error { return q.one(lastSeen).Scan(&last) })
	if err != nil || last == 0 {
		return err
	}
	now := s.now().Round(0)
	back := fromMicros(last).Sub(now)
	if back <= ahead {
		return nil
	}
	s.log.WarnContext(ctx, "the clock is behind what is stored; what was to be done then is set back", "by", back)
	return s.writer.do(ctx, func(q *tx) error { return q.moveBack(back, now, true) })
}
