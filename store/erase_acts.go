package store

import "github.com/botd-chat/botd/chat"

const eraseActs = `UPDATE act SET who = $1, reason = '' WHERE event_id = $2 AND who = $3`

// acts takes the user out of what was decided in the group about drafts of an event, with
// what the user wrote about it.
func (x *eraser) acts(q *tx, id chat.EventID) error {
	_, err := q.exec(eraseActs, chat.Reviewer(x.token, "").Who, int64(id), chat.Reviewer(x.user, "").Who)
	return err
}
