package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/botd-chat/botd/chat"
)

// Accept stores an arrival as one event for each of its groups. When it
// returns without an error, that is on disk. After an error nothing was
// promised; the arrival can be offered again.
//
// A repeat of the same key and group stores nothing and answers with the first
// receipt and events. Repeated says that nothing was new; an arrival with a
// group more than the first time adds that one under the first receipt.
func (s *Store) Accept(ctx context.Context, a chat.Arrival) (chat.Receipt, error) {
	if err := check(a); err != nil {
		return chat.Receipt{}, fmt.Errorf("accept %s for bot %s: %w", a.Kind, a.Bot, err)
	}
	id, err := uuid.NewV7() // random, and yet in order, which the index likes
	if err != nil {
		return chat.Receipt{}, fmt.Errorf("accept: draw a receipt: %w", err)
	}
	var r chat.Receipt
	err = s.tx(ctx, func(q *tx) (err error) {
		r, err = q.accept(a, chat.ReceiptID(id.String()), s.now())
		return err
	})
	if err != nil {
		return chat.Receipt{}, fmt.Errorf("accept %s for bot %s: %w", a.Kind, a.Bot, err)
	}
	return r, nil
}

func check(a chat.Arrival) error {
	switch {
	case a.App == "" || a.Bot == "" || a.Trigger == "" || a.Kind == "":
		return errors.New("an arrival names its app, bot, trigger and kind")
	case len(a.Groups) == 0 || slices.Contains(a.Groups, ""):
		return errors.New("an arrival names at least one group, and none of them is empty")
	case len(a.Payload) > 0 && !json.Valid(a.Payload):
		return errors.New("the payload is not JSON")
	}
	return nil
}

// accept goes through the groups in the order of their names, as every
// transaction that touches several lanes does, and answers in the arrival's
// own order.
func (q *tx) accept(a chat.Arrival, fresh chat.ReceiptID, now time.Time) (chat.Receipt, error) {
	groups := slices.Compact(slices.Sorted(slices.Values(a.Groups)))
	r := chat.Receipt{ID: fresh, Repeated: true}
	stored := map[chat.GroupID]chat.EventID{}
	if a.Key != "" {
		var err error
		if stored, err = q.seen(a.Key, &r.ID); err != nil {
			return r, err
		}
	}
	for _, g := range groups {
		if stored[g] != 0 {
			continue
		}
		id, err := q.acceptFor(a, g, r.ID, now)
		if err != nil {
			return r, err
		}
		stored[g], r.Repeated = id, false
	}
	for _, g := range a.Groups {
		if id, ok := stored[g]; ok {
			r.Events = append(r.Events, id)
			delete(stored, g)
		}
	}
	return r, nil
}

const findSeen = `SELECT group_id, receipt, event_id FROM seen WHERE key = $1`

// seen finds what was stored under the key before. All of it has one receipt.
func (q *tx) seen(key string, r *chat.ReceiptID) (map[chat.GroupID]chat.EventID, error) {
	stored := map[chat.GroupID]chat.EventID{}
	err := q.each(func(row scanner) error {
		var g chat.GroupID
		var id chat.EventID
		err := row.Scan(&g, r, &id)
		stored[g] = id
		return err
	}, findSeen, key)
	if err != nil {
		return nil, fmt.Errorf("look for a repeat: %w", err)
	}
	return stored, nil
}

const insertEvent = `
INSERT INTO event (receipt, app, bot, trigger_name, kind, group_id, sender, lane, time, accepted,
	status, outcome, reason, attempts, due_at, ended, payload)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'ready', '', '', 0, $10, 0, $11)
RETURNING id`

const insertSeen = `INSERT INTO seen (key, group_id, receipt, event_id, at) VALUES ($1, $2, $3, $4, $5)`

func (q *tx) acceptFor(a chat.Arrival, g chat.GroupID, r chat.ReceiptID, now time.Time) (chat.EventID, error) {
	at := a.Time
	if at.IsZero() {
		at = now
	}
	lane := eventLane(a.Bot, g)
	var id chat.EventID
	err := q.one(insertEvent, string(r), string(a.App), string(a.Bot), string(a.Trigger), string(a.Kind),
		string(g), string(a.Sender), lane, micros(at), micros(now), append([]byte{}, a.Payload...)).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("store an event: %w", err)
	}
	if a.Key != "" {
		if _, err := q.exec(insertSeen, a.Key, string(g), string(r), int64(id), micros(now)); err != nil {
			return 0, fmt.Errorf("keep the key: %w", err)
		}
	}
	return id, q.add(events, lane, a.App, 1, now)
}
