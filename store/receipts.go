package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Sealer makes receipts of deliveries. Its functions have no side effects; they
// may be called twice for the same thing.
type Sealer interface {
	// Seal says what the receipt says.
	Seal(chat.Ended) (chat.Seal, error)
	// Link is the hash that a body has as number n of a lane, after prev.
	Link(lane string, n int64, prev string, body []byte) string
}

// SealSome gives receipts to up to limit deliveries that ended, or about which
// something was learnt since their last receipt, in the order in which they
// ended, and returns to how many. Each gets one, or none if there is an error.
func (s *Store) SealSome(ctx context.Context, limit int, by Sealer) (n int, err error) {
	// An erasure changes deliveries and readings one after the other, and what is
	// in between explains nothing.
	if err := s.sealing.enter(ctx); err != nil {
		return 0, err
	}
	defer s.sealing.leave()
	list, err := s.unsealed(ctx, limit)
	if err != nil || len(list) == 0 {
		return 0, told("read what has ended", err)
	}
	rows := make([]sealing, 0, len(list))
	for i := range list {
		u := &list[i]
		seal, err := by.Seal(u.Ended)
		if err != nil {
			return 0, fmt.Errorf("make the receipt of delivery %s: %w", u.Delivery.ID, err)
		}
		rows = append(rows, sealing{u, seal})
	}
	err = s.tx(ctx, func(q *tx) (err error) {
		n, err = q.seal(rows, by)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("store receipts: %w", err)
	}
	return n, nil
}

// guard lets one in at a time, and does not keep those waiting who have given up.
type guard chan struct{}

func (g guard) enter(ctx context.Context) error {
	select {
	case g <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g guard) leave() { <-g }

func told(doing string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// sealing is a receipt that has no place in its chain yet.
type sealing struct {
	*unsealed
	seal chat.Seal
}

const (
	readChain = `SELECT n, hash FROM chain WHERE lane = $1`
	saveChain = `
INSERT INTO chain (lane, n, hash, cut_n, cut_hash) VALUES ($1, $2, $3, 0, '')
ON CONFLICT (lane) DO UPDATE SET n = $2, hash = $3`
	insertReceipt = `
INSERT INTO receipt (lane, n, prev, hash, at, app, bot, group_id, message_id, delivery_id, body, opened, content_key, reading_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	// Whoever did something about it since it was read has raised news, and
	// then its receipt would not tell of it.
	sealDelivery = `UPDATE delivery SET sealed = $1, news = 0 WHERE id = $2 AND news = $3`
	// moreNews makes it known that a delivery which may have a receipt needs
	// another.
	moreNews = `UPDATE delivery SET news = news + 1 WHERE id = $1`
)

// learnt says that more is known of a delivery than when it ended.
func (q *tx) learnt(id chat.DeliveryID) error {
	_, err := q.exec(moreNews, int64(id))
	return err
}

// seal appends to the chains. It stores nothing for those that were changed
// since they were read: they come again.
func (q *tx) seal(rows []sealing, by Sealer) (n int, err error) {
	heads := map[string]chat.Head{}
	for _, r := range rows {
		head, known := heads[r.Lane]
		if !known {
			if head, err = q.chain(r.Lane); err != nil {
				return 0, err
			}
		}
		changed, err := q.exec(sealDelivery, head.N+1, int64(r.Delivery.ID), r.news)
		if err != nil {
			return 0, err
		}
		if changed == 1 {
			if head, err = q.append(head, r, by); err != nil {
				return 0, fmt.Errorf("delivery %s: %w", r.Delivery.ID, err)
			}
			n++
		}
		heads[r.Lane] = head
	}
	for lane, head := range heads {
		if _, err := q.exec(saveChain, lane, head.N, head.Hash); err != nil {
			return 0, fmt.Errorf("the chain of lane %s: %w", lane, err)
		}
	}
	return n, nil
}

// chain is the head of a lane's chain, which is new when it has none.
func (q *tx) chain(lane string) (chat.Head, error) {
	h := chat.Head{Lane: lane}
	err := q.one(readChain, lane).Scan(&h.N, &h.Hash)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return h, told("the chain of lane "+lane, err)
}

func (q *tx) append(after chat.Head, r sealing, by Sealer) (chat.Head, error) {
	n := after.N + 1
	hash := by.Link(r.Lane, n, after.Hash, r.seal.Body)
	_, err := q.exec(insertReceipt, r.Lane, n, after.Hash, hash, micros(r.Now), string(r.Message.App), string(r.Message.Bot),
		string(r.Message.Group), int64(r.Message.ID), int64(r.Delivery.ID), string(r.seal.Body), string(r.seal.Opened),
		r.seal.ContentKey, r.seal.ReadingKey)
	return chat.Head{Lane: r.Lane, N: n, Hash: hash}, err
}

const unsealedSince = `
SELECT COUNT(*), COALESCE(MIN(ended), 0) FROM (SELECT ended FROM delivery WHERE ` + hasNews + ` ORDER BY ended, id LIMIT $1) AS first`

// mostUnsealed is how far is counted what has no receipt.
const mostUnsealed = 100_000

// Unsealed is how many deliveries wait for a receipt, at most a hundred
// thousand, and when the first of them ended.
func (s *Store) Unsealed(ctx context.Context) (n int, since time.Time, err error) {
	var at int64
	err = s.reader.view(ctx, func(v view) error { return v.one(unsealedSince, mostUnsealed).Scan(&n, &at) })
	return n, fromMicros(at), told("count what has no receipt yet", err)
}
