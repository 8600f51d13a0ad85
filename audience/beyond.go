package audience

import (
	"fmt"
	"slices"

	"github.com/botd-chat/botd/chat"
)

// Beyond says what a rule asks for that a ceiling does not have, as far as the two
// say so by themselves, with no group at hand; empty: nothing. It names no user.
// Who is reached is not decided here: that is held against both.
func Beyond(asked, ceiling chat.Audience) string {
	if asked.Where != "" || asked.Within != nil && Beyond(*asked.Within, ceiling) == "" {
		return "" // it is narrowed to what may be within
	}
	if asked.Everyone && !grantsEveryone(ceiling) {
		return "everyone"
	}
	for _, r := range asked.Roles {
		if !grantsRole(ceiling, r) {
			return fmt.Sprintf("role %s", r)
		}
	}
	for _, u := range asked.Users {
		if !grantsUser(ceiling, u) && !slices.Contains(asked.Except, u) {
			return "a user outside of it"
		}
	}
	for _, x := range asked.AnyOf {
		if what := Beyond(x, ceiling); what != "" {
			return what
		}
	}
	return ""
}

func grantsEveryone(c chat.Audience) bool {
	return grantsRole(c, chat.Owner) && grantsRole(c, chat.Admin) && grantsRole(c, chat.Normal)
}

func grantsRole(c chat.Audience, r chat.Role) bool {
	return (c.Everyone || slices.Contains(c.Roles, r) || slices.ContainsFunc(c.AnyOf, func(x chat.Audience) bool { return grantsRole(x, r) })) &&
		(c.Within == nil || grantsRole(*c.Within, r))
}

// grantsUser is true of anybody where there are roles, since anybody may have one.
func grantsUser(c chat.Audience, u chat.UserID) bool {
	return !slices.Contains(c.Except, u) &&
		(c.Everyone || len(c.Roles) > 0 || slices.Contains(c.Users, u) || slices.ContainsFunc(c.AnyOf, func(x chat.Audience) bool { return grantsUser(x, u) })) &&
		(c.Within == nil || grantsUser(*c.Within, u))
}
