package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// EndRound stores what came of working on a message for a while and gives its
// lane back, to be taken again from Due on. With End the message leaves the
// lane. It is [chat.ErrLeaseLost] when somebody else has the lane by now.
func (s *Store) EndRound(ctx context.Context, r chat.Round) error {
	rows, err := encodeDeliveries(r.Deliveries)
	var to *resolution
	if err == nil {
		to, err = encodeResolved(r.Resolved)
	}
	if err == nil {
		err = checkRound(r)
	}
	if err != nil {
		return fmt.Errorf("end round of message %s: %w", r.Message, err)
	}
	err = s.tx(ctx, func(q *tx) error { return q.endRound(r, to, rows, s.now()) })
	if err != nil {
		return fmt.Errorf("end round of message %s: %w", r.Message, err)
	}
	return nil
}

func (q *tx) endRound(r chat.Round, to *resolution, rows []encoded, now time.Time) error {
	gone := 0
	if r.End != nil {
		gone = 1
	}
	if err := q.release(messages, r.Lease, gone, later(r.Due, now)); err != nil {
		return err
	}
	for _, a := range r.Attempts {
		if err := q.endAttempt(a); err != nil {
			return fmt.Errorf("attempt %d of delivery %s: %w", a.N, a.Delivery, err)
		}
	}
	if err := q.saveAll(r, to, rows); err != nil {
		return err
	}
	switch {
	case r.End != nil:
		return q.endMessage(r, now)
	case r.Waits != "":
		_, err := q.exec(messageWaits, r.Waits, int64(r.Message), r.Lease.Lane)
		return err
	}
	return nil
}

func (q *tx) saveAll(r chat.Round, to *resolution, rows []encoded) error {
	if to != nil {
		return q.resolved(r.Lease.Lane, r.Message, to, rows)
	}
	for _, d := range rows {
		if err := q.saveDelivery(d, r.Message); err != nil {
			return fmt.Errorf("delivery %s: %w", d.ID, err)
		}
	}
	return nil
}

const messageWaits = `UPDATE message SET reason = $1 WHERE id = $2 AND lane = $3 AND status = 'ready'`

const endAttempt = `
UPDATE attempt SET began = $1, ended = $2, result = $3, code = $4, error = $5
WHERE delivery_id = $6 AND n = $7 AND result = ''`

func (q *tx) endAttempt(a chat.Attempt) error {
	if a.Result == "" {
		return errors.New("an attempt that ended has a result")
	}
	n, err := q.exec(endAttempt, micros(a.Began), micros(a.Ended), string(a.Result), a.Code, a.Error, int64(a.Delivery), a.N)
	if err == nil && n == 0 {
		err = errors.New("it was not begun, or has ended before")
	}
	return err
}

const saveDelivery = `
UPDATE delivery SET recipients = $1, lost = $2, random = $3, series = $4, digest = $5, attempts = $6, due_at = $7,
	status = $8, outcome = $9, reason = $10, msg_seq = $11, ended = $12, resent = $13
WHERE id = $14 AND message_id = $15 AND status = 'ready'`

func (q *tx) saveDelivery(d encoded, m chat.MessageID) error {
	n, err := q.exec(saveDelivery, d.recipients, d.lost, int64(d.Random), micros(d.Series), d.Digest, d.Attempts,
		micros(d.Due), string(d.Status), string(d.Outcome), d.Reason, int64(d.MsgSeq), micros(d.Ended), micros(d.Resent),
		int64(d.ID), int64(m))
	if err == nil && n == 0 {
		err = fmt.Errorf("it is no ready delivery of message %s", m)
	}
	return err
}

const endMessage = `
UPDATE message SET status = $1, outcome = $2, reason = $3, ended = $4
WHERE id = $5 AND lane = $6 AND status = 'ready'`

func (q *tx) endMessage(r chat.Round, now time.Time) error {
	n, err := q.exec(endMessage, string(r.End.Status), string(r.End.Outcome), r.End.Reason, micros(now),
		int64(r.Message), r.Lease.Lane)
	if err == nil && n == 0 {
		err = fmt.Errorf("it is not a ready message of lane %s", r.Lease.Lane)
	}
	return err
}
