package store

import (
	"strings"

	"github.com/botd-chat/botd/chat"
)

const (
	// schedulesNaming are those of the application that may name the user. A bot is of
	// the application that its events are of, and of any while it has none.
	schedulesNaming = `
SELECT ` + scheduleColumns + ` FROM schedule
WHERE COALESCE((SELECT app FROM event WHERE event.bot = schedule.bot ORDER BY event.id DESC LIMIT 1), $1) = $1
	AND (sender = $2 OR payload LIKE $3 ESCAPE '\' OR origin = 'hand' AND name LIKE $4 ESCAPE '\') ORDER BY id`
	eraseSchedule = `UPDATE schedule SET sender = $1, payload = $2, name = $3 WHERE id = $4 AND gone <> 0`
)

// schedules takes the user out of the schedules that are gone. One that is there goes
// on as it was made, and is named in Schedules.
func (x *eraser) schedules(q *tx) error {
	var list []chat.ScheduleRecord
	x.left = nil
	err := q.each(rowsInto(&list, scanSchedule), schedulesNaming, string(x.app), string(x.user), containing(x.quoted), containing(string(x.user)))
	for _, r := range list {
		byHand := r.Origin == chat.FromHand && speaksOf(string(r.Name), string(x.user))
		inPayload := strings.Contains(string(r.Payload), x.quoted)
		switch {
		case err != nil || r.Sender != x.user && !byHand && !inPayload:
			continue
		case r.Gone.IsZero():
			x.left = append(x.left, r.ID)
			continue
		}
		payload, name := string(r.Payload), string(r.Name)
		if inPayload || r.Sender == x.user && payload != "" {
			payload = `{}`
		}
		if byHand {
			name = x.words(name)
		}
		err = q.counted(eraseSchedule, &x.sum.Schedules, string(x.instead(r.Sender)), payload, name, int64(r.ID))
	}
	return err
}
