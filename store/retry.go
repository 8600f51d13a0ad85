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

// Retry is what sending a message again comes to: the message, and those of all
// whom its rule has who may get it now; nil if that is not limited.
type Retry struct {
	Message chat.MessageRecord
	Only    *chat.Recipients

	list  []chat.Delivery // all of the message's
	again []int           // those of list that are sent again
}

// PlanRetry says what [Store.RetryMessage] would do, and changes nothing.
func (s *Store) PlanRetry(ctx context.Context, id chat.MessageID, resend bool) (r Retry, err error) {
	err = s.reader.view(ctx, func(v view) error {
		r, err = planRetry(v, id, resend)
		return err
	})
	if err != nil {
		return Retry{}, fmt.Errorf("retry message %s: %w", id, orNotFound(err))
	}
	return r, nil
}

// RetryMessage puts a message that is held or dead, as a new one, at the tail of
// its lane. That goes only to those who certainly did not get the first, with
// resend also to those who may have got it; within these the rule and what the
// bot may reach are held against the group when its turn comes. The old message
// is done, unless there is still something unclear about it.
func (s *Store) RetryMessage(ctx context.Context, id chat.MessageID, resend bool, by chat.By) (made chat.MessageID, err error) {
	err = s.asked(ctx, fmt.Sprintf("retry message %s", id), func(q *tx, now time.Time) error {
		r, err := planRetry(q, id, resend)
		if err != nil {
			return err
		}
		if made, err = q.sendAgain(r.Message.ID, r.Only, now); err != nil {
			return err
		}
		to := chat.Standing{Status: chat.Done, Outcome: chat.Retried, Reason: fmt.Sprintf("sent again as %s by %s", made, by), Ended: now}
		d := deed{By: by, event: r.Message.Event, what: chat.SentAgain, at: now}
		for _, i := range r.again {
			if err := q.settleDelivery(d, &r.list[i], to, made.String()); err != nil {
				return err
			}
		}
		return q.settleMessage(d, r.Message, standing(r.list, to), made.String())
	})
	return made, err
}

func planRetry(q asker, id chat.MessageID, resend bool) (r Retry, err error) {
	if err := scanMessage(q.one(readMessage, int64(id)), &r.Message); err != nil {
		return r, err
	}
	if err := waits(r.Message.Status, r.Message.Outcome); err != nil {
		return r, err
	}
	if r.Message.Outcome == chat.Drafted {
		return r, notNow("it is a draft, which nobody released yet; botd dlq approve %s sends it", id)
	}
	if r.list, err = deliveries(q, id); err != nil {
		return r, err
	}
	if len(r.list) == 0 {
		// It was not resolved, or for nobody. What limited it limits it still.
		r.Only = r.Message.Only
		return r, nil
	}
	var to []chat.UserID
	for i, d := range r.list {
		if d.Status != chat.Done && (resend || !unclear(d)) {
			r.again, to = append(r.again, i), append(to, d.Recipients.IDs()...)
		}
	}
	only, err := chat.NewRecipients(to)
	if errors.Is(err, chat.ErrNobody) {
		return r, notNow("all that is left of it may have been delivered; answer it (botd deliveries answer %s sent|resend|drop), or retry it with resend, and then they may see it twice",
			firstUnclear(r.list))
	}
	r.Only = &only
	return r, err
}

// unclear says of a delivery of a message that is not on its way any more that
// it may have been delivered. A message can be held in the middle of it, and
// then its deliveries are as ready as they were.
func unclear(d chat.Delivery) bool {
	return d.Outcome == chat.Unknown || d.Status == chat.Ready && d.MayHaveArrived()
}

func firstUnclear(list []chat.Delivery) chat.DeliveryID {
	i := slices.IndexFunc(list, unclear)
	if i < 0 {
		return 0
	}
	return list[i].ID
}

// waits reports something that does not wait for a person.
func waits(s chat.Status, o chat.Outcome) error {
	switch s {
	case chat.Held, chat.Dead:
		return nil
	case chat.Ready:
		return notNow("it has not ended; it goes on by itself")
	case chat.Done:
	}
	return notNow("it is done (%s); only what is held or dead waits for a person", o)
}

const insertAgain = `
INSERT INTO message (event_id, app, bot, group_id, sender, lane, body, created,
	status, outcome, reason, ended, ceiling, snapshot, read_at, replay_of, limited_to, report, own)
SELECT event_id, app, bot, group_id, sender, lane, body, $1, 'ready', '', '', 0, '', '', 0, id, $2, CASE report WHEN 0 THEN 0 ELSE -1 END, own
FROM message WHERE id = $3
RETURNING id, lane, app`

// sendAgain puts a message at the tail of its lane once more, for those alone.
func (q *tx) sendAgain(id chat.MessageID, only *chat.Recipients, now time.Time) (made chat.MessageID, err error) {
	limited := ""
	if only != nil {
		b, err := json.Marshal(only)
		if err != nil {
			return 0, err
		}
		limited = string(b)
	}
	var lane string
	var app chat.AppName
	if err := q.one(insertAgain, micros(now), limited, int64(id)).Scan(&made, &lane, &app); err != nil {
		return 0, fmt.Errorf("store the message that repeats it: %w", err)
	}
	return made, q.add(messages, lane, app, 1, now)
}

func (q *tx) settleDelivery(by deed, d *chat.Delivery, to chat.Standing, made string) error {
	before := chat.Standing{Status: d.Status, Outcome: d.Outcome, Reason: d.Reason, Ended: d.Ended}
	if err := q.settle(actOnDelivery, chat.ADelivery, int64(d.ID), before, to); err != nil {
		return fmt.Errorf("delivery %s: %w", d.ID, err)
	}
	d.Status, d.Outcome, d.Reason, d.Ended = to.Status, to.Outcome, to.Reason, to.Ended
	return q.record(by, d.ID.String(), before, made)
}

func (q *tx) settleMessage(by deed, m chat.MessageRecord, to chat.Standing, made string) error {
	before := chat.Standing{Status: m.Status, Outcome: m.Outcome, Reason: m.Reason, Ended: m.Ended}
	if err := q.settle(actOnMessage, chat.AMessage, int64(m.ID), before, to); err != nil {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	if m.Outcome == chat.Drafted && to.Outcome == chat.Dropped { // one that is sent has its plugin told when it ends
		if err := q.left(m.ID, by.at); err != nil {
			return err
		}
	}
	return q.record(by, m.ID.String(), before, made)
}

// standing is how a message stands after somebody did something about its
// deliveries: as over says, unless one of them still waits for a person.
func standing(list []chat.Delivery, over chat.Standing) chat.Standing {
	var rest []chat.Delivery
	for _, d := range list {
		switch d.Status {
		case chat.Done:
		case chat.Dead:
			rest = append(rest, d)
		case chat.Held, chat.Ready: // of these the message is told, if there is one
			rest = append([]chat.Delivery{d}, rest...)
		}
	}
	if len(rest) == 0 {
		return over
	}
	over.Status, over.Outcome = rest[0].Status, rest[0].Outcome
	if over.Status == chat.Ready {
		over.Status, over.Outcome = chat.Held, chat.Unknown
	}
	over.Reason = fmt.Sprintf("%d of %d parts still wait for a person; part %d: %s", len(rest), len(list), rest[0].Part, rest[0].Reason)
	return over
}
