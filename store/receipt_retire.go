package store

import (
	"context"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

const (
	oldestReceipts = `SELECT n, hash, at FROM receipt WHERE lane = $1 ORDER BY n LIMIT $2`
	cutChain       = `UPDATE chain SET cut_n = $1, cut_hash = $2 WHERE lane = $3`
	dropReceipts   = `DELETE FROM receipt WHERE lane = $1 AND n <= $2`
)

// receiptBatch is how many receipts are stored, or deleted, in one transaction:
// with their names they take a few milliseconds.
const receiptBatch = 100

// RetireReceipts deletes receipts that were sealed before a time, from the
// beginning of each chain, and keeps where it goes on. A chain goes on even if
// all of its receipts are gone.
func (s *Store) RetireReceipts(ctx context.Context, before time.Time) (sum int, err error) {
	heads, err := s.Receipts().Heads(ctx)
	if err != nil {
		return 0, err
	}
	for _, h := range heads {
		for more := true; more; {
			n := 0
			err := s.paced(ctx, func(q *tx) (err error) {
				n, err = q.cutChain(h.Lane, micros(before))
				return err
			})
			if err != nil {
				return sum, fmt.Errorf("delete old receipts of lane %s: %w", h.Lane, err)
			}
			sum, more = sum+n, n == receiptBatch
		}
	}
	return sum, nil
}

// cutChain deletes the oldest receipts of a lane and returns how many.
func (q *tx) cutChain(lane string, before int64) (n int, err error) {
	var last chat.Head
	young := false
	err = q.each(func(row scanner) error {
		var h chat.Head
		var at int64
		err := row.Scan(&h.N, &h.Hash, &at)
		if young = young || at >= before; !young {
			n, last = n+1, h
		}
		return err
	}, oldestReceipts, lane, receiptBatch)
	if err != nil || n == 0 {
		return 0, err
	}
	if _, err := q.exec(cutChain, last.N, last.Hash, lane); err != nil {
		return 0, err
	}
	_, err = q.exec(dropReceipts, lane, last.N)
	return n, err
}
