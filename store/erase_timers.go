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
	err := q.each(rowsInto(&list, scanTimer), timersOf, int64(id))
	for _, t := range list {
		if err == nil && (x.caused[int64(id)] || x.names(t)) {
			err = q.counted(eraseTimer, &x.sum.Timers, string(x.instead(t.Sender)), x.words(t.Key), `{}`, int64(t.ID))
		}
	}
	return err
}

func (x *eraser) names(t chat.TimerRecord) bool {
	return t.Sender == x.user || speaksOf(t.Key, string(x.user)) || strings.Contains(string(t.Payload), x.quoted)
}

// words are free of the user, of whom they may speak: a key (alert-7/carol), or a reason.
func (x *eraser) words(text string) string {
	return replaceWord(text, string(x.user), string(x.token))
}
