package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// EndRound stores what came of working for a while on the head of a lane, and on
// the messages beside it, and gives the lane back, to be taken again from the
// earliest Due on. With End a message leaves the lane. It is [chat.ErrLeaseLost]
// when somebody else has the lane by now.
func (s *Store) EndRound(ctx context.Context, rounds ...chat.Round) error {
	all := make([]encodedRound, len(rounds))
	for i, r := range rounds {
		var err error
		if all[i], err = encodeRound(r); err != nil {
			return fmt.Errorf("end round of message %s: %w", r.Message, err)
		}
		if r.Lease != rounds[0].Lease {
			return fmt.Errorf("end round of message %s: it is under another lease", r.Message)
		}
	}
	if len(rounds) == 0 {
		return errors.New("end round: of no message")
	}
	err := s.tx(ctx, func(q *tx) error { return q.endRounds(all, s.now()) })
	if err != nil {
		return fmt.Errorf("end round of message %s: %w", rounds[0].Message, err)
	}
	return nil
}

// encodedRound is a round as it is stored.
type encodedRound struct {
	chat.Round
	to   *resolution
	rows []encoded
}

func encodeRound(r chat.Round) (e encodedRound, err error) {
	e.Round = r
	if e.rows, err = encodeDeliveries(r.Deliveries); err != nil {
		return e, err
	}
	if err := checkRound(r); err != nil {
		return e, err
	}
	e.to, err = encodeResolved(r.Resolved)
	return e, err
}

func (q *tx) endRounds(all []encodedRound, now time.Time) error {
	lease := all[0].Lease
	all, err := q.notReplaced(all)
	if err != nil {
		return err
	}
	back, err := q.sinceLeased(lease)
	if err != nil {
		return err
	}
	gone, due := 0, time.Time{}
	for _, r := range all {
		switch at := later(movedBack(r.Due, back), now); {
		case r.End != nil:
			gone++
		case due.IsZero() || at.Before(due):
			due = at
		}
	}
	if err := q.release(messages, lease, gone, later(due, now)); err != nil {
		return err
	}
	for _, r := range all {
		r.rows = allMovedBack(r.rows, back)
		if err := q.endRound(r, now); err != nil {
			return fmt.Errorf("message %s: %w", r.Message, err)
		}
	}
	return nil
}

func (q *tx) endRound(r encodedRound, now time.Time) error {
	for _, a := range r.Attempts {
		if err := q.endAttempt(a); err != nil {
			return fmt.Errorf("attempt %d of delivery %s: %w", a.N, a.Delivery, err)
		}
	}
	if err := q.saveAll(r.Round, r.to, r.rows); err != nil {
		return err
	}
	switch {
	case r.End != nil:
		return q.endMessage(r.Round, now)
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
	if err != nil {
		return err
	}
	return q.left(r.Message, now)
}
