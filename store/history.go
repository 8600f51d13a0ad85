package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

const (
	readEvent    = `SELECT ` + eventColumns + `, payload, text FROM event WHERE id = $1`
	messagesOf   = `SELECT ` + messageColumns + ` FROM message WHERE event_id = $1 ORDER BY id`
	attemptsOf   = `SELECT ` + attemptColumns + ` FROM attempt WHERE delivery_id = $1 ORDER BY n`
	listedEvents = `SELECT ` + eventColumns + ` FROM event WHERE `
)

// History returns an event with all that came of it so far.
func (s *Store) History(ctx context.Context, id chat.EventID) (h chat.EventHistory, err error) {
	err = s.reader.view(ctx, func(v view) error {
		var payload []byte
		if err := scanEvent(v.one(readEvent, int64(id)), &h.Event, &payload, &h.Event.Text); err != nil {
			return err
		}
		if len(payload) > 0 {
			h.Event.Payload = payload
		}
		if h.Messages, err = v.messages(id); err != nil {
			return err
		}
		if h.Timers, err = v.timers(id); err != nil {
			return err
		}
		if h.Leaks, err = v.leaks(leaksOfEvent, int64(id)); err != nil {
			return err
		}
		h.Acts, err = actsOn(v, id)
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return chat.EventHistory{}, fmt.Errorf("history of event %s: %w", id, err)
	}
	return h, nil
}

func (v view) messages(id chat.EventID) ([]chat.MessageHistory, error) {
	var list []chat.MessageHistory
	err := v.each(func(row scanner) error {
		var m chat.MessageHistory
		if err := scanMessage(row, &m.MessageRecord); err != nil {
			return err
		}
		list = append(list, m)
		return nil
	}, messagesOf, int64(id))
	if err != nil {
		return nil, err
	}
	for i := range list {
		if err := v.complete(&list[i]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

const laneDue = `SELECT due_at FROM lane WHERE name = (SELECT lane FROM message WHERE id = $1) AND due_at < $2`

// complete adds the deliveries to a message, and to one that waits, until when.
func (v view) complete(m *chat.MessageHistory) (err error) {
	if m.Status == chat.Ready {
		var due int64
		switch err := v.one(laneDue, int64(m.ID), parked).Scan(&due); {
		case err == nil:
			m.Due = fromMicros(due)
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
	}
	m.Deliveries, err = v.deliveries(m.ID)
	m.Progress = chat.ProgressOf(m.Deliveries)
	return err
}

func (v view) deliveries(m chat.MessageID) ([]chat.DeliveryHistory, error) {
	rows, err := deliveries(v, m)
	if err != nil {
		return nil, err
	}
	var list []chat.DeliveryHistory
	for _, d := range rows {
		tries, err := v.attempts(d.ID)
		if err != nil {
			return nil, err
		}
		recalls, err := recallsOn(v, d.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, chat.DeliveryHistory{Delivery: d, Tries: tries, Recalls: recalls})
	}
	return list, nil
}

func (v view) attempts(d chat.DeliveryID) ([]chat.Attempt, error) {
	var list []chat.Attempt
	err := v.each(rowsInto(&list, scanAttempt), attemptsOf, int64(d))
	return list, err
}

// Filter picks events; the zero value picks the newest of all.
type Filter struct {
	App     chat.AppName
	Bot     chat.BotName
	Group   chat.GroupID
	Status  chat.Status // of the event or of one of its messages
	Outcome chat.Outcome
	Trigger chat.TriggerName
	Reason  string // is part of the event's reason, in whatever case
	Ended   bool   // only what has ended
	Firsts  bool   // only what was not made by handling another event again
	Receipt chat.ReceiptID
	Since   time.Time    // accepted then or later
	Until   time.Time    // accepted before
	Before  chat.EventID // older than this one: the cursor of the page before
	Limit   int          // 0 is 50; at most 500
	// OldestFirst turns the order round, and with it what Before means: only
	// younger than this one.
	OldestFirst bool
}

// Pages of Events.
const (
	pageSize    = 50
	maxPageSize = 500
)

// pageOf is how many a page has where so many are asked for; 0 is not said.
func pageOf(limit int) int {
	if limit <= 0 {
		return pageSize
	}
	return min(limit, maxPageSize)
}

// Events returns stored events without their payload, newest first, and the
// cursor of the next page, which is zero when there is none.
func (s *Store) Events(ctx context.Context, f Filter) (list []chat.EventRecord, next chat.EventID, err error) {
	f.Limit = pageOf(f.Limit)
	text, args, err := f.query()
	if err != nil {
		return nil, 0, fmt.Errorf("list events: %w", err)
	}
	err = s.reader.view(ctx, func(v view) error {
		return v.each(func(row scanner) error {
			var e chat.EventRecord
			if err := scanEvent(row, &e); err != nil {
				return err
			}
			list = append(list, e)
			return nil
		}, text, args...)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list events: %w", err)
	}
	if len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].ID
	}
	return list, next, nil
}

// ofStatus picks events that are in a status, or of which a message is: who asks
// for what is held wants to see both. The conditions are said as the indexes
// have them; the plus keeps SQLite from reading all messages in the order of
// their events, for whom a union would then be free.
const ofStatus = `id IN (SELECT id FROM event WHERE status <> 'done' AND status = $%[1]d
	UNION SELECT +event_id FROM message WHERE %[2]s AND status = $%[1]d)`

var byMessages = map[chat.Status]string{
	chat.Ready: "status = 'ready'",
	chat.Held:  "status IN ('held', 'dead')",
	chat.Dead:  "status IN ('held', 'dead')",
}

// query asks for one event more than the page holds, which tells whether there
// is a next one.
func (f Filter) query() (string, []any, error) {
	where := conditions{list: []string{"id > 0"}}
	where.add(f.App != "", "app = $%d", string(f.App))
	where.add(f.Bot != "", "bot = $%d", string(f.Bot))
	where.add(f.Group != "", "group_id = $%d", string(f.Group))
	where.add(f.Receipt != "", "receipt = $%d", string(f.Receipt))
	where.add(!f.Since.IsZero(), "accepted >= $%d", micros(f.Since))
	where.add(!f.Until.IsZero(), "accepted < $%d", micros(f.Until))
	cursor, order := "id < $%d", "DESC"
	if f.OldestFirst {
		cursor, order = "id > $%d", "ASC"
	}
	where.add(f.Before != 0, cursor, int64(f.Before))
	where.add(f.Outcome != "", "outcome = $%d", string(f.Outcome))
	where.add(f.Trigger != "", "trigger_name = $%d", string(f.Trigger))
	where.add(f.Reason != "", hasReason, containing(f.Reason))
	where.has(f.Firsts, "replay_of = 0")
	where.has(f.Ended, "+status <> 'ready'")
	switch f.Status {
	case "":
	case chat.Done:
		where.has(true, "status = 'done'")
	case chat.Ready, chat.Held, chat.Dead:
		where.has(true, fmt.Sprintf(ofStatus, where.arg(string(f.Status)), byMessages[f.Status]))
	default:
		return "", nil, fmt.Errorf("no status %q; have ready, held, done, dead", string(f.Status))
	}
	limit := where.arg(f.Limit + 1)
	return fmt.Sprintf("%s%s ORDER BY id %s LIMIT $%d", listedEvents, &where, order, limit), where.args, nil
}
