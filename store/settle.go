package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

const (
	// messageOpen says of a message that it may yet be sent without being asked for
	// again: it waits for its turn, or for a person to say that it may go.
	messageOpen = `(message.status = 'ready' OR message.status = 'held' AND message.outcome IN ('surge', 'review'))`
	// eventOpen says of an event that it is not over, or one of its messages is not.
	eventOpen = `(event.status = 'ready' OR EXISTS (SELECT 1 FROM message WHERE message.event_id = event.id AND ` + messageOpen + `))`

	openFirings = `
SELECT firing.id, EXISTS (SELECT 1 FROM event WHERE event.receipt = firing.receipt AND ` + eventOpen + `) FROM firing
WHERE firing.done = 0 AND firing.id > $1 ORDER BY firing.id LIMIT $2`
	readFiring   = `SELECT ` + firingColumns + ` FROM firing JOIN schedule ON schedule.id = firing.schedule_id WHERE firing.id = $1 AND firing.done = 0`
	settleFiring = `UPDATE firing SET done = $1, outcome = $2, reason = $3 WHERE id = $4 AND done = 0`
)

// SettleFirings looks which firings are over, and stores that and how they ended. It
// returns those that ended, up to limit. A call looks at some of those that are open,
// and the next one goes on behind them, so that many which take long keep no others
// waiting.
//
// A firing is over when its events are, and no message of theirs may yet be sent: one
// that waits for its turn, for a review or for somebody's word that it may go to so many
// is open; one of which nobody knows whether it came is not. How it ended stays, also if
// somebody then has what failed done again.
func (s *Store) SettleFirings(ctx context.Context, limit int) ([]chat.Firing, error) {
	var ended []settled
	err := s.reader.view(ctx, func(v view) (err error) {
		ended, err = s.overFirings(v, limit)
		return err
	})
	if err == nil && len(ended) > 0 {
		err = s.tx(ctx, func(q *tx) error {
			for _, e := range ended {
				if _, err := q.exec(settleFiring, micros(e.Done), string(e.Outcome), e.Reason, e.id); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("look which firings are over: %w", err)
	}
	list := make([]chat.Firing, len(ended))
	for i, e := range ended {
		list[i] = e.Firing
	}
	return list, nil
}

type settled struct {
	id int64
	chat.Firing
}

// openLooked is how many firings that are open are looked at for each that may be
// returned.
const openLooked = 10

// overFirings looks at some of those that are open, from where the last call ended.
func (s *Store) overFirings(v view, limit int) (list []settled, err error) {
	var over []int64
	looked, last, most := 0, s.settled.Load(), max(limit, 1)*openLooked
	err = v.each(func(row scanner) error {
		var id int64
		var open bool
		err := row.Scan(&id, &open)
		looked++
		if len(over) < limit {
			last = id
			if !open {
				over = append(over, id)
			}
		}
		return err
	}, openFirings, last, most)
	if err != nil {
		return nil, err
	}
	if looked < most && len(over) < limit {
		last = 0 // from the first again
	}
	s.settled.Store(last)
	for _, id := range over {
		e := settled{id: id}
		if err := scanFiring(v.one(readFiring, id), &e.Firing); err != nil {
			return nil, err
		}
		if err := v.settle(&e.Firing, s.now()); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

const (
	eventsEnded   = `SELECT id, status, outcome, ended FROM event WHERE receipt = $1 ORDER BY id`
	messagesEnded = `SELECT id, status, outcome, ended FROM message WHERE event_id = $1 AND own = 0 ORDER BY id` // what reviewers are told is not what came of it
	sentTo        = `SELECT recipients FROM delivery WHERE message_id = $1 AND outcome = 'sent'`
)

// settle says how a firing ended all of which is over.
func (v view) settle(f *chat.Firing, now time.Time) error {
	sum := summary{wrong: map[string]int{}}
	err := v.each(func(row scanner) error {
		var id chat.EventID
		stand, err := sum.scan(row, &id)
		f.Events = append(f.Events, id)
		sum.event(stand)
		return err
	}, eventsEnded, string(f.Receipt))
	for _, id := range f.Events {
		if err == nil {
			err = v.sumMessages(&sum, id)
		}
	}
	if err != nil {
		return err
	}
	f.Done, f.Outcome, f.Reason = fromMicros(sum.ended), chat.FiringDone, sum.String()
	if f.Done.IsZero() {
		f.Done = now // its events are gone already
	}
	if len(sum.wrong) > 0 {
		f.Outcome = chat.FiringFailed
	}
	return nil
}

func (v view) sumMessages(sum *summary, id chat.EventID) error {
	var sent []chat.MessageID
	err := v.each(func(row scanner) error {
		var m chat.MessageID
		stand, err := sum.scan(row, &m)
		if sum.message(stand) {
			sent = append(sent, m)
		}
		return err
	}, messagesEnded, int64(id))
	for _, m := range sent {
		if err != nil {
			return err
		}
		err = v.each(func(row scanner) error {
			var raw []byte
			if err := row.Scan(&raw); err != nil {
				return err
			}
			var to chat.Recipients
			if err := json.Unmarshal(raw, &to); err != nil {
				return fmt.Errorf("%w: a delivery of message %s: %w", errDamaged, m, err)
			}
			sum.people += to.Len()
			return nil
		}, sentTo, int64(m))
	}
	return err
}

// summary counts what came of a firing.
type summary struct {
	events, sent, people, nobody, dropped int

	wrong map[string]int
	kinds []string // the keys of wrong, in order
	ended int64
}

// scan reads how a row stands that has an id and ended.
func (s *summary) scan(row scanner, id any) (stand chat.Stand, err error) {
	var ended int64
	err = row.Scan(id, &stand.Status, &stand.Outcome, &ended)
	s.ended = max(s.ended, ended)
	return stand, err
}

func (s *summary) event(stand chat.Stand) {
	if s.events++; stand.Status != chat.Done || stand.Outcome != chat.Handled {
		s.wentWrong("event", stand)
	}
}

// message says whether some of it was sent.
func (s *summary) message(stand chat.Stand) (sent bool) {
	if stand.Status == chat.Done {
		switch stand.Outcome { //nolint:exhaustive // the others went wrong
		case chat.Sent, chat.Partly:
			s.sent++
			return true
		case chat.Nobody:
			s.nobody++
			return false
		case chat.Dropped:
			s.dropped++
			return false
		case chat.Retried: // sent again as another, which counts
			return false
		}
	}
	s.wentWrong("message", stand)
	return stand.Outcome == chat.Partly
}

func (s *summary) wentWrong(what string, stand chat.Stand) {
	kind := what + " " + stand.String()
	if s.wrong[kind] == 0 {
		s.kinds = append(s.kinds, kind)
	}
	s.wrong[kind]++
}

// String tells it, such as "2 messages sent to 37 people; 1 message held: unknown".
func (s *summary) String() string {
	var parts []string
	switch {
	case s.events == 0:
		return "its events were deleted before it was known how they ended"
	case s.sent > 0 || s.people > 0:
		parts = append(parts, fmt.Sprintf("%s sent to %s", howMany(s.sent, "message", "messages"), howMany(s.people, "person", "people")))
	case s.nobody > 0:
		parts = append(parts, "nobody was left to get it")
	case s.dropped == 0 && len(s.wrong) == 0:
		parts = append(parts, "there was nothing to send")
	}
	if s.dropped > 0 {
		parts = append(parts, howMany(s.dropped, "message", "messages")+" dropped")
	}
	for _, kind := range s.kinds {
		what, stand, _ := strings.Cut(kind, " ")
		parts = append(parts, fmt.Sprintf("%s %s", howMany(s.wrong[kind], what, what+"s"), stand))
	}
	return strings.Join(parts, "; ")
}

func howMany(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
