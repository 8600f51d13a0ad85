package store

import (
	"strings"

	"github.com/botd-chat/botd/chat"
)

const eraseActs = `UPDATE act SET who = $1, reason = '' WHERE event_id = $2 AND who = $3`

// acts takes the user out of what was decided in the group about drafts of an event, with
// what the user wrote about it.
func (x *eraser) acts(q *tx, id chat.EventID) error {
	_, err := q.exec(eraseActs, chat.Reviewer(x.token, "").Who, int64(id), x.asReviewer())
	return err
}

// asReviewer is what the user is called who decided about drafts.
func (x *eraser) asReviewer() string { return chat.Reviewer(x.user, "").Who }

// unsaid takes what the user wrote about a draft out of the reason why it was dropped.
func (x *eraser) unsaid(reason string) string {
	who := x.asReviewer()
	if before, _, wrote := strings.Cut(reason, who+": "); wrote {
		return before + who
	}
	return reason
}

// own takes the user out of what botd itself told reviewers, who are shown whom a draft
// names and what that user would be told: all of it goes.
func (x *eraser) own(m *chat.MessageRecord) {
	if m.Own && speaksOf(m.Message.Text, string(x.user)) {
		m.Message.Text, m.Message.Elements = erased, nil
	}
}
