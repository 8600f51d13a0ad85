package store

import (
	"slices"
	"strconv"

	"github.com/botd-chat/botd/chat"
)

// rule takes the user out of an audience.
func (x *eraser) rule(a chat.Audience) chat.Audience {
	a.Users, a.Except, a.AnyOf = x.all(a.Users), x.all(a.Except), slices.Clone(a.AnyOf)
	for i := range a.AnyOf {
		a.AnyOf[i] = x.rule(a.AnyOf[i])
	}
	if a.Within != nil {
		within := x.rule(*a.Within)
		a.Within = &within
	}
	if speaksOf(a.Where, string(x.user)) || speaksOf(a.Where, written(x.user)) {
		a.Where = "false" // all of it goes: nobody asks it any more
	}
	return a
}

// written is an id as it stands between quotes in an expression.
func written(id chat.UserID) string {
	quoted := strconv.Quote(string(id))
	return quoted[1 : len(quoted)-1]
}
