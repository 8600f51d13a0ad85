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

// TakeEvents leases up to limit lanes of events that are due and returns the
// oldest event of each. That this run of it was begun is on disk already. next
// is when the first lane that is not due yet falls due; zero for none. A lane
// under lease falls due when the lease ends.
func (s *Store) TakeEvents(ctx context.Context, limit int, lease time.Duration) (work []chat.EventWork, next time.Time, err error) {
	err = s.ask(ctx, &call{takes: true, run: func(q *tx) error {
		now := s.now()
		work = nil
		leases, err := s.take(q, events, limit, now, now.Add(lease))
		if err != nil {
			return err
		}
		for _, l := range leases {
			w, err := q.headEvent(l, now)
			if errors.Is(err, errParked) {
				continue
			}
			if errors.Is(err, errDamaged) {
				s.log.ErrorContext(ctx, "setting aside the head of a lane", "lane", l.Lane, "error", err)
				if err := q.holdHead(events, l.Lane, err, now); err != nil {
					return err
				}
				continue
			}
			if err != nil {
				return err
			}
			work = append(work, w)
		}
		next, err = q.next(events, now)
		return err
	}})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("take events: %w", err)
	}
	return work, next, nil
}

const (
	runBegins = `UPDATE event SET attempts = attempts + 1 WHERE id = $1`
	headEvent = `
SELECT ` + eventColumns + `, payload, text,
	(SELECT data FROM state WHERE state.bot = event.bot AND state.group_id = event.group_id),
	` + sessionOfEvent + `
FROM event WHERE lane = $2 AND status = 'ready' AND ` + eventMoves + ` ORDER BY id LIMIT 1`
)

func (q *tx) headEvent(l chat.Lease, now time.Time) (chat.EventWork, error) {
	w := chat.EventWork{Lease: l}
	var payload, state, session []byte
	err := scanEvent(q.one(headEvent, micros(now), l.Lane), &w.Event, &payload, &w.Event.Text, &state, &session)
	if errors.Is(err, sql.ErrNoRows) {
		return w, q.noHead(events, l)
	}
	if err == nil {
		_, err = q.exec(runBegins, int64(w.Event.ID))
		w.Event.Attempts++
	}
	if err != nil {
		return w, fmt.Errorf("head of lane %s: %w", l.Lane, err)
	}
	if len(payload) > 0 {
		w.Event.Payload = payload
	}
	if w.State, err = decodeState(state, aState, w.Event.Bot, w.Event.Group); err == nil {
		w.Session, err = decodeState(session, aSession, w.Event.Bot, w.Event.Group)
	}
	return w, err
}

// EndEvent stores what came of a run: the event's end, or when it is to be
// tried again; its messages, each at the tail of its lane; the bot's state, what it
// remembers of the event's sender, and its timers. It is [chat.ErrLeaseLost] when somebody else has the lane by now,
// and a [chat.TooManyTimers] when the bot would have more than Pending.
func (s *Store) EndEvent(ctx context.Context, e chat.EventEnd) error {
	if err := checkEnd(e); err != nil {
		return fmt.Errorf("end event %s: %w", e.Event, err)
	}
	said, err := encodeEnd(e)
	if err != nil {
		return fmt.Errorf("end event %s: %w", e.Event, err)
	}
	err = s.tx(ctx, func(q *tx) error {
		now := s.now()
		of, err := q.endEvent(e, now)
		if err != nil {
			return err
		}
		if err := q.saveState(of.Bot, of.Group, e.State); err != nil {
			return err
		}
		if err := q.saveSession(of, e.Session, now); err != nil {
			return err
		}
		if err := q.saveTimers(of, e, now); err != nil {
			return err
		}
		return s.addSaid(q, of, e, said, now)
	})
	if err != nil {
		return fmt.Errorf("end event %s: %w", e.Event, err)
	}
	return nil
}

// endSaid is all that is said at the end of an event.
type endSaid struct{ messages, drafts, notices []said }

func encodeEnd(e chat.EventEnd) (s endSaid, err error) {
	var errs [3]error
	s.messages, errs[0] = encodeAll(e.Messages)
	s.drafts, errs[1] = encodeAll(e.Drafts)
	s.notices, errs[2] = encodeOwn(e.Notices)
	return s, errors.Join(errs[:]...)
}

// addSaid stores what is said at the end of an event, and what is decided by it.
func (s *Store) addSaid(q *tx, of chat.MessageRecord, e chat.EventEnd, said endSaid, now time.Time) error {
	if e.Decision != nil {
		if err := s.decide(q, *e.Decision, now); err != nil {
			return err
		}
	}
	if err := q.addDrafts(of, said.drafts, e, now); err != nil {
		return err
	}
	if _, err := s.addMessages(q, of, said.messages, now); err != nil {
		return err
	}
	if e.As != "" {
		of.Bot = e.As
	}
	_, err := s.addMessages(q, of, said.notices, now)
	return err
}

func checkEnd(e chat.EventEnd) error {
	if e.Unrun && e.Status != chat.Ready {
		return fmt.Errorf("an event that was not run is not over: its status is %s, not %s", chat.Ready, e.Status)
	}
	if e.Status != chat.Done && (len(e.Messages)+len(e.Drafts)+len(e.Notices) > 0 || e.Decision != nil || e.State != nil || e.Session != nil || len(e.Timers) > 0) {
		return fmt.Errorf("messages, decisions, state, session and timers are stored with status %s only, not with %s", chat.Done, e.Status)
	}
	return ends(chat.AnEvent, e.Status, e.Outcome, chat.ByDispatcher)
}

const (
	readyEvent = `SELECT app, bot, group_id, sender FROM event WHERE id = $1 AND lane = $2 AND status = 'ready' FOR UPDATE`
	endEvent   = `
UPDATE event SET status = $1, outcome = $2, reason = $3, due_at = $4, ended = $5, attempts = attempts - $6
WHERE id = $7`
)

// endEvent gives the lane back and returns whose event it was.
func (q *tx) endEvent(e chat.EventEnd, now time.Time) (of chat.MessageRecord, err error) {
	due, gone, ended, unrun := now, 1, now, 0
	if e.Unrun {
		unrun = 1
	}
	if e.Status == chat.Ready {
		back, err := q.sinceLeased(e.Lease)
		if err != nil {
			return of, err
		}
		due, gone, ended = later(movedBack(e.Due, back), now), 0, time.Time{}
	}
	if err := q.release(events, e.Lease, gone, due); err != nil {
		return of, err
	}
	of = chat.MessageRecord{Event: e.Event}
	err = q.one(readyEvent, int64(e.Event), e.Lease.Lane).Scan(&of.App, &of.Bot, &of.Group, &of.Sender)
	if errors.Is(err, sql.ErrNoRows) {
		return of, fmt.Errorf("it is not a ready event of lane %s", e.Lease.Lane)
	}
	if err == nil {
		_, err = q.exec(endEvent, string(e.Status), string(e.Outcome), e.Reason, micros(due), micros(ended), unrun, int64(e.Event))
	}
	return of, err
}

const (
	saveState = `
INSERT INTO state (bot, group_id, data) VALUES ($1, $2, $3)
ON CONFLICT (bot, group_id) DO UPDATE SET data = excluded.data`
	clearState = `DELETE FROM state WHERE bot = $1 AND group_id = $2`
)

// saveState replaces what a bot remembers about a group; nil leaves it alone.
func (q *tx) saveState(bot chat.BotName, g chat.GroupID, state chat.State) (err error) {
	switch {
	case state == nil:
		return nil
	case len(state) == 0:
		_, err = q.exec(clearState, string(bot), string(g))
	default:
		var data []byte
		if data, err = json.Marshal(state); err == nil {
			_, err = q.exec(saveState, string(bot), string(g), string(data))
		}
	}
	if err != nil {
		return fmt.Errorf("save the state of bot %s in group %s: %w", bot, g, err)
	}
	return nil
}
