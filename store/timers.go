package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/botd-chat/botd/chat"
)

const timerColumns = `timer.id, timer.event_id, timer.app, timer.bot, timer.group_id, timer.name, timer.key, timer.sender, timer.payload,
	timer.set_at, timer.due_at, timer.status, timer.outcome, timer.reason, timer.made, timer.ended`

// scanTimer reads timerColumns.
func scanTimer(row scanner, t *chat.TimerRecord) error {
	var payload []byte
	var set, due, ended int64
	err := row.Scan(&t.ID, &t.Event, &t.App, &t.Bot, &t.Group, &t.Name, &t.Key, &t.Sender, &payload,
		&set, &due, &t.Status, &t.Outcome, &t.Reason, &t.Made, &ended)
	t.Set, t.Due, t.Ended = fromMicros(set), fromMicros(due), fromMicros(ended)
	if len(payload) > 0 {
		t.Payload = payload
	}
	return err
}

const (
	insertTimer = `
INSERT INTO timer (event_id, app, bot, group_id, name, key, sender, payload, set_at, due_at, status, outcome, reason, made, ended)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'ready', '', '', 0, 0)`
	overtakeTimer = `
UPDATE timer SET status = 'done', outcome = $1, reason = $2, ended = $3
WHERE bot = $4 AND group_id = $5 AND name = $6 AND key = $7 AND status = 'ready'`
	countPending = `SELECT COUNT(*) FROM timer WHERE bot = $1 AND group_id = $2 AND status = 'ready'`
)

// saveTimers sets and cancels what the end of an event says, if the bot may
// then have so many.
func (q *tx) saveTimers(of chat.MessageRecord, e chat.EventEnd, now time.Time) error {
	if len(e.Timers) == 0 {
		return nil
	}
	for _, l := range e.Timers {
		if err := q.saveTimer(of, l, now); err != nil {
			return fmt.Errorf("timer %s: %w", l.Label(), err)
		}
	}
	var n int
	if err := q.one(countPending, string(of.Bot), string(of.Group)).Scan(&n); err != nil {
		return fmt.Errorf("count the timers: %w", err)
	}
	if e.Pending > 0 && n > e.Pending {
		return &chat.TooManyTimers{Pending: n, Limit: e.Pending}
	}
	return nil
}

func (q *tx) saveTimer(of chat.MessageRecord, l chat.Later, now time.Time) error {
	outcome, reason := chat.Replaced, fmt.Sprintf("set anew by event %s", of.Event)
	if l.Cancel {
		outcome, reason = chat.Cancelled, fmt.Sprintf("cancelled by event %s", of.Event)
	}
	_, err := q.exec(overtakeTimer, string(outcome), reason, micros(now), string(of.Bot), string(of.Group), string(l.Name), l.Key)
	if err != nil || l.Cancel {
		return err
	}
	sender := ""
	if l.Sender {
		sender = string(of.Sender)
	}
	due := now.Add(time.Duration(l.After))
	_, err = q.exec(insertTimer, int64(of.Event), string(of.App), string(of.Bot), string(of.Group), string(l.Name), l.Key,
		sender, string(l.Payload), micros(now), micros(due))
	q.awake(timers)
	return err
}

const (
	firstTimer = `SELECT due_at FROM timer WHERE status = 'ready' ORDER BY due_at, id LIMIT 1`
	dueTimers  = `
SELECT ` + timerColumns + ` FROM timer WHERE status = 'ready' AND due_at <= $1 ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED`
	insertTimerEvent = `
INSERT INTO event (receipt, app, bot, trigger_name, kind, group_id, sender, lane, time, accepted,
	status, outcome, reason, attempts, due_at, ended, payload, timer_of, origin, root)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'ready', '', '', 0, $10, 0, $11, id, origin, ` + rootOf + `
FROM event WHERE id = $12
RETURNING id`
	fireTimer = `UPDATE timer SET status = 'done', outcome = 'fired', made = $1, ended = $2 WHERE id = $3 AND status = 'ready'`
)

// FireTimers turns up to limit timers that are due into events, those due
// longest first, each in the place that the time it meant has among the others
// of its group that are due. That an event is there and that its timer is over
// is stored at once, so that each comes once. next is when the first of the
// others falls due; zero is none.
func (s *Store) FireTimers(ctx context.Context, limit int) (fired []chat.TimerRecord, next time.Time, err error) {
	if err = s.heedClock(ctx); err == nil {
		next, err = s.nextTimer(ctx)
	}
	if err == nil && !next.IsZero() && !next.After(s.now()) {
		err = s.tx(ctx, func(q *tx) (err error) {
			fired, err = q.fire(limit, s.now())
			return err
		})
		if err == nil {
			next, err = s.nextTimer(ctx)
		}
	}
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("turn timers into events: %w", err)
	}
	return slices.DeleteFunc(fired, s.calledOff(ctx)), next, nil
}

// calledOff logs the timers that no event could come of.
func (s *Store) calledOff(ctx context.Context) func(chat.TimerRecord) bool {
	return func(t chat.TimerRecord) bool {
		if t.Made != 0 {
			return false
		}
		s.log.ErrorContext(ctx, "a timer is given up", "timer", t.ID, "bot", t.Bot, "name", t.Name, "group", t.Group, "reason", t.Reason)
		return true
	}
}

// nextTimer is when the first pending timer is due; zero for none. To look costs
// no transaction.
func (s *Store) nextTimer(ctx context.Context) (next time.Time, err error) {
	err = s.reader.view(ctx, func(v view) error {
		var due int64
		err := v.one(firstTimer).Scan(&due)
		next = fromMicros(due)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return next, err
}

func (q *tx) fire(limit int, now time.Time) ([]chat.TimerRecord, error) {
	var due []chat.TimerRecord
	if err := q.each(rowsInto(&due, scanTimer), dueTimers, micros(now), max(limit, 0)); err != nil {
		return nil, err
	}
	added, apps := map[string]int{}, map[string]chat.AppName{}
	for i := range due {
		t := &due[i]
		lane := eventLane(t.Bot, t.Group)
		if err := q.fireOne(t, lane, now); err != nil {
			return nil, fmt.Errorf("timer %s: %w", t.ID, err)
		}
		if t.Made != 0 {
			added[lane]++
			apps[lane] = t.App
		}
	}
	for _, lane := range slices.Sorted(maps.Keys(added)) {
		if err := q.add(events, lane, apps[lane], added[lane], now); err != nil {
			return nil, err
		}
	}
	return due, nil
}

func (q *tx) fireOne(t *chat.TimerRecord, lane string, now time.Time) error {
	receipt, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("draw a receipt: %w", err)
	}
	err = q.one(insertTimerEvent, receipt.String(), string(t.App), string(t.Bot), string(t.Name), string(chat.Timer), string(t.Group),
		string(t.Sender), lane, micros(t.Due), micros(now), append([]byte{}, t.Payload...), int64(t.Event)).Scan(&t.Made)
	if errors.Is(err, sql.ErrNoRows) {
		return q.orphan(t, now)
	}
	if err != nil {
		return fmt.Errorf("store its event: %w", err)
	}
	t.Status, t.Outcome, t.Ended = chat.Done, chat.Fired, now
	n, err := q.exec(fireTimer, int64(t.Made), micros(now), int64(t.ID))
	if err == nil && n != 1 {
		err = errors.New("it is not pending")
	}
	return err
}

// orphan ends a timer whose event is not there, which only damage brings about. What
// bounds it went with that event, so nothing may come of it; and the others are not
// to wait for it.
func (q *tx) orphan(t *chat.TimerRecord, now time.Time) error {
	t.Status, t.Outcome, t.Ended = chat.Done, chat.Cancelled, now
	t.Reason = fmt.Sprintf("event %s, which set it, is not in the store, and with it what bounds its messages", t.Event)
	_, err := q.exec(stopTimer, t.Reason, micros(now), int64(t.ID))
	return err
}

// TimersReady has a value after a timer was set.
func (s *Store) TimersReady() <-chan struct{} { return s.ready[timers] }

const (
	readTimer     = `SELECT ` + timerColumns + ` FROM timer WHERE id = $1`
	timersOf      = `SELECT ` + timerColumns + ` FROM timer WHERE event_id = $1 ORDER BY id`
	stopTimer     = `UPDATE timer SET status = 'done', outcome = 'cancelled', reason = $1, ended = $2 WHERE id = $3 AND status = 'ready'`
	timersPending = `SELECT ` + timerColumns + ` FROM timer WHERE bot = $1 AND group_id = $2 AND status = 'ready'`
	listTimers    = `SELECT ` + timerColumns + ` FROM timer WHERE status = 'ready'`
)

// CancelTimer forgets a pending timer because a person wants it to.
func (s *Store) CancelTimer(ctx context.Context, id chat.TimerID, by chat.By) error {
	return s.asked(ctx, fmt.Sprintf("cancel timer %s", id), func(q *tx, now time.Time) error {
		var t chat.TimerRecord
		if err := scanTimer(q.one(readTimer, int64(id)), &t); err != nil {
			return err
		}
		switch {
		case t.Outcome == chat.Fired:
			return notNow("it has come already, as event %s", t.Made)
		case t.Status != chat.Ready:
			return notNow("it is not pending any more: %s", t.Reason)
		}
		if _, err := q.exec(stopTimer, "cancelled by "+by.String(), micros(now), int64(id)); err != nil {
			return err
		}
		return q.record(deed{By: by, event: t.Event, what: chat.CalledOff, at: now}, id.String(), chat.Standing{Status: t.Status}, "")
	})
}

// PendingTimers picks timers that have not come yet; the zero value picks all.
type PendingTimers struct {
	Bot   chat.BotName
	Group chat.GroupID
	After chat.TimerID // the cursor of the page before
	Limit int          // 0 is 50; at most 500
}

// Timers lists pending timers, the one that is due first in front, and the
// cursor of the next page, which is zero when there is none. A cursor whose
// timer is not known any more is [ErrNotFound].
func (s *Store) Timers(ctx context.Context, f PendingTimers) (list []chat.TimerRecord, next chat.TimerID, err error) {
	f.Limit = pageOf(f.Limit)
	err = s.reader.view(ctx, func(v view) error {
		var after chat.TimerRecord
		if f.After != 0 {
			if err := scanTimer(v.one(readTimer, int64(f.After)), &after); err != nil {
				return fmt.Errorf("timer %s: %w", f.After, orNotFound(err))
			}
		}
		text, args := f.query(after)
		return v.each(rowsInto(&list, scanTimer), text, args...)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list timers: %w", err)
	}
	if len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].ID
	}
	return list, next, nil
}

// TimersOf returns all timers of a bot that are pending in a group.
func (s *Store) TimersOf(ctx context.Context, bot chat.BotName, g chat.GroupID) (list []chat.TimerRecord, err error) {
	err = s.reader.view(ctx, func(v view) error {
		return v.each(rowsInto(&list, scanTimer), timersPending, string(bot), string(g))
	})
	if err != nil {
		return nil, fmt.Errorf("timers of bot %s in group %s: %w", bot, g, err)
	}
	return list, nil
}

// query asks for one timer more than the page holds.
func (f PendingTimers) query(after chat.TimerRecord) (string, []any) {
	where := []string{listTimers}
	var args []any
	add := func(cond string, more ...any) {
		for _, a := range more {
			args = append(args, a)
			cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, cond)
	}
	if f.Bot != "" {
		add("bot = ?", string(f.Bot))
	}
	if f.Group != "" {
		add("group_id = ?", string(f.Group))
	}
	if after.ID != 0 {
		add("(due_at, id) > (?, ?)", micros(after.Due), int64(after.ID))
	}
	args = append(args, f.Limit+1)
	return fmt.Sprintf("%s ORDER BY due_at, id LIMIT $%d", strings.Join(where, " AND "), len(args)), args
}

const countTimers = `SELECT COUNT(*), COALESCE(MIN(due_at), 0) FROM timer WHERE status = 'ready'`

func (v view) countTimers(c *Count, now time.Time) error {
	var first int64
	err := v.one(countTimers).Scan(&c.Ready, &first)
	if first != 0 {
		c.Age = max(now.Sub(fromMicros(first)), 0)
	}
	return err
}

// timers are those that an event set.
func (v view) timers(id chat.EventID) (list []chat.TimerRecord, err error) {
	err = v.each(rowsInto(&list, scanTimer), timersOf, int64(id))
	return list, err
}
