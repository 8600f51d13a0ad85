package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// ErrNotNow says that something cannot be done to a thing as it stands; its
// message says why and what can be done.
var ErrNotNow = errors.New("it cannot be done now")

func notNow(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrNotNow, fmt.Sprintf(format, args...))
}

const (
	insertAct = `
INSERT INTO act (event_id, target, what, who, reason, at, made, status, outcome, because, ended)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	actsOf = `
SELECT target, what, who, reason, at, made, status, outcome, because, ended FROM act WHERE event_id = $1 ORDER BY id`
)

// deed is an act as it is about to be stored.
type deed struct {
	chat.By
	event chat.EventID
	what  chat.Verb
	at    time.Time
}

// record keeps what was done to target, how it stood before, and what was made
// of it.
func (q *tx) record(d deed, target string, before chat.Standing, made string) error {
	_, err := q.exec(insertAct, int64(d.event), target, string(d.what), d.Who, d.Reason, micros(d.at), made,
		string(before.Status), string(before.Outcome), before.Reason, micros(before.Ended))
	if err != nil {
		return fmt.Errorf("keep what was done to %s: %w", target, err)
	}
	return nil
}

// madeBy keeps who made an event by hand; nil is nobody. Before it there was nothing.
func (q *tx) madeBy(by *chat.By, id chat.EventID, now time.Time) error {
	if by == nil {
		return nil
	}
	return q.record(deed{By: *by, event: id, what: chat.MadeByHand, at: now}, id.String(), chat.Standing{}, "")
}

func actsOn(q asker, id chat.EventID) ([]chat.Act, error) { return actsBy(q, actsOf, int64(id)) }

func actsBy(q asker, text string, of any) ([]chat.Act, error) {
	var list []chat.Act
	err := q.each(func(row scanner) error {
		var a chat.Act
		var at, ended int64
		err := row.Scan(&a.Target, &a.What, &a.Who, &a.Reason, &at, &a.Made, &a.Before.Status, &a.Before.Outcome, &a.Before.Reason, &ended)
		a.At, a.Before.Ended = fromMicros(at), fromMicros(ended)
		list = append(list, a)
		return err
	}, text, of)
	return list, err
}

// The status in the condition makes it sure that nobody was faster. A delivery
// counts with its message, which is out of its lane.
const (
	actOnEvent    = `UPDATE event SET status = $1, outcome = $2, reason = $3, ended = $4 WHERE id = $5 AND status IN ('held', 'dead')`
	actOnMessage  = `UPDATE message SET status = $1, outcome = $2, reason = $3, ended = $4 WHERE id = $5 AND status IN ('held', 'dead')`
	actOnDelivery = `UPDATE delivery SET status = $1, outcome = $2, reason = $3, ended = $4, due_at = 0, news = news + 1 WHERE id = $5 AND status <> 'done'`
)

// settle moves something that waits for a person to where it stands now.
func (q *tx) settle(text string, of chat.Thing, id int64, before, to chat.Standing) error {
	if err := checkSettle(of, before, to); err != nil {
		return err
	}
	n, err := q.exec(text, string(to.Status), string(to.Outcome), to.Reason, micros(to.Ended), id)
	if err == nil && n != 1 {
		err = errors.New("it does not wait for a person")
	}
	return err
}

// asked runs f in a transaction for a person, and says of what in an error.
func (s *Store) asked(ctx context.Context, doing string, f func(q *tx, now time.Time) error) error {
	err := s.tx(ctx, func(q *tx) error { return f(q, s.now()) })
	if err != nil {
		return fmt.Errorf("%s: %w", doing, orNotFound(err))
	}
	return nil
}
