package delivery

import (
	"context"
	"slices"

	"github.com/botd-chat/botd/chat"
)

// collapse ends a message whose place a newer one takes that waits with the same
// key. Most are dropped when the newer one is stored; this is for what a worker
// had in hand then and could not begin, as in an outage.
func (j *job) collapse(ctx context.Context) error {
	begun := slices.ContainsFunc(j.parts, func(p *part) bool { return p.Attempts > 0 || p.mayBeThere() })
	if j.message.Message.Collapse == "" || begun {
		return nil
	}
	newer, err := j.Store.Newer(ctx, j.message.ID)
	if err != nil || newer == 0 {
		return err
	}
	return j.endAll(chat.Done, chat.Dropped, chat.ReplacedReason(newer))
}
