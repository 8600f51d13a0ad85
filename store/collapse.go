package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

const (
	// olderKeyed are those of which no attempt was ever begun. What a worker has
	// in hand goes, with the others of its event: were it dropped under a steady stream of newer ones, none of
	// them would ever be sent.
	olderKeyed = `
SELECT id, event_id, lane FROM message
WHERE bot = $1 AND group_id = $2 AND collapse = $3 AND collapse <> '' AND status = 'ready' AND id < $4
	AND NOT EXISTS (SELECT 1 FROM delivery WHERE delivery.message_id = message.id AND (delivery.attempts > 0 OR delivery.series <> 0))
	AND NOT EXISTS (SELECT 1 FROM lane WHERE lane.name = message.lane AND lane.leased = 1 AND message.event_id = (
		SELECT head.event_id FROM message AS head WHERE head.lane = lane.name AND head.status = 'ready'
			AND NOT EXISTS (SELECT 1 FROM brake WHERE brake.bot IN (head.bot, '')) ORDER BY head.id LIMIT 1))
ORDER BY id`
	replaceMessage  = `UPDATE message SET status = 'done', outcome = 'dropped', reason = $1, ended = $2 WHERE id = $3 AND status = 'ready'`
	replaceDelivery = `
UPDATE delivery SET status = 'done', outcome = 'dropped', reason = $1, ended = $2, due_at = 0
WHERE message_id = $3 AND status = 'ready'`
)

// keyed are the newest messages of an event by their keys.
type keyed map[string]chat.MessageID

// add notes a message that was stored, and says whether one of those that come
// after it takes its place.
func (k keyed) add(m chat.Message, id chat.MessageID, after []said) (replaced bool) {
	if m.Collapse == "" {
		return false
	}
	k[m.Collapse] = id
	return slices.ContainsFunc(after, func(x said) bool { return x.Collapse == m.Collapse })
}

// collapse drops those messages that wait with the key of a newer one, and takes
// those of other events off the counts of their lanes; older ones of the same
// event are not counted yet. It runs in the transaction that stores the newer
// one, so that there is no moment in which neither waits.
func (q *tx) collapse(of chat.MessageRecord, newest keyed, now time.Time) error {
	for _, key := range slices.Sorted(maps.Keys(newest)) {
		if err := q.collapseKey(of, key, newest[key], now); err != nil {
			return fmt.Errorf("drop what a newer message takes the place of: %w", err)
		}
	}
	return nil
}

// uncount takes a row off the count of its lane. One in which nothing waits any
// more has no time ahead: after a restart that would be taken for the time it was
// ([Store.heedRestart]).
const uncount = `
UPDATE lane SET n = n - 1, due_at = CASE WHEN n = 1 AND leased = 0 AND due_at > $1 THEN $1 ELSE due_at END WHERE name = $2`

func (q *tx) collapseKey(of chat.MessageRecord, key string, newest chat.MessageID, now time.Time) error {
	type row struct {
		id    int64
		event chat.EventID
		lane  string
	}
	var older []row
	err := q.each(func(s scanner) error {
		var r row
		err := s.Scan(&r.id, &r.event, &r.lane)
		older = append(older, r)
		return err
	}, olderKeyed, string(of.Bot), string(of.Group), key, int64(newest))
	for _, r := range older {
		if err == nil {
			err = q.replace(r.id, newest, now)
		}
		if err == nil && r.event != of.Event {
			_, err = q.exec(uncount, micros(now), r.lane)
		}
	}
	return err
}

// replace drops a message, with its deliveries, in favour of a newer one.
func (q *tx) replace(id int64, by chat.MessageID, now time.Time) error {
	reason := chat.ReplacedReason(by)
	n, err := q.exec(replaceMessage, reason, micros(now), id)
	if err == nil && n != 1 {
		err = fmt.Errorf("message %s is not ready", chat.MessageID(id))
	}
	if err == nil {
		_, err = q.exec(replaceDelivery, reason, micros(now), id)
	}
	if err != nil {
		return err
	}
	return q.left(chat.MessageID(id), now)
}

const isReplaced = `SELECT 1 FROM message WHERE id = $1 AND collapse <> '' AND status = 'done' AND outcome = 'dropped'`

// notReplaced leaves out the rounds of messages that were dropped while they were
// in hand. Those were taken off their lane's count then.
func (q *tx) notReplaced(all []encodedRound) ([]encodedRound, error) {
	if !slices.ContainsFunc(all, func(r encodedRound) bool { return r.Keyed }) {
		return all, nil
	}
	var left []encodedRound
	for _, r := range all {
		var is int
		err := sql.ErrNoRows
		if r.Keyed {
			err = q.one(isReplaced, int64(r.Message)).Scan(&is)
		}
		switch {
		case errors.Is(err, sql.ErrNoRows):
			left = append(left, r)
		case err != nil:
			return nil, err
		}
	}
	return left, nil
}

const newerKeyed = `
SELECT COALESCE(MAX(newer.id), 0) FROM message JOIN message AS newer
	ON newer.bot = message.bot AND newer.group_id = message.group_id AND newer.collapse = message.collapse
	AND newer.collapse <> '' AND newer.status = 'ready' AND newer.id > message.id
WHERE message.id = $1`

// Newer is the newest message that waits with the key of this one and was
// accepted after it; zero when there is none, and for a message without a key.
func (s *Store) Newer(ctx context.Context, id chat.MessageID) (newer chat.MessageID, err error) {
	err = s.reader.view(ctx, func(v view) error { return v.one(newerKeyed, int64(id)).Scan(&newer) })
	if err != nil {
		return 0, fmt.Errorf("look for a message that takes the place of %s: %w", id, err)
	}
	return newer, nil
}
