package store

import (
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// maxTogether is how many messages are on their way together: a second's worth
// of what one group may get (product/1047/34959).
const maxTogether = 40

// alongside numbers an event's messages that need no order among themselves,
// such as a text of their own for each of many members: of one priority, one
// after the other, each for people whom it names and the others do not. Those of
// one number may be on their way together; 0 is for none of them. One alone has
// none: botd's own messages and a plugin's can be of one event.
func alongside(list []said) []int {
	numbers := make([]int, len(list))
	if len(list) == 1 {
		return numbers
	}
	runs := map[chat.Priority]*namedRun{}
	for i, m := range list {
		p := m.Priority.OrDefault()
		switch r := runs[p]; {
		case !onlyNamed(m.To):
			delete(runs, p)
		case r == nil || !r.add(m.To.Users):
			r = &namedRun{number: i + 1, named: map[chat.UserID]bool{}}
			r.add(m.To.Users)
			runs[p], numbers[i] = r, r.number
		default:
			numbers[i] = r.number
		}
	}
	return numbers
}

func onlyNamed(a chat.Audience) bool {
	return len(a.Users) > 0 && !a.Everyone && !a.Sender && len(a.Roles) == 0 && len(a.AnyOf) == 0
}

type namedRun struct {
	number int
	named  map[chat.UserID]bool
}

// add is false, and adds nobody, if somebody was named before.
func (r *namedRun) add(users []chat.UserID) bool {
	for _, u := range users {
		if r.named[u] {
			return false
		}
	}
	for _, u := range users {
		r.named[u] = true
	}
	return true
}

const besides = `
SELECT ` + messageColumns + ` FROM message WHERE event_id = $1 AND lane = $2 AND id > $3 AND status = 'ready'
	AND together <> 0 AND together = (SELECT together FROM message WHERE id = $3) AND ` + messageMoves + `
ORDER BY id LIMIT $4`

// besides finds what may be on its way together with the head of a lane. One
// that cannot be understood is set aside when it is the head.
func (q *tx) besides(head chat.MessageRecord, lane string, now time.Time) ([]chat.MessageInHand, error) {
	if !onlyNamed(head.To) {
		return nil, nil
	}
	var list []chat.MessageInHand
	err := q.each(func(row scanner) error {
		var m chat.MessageInHand
		err := scanMessage(row, &m.Message)
		if err == nil {
			list = append(list, m)
		}
		return err
	}, besides, int64(head.Event), lane, int64(head.ID), maxTogether-1)
	if err != nil && !errors.Is(err, errDamaged) {
		return nil, fmt.Errorf("what goes together with message %s: %w", head.ID, err)
	}
	for i := range list {
		if list[i].Deliveries, err = q.resume(list[i].Message, now); err != nil {
			return list[:i], unlessDamaged(err)
		}
	}
	return list, nil
}

func unlessDamaged(err error) error {
	if errors.Is(err, errDamaged) {
		return nil
	}
	return err
}
