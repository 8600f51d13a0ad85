package bots

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// settling is how long the group is looked at again that does not show yet what the
// service told of it. It is counted from when that was accepted, so that many events that
// are not true hold up the others no longer.
const settling = 3 * time.Second

// happened looks up whether what the service told of a group is so, by a reading that is
// younger than the event, and then says who is in the group. What the service told is a
// hint: whoever knows the token can say anything (product/1047/34354).
func (d *Dispatcher) happened(ctx context.Context, b *Bot, r chat.EventRecord, facts ...chat.Fact) (chat.Membership, error) {
	var h chat.Happening
	if err := json.Unmarshal(r.Payload, &h); err != nil {
		return chat.Membership{}, &refusal{status: chat.Dead, reason: fmt.Sprintf("what happened cannot be read: %v", err)}
	}
	began := d.Clock.Now()
	m, err := d.read(ctx, b, r, b.Limits.RoleMaxAge, facts...)
	why, known := truth(h, m, err)
	// It is about what was not read yet, or what the service may show a little later.
	unsettled := d.older(m, r) || why != "" && m.ReadAt.Before(r.Accepted.Add(settling))
	if known && unsettled && m.ReadAt.Before(began) {
		m, err = d.read(ctx, b, r, 0, facts...)
		why, known = truth(h, m, err)
	}
	switch {
	case !known:
		return m, err
	case why == "":
		return m, nil
	case d.Clock.Since(r.Accepted) < settling:
		return m, &waiting{err: errors.New(why + "; it is read again"), due: d.Clock.Now().Add(time.Second)}
	}
	return m, &refusal{status: chat.Done, reason: why + ", so the plugin was not told"}
}

// truth says why what is said to have happened is not so by a reading of the group, or
// by the error that this gave; empty: it is so. Where neither says anything, it is not
// known.
func truth(h chat.Happening, m chat.Membership, err error) (why string, known bool) {
	gone := errors.Is(err, ErrGone)
	if err != nil && !gone {
		return "", false
	}
	_, member := m.Find(h.User)
	switch {
	case h.What == chat.GroupDestroyed && !gone:
		return "the service said that the group is gone, and it is there", true
	case h.What == chat.GroupDestroyed:
		return "", true
	case gone:
		return "", false // the end of any event of the group
	case h.What == chat.MemberLeft && member:
		return fmt.Sprintf("the service said that %q left, who is a member of the group", string(h.User)), true
	case h.What != chat.MemberLeft && !member:
		return fmt.Sprintf("the service said %s of %q, who is not a member of the group", h.What, string(h.User)), true
	}
	return "", true
}
