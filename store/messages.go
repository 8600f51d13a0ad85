package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// TakeMessages leases up to limit lanes of messages that are due and returns
// the oldest message of each and those beside it, with their deliveries. next is
// when the first lane that is not due yet falls due; zero for none.
//
// An attempt that was running under an earlier lease is stored as unclear:
// whoever made it is gone, or too late to say.
func (s *Store) TakeMessages(ctx context.Context, limit int, lease time.Duration) (work []chat.MessageWork, next time.Time, err error) {
	err = s.ask(ctx, &call{takes: true, run: func(q *tx) error {
		now := s.now()
		work = nil
		leases, err := s.take(q, messages, limit, now, now.Add(lease))
		if err != nil {
			return err
		}
		for _, l := range leases {
			w, err := q.headMessage(l, now)
			if errors.Is(err, errParked) {
				continue
			}
			if errors.Is(err, errDamaged) {
				s.log.ErrorContext(ctx, "setting aside the head of a lane", "lane", l.Lane, "error", err)
				if err := q.holdHead(messages, l.Lane, err, now); err != nil {
					return err
				}
				continue
			}
			if err != nil {
				return err
			}
			work = append(work, w)
		}
		next, err = q.next(messages, now)
		return err
	}})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("take messages: %w", err)
	}
	return work, next, nil
}

const (
	headMessage = `
SELECT ` + messageColumns + ` FROM message WHERE lane = $1 AND status = 'ready' AND ` + messageMoves + ` ORDER BY id LIMIT 1`
	deliveriesOf = `SELECT ` + deliveryColumns + ` FROM delivery WHERE message_id = $1 ORDER BY part`
)

func (q *tx) headMessage(l chat.Lease, now time.Time) (chat.MessageWork, error) {
	w := chat.MessageWork{Lease: l}
	err := scanMessage(q.one(headMessage, l.Lane), &w.Message)
	if errors.Is(err, sql.ErrNoRows) {
		return w, q.noHead(messages, l)
	}
	if err != nil {
		return w, fmt.Errorf("head of lane %s: %w", l.Lane, err)
	}
	if w.Deliveries, err = q.resume(w.Message, now); err != nil {
		return w, err
	}
	w.Beside, err = q.besides(w.Message, l.Lane, now)
	return w, err
}

// resume finds the deliveries of a message; none if it is not resolved.
func (q *tx) resume(m chat.MessageRecord, now time.Time) ([]chat.Delivery, error) {
	if m.Snapshot == "" {
		return nil, nil
	}
	list, err := deliveries(q, m.ID)
	if err != nil {
		return nil, err
	}
	return list, q.endAbandoned(list, now)
}

// asker is something to ask: a transaction or a view.
type asker interface {
	one(text string, args ...any) scanner
	each(scan func(scanner) error, text string, args ...any) error
}

func deliveries(q asker, m chat.MessageID) ([]chat.Delivery, error) {
	var list []chat.Delivery
	err := q.each(rowsInto(&list, scanDelivery), deliveriesOf, int64(m))
	if err != nil {
		return nil, fmt.Errorf("deliveries of message %s: %w", m, err)
	}
	return list, nil
}

const endAbandoned = `
UPDATE attempt SET ended = $1, result = $2, error = $3 WHERE delivery_id = $4 AND n = $5 AND result = ''`

// endAbandoned ends the attempts that an earlier holder of the lane left
// running. At most the last one of each delivery can be.
func (q *tx) endAbandoned(list []chat.Delivery, now time.Time) error {
	for _, d := range list {
		if d.Status != chat.Ready || d.Attempts == 0 {
			continue
		}
		_, err := q.exec(endAbandoned, micros(now), string(chat.Unclear), "its lease ended before its outcome was stored",
			int64(d.ID), d.Attempts)
		if err != nil {
			return fmt.Errorf("end the abandoned attempt of delivery %s: %w", d.ID, err)
		}
	}
	return nil
}
