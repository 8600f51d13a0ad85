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
	sessionOfEvent = `(SELECT data FROM session WHERE session.bot = event.bot AND session.group_id = event.group_id
		AND session.user_id = event.sender AND session.expires > $1)`
	readSession = `SELECT data, expires FROM session WHERE bot = $1 AND group_id = $2 AND user_id = $3 AND expires > $4`
	saveSession = `
INSERT INTO session (bot, group_id, user_id, app, data, expires) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (bot, group_id, user_id) DO UPDATE SET app = excluded.app, data = excluded.data, expires = excluded.expires`
	clearSession   = `DELETE FROM session WHERE bot = $1 AND group_id = $2 AND user_id = $3`
	expireSessions = `
DELETE FROM session WHERE (bot, group_id, user_id) IN (
	SELECT bot, group_id, user_id FROM session WHERE expires <= $1 ORDER BY expires LIMIT $2)`
)

// session is what a bot remembers of a member of a group, unless it is forgotten, and
// when it will be; of nobody it remembers nothing.
func session(q asker, bot chat.BotName, g chat.GroupID, user chat.UserID, now time.Time) (state chat.State, expires time.Time, err error) {
	if user == "" {
		return chat.State{}, expires, nil
	}
	var data []byte
	var until int64
	err = q.one(readSession, string(bot), string(g), string(user), micros(now)).Scan(&data, &until)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, expires, fmt.Errorf("read %s bot %s in group %s: %w", aSession, bot, g, err)
	}
	state, err = decodeState(data, aSession, bot, g)
	return state, fromMicros(until), err
}

// saveSession replaces what a bot remembers of the sender of an event, from now on
// for [chat.SessionLife]; nil leaves it alone, and does not keep it for longer.
func (q *tx) saveSession(of chat.MessageRecord, session chat.State, now time.Time) (err error) {
	switch {
	case session == nil:
		return nil
	case of.Sender == "" && len(session) > 0:
		return errors.New("it has a session, and the event has no sender whose it could be")
	case len(session) == 0:
		_, err = q.exec(clearSession, string(of.Bot), string(of.Group), string(of.Sender))
	default:
		var data []byte
		if data, err = json.Marshal(session); err == nil {
			_, err = q.exec(saveSession, string(of.Bot), string(of.Group), string(of.Sender), string(of.App), string(data), micros(now.Add(chat.SessionLife)))
		}
	}
	if err != nil {
		return fmt.Errorf("save the session of the sender with bot %s in group %s: %w", of.Bot, of.Group, err)
	}
	return nil
}

// Session returns what a bot remembers of a member of a group; never nil without
// an error.
func (s *Store) Session(ctx context.Context, bot chat.BotName, g chat.GroupID, user chat.UserID) (state chat.State, err error) {
	err = s.reader.view(ctx, func(v view) error {
		state, _, err = session(v, bot, g, user, s.now())
		return err
	})
	return state, err
}

// retireSessions deletes what is forgotten already: nobody is handed it.
func (s *Store) retireSessions(ctx context.Context, sum *Retired) error {
	for gone := retireBatch; gone == retireBatch; {
		err := s.paced(ctx, func(q *tx) error {
			n, err := q.exec(expireSessions, micros(s.now()), retireBatch)
			gone = int(n)
			return err
		})
		if err != nil {
			return fmt.Errorf("sessions: %w", err)
		}
		sum.Sessions += gone
	}
	return nil
}
