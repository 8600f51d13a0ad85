package poll

import (
	"errors"
	"fmt"
	"slices"

	"github.com/botd-chat/botd/chat"
)

// checkAsked reports an audience that a vote cannot be held against: whether a member
// meets a condition is found out when a message is sent, and not when somebody votes.
func checkAsked(a chat.Audience) error {
	if err := a.Validate(); err != nil {
		return fmt.Errorf("to: %w", err)
	}
	if conditional(a) {
		return errors.New("to: has a where, by which a vote cannot be told from one of somebody who was not asked; name roles or users")
	}
	return nil
}

func conditional(a chat.Audience) bool {
	return a.Where != "" || slices.ContainsFunc(a.AnyOf, conditional) || a.Within != nil && conditional(*a.Within)
}

// asks reports whether a member is in an audience without conditions and sender.
func asks(a chat.Audience, m chat.Member) bool {
	in := a.Everyone || slices.Contains(a.Roles, m.Role) || slices.Contains(a.Users, m.ID) ||
		slices.ContainsFunc(a.AnyOf, func(x chat.Audience) bool { return asks(x, m) })
	return in && !slices.Contains(a.Except, m.ID) && (a.Within == nil || asks(*a.Within, m))
}
