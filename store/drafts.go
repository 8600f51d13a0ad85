package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

const (
	insertDraft = `
INSERT INTO message (event_id, app, bot, group_id, sender, lane, body, created,
	status, outcome, reason, ended, ceiling, snapshot, read_at, collapse, report, lapses, review, cut)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'held', 'review', $9, $8, '', '', 0, $10, $11, $12, $13, $14)`
	draftsOf    = `SELECT ` + messageColumns + ` FROM message WHERE event_id = $1 AND status = 'held' AND outcome = 'review' ORDER BY id`
	replaces    = `UPDATE message SET replay_of = $1 WHERE id = $2`
	lapseDraft  = `UPDATE message SET status = 'done', outcome = 'lapsed', reason = $1, ended = $2 WHERE id = $3 AND status = 'held' AND outcome = 'review'`
	firstLapse  = `SELECT lapses FROM message WHERE outcome = 'review' AND lapses > $1 ORDER BY lapses LIMIT 1`
	draftsInAll = `
SELECT event_id, app, bot, group_id, review, sender, lapses, cut FROM message WHERE `
	draftsIn  = draftsInAll + `outcome = 'review' AND lapses > 0 AND app = $1 AND group_id = $2 ORDER BY lapses, id`
	draftsDue = draftsInAll + `outcome = 'review' AND lapses <= $1 ORDER BY lapses, id LIMIT $2`
	draftOnce = draftsInAll + `event_id = $1 AND lapses <> 0 ORDER BY id LIMIT 1`
	draftsAll = draftsInAll + `outcome = 'review' AND lapses > 0 ORDER BY lapses, id`
	draftsAre = `SELECT DISTINCT reason FROM message WHERE event_id = $1 AND lapses <> 0 AND outcome <> 'review' ORDER BY id`
	// rootOf is what to keep in an event that comes of one.
	rootOf  = `CASE WHEN root <> '' THEN root WHEN timer_of = 0 AND report_of = 0 THEN trigger_name ELSE '' END`
	causeOf = `
WITH RECURSIVE up (id, name, root, step) AS (
	SELECT id, trigger_name, root, 0 FROM event WHERE id = $1
	UNION ALL
	SELECT event.id, event.trigger_name, event.root, step + 1 FROM up JOIN event AS last ON last.id = up.id AND last.root = '' JOIN event
		ON event.id = CASE last.report_of WHEN 0 THEN last.timer_of ELSE (SELECT event_id FROM message WHERE id = last.report_of) END
)
SELECT CASE root WHEN '' THEN name ELSE root END FROM up ORDER BY step DESC LIMIT 1`
)

// addDrafts stores what waits to be released, in no lane.
func (q *tx) addDrafts(of chat.MessageRecord, list []said, e chat.EventEnd, now time.Time) error {
	for i, m := range list {
		_, err := q.insert(insertDraft, int64(of.Event), string(of.App), string(of.Bot), string(of.Group), string(of.Sender),
			messageLane(of.App, of.Group, m.Priority), m.body, micros(now), chat.DraftReason(of.Event, e.Lapses, e.Cut), m.Collapse, reportOf(m.Message), micros(e.Lapses), string(e.Review), e.Cut)
		if err != nil {
			return fmt.Errorf("store draft %d: %w", i+1, err)
		}
	}
	return nil
}

// Drafts lists what waits to be released in a group, whichever bot's it is, by event, and
// what lapses first in front.
func (s *Store) Drafts(ctx context.Context, app chat.AppName, g chat.GroupID) (list []chat.Drafts, err error) {
	err = s.reader.view(ctx, func(v view) error {
		return v.each(draftsInto(&list), draftsIn, string(app), string(g))
	})
	if err != nil {
		return nil, fmt.Errorf("list the drafts in group %s: %w", g, err)
	}
	return list, nil
}

// Waiting lists what waits to be released in any group, what lapses first in front.
func (s *Store) Waiting(ctx context.Context) (list []chat.Drafts, err error) {
	err = s.reader.view(ctx, func(v view) error { return v.each(draftsInto(&list), draftsAll) })
	if err != nil {
		return nil, fmt.Errorf("list the drafts: %w", err)
	}
	return list, nil
}

// DueDrafts lists events whose drafts nobody released in time, of up to limit drafts, and
// when the next of the others lapses; zero is none.
func (s *Store) DueDrafts(ctx context.Context, limit int) (list []chat.Drafts, next time.Time, err error) {
	err = s.reader.view(ctx, func(v view) error {
		now, first := micros(s.now()), int64(0)
		if err := v.each(draftsInto(&list), draftsDue, now, limit); err != nil {
			return err
		}
		err := v.one(firstLapse, now).Scan(&first)
		next = fromMicros(first)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("list the drafts that lapse: %w", err)
	}
	return list, next, nil
}

// draftsInto adds a draft to those of its event.
func draftsInto(list *[]chat.Drafts) func(scanner) error {
	return func(row scanner) error {
		d := chat.Drafts{Messages: 1}
		var lapses int64
		err := row.Scan(&d.Event, &d.App, &d.Bot, &d.Group, &d.Trigger, &d.Sender, &lapses, &d.Cut)
		d.Lapses = fromMicros(lapses)
		if i := slices.IndexFunc(*list, func(x chat.Drafts) bool { return x.Event == d.Event }); i >= 0 {
			(*list)[i].Messages++
		} else {
			*list = append(*list, d)
		}
		return err
	}
}

// Decided says of an event whose drafts do not all wait any more what they are, and why
// those stand as they do; the zero value and nothing if it had none, or is not known.
func (s *Store) Decided(ctx context.Context, e chat.EventID) (d chat.Drafts, reasons []string, err error) {
	var list []chat.Drafts
	err = s.reader.view(ctx, func(v view) error {
		if err := v.each(draftsInto(&list), draftOnce, int64(e)); err != nil || len(list) == 0 {
			return err
		}
		d = list[0]
		return v.each(rowsInto(&reasons, scanOne), draftsAre, int64(e))
	})
	if err != nil {
		return chat.Drafts{}, nil, fmt.Errorf("what became of the drafts of event %s: %w", e, err)
	}
	return d, reasons, nil
}

// RootTrigger is the trigger by which an event came about: of one that a timer became, or
// that tells how a message ended, that of the event which set the timer or came to the
// message, and so on.
func (s *Store) RootTrigger(ctx context.Context, e chat.EventID) (name chat.TriggerName, err error) {
	err = s.tx(ctx, func(q *tx) error { return q.one(causeOf, int64(e)).Scan(&name) }) // it may be in hand before readers see it
	if err != nil {
		return "", fmt.Errorf("by which trigger event %s came about: %w", e, orNotFound(err))
	}
	return name, nil
}

// waitingDrafts are the drafts of an event, or it is [chat.ErrDecided].
func (q *tx) waitingDrafts(e chat.EventID) (list []chat.MessageRecord, err error) {
	err = q.each(rowsInto(&list, scanMessage), draftsOf, int64(e))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the drafts of event %s: %w", e, err)
	case len(list) == 0:
		return nil, chat.ErrDecided
	}
	return list, nil
}

// decide does what a reviewer said about the drafts of an event.
func (s *Store) decide(q *tx, d chat.Decision, now time.Time) error {
	list, err := q.waitingDrafts(d.Event)
	if err != nil {
		return err
	}
	if d.Release {
		_, err = s.releaseDrafts(q, list, d.By, now)
		return err
	}
	for _, m := range list {
		if err := q.settleMessage(deed{By: d.By, event: m.Event, what: chat.GivenUp, at: now}, m, given(d.By, now), ""); err != nil {
			return err
		}
	}
	return nil
}

// releaseDrafts has drafts of one event go, each as a new message at the tail of its
// lane, with its key and its wish to be told how it ended.
func (s *Store) releaseDrafts(q *tx, list []chat.MessageRecord, by chat.By, now time.Time) ([]chat.MessageID, error) {
	bodies := make([]chat.Message, len(list))
	for i, m := range list {
		if now.After(m.Lapses) {
			return nil, fmt.Errorf("%w: it lapsed at %s", chat.ErrDecided, m.Lapses.UTC().Format(time.RFC3339))
		}
		bodies[i] = m.Message
	}
	said, err := encodeAll(bodies)
	if err != nil {
		return nil, err
	}
	of := list[0]
	made, err := s.addMessages(q, chat.MessageRecord{Event: of.Event, App: of.App, Bot: of.Bot, Group: of.Group, Sender: of.Sender}, said, now)
	if err != nil {
		return nil, err
	}
	for i, m := range list {
		if _, err := q.exec(replaces, int64(m.ID), int64(made[i])); err != nil {
			return nil, fmt.Errorf("keep what message %s was a draft of: %w", made[i], err)
		}
		to := chat.Standing{Status: chat.Done, Outcome: chat.Retried, Ended: now, Reason: fmt.Sprintf("released as %s by %s", made[i], by)}
		if err := q.settleMessage(deed{By: by, event: m.Event, what: chat.Released, at: now}, m, to, made[i].String()); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// LapseDrafts ends the drafts of an event that nobody released in time, and stores what
// its reviewers are told of that. It is [chat.ErrDecided] when none of them waits any
// more, or not until now.
func (s *Store) LapseDrafts(ctx context.Context, e chat.EventID, notices []chat.Message) error {
	told, err := encodeOwn(notices)
	if err == nil {
		err = s.tx(ctx, func(q *tx) error { return s.lapse(q, e, told, s.now()) })
	}
	if err != nil {
		return fmt.Errorf("end the drafts of event %s: %w", e, err)
	}
	return nil
}

func (s *Store) lapse(q *tx, e chat.EventID, told []said, now time.Time) error {
	list, err := q.waitingDrafts(e)
	if err != nil {
		return err
	}
	to := chat.Stand{Status: chat.Done, Outcome: chat.Lapsed}
	for _, m := range list {
		if m.Lapses.After(now) {
			return chat.ErrDecided
		}
		if err := chat.CheckMove(chat.AMessage, chat.Stand{Status: m.Status, Outcome: m.Outcome}, to, chat.ByDispatcher); err != nil {
			return err
		}
		n, err := q.exec(lapseDraft, chat.LapsedReason(m.Lapses), micros(now), int64(m.ID))
		if err == nil && n != 1 {
			err = errors.New("it does not wait to be released")
		}
		if err == nil {
			err = q.left(m.ID, now)
		}
		if err != nil {
			return fmt.Errorf("message %s: %w", m.ID, err)
		}
	}
	of := list[0]
	_, err = s.addMessages(q, chat.MessageRecord{Event: of.Event, App: of.App, Bot: of.Bot, Group: of.Group, Sender: of.Sender}, told, now)
	return err
}
