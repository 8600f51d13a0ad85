package store

import (
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// earlier is what came before an arrival: under its key, and with its body.
type earlier struct {
	receipt chat.ReceiptID // of all that is stored under the key; empty for none
	stored  map[chat.GroupID]chat.EventID
	body    map[chat.GroupID]chat.EventID
	voided  bool // one of stored was voided
}

const (
	findSeen   = `SELECT group_id, receipt, event_id, print, voided FROM seen WHERE key = $1`
	forgetSoon = `DELETE FROM seen WHERE key = $1 AND at < $2`
	revive     = `DELETE FROM seen WHERE key = $1 AND voided = 1`
	insertSeen = `INSERT INTO seen (key, group_id, receipt, event_id, at, print) VALUES ($1, $2, $3, $4, $5, $6)`
)

// cameBefore looks for repeats of an arrival. What was dropped because of its
// body answers with the receipt of the first that had it.
func (q *tx) cameBefore(a chat.Arrival, now time.Time) (e earlier, err error) {
	if a.Key != "" && a.Within > 0 {
		if _, err := q.exec(forgetSoon, a.Key, micros(now.Add(-a.Within))); err != nil {
			return e, fmt.Errorf("forget what is no repeat any more: %w", err)
		}
	}
	if a.Key != "" && a.Revive {
		if _, err := q.exec(revive, a.Key); err != nil {
			return e, fmt.Errorf("forget what was voided: %w", err)
		}
	}
	if e.stored, err = q.seen(a.Key, a.Print, &e.receipt, &e.voided); err != nil {
		return e, err
	}
	var first chat.ReceiptID
	var voided bool
	e.body, err = q.seen(a.Body, "", &first, &voided)
	if e.receipt == "" && a.SameBody == chat.SameBodyDrop {
		e.receipt = first
	}
	return e, err
}

// seen finds what was stored under a key; an empty one finds nothing. All of it
// has one receipt. voided says that some of it was voided.
func (q *tx) seen(key, want string, r *chat.ReceiptID, voided *bool) (map[chat.GroupID]chat.EventID, error) {
	stored := map[chat.GroupID]chat.EventID{}
	if key == "" {
		return stored, nil
	}
	other := false
	err := q.each(func(row scanner) error {
		var g chat.GroupID
		var id chat.EventID
		var had string
		var void bool
		err := row.Scan(&g, r, &id, &had, &void)
		stored[g], *voided = id, *voided || void
		other = other || want != "" && had != "" && had != want
		return err
	}, findSeen, key)
	switch {
	case err != nil:
		return nil, fmt.Errorf("look for a repeat: %w", err)
	case other:
		return nil, ErrReused
	}
	return stored, nil
}

// keepKey keeps a key for an event; an empty one is not kept.
func (q *tx) keepKey(key string, g chat.GroupID, r chat.ReceiptID, id chat.EventID, sent string, now time.Time) error {
	if key == "" {
		return nil
	}
	if _, err := q.exec(insertSeen, key, string(g), string(r), int64(id), micros(now), sent); err != nil {
		return fmt.Errorf("keep the key: %w", err)
	}
	if q.undo != nil {
		q.undo.keys = append(q.undo.keys, key)
	}
	return nil
}
