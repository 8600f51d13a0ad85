package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/botd-chat/botd/chat"
)

// A run is an event of one of a bot's triggers in a group, and as large as the
// largest of its messages: what goes to all of a class is held against what went
// to all of it before, and not against the line of thanks to one pupil that
// belongs to the same event. The table keeps two, so that a run of several
// messages has one before it.
const (
	readRun = `
SELECT run.event_id, run.people, run.before_event, run.before, message.event_id
FROM message JOIN event ON event.id = message.event_id
JOIN run ON run.bot = message.bot AND run.trigger_name = event.trigger_name AND run.group_id = message.group_id
WHERE message.id = $1`
	// keepRun moves on with a newer event. What is sent late, of an older one,
	// counts only if a person approved of its size.
	keepRun = `
INSERT INTO run (bot, trigger_name, group_id, event_id, people, before_event, before)
SELECT message.bot, event.trigger_name, message.group_id, message.event_id, $1, 0, 0
FROM message JOIN event ON event.id = message.event_id WHERE message.id = $2
ON CONFLICT (bot, trigger_name, group_id) DO UPDATE SET
	before_event = CASE WHEN excluded.event_id > run.event_id THEN run.event_id ELSE run.before_event END,
	before = CASE WHEN excluded.event_id > run.event_id THEN run.people ELSE run.before END,
	people = CASE WHEN excluded.event_id > run.event_id THEN excluded.people
		WHEN excluded.people > run.people AND (excluded.event_id = run.event_id
			OR EXISTS (SELECT 1 FROM message WHERE message.id = $2 AND message.approved >= $1)) THEN excluded.people
		ELSE run.people END,
	event_id = CASE WHEN excluded.event_id > run.event_id THEN excluded.event_id ELSE run.event_id END`
)

// keepRun keeps for how many people a message of a run was; zero is nobody, and
// nothing to compare with.
func (q *tx) keepRun(m chat.MessageID, people int) error {
	if people == 0 {
		return nil
	}
	if _, err := q.exec(keepRun, people, int64(m)); err != nil {
		return fmt.Errorf("keep for how many people it is: %w", err)
	}
	return nil
}

// LastRun is the run before that of a message: of the same trigger in the same
// group. It is the zero value when there was none that was kept.
func (s *Store) LastRun(ctx context.Context, m chat.MessageID) (chat.Run, error) {
	var last, before chat.Run
	var own chat.EventID
	// In a transaction, since the message may be in hand before its own commit is
	// seen by readers, and what is not seen would be taken for the first run.
	err := s.tx(ctx, func(q *tx) error {
		last, before, own = chat.Run{}, chat.Run{}, 0
		return q.one(readRun, int64(m)).Scan(&last.Event, &last.People, &before.Event, &before.People, &own)
	})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return chat.Run{}, nil
	case err != nil:
		return chat.Run{}, fmt.Errorf("the run before that of message %s: %w", m, err)
	case own == last.Event:
		return before, nil
	}
	return last, nil
}

const readLatestRun = `SELECT event_id, people FROM run WHERE bot = $1 AND trigger_name = $2 AND group_id = $3`

// LatestRun is the last run of a trigger in a group, with which the next one is
// compared; the zero value when none was kept.
func (s *Store) LatestRun(ctx context.Context, bot chat.BotName, trigger chat.TriggerName, g chat.GroupID) (r chat.Run, err error) {
	err = s.reader.view(ctx, func(v view) error {
		err := v.one(readLatestRun, string(bot), string(trigger), string(g)).Scan(&r.Event, &r.People)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return chat.Run{}, fmt.Errorf("the last run of trigger %s of bot %s in group %s: %w", trigger, bot, g, err)
	}
	return r, nil
}
