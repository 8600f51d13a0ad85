package audience_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

func TestBeyond(t *testing.T) {
	where := chat.Audience{Everyone: true, Where: "admin"}
	for _, c := range []struct {
		name           string
		asked, ceiling chat.Audience
		want           string
	}{
		{"the same", chat.Admins, chat.Admins, ""},
		{"everyone", chat.Everyone, chat.Admins, "everyone"},
		{"everyone, and all roles may", chat.Everyone, chat.Audience{Roles: []chat.Role{chat.Owner, chat.Admin, chat.Normal}}, ""},
		{"a role", chat.Audience{Roles: []chat.Role{chat.Owner, chat.Normal}}, chat.Admins, "role member"},
		{"a user where there are roles", chat.Users("bo"), chat.Admins, ""},
		{"a user where there are users", chat.Users("bo"), chat.Users("ann"), "a user outside of it"},
		{"a user who is excepted", chat.Users("bo"), chat.Everyone.But("bo"), "a user outside of it"},
		{"a user who is not asked for after all", chat.Users("bo", "ann").But("bo"), chat.Users("ann"), ""},
		{"one of a union", chat.Admins.Or(chat.Everyone), chat.Admins, "everyone"},
		{"a union of ceilings", chat.Audience{Roles: []chat.Role{chat.Normal, chat.Owner}}, chat.Owners.Or(chat.Audience{Roles: []chat.Role{chat.Normal}}), ""},
		{"everyone within what may be", chat.Everyone.Among(chat.Owners), chat.Admins, ""},
		{"everyone within everyone", chat.Everyone.Among(chat.Everyone), chat.Admins, "everyone"},
		{"a ceiling within another", chat.Admins, chat.Everyone.Among(chat.Owners), "role admin"},
		{"where nobody can tell yet", where, chat.Owners, ""},
	} {
		if got := audience.Beyond(c.asked, c.ceiling); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// What is refused for asking too much would have asked for nobody else: a rule
// never asks for more than itself.
func TestNoRuleIsBeyondItself(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rule(t, "rule", 2).Bind("a")
		if len(a.Except) == 0 && a.Within == nil {
			if what := audience.Beyond(chat.Audience{Roles: a.Roles, Everyone: a.Everyone, Users: a.Users}, a); what != "" {
				t.Fatalf("%+v is beyond itself by %s", a, what)
			}
		}
		if what := audience.Beyond(a, chat.Everyone); what != "" {
			t.Fatalf("%+v is beyond everyone by %s", a, what)
		}
	})
}
