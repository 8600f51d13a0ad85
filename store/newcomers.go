package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/botd-chat/botd/chat"
)

const (
	widenDelivery = `
UPDATE delivery SET recipients = $1, lost = $2, snapshot = $3, read_at = $4
WHERE id = $5 AND message_id = $6 AND status = 'ready' AND attempts = 0 AND series = 0`
	lastPart = `SELECT COALESCE(MAX(part), 0) FROM delivery WHERE message_id = $1`
	// ofReady makes sure that it is a message of the lane which is on its way.
	ofReady = `SELECT COUNT(*) FROM message WHERE id = $1 AND lane = $2 AND status = 'ready' AND snapshot <> ''`
)

// Join keeps people who came to qualify for a message after it was resolved, with
// the reading by which they do, and returns the deliveries that were made for
// them. A delivery of which an attempt was begun takes nobody in.
func (s *Store) Join(ctx context.Context, l chat.Lease, m chat.MessageID, n chat.Newcomers) (made []chat.Delivery, err error) {
	widened, err := encodeDeliveries(n.Widened)
	var fresh []encoded
	if err == nil {
		fresh, err = encodeParts(m, n.Parts)
	}
	if err == nil {
		err = s.tx(ctx, func(q *tx) error {
			made, err = q.join(l, m, n.Membership, widened, fresh, micros(s.now()))
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("let newcomers join message %s: %w", m, err)
	}
	return made, nil
}

func encodeParts(m chat.MessageID, parts []chat.Share) ([]encoded, error) {
	list := make([]chat.Delivery, len(parts))
	for i, p := range parts {
		list[i] = chat.Delivery{Message: m, Rendering: p.Rendering, Recipients: p.Recipients, Status: chat.Ready}
	}
	return encodeDeliveries(list)
}

func (q *tx) join(l chat.Lease, m chat.MessageID, read chat.Membership, widened, fresh []encoded, now int64) ([]chat.Delivery, error) {
	var there, last int
	_, err := q.hold(l, m)
	if err == nil {
		err = q.one(ofReady, int64(m), l.Lane).Scan(&there)
	}
	if err == nil && there == 0 {
		err = fmt.Errorf("it is not a ready message of lane %s that was resolved", l.Lane)
	}
	if err == nil {
		err = q.one(lastPart, int64(m)).Scan(&last)
	}
	hash := read.Hash()
	if err == nil {
		err = q.keepSnapshot(hash, read)
	}
	if err != nil {
		return nil, err
	}
	for _, d := range widened {
		if err := q.widen(d, m, hash, read); err != nil {
			return nil, fmt.Errorf("delivery %s: %w", d.ID, err)
		}
	}
	made := make([]chat.Delivery, 0, len(fresh))
	for i, d := range fresh {
		d.Part, d.Due = last+i+1, fromMicros(now)
		d.Snapshot, d.ReadAt = hash, fromMicros(micros(read.ReadAt))
		if err := q.addDelivery(m, &d); err != nil {
			return nil, fmt.Errorf("part %d: %w", d.Part, err)
		}
		made = append(made, d.Delivery)
	}
	return made, nil
}

func (q *tx) widen(d encoded, m chat.MessageID, hash string, read chat.Membership) error {
	n, err := q.exec(widenDelivery, d.recipients, d.lost, hash, micros(read.ReadAt), int64(d.ID), int64(m))
	if err == nil && n != 1 {
		err = errors.New("it is not a ready delivery of which no attempt was begun")
	}
	return err
}
