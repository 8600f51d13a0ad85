package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// LeakQuery selects leaks. Zero fields select all.
type LeakQuery struct {
	Bot   chat.BotName // of one of the events that it became
	Group chat.GroupID
	Open  bool        // only those whose message may still be there to see
	After chat.LeakID // the cursor of the page before: only older ones
	Limit int         // 0 is 50; at most 500
}

const (
	listLeaks = `SELECT ` + leakColumns + ` FROM leak WHERE `
	// leaksOfBot picks those of a bot.
	leaksOfBot = `EXISTS (SELECT 1 FROM leak_event WHERE leak_event.bot = $%d AND leak_event.leak_id = leak.id)`
)

// Leaks lists leaks, the newest first; next is the cursor of the next page, zero for
// none.
func (s *Store) Leaks(ctx context.Context, f LeakQuery) (list []chat.Leak, next chat.LeakID, err error) {
	f.Limit = pageOf(f.Limit)
	text, args := f.query()
	err = s.reader.view(ctx, func(v view) error {
		list, err = v.leaks(text, args...)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("list leaks: %w", err)
	}
	if len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].ID
	}
	return list, next, nil
}

// query asks for one leak more than the page holds.
func (f LeakQuery) query() (string, []any) {
	where := conditions{list: []string{"id > 0"}}
	where.add(f.Bot != "", leaksOfBot, string(f.Bot))
	where.add(f.Group != "", "group_id = $%d", string(f.Group))
	where.add(f.After != 0, "id < $%d", int64(f.After))
	// One that could not be taken back is there to see, and nobody tries any more.
	where.add(f.Open, "result <> $%d", string(chat.Recalled))
	limit := where.arg(f.Limit + 1)
	return fmt.Sprintf("%s%s ORDER BY id DESC LIMIT $%d", listLeaks, &where, limit), where.args
}

func (v view) leaks(text string, args ...any) (list []chat.Leak, err error) {
	if err := v.each(rowsInto(&list, scanLeak), text, args...); err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Events, err = leakEvents(v, list[i].ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

const leaksOfEvent = `SELECT ` + leakColumns + ` FROM leak WHERE id IN (SELECT leak_id FROM leak_event WHERE event_id = $1) ORDER BY id`

const countLeaks = `SELECT COUNT(*), COALESCE(MIN(shown), 0) FROM leak WHERE ended = 0`

func (v view) countLeaks(c *Count, now time.Time) error {
	var first int64
	err := v.one(countLeaks).Scan(&c.Ready, &first)
	if first != 0 {
		c.Age = max(now.Sub(fromMicros(first)), 0)
	}
	return err
}

const dropLeaks = `
DELETE FROM leak WHERE ended <> 0 AND ended < $1 AND NOT EXISTS (SELECT 1 FROM leak_event WHERE leak_event.leak_id = leak.id)`

// retireLeaks deletes what is over for long enough and has no event any more. Leaks are
// few, so they are gone through as they are.
func (s *Store) retireLeaks(ctx context.Context, r Retention, sum *Retired) error {
	return s.tx(ctx, afresh(sum, func(q *tx) error { return q.counted(dropLeaks, &sum.Leaks, micros(r.Done)) }))
}

const (
	swept = `SELECT msg_seq FROM watch WHERE app = $1 AND group_id = $2 AND msg_seq >= 0`
	sweep = `
INSERT INTO watch (app, group_id, msg_seq, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (app, group_id) DO UPDATE SET msg_seq = excluded.msg_seq, at = excluded.at`
	// A group that was not looked through yet has no number: -1.
	keepSince = `
INSERT INTO watch (app, group_id, msg_seq, at) VALUES ($1, $2, -1, $3) ON CONFLICT (app, group_id) DO NOTHING`
	watchedSince = `SELECT at FROM watch WHERE app = $1 AND group_id = $2`
)

// Swept is up to which number a group's history was looked through for leaks; false for
// one that never was.
func (s *Store) Swept(ctx context.Context, app chat.AppName, g chat.GroupID) (seq uint32, ok bool, err error) {
	err = s.reader.view(ctx, func(v view) error { return v.one(swept, string(app), string(g)).Scan(&seq) })
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, false, nil
	case err != nil:
		return 0, false, fmt.Errorf("up to where the history of group %s was looked through: %w", g, err)
	}
	return seq, true, nil
}

// WatchedSince keeps since when a group is watched that was never looked through, unless
// that is kept already, and returns the first such time: it may be of a process that
// ended before it could look. Of a group that was looked through, it is when that was.
func (s *Store) WatchedSince(ctx context.Context, app chat.AppName, g chat.GroupID, since time.Time) (first time.Time, err error) {
	err = s.tx(ctx, func(q *tx) error {
		if _, err := q.exec(keepSince, string(app), string(g), micros(since)); err != nil {
			return err
		}
		var at int64
		err := q.one(watchedSince, string(app), string(g)).Scan(&at)
		first = fromMicros(at)
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("keep since when group %s is watched: %w", g, err)
	}
	return first, nil
}

// KeepSwept keeps up to which number a group's history was looked through; a smaller
// one than before is kept, too, since a group can have been made anew.
func (s *Store) KeepSwept(ctx context.Context, app chat.AppName, g chat.GroupID, seq uint32) error {
	err := s.tx(ctx, func(q *tx) error {
		_, err := q.exec(sweep, string(app), string(g), int64(seq), micros(s.now()))
		q.patient = true // what is lost with it is looked through again
		return err
	})
	if err != nil {
		return fmt.Errorf("keep up to where the history of group %s was looked through: %w", g, err)
	}
	return nil
}

const (
	allSwept    = `SELECT app, group_id FROM watch`
	forgetSwept = `DELETE FROM watch WHERE app = $1 AND group_id = $2`
)

// ForgetSwept forgets up to where the histories of groups were looked through which are
// not watched any more: if they are once more, what was written in between was not to be
// held. It returns how many there were.
func (s *Store) ForgetSwept(ctx context.Context, watched func(chat.AppName, chat.GroupID) bool) (n int, err error) {
	err = s.tx(ctx, func(q *tx) error {
		n = 0
		type group struct {
			app chat.AppName
			id  chat.GroupID
		}
		var gone []group
		if err := q.each(func(row scanner) error {
			var g group
			err := row.Scan(&g.app, &g.id)
			if !watched(g.app, g.id) {
				gone = append(gone, g)
			}
			return err
		}, allSwept); err != nil {
			return err
		}
		for _, g := range gone {
			if _, err := q.exec(forgetSwept, string(g.app), string(g.id)); err != nil {
				return err
			}
		}
		n = len(gone)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("forget which groups were looked through: %w", err)
	}
	return n, nil
}
