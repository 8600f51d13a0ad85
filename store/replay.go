package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/botd-chat/botd/chat"
)

const insertReplay = `
INSERT INTO event (receipt, app, bot, trigger_name, kind, group_id, sender, lane, time, accepted,
	status, outcome, reason, attempts, due_at, ended, payload, origin, text, timer_of, report_of, root, replay_of)
SELECT $1, app, bot, trigger_name, kind, group_id, sender, lane, time, $2, 'ready', '', '', 0, $2, 0, payload, origin, text, timer_of, report_of, root, id
FROM event WHERE id = $3
RETURNING id, lane, app`

// ReplayEvent has an event that ended, in whatever way, handled again: as a new
// event with the same payload, sender and time, under a receipt of its own, at
// the tail of its lane. One that was held or dead is done by it; one that was
// done stays as it is, and what came of it stays sent. It does not expire, since
// somebody wants it now.
func (s *Store) ReplayEvent(ctx context.Context, id chat.EventID, by chat.By) (chat.Receipt, error) {
	return s.replay(ctx, id, by, func(*tx, chat.EventRecord) error { return nil })
}

// RetryEvent is [Store.ReplayEvent] for an event that is held or dead, and
// [ErrNotNow] for others: somebody else may have seen to it meanwhile.
func (s *Store) RetryEvent(ctx context.Context, id chat.EventID, by chat.By) (chat.Receipt, error) {
	return s.replay(ctx, id, by, func(_ *tx, e chat.EventRecord) error { return waits(e.Status, e.Outcome) })
}

// ReplayEventOnce is [Store.ReplayEvent] for an event that was not handled again
// before. It is [ErrNotNow] for others, so that what is done to many, and is
// begun a second time, does nothing twice.
func (s *Store) ReplayEventOnce(ctx context.Context, id chat.EventID, by chat.By) (chat.Receipt, error) {
	return s.replay(ctx, id, by, func(q *tx, _ chat.EventRecord) error {
		var made string
		err := q.one(replayedAs, int64(id), id.String(), string(chat.Replayed)).Scan(&made)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err == nil {
			err = notNow("it was handled again before, as %s", made)
		}
		return err
	})
}

const replayedAs = `SELECT made FROM act WHERE event_id = $1 AND target = $2 AND what = $3 ORDER BY id DESC LIMIT 1`

func (s *Store) replay(ctx context.Context, id chat.EventID, by chat.By, may func(*tx, chat.EventRecord) error) (r chat.Receipt, err error) {
	receipt, err := uuid.NewV7()
	if err != nil {
		return r, fmt.Errorf("replay event %s: draw a receipt: %w", id, err)
	}
	err = s.asked(ctx, fmt.Sprintf("replay event %s", id), func(q *tx, now time.Time) error {
		e, err := q.event(id)
		if err != nil {
			return err
		}
		if e.Status == chat.Ready {
			return notNow("it has not ended; it is handled, or tried again, by itself")
		}
		if err := may(q, e); err != nil {
			return err
		}
		var made chat.EventID
		var lane string
		var app chat.AppName
		if err := q.one(insertReplay, receipt.String(), micros(now), int64(id)).Scan(&made, &lane, &app); err != nil {
			return fmt.Errorf("store the event that repeats it: %w", err)
		}
		r = chat.Receipt{ID: chat.ReceiptID(receipt.String()), Events: []chat.EventID{made}}
		if err := q.add(events, lane, app, 1, now); err != nil {
			return err
		}
		d := deed{By: by, event: id, what: chat.Replayed, at: now}
		if e.Status == chat.Done {
			return q.record(d, id.String(), standingOf(e), made.String())
		}
		return q.settleEvent(d, e, chat.Standing{Status: chat.Done, Outcome: chat.Retried,
			Reason: fmt.Sprintf("handled again as %s by %s", made, by), Ended: now}, made.String())
	})
	if err != nil {
		return chat.Receipt{}, err
	}
	return r, nil
}
