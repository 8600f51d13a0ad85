package config

import (
	"slices"

	"github.com/botd-chat/botd/chat"
)

// maxNested is how deep audiences can stand within an audience.
const maxNested = 7

var roles = []chat.Role{chat.Owner, chat.Admin, chat.Normal}

// audience reads a rule. Every rule in it must name somebody, each of a union too.
func (r *reader) audience(p place, depth int) (a chat.Audience) {
	if r.common(p, "audience", func(p place) { r.rule(p, depth) }) {
		return a
	}
	return r.rule(p, depth)
}

func (r *reader) rule(p place, depth int) (a chat.Audience) {
	if depth > maxNested {
		r.problem(p, "audiences are nested too deep here", "flatten it")
		return a
	}
	before := len(r.problems)
	there := r.mapping(p, mapping{keys: keys{
		{"everyone", "Every member of the group.", func(v place) { r.truth(v, &a.Everyone) }},
		{"roles", "The members with one of these roles.", func(v place) { a.Roles = distinct(r, v, r.role) }},
		{"users", "These members, by their account.", func(v place) { a.Users = distinct(r, v, r.account) }},
		{"sender", "The member who caused the event, as the trigger's sender: says.", func(v place) { r.truth(v, &a.Sender) }},
		{"any_of", "All who are in at least one of these audiences.", func(v place) {
			r.list(v, func(item place) { a.AnyOf = append(a.AnyOf, r.audience(item, depth+1)) })
		}},
		{"except", "Not these members, by their account, whatever else is said.", func(v place) { a.Except = distinct(r, v, r.account) }},
		{"within", "Only those who are in this audience too.", func(v place) {
			within := r.audience(v, depth+1)
			a.Within = &within
		}},
		{"where", "Only those of whom this expression is true. It is asked once for each member and speaks of id, role, owner, admin (true of the owner too) and member (true of all).", func(v place) {
			a.Where, _ = checked(r, v, r.opt.Where, `write a condition on one member, such as where: admin and id in ["ann", "bo"]`)
		}},
	}})
	if p.describes(somebody) || there == nil || len(r.problems) > before {
		return a
	}
	if a.IsNobody() {
		r.problem(p, "names nobody", "say who, such as {roles: [owner, admin]}; everybody is spelled out: {everyone: true}")
	}
	for _, u := range a.Users {
		if slices.Contains(a.Except, u) {
			r.problem(there["except"], "names somebody who is in users too", "take the account out of one of the two")
		}
	}
	return a
}

// somebody says that a rule has to name somebody.
func somebody(s *schema) {
	for _, name := range []string{"everyone", "roles", "users", "sender", "any_of"} {
		s.AnyOf = append(s.AnyOf, &schema{Required: []string{name}})
	}
}

func (r *reader) role(p place) (role chat.Role, ok bool) {
	oneOf(r, p, &role, "role", roles)
	return role, role != ""
}
