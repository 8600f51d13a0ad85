package config

import (
	"fmt"
	"slices"

	"github.com/botd-chat/botd/chat"
)

// maxUnions is how deep any_of can stand within any_of.
const maxUnions = 7

var roles = []string{string(chat.Owner), string(chat.Admin), string(chat.Normal)}

// audience reads a rule. Every rule in it must name somebody, each within a
// union too.
func (r *reader) audience(p place, depth int) (a chat.Audience) {
	if depth > maxUnions {
		r.problem(p, fmt.Sprintf("any_of is nested deeper than %d", maxUnions), "flatten it")
		return a
	}
	before := len(r.problems)
	var except place
	there := r.mapping(p, mapping{keys: keys{
		"everyone": func(v place) { a.Everyone = r.truth(v) },
		"roles":    func(v place) { a.Roles = distinct(r, v, r.role) },
		"users":    func(v place) { a.Users = distinct(r, v, r.account) },
		"sender":   func(v place) { a.Sender = r.truth(v) },
		"except":   func(v place) { except = v; a.Except = distinct(r, v, r.account) },
		"any_of": func(v place) {
			r.list(v, func(item place) { a.AnyOf = append(a.AnyOf, r.audience(item, depth+1)) })
		},
	}})
	if there == nil || len(r.problems) > before {
		return a
	}
	if a.IsNobody() {
		r.problem(p, "names nobody", "say who, such as {roles: [owner, admin]}; everybody is spelled out: {everyone: true}")
	}
	for _, u := range a.Users {
		if slices.Contains(a.Except, u) {
			r.problem(except, "names somebody who is in users too", "take the account out of one of the two")
		}
	}
	return a
}

func (r *reader) role(p place) (chat.Role, bool) {
	role := r.oneOf(p, "role", roles)
	return chat.Role(role), role != ""
}
