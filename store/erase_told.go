package store

import (
	"strings"

	"github.com/botd-chat/botd/chat"
)

// sessions deletes what bots remember of the user. It comes last, when no event of
// the user that is over by now can put it back.
func (x *eraser) sessions(q *tx) error {
	return q.counted(eraseSessions, &x.sum.Sessions, string(x.app), string(x.user))
}

// report is what a message that is over had asked to be told, without what of it
// the user said or what names the user.
func (x *eraser) report(m chat.MessageRecord) *chat.Report {
	r := m.Message.Report
	if r == nil || m.Sender != x.user && !x.caused[int64(m.Event)] && !strings.Contains(string(r.Data), x.quoted) {
		return r
	}
	return &chat.Report{Name: r.Name}
}
