package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/botd-chat/botd/chat"
)

const (
	recallColumns = `id, delivery_id, msg_seq, who, reason, at, result, code, error`
	recallsOf     = `SELECT ` + recallColumns + ` FROM recall WHERE delivery_id = $1 ORDER BY id`
	insertRecall  = `
INSERT INTO recall (delivery_id, msg_seq, who, reason, at, result, code, error)
VALUES ($1, $2, $3, $4, $5, '', 0, '')
RETURNING id`
	endRecall = `UPDATE recall SET result = $1, code = $2, error = $3 WHERE id = $4 AND result = ''`

	// One that was sent has the Random and the beginning of its last series,
	// so the attempts with that Random are those of the series.
	sentColumns = `
SELECT delivery.id, message.app, message.group_id, delivery.msg_seq, delivery.random,
	(SELECT count(*) FROM attempt WHERE attempt.delivery_id = delivery.id AND attempt.random = delivery.random)
FROM message JOIN delivery ON delivery.message_id = message.id`
	sentOfEvent  = sentColumns + ` WHERE message.event_id = $1 AND delivery.outcome = 'sent' ORDER BY message.id, delivery.part`
	sentDelivery = sentColumns + ` WHERE delivery.id = $1 AND delivery.outcome = 'sent'`
)

// SentOf lists what was sent for an event, with what is needed to take it back.
// Nothing is [ErrNotFound] for an unknown event, and otherwise an empty list.
func (s *Store) SentOf(ctx context.Context, id chat.EventID) (list []chat.Recallable, err error) {
	err = s.reader.view(ctx, func(v view) error {
		var e chat.EventRecord
		if err := scanEvent(v.one(`SELECT `+eventColumns+` FROM event WHERE id = $1`, int64(id)), &e); err != nil {
			return orNotFound(err)
		}
		list, err = v.sent(sentOfEvent, int64(id))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("what was sent for event %s: %w", id, err)
	}
	return list, nil
}

// SentDelivery is what was sent for one delivery. It is [ErrNotNow] when the
// delivery was not sent.
func (s *Store) SentDelivery(ctx context.Context, id chat.DeliveryID) (r chat.Recallable, err error) {
	err = s.reader.view(ctx, func(v view) error {
		var d chat.Delivery
		if err := scanDelivery(v.one(readDelivery, int64(id)), &d); err != nil {
			return orNotFound(err)
		}
		list, err := v.sent(sentDelivery, int64(id))
		if err != nil {
			return err
		}
		if len(list) != 1 {
			return notNow("it was not sent: it is %s %s", d.Status, d.Outcome)
		}
		r = list[0]
		return nil
	})
	if err != nil {
		return r, fmt.Errorf("what was sent for delivery %s: %w", id, err)
	}
	return r, nil
}

func (v view) sent(text string, id int64) ([]chat.Recallable, error) {
	var list []chat.Recallable
	err := v.each(func(row scanner) error {
		var r chat.Recallable
		var attempts int
		err := row.Scan(&r.Delivery, &r.App, &r.Group, &r.MsgSeq, &r.Random, &attempts)
		r.FirstTried = attempts == 1
		list = append(list, r)
		return err
	}, text, id)
	return list, err
}

// BeginRecalls keeps that these deliveries are about to be recalled, all or
// none, and returns what was stored for each, in their order.
func (s *Store) BeginRecalls(ctx context.Context, list []chat.Recallable, by chat.By) ([]chat.Recall, error) {
	made := make([]chat.Recall, len(list))
	err := s.tx(ctx, func(q *tx) error {
		now := s.now()
		for i, r := range list {
			made[i] = chat.Recall{Delivery: r.Delivery, MsgSeq: r.MsgSeq, At: fromMicros(micros(now)), By: by}
			row := q.one(insertRecall, int64(r.Delivery), int64(r.MsgSeq), by.Who, by.Reason, micros(now))
			if err := errors.Join(row.Scan(&made[i].ID), q.learnt(r.Delivery)); err != nil {
				return fmt.Errorf("delivery %s: %w", r.Delivery, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("keep what is to be recalled: %w", err)
	}
	return made, nil
}

// EndRecalls keeps what came of recalls that were begun.
func (s *Store) EndRecalls(ctx context.Context, list []chat.Recall) error {
	err := s.tx(ctx, func(q *tx) error {
		for _, r := range list {
			if r.Result == "" {
				return errors.New("a recall that ended has a result")
			}
			n, err := q.exec(endRecall, string(r.Result), r.Code, r.Error, r.ID)
			if err == nil && n == 0 {
				err = errors.New("it was not begun, or has ended before")
			}
			if err = errors.Join(err, q.learnt(r.Delivery)); err != nil {
				return fmt.Errorf("delivery %s: %w", r.Delivery, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep what came of recalls: %w", err)
	}
	return nil
}

func recallsOn(q asker, d chat.DeliveryID) ([]chat.Recall, error) {
	var list []chat.Recall
	err := q.each(func(row scanner) error {
		var r chat.Recall
		var at int64
		err := row.Scan(&r.ID, &r.Delivery, &r.MsgSeq, &r.Who, &r.Reason, &at, &r.Result, &r.Code, &r.Error)
		r.At = fromMicros(at)
		list = append(list, r)
		return err
	}, recallsOf, int64(d))
	return list, err
}
