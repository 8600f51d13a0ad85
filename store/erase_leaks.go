package store

import "github.com/botd-chat/botd/chat"

const (
	leaksNaming = `SELECT ` + leakColumns + ` FROM leak WHERE app = $1 AND ended <> 0 AND (sender = $2 OR error LIKE $3 ESCAPE '\')`
	eraseLeak   = `UPDATE leak SET sender = $1, error = $2 WHERE id = $3`
)

// leaks takes the user out of the leaks that are over. One that is not is named in
// Waiting, by its events.
func (x *eraser) leaks(q *tx) error {
	var list []chat.Leak
	err := q.each(rowsInto(&list, scanLeak), leaksNaming, string(x.app), string(x.user), containing(string(x.user)))
	for _, l := range list {
		if said := x.words(l.Error); err == nil && (l.Sender == x.user || said != l.Error) {
			err = q.counted(eraseLeak, &x.sum.Leaks, string(x.instead(l.Sender)), said, int64(l.ID))
		}
	}
	return err
}
