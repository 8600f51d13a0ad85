package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/fail"
)

// What is of use only if it is on disk by a time is stored like all else, and the
// clock is looked at again after its commit. If that was too late, it is voided by the
// next transaction, before anybody has it: whoever takes work, and whoever comes with
// the same key, is put aside for a transaction of which no such thing is part.

// mayBeVoided says that what the call stores is of use for a while only.
func (c *call) mayBeVoided() bool { return !c.by.IsZero() }

// parted tells the calls of a transaction that has just been committed from those of them
// that came too late.
func parted(group []*call, now time.Time) (inTime, late []*call) {
	for _, c := range group {
		if c.err == nil && c.tx.undo != nil && len(c.tx.undo.rows) > 0 && now.After(c.by) {
			late = append(late, c)
		} else {
			inTime = append(inTime, c)
		}
	}
	return inTime, late
}

// voidLate voids what came too late, and fails the calls that stored it. If that cannot be
// done, they have not failed: what they stored will be worked on.
func (w *writer) voidLate(late []*call, now time.Time) {
	if len(late) == 0 {
		return
	}
	fail.Here(fail.Late)
	voided, err := w.void(late, now)
	for _, c := range late {
		if err != nil {
			w.log.Error("what was stored too late cannot be voided", "events", c.tx.undo.events(), "late", now.Sub(c.by), "handled", !voided, "error", err)
		} else {
			w.log.Warn("stored too late, and voided", "events", c.tx.undo.events(), "late", now.Sub(c.by))
		}
		if voided {
			c.err = ErrLate
		}
	}
}

// void is a transaction of its own. When its commit fails and nobody knows what is on
// disk, the store is refusing by then, and it counts as done: to be told twice does less
// harm than to be told never.
func (w *writer) void(late []*call, now time.Time) (done bool, err error) {
	if err := w.refusal(); err != nil {
		return false, err
	}
	if err := w.begin(); err != nil {
		return false, w.lost("begin", err)
	}
	c := &call{run: func(q *tx) error {
		for _, c := range late {
			if err := q.void(c.tx.undo, chat.VoidedReason(now.Sub(c.by)), now); err != nil {
				return err
			}
		}
		return nil
	}}
	if w.try(c, false); c.err != nil {
		w.rollback()
		return false, c.err
	}
	if err := w.commit(); err != nil {
		return !isPassing(err), w.uncommitted(err)
	}
	w.count([]*call{c})
	w.wake([]*call{c})
	return true, nil
}

// undo is what it takes to void what a transaction has stored.
type undo struct {
	rows   []voidable
	keys   []string
	leases []born
}

// born is a lane that was leased with what it got.
type born struct {
	kind kind
	chat.Lease
}

type voidable struct {
	kind kind
	id   int64
	lane string
}

// mayVoid keeps that a row may have to be voided.
func (q *tx) mayVoid(k kind, id int64, lane string) {
	if q.undo != nil {
		q.undo.rows = append(q.undo.rows, voidable{k, id, lane})
	}
}

func (u *undo) events() (list []chat.EventID) {
	for _, r := range u.rows {
		if r.kind == events {
			list = append(list, chat.EventID(r.id))
		}
	}
	return list
}

const (
	voidEvent = `
UPDATE event SET status = 'done', outcome = 'voided', reason = $1, ended = $2, attempts = 0 WHERE id = $3 AND status = 'ready'`
	voidMessage = `
UPDATE message SET status = 'done', outcome = 'voided', reason = $1, ended = $2 WHERE id = $3 AND status = 'ready'`
	voidKey   = `UPDATE seen SET voided = 1 WHERE key = $1 AND event_id = $2`
	laneCount = `SELECT n FROM lane WHERE name = $1 AND take = $2 AND leased = 1`
	unlease   = `UPDATE lane SET due_at = $1, leased = 0 WHERE name = $2 AND take = $3 AND leased = 1`
)

// void ends what was stored: as it is nobody's yet, it is all ready, and what it may
// have been leased for is to be taken anew.
func (q *tx) void(u *undo, reason string, now time.Time) error {
	text := map[kind]string{events: voidEvent, messages: voidMessage}
	for _, r := range u.rows {
		n, err := q.exec(text[r.kind], reason, micros(now), r.id)
		if err == nil && n != 1 {
			err = errors.New("it is not ready")
		}
		if err == nil {
			_, err = q.exec(uncount, micros(now), r.lane)
		}
		if err != nil {
			return fmt.Errorf("void %s %d: %w", r.kind, r.id, err)
		}
	}
	return errors.Join(q.voidKeys(u), q.unlease(u, now))
}

func (q *tx) voidKeys(u *undo) error {
	for _, key := range u.keys {
		for _, id := range u.events() {
			if _, err := q.exec(voidKey, key, int64(id)); err != nil {
				return fmt.Errorf("keep that what a key stands for was voided: %w", err)
			}
		}
	}
	return nil
}

// unlease gives lanes back that were leased with what is voided. Somebody else's may
// have come to wait in them meanwhile.
func (q *tx) unlease(u *undo, now time.Time) error {
	for _, l := range u.leases {
		var n int
		err := q.one(laneCount, l.Lane, l.Take).Scan(&n)
		if err == nil {
			_, err = q.exec(unlease, micros(now), l.Lane, l.Take)
		}
		if err != nil {
			return fmt.Errorf("give back lane %s: %w", l.Lane, err)
		}
		if n > 0 {
			q.awake(l.kind)
		}
	}
	return nil
}
