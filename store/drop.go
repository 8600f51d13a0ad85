package store

import (
	"context"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

func given(up chat.By, now time.Time) chat.Standing {
	return chat.Standing{Status: chat.Done, Outcome: chat.Dropped, Reason: "dropped by " + up.String(), Ended: now}
}

// DropMessage gives a message up that is held or dead, with all that is left of
// it. What of it was sent stays sent.
func (s *Store) DropMessage(ctx context.Context, id chat.MessageID, by chat.By) error {
	return s.asked(ctx, fmt.Sprintf("drop message %s", id), func(q *tx, now time.Time) error {
		var m chat.MessageRecord
		if err := scanMessage(q.one(readMessage, int64(id)), &m); err != nil {
			return err
		}
		if err := waits(m.Status, m.Outcome); err != nil {
			return err
		}
		list, err := deliveries(q, id)
		if err != nil {
			return err
		}
		d, to := deed{By: by, event: m.Event, what: chat.GivenUp, at: now}, given(by, now)
		for i := range list {
			if list[i].Status == chat.Done {
				continue
			}
			if err := q.settleDelivery(d, &list[i], to, ""); err != nil {
				return err
			}
		}
		return q.settleMessage(d, m, to, "")
	})
}

// DropEvent gives an event up that is held or dead.
func (s *Store) DropEvent(ctx context.Context, id chat.EventID, by chat.By) error {
	return s.asked(ctx, fmt.Sprintf("drop event %s", id), func(q *tx, now time.Time) error {
		e, err := q.event(id)
		if err != nil {
			return err
		}
		if err := waits(e.Status, e.Outcome); err != nil {
			return err
		}
		return q.settleEvent(deed{By: by, event: id, what: chat.GivenUp, at: now}, e, given(by, now), "")
	})
}

func (q *tx) event(id chat.EventID) (e chat.EventRecord, err error) {
	var payload []byte
	err = scanEvent(q.one(readEvent, int64(id)), &e, &payload, &e.Text)
	return e, err
}

func (q *tx) settleEvent(by deed, e chat.EventRecord, to chat.Standing, made string) error {
	before := standingOf(e)
	if err := q.settle(actOnEvent, chat.AnEvent, int64(e.ID), before, to); err != nil {
		return err
	}
	return q.record(by, e.ID.String(), before, made)
}

func standingOf(e chat.EventRecord) chat.Standing {
	return chat.Standing{Status: e.Status, Outcome: e.Outcome, Reason: e.Reason, Ended: e.Ended}
}
