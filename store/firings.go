package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// firingColumns are of a firing joined with its schedule.
const firingColumns = `firing.schedule_id, schedule.bot, schedule.name, firing.meant, firing.last, firing.count, firing.struck, firing.done,
	firing.outcome, firing.reason, firing.receipt, firing.deadline, firing.late, firing.who, firing.because`

// scanFiring reads firingColumns and what follows them.
func scanFiring(row scanner, f *chat.Firing, more ...any) error {
	var meant, last, struck, done, deadline, late int64
	var by chat.By
	err := row.Scan(append([]any{&f.Schedule, &f.Bot, &f.Name, &meant, &last, &f.Count, &struck, &done,
		&f.Outcome, &f.Reason, &f.Receipt, &deadline, &late, &by.Who, &by.Reason}, more...)...)
	f.Meant, f.Last, f.Struck, f.Done = fromMicros(meant), fromMicros(last), fromMicros(struck), fromMicros(done)
	f.Deadline, f.Late = fromMicros(deadline), fromMicros(late)
	if by.Who != "" {
		f.By = &by
	}
	return err
}

const eventIDs = `SELECT id FROM event WHERE receipt = $1 ORDER BY id`

// eventsOf are those of a receipt that are still there.
func eventsOf(q asker, r chat.ReceiptID) (list []chat.EventID, err error) {
	if r == "" {
		return nil, nil
	}
	err = q.each(rowsInto(&list, scanOne), eventIDs, string(r))
	return list, err
}

// FiringQuery picks firings; the zero value picks the newest of all.
type FiringQuery struct {
	Schedule    chat.ScheduleID
	Bot         chat.BotName
	Outcome     chat.FiringOutcome
	Struck      bool      // only those that made events
	Late        bool      // only those of which somebody was told that they are late
	From, Until time.Time // meant then or later, and before
	Before      int64     // the cursor of the page before
	Limit       int       // 0 is 50; at most 500
}

const listFirings = `SELECT ` + firingColumns + `, firing.id FROM firing JOIN schedule ON schedule.id = firing.schedule_id WHERE `

// Firings lists what became of times of schedules, and the cursor of the next page,
// which is zero when there is none. Those of one schedule go by the time meant, the
// latest first; those of many by when they were decided.
func (s *Store) Firings(ctx context.Context, f FiringQuery) (list []chat.Firing, next int64, err error) {
	f.Limit = pageOf(f.Limit)
	text, args := f.query()
	var ids []int64
	err = s.reader.view(ctx, func(v view) error {
		list, ids, err = v.firings(text, args...)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list firings: %w", err)
	}
	if len(list) > f.Limit {
		list, next = list[:f.Limit], ids[f.Limit-1]
	}
	return list, next, nil
}

// query asks for one firing more than the page holds.
func (f FiringQuery) query() (string, []any) {
	where := conditions{list: []string{"firing.id > 0"}}
	where.add(f.Schedule != 0, "firing.schedule_id = $%d", int64(f.Schedule))
	where.add(f.Bot != "", "schedule.bot = $%d", string(f.Bot))
	where.add(f.Outcome != "", "firing.outcome = $%d", string(f.Outcome))
	where.add(!f.From.IsZero(), "firing.meant >= $%d", micros(f.From))
	where.add(!f.Until.IsZero(), "firing.meant < $%d", micros(f.Until))
	where.has(f.Struck, "firing.receipt <> ''")
	where.has(f.Late, "firing.late <> 0")
	cursor, order := "firing.id < $%d", "firing.id DESC"
	if f.Schedule != 0 {
		cursor, order = "(firing.meant, firing.id) < (SELECT meant, id FROM firing WHERE id = $%d)", "firing.meant DESC, firing.id DESC"
	}
	where.add(f.Before != 0, cursor, f.Before)
	limit := where.arg(f.Limit + 1)
	return fmt.Sprintf("%s%s ORDER BY %s LIMIT $%d", listFirings, &where, order, limit), where.args
}

// firings are read with their events and their ids.
func (v view) firings(text string, args ...any) (list []chat.Firing, ids []int64, err error) {
	err = v.each(func(row scanner) error {
		var f chat.Firing
		var id int64
		err := scanFiring(row, &f, &id)
		list, ids = append(list, f), append(ids, id)
		return err
	}, text, args...)
	for i := range list {
		if err == nil {
			list[i].Events, err = eventsOf(v, list[i].Receipt)
		}
	}
	return list, ids, err
}

const firingOf = `SELECT ` + firingColumns + ` FROM firing JOIN schedule ON schedule.id = firing.schedule_id
WHERE firing.receipt <> '' AND firing.receipt = $1`

// FiringOf returns the time of a schedule that made the events of a receipt;
// [ErrNotFound] where none did.
func (s *Store) FiringOf(ctx context.Context, r chat.ReceiptID) (f chat.Firing, err error) {
	err = s.reader.view(ctx, func(v view) error {
		err := scanFiring(v.one(firingOf, string(r)), &f)
		if err == nil {
			f.Events, err = eventsOf(v, r)
		}
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return chat.Firing{}, fmt.Errorf("the firing of receipt %s: %w", r, err)
	}
	return f, nil
}
