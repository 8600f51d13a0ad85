package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Letters picks what waits for a person; the zero value picks all of it.
type Letters struct {
	Kind    string // "event" or "message"; empty is both
	App     chat.AppName
	Bot     chat.BotName
	Group   chat.GroupID
	Outcome chat.Outcome
	Trigger chat.TriggerName
	Status  chat.Status // Held or Dead; empty is both
	Reason  string      // is part of the reason, in whatever case
	Since   time.Time   // stands so since then or later
	Until   time.Time   // stands so since before this
	// Before is the cursor of the page before: only what comes after that id.
	// Events come first and then messages, both newest first.
	Before string
	// OldestFirst turns that round, for those who act in the order in which
	// things came. Events come first all the same.
	OldestFirst bool
	Limit       int // 0 is 50; at most 500
}

const (
	eventLetters   = `SELECT id, 0, app, bot, group_id, status, outcome, reason, ended FROM event`
	messageLetters = `SELECT event_id, id, app, bot, group_id, status, outcome, reason, ended FROM message`
	readMessage    = `SELECT ` + messageColumns + ` FROM message WHERE id = $1`
	messageOf      = `SELECT message_id FROM delivery WHERE id = $1`
	// ofTrigger picks messages by the trigger of their event.
	ofTrigger = `(SELECT trigger_name FROM event WHERE event.id = message.event_id) = $%d`
	hasReason = `LOWER(reason) LIKE LOWER($%d) ESCAPE '\'`
)

// containing is a pattern for what has text in it.
func containing(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}

// Letters lists what waits for a person, and the cursor of the next page, which
// is empty when there is none.
func (s *Store) Letters(ctx context.Context, f Letters) (list []chat.Letter, next string, err error) {
	f.Limit = pageOf(f.Limit)
	parts, err := f.parts()
	if err == nil {
		err = s.reader.view(ctx, func(v view) error {
			for _, p := range parts {
				if err := v.letters(f, p, &list); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		return nil, "", fmt.Errorf("list what waits for a person: %w", err)
	}
	if len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].ID
	}
	return list, next, nil
}

// lettersIn is one table to be listed, from a row on.
type lettersIn struct {
	events bool
	before int64 // 0: from the newest
}

// parts says which tables are still to be listed after the cursor.
func (f Letters) parts() ([]lettersIn, error) {
	all := []lettersIn{{events: true}, {}}
	if f.Before != "" {
		if id, err := chat.ParseEventID(f.Before); err == nil {
			all[0].before = int64(id)
		} else if id, err := chat.ParseMessageID(f.Before); err == nil {
			all = []lettersIn{{before: int64(id)}}
		} else {
			return nil, fmt.Errorf("%.40q is neither the id of an event nor of a message", f.Before)
		}
	}
	switch f.Kind {
	case "":
		return all, nil
	case events.String(), messages.String():
		return slices.DeleteFunc(all, func(p lettersIn) bool { return p.events != (f.Kind == events.String()) }), nil
	}
	return nil, fmt.Errorf("no kind %.40q; have event, message", f.Kind)
}

// query asks for one row more than the page holds.
func (f Letters) query(p lettersIn) (string, []any) {
	text := messageLetters
	if p.events {
		text = eventLetters
	}
	where := conditions{list: []string{"status <> 'ready'", "status <> 'done'", "id > 0"}}
	cursor, order := "id < $%d", "DESC"
	if f.OldestFirst {
		cursor, order = "id > $%d", "ASC"
	}
	where.add(p.before != 0, cursor, p.before)
	where.add(f.App != "", "app = $%d", string(f.App))
	where.add(f.Bot != "", "+bot = $%d", string(f.Bot)) // the plus: not by the index of all of a bot's
	where.add(f.Group != "", "+group_id = $%d", string(f.Group))
	where.add(f.Outcome != "", "outcome = $%d", string(f.Outcome))
	where.add(f.Status != "", "+status = $%d", string(f.Status))
	where.add(!f.Since.IsZero(), "ended >= $%d", micros(f.Since))
	where.add(!f.Until.IsZero(), "ended < $%d", micros(f.Until))
	where.add(f.Trigger != "" && p.events, "trigger_name = $%d", string(f.Trigger))
	where.add(f.Trigger != "" && !p.events, ofTrigger, string(f.Trigger))
	where.add(f.Reason != "", hasReason, containing(f.Reason))
	limit := where.arg(f.Limit + 1)
	return fmt.Sprintf("%s WHERE %s ORDER BY id %s LIMIT $%d", text, &where, order, limit), where.args
}

func (v view) letters(f Letters, p lettersIn, list *[]chat.Letter) error {
	text, args := f.query(p)
	from := len(*list)
	err := v.each(func(row scanner) error {
		var x chat.Letter
		var ended int64
		err := row.Scan(&x.Event, &x.Message, &x.App, &x.Bot, &x.Group, &x.Status, &x.Outcome, &x.Reason, &ended)
		x.Ended, x.ID = fromMicros(ended), x.Event.String()
		if !p.events {
			x.ID = x.Message.String()
		}
		*list = append(*list, x)
		return err
	}, text, args...)
	for i := from; i < len(*list) && err == nil && !p.events; i++ {
		err = v.detail(&(*list)[i])
	}
	return err
}

// detail says of a message how far it came and what is to be answered.
func (v view) detail(x *chat.Letter) error {
	rows, err := deliveries(v, x.Message)
	if err != nil {
		return err
	}
	list := make([]chat.DeliveryHistory, len(rows))
	for i, d := range rows {
		list[i].Delivery = d
		if d.Status != chat.Done && x.Status == chat.Held && unclear(d) {
			x.Unclear = append(x.Unclear, d.ID)
		}
	}
	x.Progress = chat.ProgressOf(list)
	return nil
}

// Message returns a message with its deliveries and their attempts.
func (s *Store) Message(ctx context.Context, id chat.MessageID) (m chat.MessageHistory, err error) {
	err = s.reader.view(ctx, func(v view) error {
		if err := scanMessage(v.one(readMessage, int64(id)), &m.MessageRecord); err != nil {
			return err
		}
		return v.complete(&m)
	})
	if err != nil {
		return chat.MessageHistory{}, fmt.Errorf("message %s: %w", id, orNotFound(err))
	}
	return m, nil
}

// MessageOf returns the message that a delivery is of.
func (s *Store) MessageOf(ctx context.Context, id chat.DeliveryID) (m chat.MessageID, err error) {
	err = s.reader.view(ctx, func(v view) error { return v.one(messageOf, int64(id)).Scan(&m) })
	if err != nil {
		return 0, fmt.Errorf("delivery %s: %w", id, orNotFound(err))
	}
	return m, nil
}

func orNotFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
