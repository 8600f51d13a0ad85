package audience_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

func member(id string, role chat.Role) chat.Member {
	return chat.Member{ID: chat.UserID(id), Role: role}
}

// class has an owner, an admin and three members.
func class(t testing.TB) chat.Membership {
	t.Helper()
	m, err := audience.NewMembership("@TGS#1", chat.Public, []chat.Member{
		member("ann", chat.Owner), member("bo", chat.Admin),
		member("cy", chat.Normal), member("dee", chat.Normal), member("eli", chat.Normal),
	}, time.Unix(1, 0))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestResolve(t *testing.T) {
	all := chat.Everyone
	for _, c := range []struct {
		name          string
		rule, ceiling chat.Audience
		want          map[chat.UserID]string // who is in, why
		out           map[chat.UserID]string // some of the others, why not
	}{
		{
			name: "by role", rule: chat.Admins, ceiling: all,
			want: map[chat.UserID]string{"ann": "has role owner", "bo": "has role admin"},
			out:  map[chat.UserID]string{"cy": "has role member and is not addressed, only owner, admin"},
		},
		{
			name: "by name, also somebody who is not there", rule: chat.Users("cy", "zoe"), ceiling: all,
			want: map[chat.UserID]string{"cy": "is named"},
			out:  map[chat.UserID]string{"zoe": "is not a member of the group", "dee": "has role member and is not addressed, only user cy, user zoe"},
		},
		{
			name: "everyone but two", rule: chat.Everyone.But("cy", "ann"), ceiling: all,
			want: map[chat.UserID]string{"bo": "is a member, and everyone is addressed", "dee": "is a member, and everyone is addressed", "eli": "is a member, and everyone is addressed"},
			out:  map[chat.UserID]string{"cy": "is excepted by name", "ann": "is excepted by name"},
		},
		{
			name: "an exception wins over being named", rule: chat.Users("cy", "dee").But("dee"), ceiling: all,
			want: map[chat.UserID]string{"cy": "is named"},
			out:  map[chat.UserID]string{"dee": "is excepted by name"},
		},
		{
			name: "an exception does not reach into the rest of a union", rule: chat.Admins.But("bo").Or(chat.Users("bo", "cy")), ceiling: all,
			want: map[chat.UserID]string{"ann": "has role owner", "bo": "is named", "cy": "is named"},
			out:  map[chat.UserID]string{"dee": "has role member and is not addressed, only (owner, admin, but not user bo), user bo, user cy"},
		},
		{
			name: "an exception of the whole reaches into its union", rule: chat.Admins.Or(chat.Users("cy")).But("bo", "cy"), ceiling: all,
			want: map[chat.UserID]string{"ann": "has role owner"},
			out:  map[chat.UserID]string{"bo": "is excepted by name", "cy": "is excepted by name"},
		},
		{
			name: "the ceiling narrows", rule: chat.Everyone, ceiling: chat.Admins.But("bo"),
			want: map[chat.UserID]string{"ann": "is a member, and everyone is addressed"},
			out: map[chat.UserID]string{
				"bo": "is a member, and everyone is addressed, but the bot may not reach user bo",
				"cy": "is a member, and everyone is addressed, but the bot may only reach owner, admin, but not user bo",
			},
		},
		{
			name: "the ceiling does not widen", rule: chat.Owners, ceiling: all,
			want: map[chat.UserID]string{"ann": "has role owner"},
			out:  map[chat.UserID]string{"bo": "has role admin and is not addressed, only owner"},
		},
		{
			name: "an empty rule is nobody", ceiling: all,
			out: map[chat.UserID]string{"ann": "is not addressed: the rule names nobody"},
		},
		{
			name: "an empty ceiling is nobody", rule: chat.Everyone,
			out: map[chat.UserID]string{"ann": "is a member, and everyone is addressed, but the bot may reach nobody"},
		},
		{
			name: "a sender nobody bound is nobody", rule: chat.Sender, ceiling: all,
			out: map[chat.UserID]string{"cy": "has role member and is not addressed, only the sender"},
		},
		{
			name: "a bound sender is a name", rule: chat.Sender.Bind("cy"), ceiling: chat.Audience{Roles: chat.Admins.Roles, Sender: true}.Bind("cy"),
			want: map[chat.UserID]string{"cy": "is named"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := class(t)
			got := audience.Resolve(c.rule, c.ceiling, m)
			in := map[chat.UserID]string{}
			for _, d := range got.Decisions {
				if d.In {
					in[d.Member.ID] = d.Reason
				}
			}
			if c.want == nil {
				c.want = map[chat.UserID]string{}
			}
			if diff := cmp.Diff(c.want, in); diff != "" {
				t.Errorf("who is in (-want +got):\n%s", diff)
			}
			for id, reason := range c.out {
				if d, ok := got.For(id); !ok || d.In || d.Reason != reason {
					t.Errorf("%s: got %+v, %v; want out, because %q", id, d, ok, reason)
				}
			}
			for _, x := range m.Members {
				if _, ok := got.For(x.ID); !ok {
					t.Errorf("no decision about %s", x.ID)
				}
			}
		})
	}
}

func TestNobodyIsNoRecipients(t *testing.T) {
	if to, ok := audience.Resolve(chat.Users("zoe"), chat.Everyone, class(t)).Recipients(); ok || to.Len() != 0 {
		t.Errorf("got %v, %v; want nobody", to.IDs(), ok)
	}
}

func TestNobodyIsInWhereTheServiceCannotTarget(t *testing.T) {
	for _, kind := range []chat.GroupType{chat.Community, chat.AVChatRoom, "", "Private"} {
		m := class(t)
		m.Type = kind
		if _, ok := audience.Resolve(chat.Everyone, chat.Everyone, m).Recipients(); ok {
			t.Errorf("a group of type %q has recipients", kind)
		}
	}
}

func TestSomebodyWithoutARoleNeverQualifies(t *testing.T) {
	for _, role := range []chat.Role{"", "NotMember", "Owner"} {
		rule := chat.Audience{Everyone: true, Users: []chat.UserID{"cy"}, Roles: []chat.Role{role}}
		if in, reason := audience.Qualifies(rule, rule, member("cy", role)); in || reason != "is not a member of the group" {
			t.Errorf("role %q: got %v, %q", role, in, reason)
		}
	}
}

func TestDescribeShortensLongLists(t *testing.T) {
	got := audience.Describe(chat.Users("a", "b", "c", "d", "e", "f", "g").Or(chat.Users("x y")))
	want := `user a, user b, user c, user d, user e, 2 more users, user "x y"`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestNewMembershipRefusesWhatItCannotJudge(t *testing.T) {
	for _, c := range []struct {
		name    string
		members []chat.Member
	}{
		{"an unknown role", []chat.Member{member("ann", "Boss")}},
		{"no id", []chat.Member{member("", chat.Owner)}},
		{"somebody in two roles", []chat.Member{member("bo", chat.Admin), member("cy", chat.Normal), member("bo", chat.Normal)}},
		{"two owners", []chat.Member{member("ann", chat.Owner), member("bo", chat.Owner)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if m, err := audience.NewMembership("g", chat.Work, c.members, time.Time{}); err == nil {
				t.Errorf("accepted as %v", m.Members)
			}
		})
	}
	t.Run("repeats are dropped", func(t *testing.T) {
		m, err := audience.NewMembership("g", chat.Work, []chat.Member{member("cy", chat.Normal), member("ann", chat.Owner), member("cy", chat.Normal)}, time.Time{})
		if err != nil || len(m.Members) != 2 || m.Members[0].ID != "ann" {
			t.Errorf("got %v, %v", m.Members, err)
		}
	})
}

func TestWithinCutsDownAndNeverAdds(t *testing.T) {
	all := audience.Resolve(chat.Everyone.But("eli", "dee"), chat.Everyone, class(t))
	only, err := chat.NewRecipients([]chat.UserID{"bo", "eli", "zoe"})
	if err != nil {
		t.Fatal(err)
	}
	cut := all.Within(&only)
	if to, ok := cut.Recipients(); !ok || !cmp.Equal(to.IDs(), []chat.UserID{"bo"}) {
		t.Errorf("it is for %v; eli is excepted and zoe is no member", to.IDs())
	}
	if d, _ := cut.For("ann"); d.In || d.Reason != "is a member, and everyone is addressed, but this is sent again only to those whom the first did not reach" {
		t.Errorf("ann: %+v", d)
	}
	for _, id := range []chat.UserID{"dee", "eli"} {
		if d, _ := cut.For(id); d.Reason != "is excepted by name" {
			t.Errorf("%s: %+v", id, d)
		}
	}
	if d, _ := all.For("ann"); !d.In {
		t.Errorf("the uncut one was changed: %+v", d)
	}
	if got := all.Within(nil); !cmp.Equal(got, all) {
		t.Errorf("nil changed it: %+v", got)
	}
	none, err := chat.NewRecipients([]chat.UserID{"zoe"})
	if err != nil {
		t.Fatal(err)
	}
	if to, ok := all.Within(&none).Recipients(); ok {
		t.Errorf("nobody is left, and it is for %v", to.IDs())
	}
}
