package store

import (
	"strings"

	"github.com/botd-chat/botd/chat"
)

const (
	// timerNames picks timers that may name the user.
	timerNames = `(sender = $2 OR key LIKE $4 ESCAPE '\' OR payload LIKE $3 ESCAPE '\')`
	eraseTimer = `UPDATE timer SET sender = $1, key = $2, payload = $3 WHERE id = $4 AND status = 'done'`
)

// timers takes the user out of the timers that an event set. None of them is
// pending: then the event would not be over.
func (x *eraser) timers(q *tx, id chat.EventID) error {
	var list []chat.TimerRecord
	err := q.each(timersIn(&list), timersOf, int64(id))
	for _, t := range list {
		if err == nil && (x.caused[int64(id)] || x.names(t)) {
			err = q.counted(eraseTimer, &x.sum.Timers, string(x.instead(t.Sender)), x.key(t.Key), `{}`, int64(t.ID))
		}
	}
	return err
}

func (x *eraser) names(t chat.TimerRecord) bool {
	return t.Sender == x.user || speaksOf(t.Key, string(x.user)) || strings.Contains(string(t.Payload), x.quoted)
}

// key is free of the user, of whom it may be a part: alert-7/carol.
func (x *eraser) key(key string) string {
	if !speaksOf(key, string(x.user)) {
		return key
	}
	return strings.ReplaceAll(key, string(x.user), string(x.token))
}
