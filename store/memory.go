package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

const (
	readState    = `SELECT data FROM state WHERE bot = $1 AND group_id = $2`
	sessionsIn   = `SELECT user_id, LENGTH(CAST(data AS BLOB)), expires FROM session WHERE bot = $1 AND group_id = $2 AND expires > $3 ORDER BY user_id`
	eventsInHand = `SELECT leased FROM lane WHERE name = $1 FOR UPDATE`
)

// What a bot remembers, in the words of errors, which do not say of which member.
const (
	aState   = "the state of"
	aSession = "the session of a member with"
)

// decodeState decodes what a bot remembers; nothing is empty.
func decodeState(data []byte, what string, bot chat.BotName, g chat.GroupID) (chat.State, error) {
	state := chat.State{}
	if len(data) == 0 {
		return state, nil
	}
	if err := json.Unmarshal(data, &state); err != nil {
		return nil, fmt.Errorf("%w: %s bot %s in group %s: %w", errDamaged, what, bot, g, err)
	}
	return state, nil
}

// stateOf is what a bot remembers about a group; empty for nothing.
func stateOf(q asker, bot chat.BotName, g chat.GroupID) (chat.State, error) {
	var data []byte
	err := q.one(readState, string(bot), string(g)).Scan(&data)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("read %s bot %s in group %s: %w", aState, bot, g, err)
	}
	return decodeState(data, aState, bot, g)
}

// State returns what a bot remembers about a group; never nil without an error.
func (s *Store) State(ctx context.Context, bot chat.BotName, g chat.GroupID) (state chat.State, err error) {
	err = s.reader.view(ctx, func(v view) error {
		state, err = stateOf(v, bot, g)
		return err
	})
	return state, err
}

// Remembered returns what a bot remembers, which is never nil without an error. Of a
// session it says when that is forgotten; zero for one that is not there.
func (s *Store) Remembered(ctx context.Context, m chat.Memory) (state chat.State, expires time.Time, err error) {
	if m.User == "" {
		state, err = s.State(ctx, m.Bot, m.Group)
		return state, expires, err
	}
	err = s.reader.view(ctx, func(v view) error {
		state, expires, err = session(v, m.Bot, m.Group, m.User, s.now())
		return err
	})
	return state, expires, err
}

// Sessions lists of whom a bot remembers something in a group.
func (s *Store) Sessions(ctx context.Context, bot chat.BotName, g chat.GroupID) (list []chat.SessionRecord, err error) {
	err = s.reader.view(ctx, func(v view) error {
		return v.each(func(row scanner) error {
			var r chat.SessionRecord
			var expires int64
			err := row.Scan(&r.User, &r.Bytes, &expires)
			r.Expires = fromMicros(expires)
			list = append(list, r)
			return err
		}, sessionsIn, string(bot), string(g), micros(s.now()))
	})
	if err != nil {
		return nil, fmt.Errorf("sessions of bot %s in group %s: %w", bot, g, err)
	}
	return list, nil
}

// EditMemory changes what a bot of this application remembers, as edit changes it,
// which may be called more than once. It is [ErrNotNow] while an event of the bot and
// the group is in hand, whose plugin was handed it as it was.
func (s *Store) EditMemory(ctx context.Context, app chat.AppName, m chat.Memory, edit func(chat.State) error) error {
	return s.memory(ctx, m, func(q *tx, now time.Time) error {
		var state chat.State
		var err error
		if m.User == "" {
			state, err = stateOf(q, m.Bot, m.Group)
		} else {
			state, _, err = session(q, m.Bot, m.Group, m.User, now)
		}
		if err == nil {
			err = edit(state)
		}
		if err != nil {
			return err
		}
		return q.remember(app, m, state, now)
	})
}

// DropMemory forgets what a bot of this application remembers, also what cannot be
// understood. It is [ErrNotNow] as [Store.EditMemory] is.
func (s *Store) DropMemory(ctx context.Context, app chat.AppName, m chat.Memory) error {
	return s.memory(ctx, m, func(q *tx, now time.Time) error { return q.remember(app, m, chat.State{}, now) })
}

func (q *tx) remember(app chat.AppName, m chat.Memory, state chat.State, now time.Time) error {
	if m.User == "" {
		return q.saveState(m.Bot, m.Group, state)
	}
	return q.saveSession(chat.MessageRecord{App: app, Bot: m.Bot, Group: m.Group, Sender: m.User}, state, now)
}

// memory runs f if no event is in hand that would know nothing of it.
func (s *Store) memory(ctx context.Context, m chat.Memory, f func(*tx, time.Time) error) error {
	return s.asked(ctx, fmt.Sprintf("change what bot %s remembers of group %s", m.Bot, m.Group), func(q *tx, now time.Time) error {
		var leased bool
		err := q.one(eventsInHand, eventLane(m.Bot, m.Group)).Scan(&leased)
		switch {
		case errors.Is(err, sql.ErrNoRows): // nothing ever came
		case err != nil:
			return err
		case leased:
			return notNow("an event of this bot and group is being handled, and what comes of it would undo the change; try again, or stop the bot meanwhile (botd pause %s)", m.Bot)
		}
		return f(q, now)
	})
}
