package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Begin puts on disk what must be there before the first byte of an attempt
// leaves, and reserves a place in every budget for each delivery. Either all of
// it is stored, or, when Begun.Wait is set or there is an error, nothing.
func (s *Store) Begin(ctx context.Context, b chat.Begin) (chat.Begun, error) {
	r, err := encodeResolved(b.Resolved)
	var rows []encoded
	if err == nil {
		rows, err = encodeDeliveries(append(slices.Clip(b.Deliveries), b.Rest...))
	}
	if err == nil {
		err = checkBegin(b)
	}
	if err != nil {
		return chat.Begun{}, fmt.Errorf("begin attempts: %w", err)
	}
	var begun chat.Begun
	err = s.tx(ctx, func(q *tx) error {
		begun, err = q.beginAll(b, r, rows, s.now())
		return err
	})
	if err != nil {
		return chat.Begun{}, fmt.Errorf("begin attempts: %w", err)
	}
	return begun, nil
}

func checkBegin(b chat.Begin) error {
	switch {
	case b.Message == 0:
		return errors.New("they are of no message")
	case len(b.Deliveries) == 0:
		return errors.New("there is nothing to begin")
	case b.Resolved == nil && len(b.Rest) > 0:
		return errors.New("deliveries are new only with what they were resolved against")
	}
	if err := checkDeliveries(b.Rest, chat.Stand{}); err != nil {
		return err
	}
	for _, d := range b.Deliveries {
		if d.Status != chat.Ready {
			return fmt.Errorf("part %d: it is %s", d.Part, d.Status)
		}
		if d.Random == 0 || d.Series.IsZero() || d.Digest == "" {
			return fmt.Errorf("part %d: an attempt needs a Random, the beginning of its series and the digest of its bytes", d.Part)
		}
	}
	return nil
}

// beginAll stores everything or, with an error or Begun.Wait, nothing.
func (q *tx) beginAll(b chat.Begin, r *resolution, rows []encoded, now time.Time) (begun chat.Begun, err error) {
	paused, err := q.hold(b.Lease, b.Message)
	if err != nil {
		return begun, err
	}
	if paused {
		return chat.Begun{Wait: now}, nil
	}
	back, err := q.sinceLeased(b.Lease)
	if err != nil {
		return begun, err
	}
	rows = allMovedBack(rows, back)
	n := len(b.Deliveries)
	if begun, err = q.reserve(b.Budgets, n, now, b.Horizon); err != nil || !begun.Wait.IsZero() {
		return begun, err
	}
	if r != nil {
		if err := q.resolved(b.Lease.Lane, b.Message, r, rows); err != nil {
			return begun, err
		}
		for _, d := range rows {
			begun.IDs = append(begun.IDs, d.ID)
		}
	}
	for _, d := range rows[:n] {
		if err := q.begin(d, r != nil, b, now); err != nil {
			return begun, fmt.Errorf("part %d: %w", d.Part, err)
		}
	}
	return begun, nil
}

// encoded is a delivery with the columns that are JSON.
type encoded struct {
	chat.Delivery
	recipients, lost string
}

// encodeDeliveries is done before the transaction, where others would wait
// for it.
func encodeDeliveries(list []chat.Delivery) ([]encoded, error) {
	rows := make([]encoded, 0, len(list))
	for _, d := range list {
		recipients, err := json.Marshal(d.Recipients)
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", d.Part, err)
		}
		lost, err := lostJSON(d.Lost)
		if err != nil {
			return nil, fmt.Errorf("part %d: %w", d.Part, err)
		}
		rows = append(rows, encoded{d, string(recipients), lost})
	}
	return rows, nil
}

// The delivery must be one of a ready message of the lane, and this the attempt
// after its last.
const (
	beginDelivery = `
UPDATE delivery SET recipients = $1, lost = $2, random = $3, series = $4, digest = $5, attempts = $6, due_at = $7
WHERE id = $8 AND status = 'ready' AND attempts = $6 - 1 AND message_id = $9
	AND EXISTS (SELECT 1 FROM message WHERE id = $9 AND lane = $10 AND status = 'ready')`
	insertAttempt = `
INSERT INTO attempt (delivery_id, n, random, people, began, ended, result, code, error)
VALUES ($1, $2, $3, $4, $5, 0, '', 0, '')`
)

// begin stores that an attempt runs; its delivery, if that is new, has it
// already.
func (q *tx) begin(d encoded, isNew bool, b chat.Begin, now time.Time) error {
	if isNew && d.Attempts != 1 {
		return fmt.Errorf("the first attempt has the number %d", d.Attempts)
	}
	if !isNew {
		n, err := q.exec(beginDelivery, d.recipients, d.lost, int64(d.Random), micros(d.Series), d.Digest, d.Attempts,
			micros(d.Due), int64(d.ID), int64(b.Message), b.Lease.Lane)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("attempt %d does not follow its last, or it is not a ready delivery of message %s", d.Attempts, b.Message)
		}
	}
	_, err := q.exec(insertAttempt, int64(d.ID), d.Attempts, int64(d.Random), d.Recipients.Len(), micros(now))
	return err
}
