package store

import (
	"context"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

const readDelivery = `SELECT ` + deliveryColumns + ` FROM delivery WHERE id = $1`

// AnswerUnknown says what is to become of a delivery whose outcome is unknown.
// With [chat.AnswerResend] made is the message that goes to its recipients
// again.
func (s *Store) AnswerUnknown(ctx context.Context, id chat.DeliveryID, a chat.Answer, by chat.By) (made chat.MessageID, err error) {
	if err := a.Validate(); err != nil {
		return 0, fmt.Errorf("answer delivery %s: %w", id, err)
	}
	err = s.asked(ctx, fmt.Sprintf("answer delivery %s", id), func(q *tx, now time.Time) error {
		m, list, i, err := q.unknown(id)
		if err != nil {
			return err
		}
		if a == chat.AnswerResend {
			if made, err = q.sendAgain(m.ID, &list[i].Recipients, now); err != nil {
				return err
			}
		}
		d, to := answered(a, m.Event, made, by, now)
		text := ""
		if made != 0 {
			text = made.String()
		}
		if err := q.settleDelivery(d, &list[i], to, text); err != nil {
			return err
		}
		return q.settleMessage(d, m, standing(list, summed(list, to)), text)
	})
	return made, err
}

// unknown finds a delivery whose outcome is unknown, as one of its message's.
func (q *tx) unknown(id chat.DeliveryID) (m chat.MessageRecord, list []chat.Delivery, i int, err error) {
	var d chat.Delivery
	if err := scanDelivery(q.one(readDelivery, int64(id)), &d); err != nil {
		return m, nil, 0, err
	}
	if err := scanMessage(q.one(readMessage, int64(d.Message)), &m); err != nil {
		return m, nil, 0, err
	}
	if m.Status == chat.Ready {
		return m, nil, 0, notNow("message %s is still on its way to others; answer when it has ended", m.ID)
	}
	if d.Status == chat.Done || !unclear(d) {
		return m, nil, 0, notNow("its outcome is not unknown: it is %s %s", d.Status, d.Outcome)
	}
	list, err = deliveries(q, m.ID)
	return m, list, d.Part - 1, err
}

// answered is what an answer makes of the delivery.
func answered(a chat.Answer, e chat.EventID, made chat.MessageID, by chat.By, now time.Time) (deed, chat.Standing) {
	d, to := deed{By: by, event: e, at: now}, chat.Standing{Status: chat.Done, Ended: now}
	switch a {
	case chat.AnswerSent:
		d.what, to.Outcome, to.Reason = chat.SaidToBeSent, chat.Sent, "said to be sent by "+by.String()
	case chat.AnswerResend:
		d.what, to.Outcome, to.Reason = chat.SentAgain, chat.Retried, fmt.Sprintf("sent again as %s by %s", made, by)
	case chat.AnswerDrop:
		d.what, to = chat.GivenUp, given(by, now)
	}
	return d, to
}

// summed is the standing of a message none of whose deliveries waits for a
// person any more, after the last of them came to stand so.
func summed(list []chat.Delivery, last chat.Standing) chat.Standing {
	sent := 0
	for _, d := range list {
		if d.Outcome == chat.Sent {
			sent++
		}
	}
	switch sent {
	case 0:
	case len(list):
		last.Outcome = chat.Sent
	default:
		last.Outcome = chat.Partly
	}
	return last
}
