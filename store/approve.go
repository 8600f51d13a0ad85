package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

const approve = `UPDATE message SET approved = $1 WHERE id = $2`

// ApproveMessage says yes to a message that is held because it is for many more
// people than the last time, or is a draft. It goes, as a new one, to the tail of its
// lane. Who gets it is found out anew when its turn comes, and nobody is asked again
// unless they are more than those who were approved of. A draft is approved for what it
// says, and not for how many it is for.
func (s *Store) ApproveMessage(ctx context.Context, id chat.MessageID, by chat.By) (made chat.MessageID, err error) {
	err = s.asked(ctx, fmt.Sprintf("approve message %s", id), func(q *tx, now time.Time) error {
		var m chat.MessageRecord
		if err := scanMessage(q.one(readMessage, int64(id)), &m); err != nil {
			return err
		}
		if m.Status == chat.Held && m.Outcome == chat.Drafted {
			made, err = s.approveDraft(q, m, by, now)
			return err
		}
		if m.Status != chat.Held || m.Outcome != chat.Surged {
			return notNow("nobody is asked about it: it is %s%s", chat.Stand{Status: m.Status, Outcome: m.Outcome}, because(m))
		}
		if made, err = q.sendAgain(id, m.Only, now); err != nil {
			return err
		}
		if _, err := q.exec(approve, m.Surge, int64(made)); err != nil {
			return fmt.Errorf("keep for how many people it was approved: %w", err)
		}
		to := chat.Standing{Status: chat.Done, Outcome: chat.Retried, Ended: now,
			Reason: fmt.Sprintf("approved for %d people, as %s, by %s", m.Surge, made, by)}
		return q.settleMessage(deed{By: by, event: m.Event, what: chat.Approved, at: now}, m, to, made.String())
	})
	return made, err
}

// approveDraft releases one draft.
func (s *Store) approveDraft(q *tx, m chat.MessageRecord, by chat.By, now time.Time) (chat.MessageID, error) {
	made, err := s.releaseDrafts(q, []chat.MessageRecord{m}, by, now)
	if errors.Is(err, chat.ErrDecided) {
		return 0, notNow("it may be released until %s, which is over", m.Lapses.UTC().Format(time.RFC3339))
	}
	if err != nil {
		return 0, err
	}
	return made[0], nil
}

// because says why a message stands as it does, if that is known.
func because(m chat.MessageRecord) string {
	if m.Reason == "" {
		return ""
	}
	return " (" + m.Reason + ")"
}
