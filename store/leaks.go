package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

const leakColumns = `id, app, group_id, msg_seq, random, sender, shown, found, found_by, result, attempts, due_at, ended, code, error`

// scanLeak reads leakColumns.
func scanLeak(row scanner, l *chat.Leak) error {
	var shown, found, due, ended int64
	err := row.Scan(&l.ID, &l.App, &l.Group, &l.MsgSeq, &l.Random, &l.Sender, &shown, &found, &l.FoundBy,
		&l.Result, &l.Attempts, &due, &ended, &l.Code, &l.Error)
	l.Shown, l.Found, l.Due, l.Ended = fromMicros(shown), fromMicros(found), fromMicros(due), fromMicros(ended)
	return err
}

const (
	leakOf     = `SELECT ` + leakColumns + ` FROM leak WHERE app = $1 AND group_id = $2 AND msg_seq = $3 AND random = $4`
	insertLeak = `
INSERT INTO leak (app, group_id, msg_seq, random, sender, shown, found, found_by, result, attempts, due_at, ended, code, error)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', 0, $9, 0, 0, '')`
	insertLeakEvent = `
INSERT INTO leak_event (leak_id, event_id, bot) SELECT $1, id, bot FROM event WHERE id = $2 ON CONFLICT (leak_id, event_id) DO NOTHING`
	eventsOfLeak = `SELECT event_id FROM leak_event WHERE leak_id = $1 ORDER BY event_id`
)

// KeepLeak keeps a leak together with what it means for the bots: an event for each
// arrival, of which there may be none, unless there is one under its key already. It is
// due at once. Known says that the leak was kept before, and then nothing is.
func (s *Store) KeepLeak(ctx context.Context, l chat.Leak, arrivals []chat.Arrival) (kept chat.Leak, known bool, err error) {
	var all []coming
	if len(arrivals) > 0 {
		all, err = comingOf(arrivals)
	}
	if err == nil {
		err = s.ask(ctx, &call{list: arrivals, run: func(q *tx) error {
			kept, known, err = s.keepLeak(q, l, all, s.now())
			return err
		}})
	}
	if err != nil {
		return chat.Leak{}, false, fmt.Errorf("keep a leak in group %s, message %d: %w", l.Group, l.MsgSeq, err)
	}
	return kept, known, nil
}

func (s *Store) keepLeak(q *tx, l chat.Leak, all []coming, now time.Time) (kept chat.Leak, known bool, err error) {
	err = scanLeak(q.one(leakOf, string(l.App), string(l.Group), int64(l.MsgSeq), int64(l.Random)), &kept)
	switch {
	case err == nil:
		kept.Events, err = leakEvents(q, kept.ID)
		return kept, true, err
	case !errors.Is(err, sql.ErrNoRows):
		return kept, false, err
	}
	receipts, err := s.acceptAll(q, all, now)
	if err != nil {
		return kept, false, err
	}
	id, err := q.insert(insertLeak, string(l.App), string(l.Group), int64(l.MsgSeq), int64(l.Random), string(l.Sender),
		micros(l.Shown), micros(l.Found), string(l.FoundBy), micros(now))
	for _, r := range receipts {
		for _, e := range r.Events {
			if err == nil {
				_, err = q.exec(insertLeakEvent, id, int64(e))
			}
		}
	}
	if err == nil {
		err = scanLeak(q.one(readLeak, id), &kept)
	}
	if err == nil {
		kept.Events, err = leakEvents(q, kept.ID)
	}
	return kept, false, err
}

func leakEvents(q asker, id chat.LeakID) (list []chat.EventID, err error) {
	err = q.each(rowsInto(&list, scanOne), eventsOfLeak, int64(id))
	return list, err
}

const (
	readLeak  = `SELECT ` + leakColumns + ` FROM leak WHERE id = $1`
	dueLeaks  = `SELECT ` + leakColumns + ` FROM leak WHERE ended = 0 AND due_at <= $1 ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED`
	nextLeak  = `SELECT due_at FROM leak WHERE ended = 0 ORDER BY due_at, id LIMIT 1`
	leaseLeak = `UPDATE leak SET due_at = $1 WHERE id = $2`
)

// TakeLeaks returns up to limit leaks whose message is still to be taken back and that
// are due, those due longest first, and has them due again after the lease. next is when
// the first of all others is; zero for none.
func (s *Store) TakeLeaks(ctx context.Context, limit int, lease time.Duration) (list []chat.Leak, next time.Time, err error) {
	if err = s.heedClock(ctx); err == nil {
		next, err = s.nextLeak(ctx) // to look costs no transaction
	}
	if err == nil && !next.IsZero() && !next.After(s.now()) {
		err = s.tx(ctx, func(q *tx) (err error) {
			now := s.now()
			list, err = q.takeLeaks(limit, now, now.Add(lease))
			return err
		})
		if err == nil {
			next, err = s.nextLeak(ctx)
		}
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("take leaks: %w", err)
	}
	return list, next, nil
}

func (q *tx) takeLeaks(limit int, now, until time.Time) (list []chat.Leak, err error) {
	if err := q.each(rowsInto(&list, scanLeak), dueLeaks, micros(now), max(limit, 0)); err != nil {
		return nil, err
	}
	for i := range list {
		l := &list[i]
		if l.Events, err = leakEvents(q, l.ID); err != nil {
			return nil, err
		}
		if _, err := q.exec(leaseLeak, micros(until), int64(l.ID)); err != nil {
			return nil, err
		}
		l.Due = fromMicros(micros(until))
	}
	return list, nil
}

func (s *Store) nextLeak(ctx context.Context) (next time.Time, err error) {
	err = s.reader.view(ctx, func(v view) error {
		var due int64
		err := v.one(nextLeak).Scan(&due)
		next = fromMicros(due)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return next, err
}

const (
	endLeak = `
UPDATE leak SET result = $1, attempts = $2, due_at = $3, ended = $4, code = $5, error = $6 WHERE id = $7 AND ended = 0`
	whoseEvent = `SELECT app, bot, group_id, sender FROM event WHERE id = $1`
)

// EndLeak keeps what came of a try to take a message back, by Result, Attempts, Due,
// Ended, Code and Error: with Ended it is over, otherwise it is tried again at Due. What
// notice says, if anything, becomes a message of each of the leak's events, however long
// those are over. A leak that has ended does so once, and is [ErrNotNow] after that.
func (s *Store) EndLeak(ctx context.Context, l chat.Leak, notice chat.Message) error {
	said, err := saidOfLeak(l, notice)
	if err == nil {
		err = s.tx(ctx, func(q *tx) error { return s.endLeak(q, l, said, s.now()) })
	}
	if err != nil {
		return fmt.Errorf("end leak %s: %w", l.ID, err)
	}
	return nil
}

// saidOfLeak checks what is to be kept, and encodes what it says.
func saidOfLeak(l chat.Leak, notice chat.Message) ([]said, error) {
	switch {
	case l.Result == chat.RecallOpen:
		return nil, fmt.Errorf("%q is no end: leave the result empty and try again", l.Result)
	case l.Ended.IsZero() != (l.Result == ""):
		return nil, errors.New("a leak has a result when it has ended, and not before")
	case len(notice.Body()) == 0:
		return nil, nil
	}
	if err := notice.Validate(); err != nil {
		return nil, err
	}
	return encodeAll([]chat.Message{notice})
}

func (s *Store) endLeak(q *tx, l chat.Leak, notice []said, now time.Time) error {
	due, ended := micros(later(l.Due, now)), micros(l.Ended)
	if ended != 0 {
		due = 0
	}
	n, err := q.exec(endLeak, string(l.Result), l.Attempts, due, ended, l.Code, l.Error, int64(l.ID))
	if err == nil && n == 0 {
		var had chat.Leak
		if err := scanLeak(q.one(readLeak, int64(l.ID)), &had); err != nil {
			return orNotFound(err)
		}
		return notNow("it has ended before: %s", had.Result)
	}
	if err != nil || len(notice) == 0 {
		return err
	}
	list, err := leakEvents(q, l.ID)
	if err != nil {
		return err
	}
	for _, e := range list {
		of := chat.MessageRecord{Event: e}
		if err := q.one(whoseEvent, int64(e)).Scan(&of.App, &of.Bot, &of.Group, &of.Sender); err != nil {
			return fmt.Errorf("event %s: %w", e, err)
		}
		if _, err := s.addMessages(q, of, notice, now); err != nil {
			return fmt.Errorf("event %s: %w", e, err)
		}
	}
	return nil
}
