package audience_test

import (
	"strings"
	"testing"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

func TestReasonsSayWhatNarrows(t *testing.T) {
	ann, bo, cy := chat.Member{ID: "ann", Role: chat.Owner}, chat.Member{ID: "bo", Role: chat.Admin}, chat.Member{ID: "cy", Role: chat.Normal}
	where := func(a chat.Audience, source string) chat.Audience { a.Where = source; return a }
	for _, c := range []struct {
		name   string
		rule   chat.Audience
		member chat.Member
		in     bool
		reason string
	}{
		{"meets it", where(chat.Admins, `admin and id in ["bo"]`), bo, true, "has role admin, and meets the condition"},
		{"does not meet it", where(chat.Admins, `id in ["bo"]`), ann, false, `has role owner, but does not meet: id in ["bo"]`},
		{"was not addressed anyway", where(chat.Admins, `id in ["bo"]`), cy, false, `has role member and is not addressed, only owner, admin, where id in ["bo"]`},
		{"the owner is an admin", where(chat.Everyone, "admin"), ann, true, "is a member, and meets the condition"},
		{"no name", where(chat.Everyone, "admn"), ann, false, "is a member, but its where cannot be asked, so nobody meets it: unknown name admn; did you mean admin? (1:1) | admn | ^"},
		{"no truth for this one", where(chat.Everyone, `{"ann": true}[id]`), bo, false, `is a member, but does not meet: {"ann": true}[id] (the result is nothing and not true or false)`},
		{"a condition alone names nobody", chat.Audience{Where: "admin"}, ann, false, "is not addressed: the rule names nobody"},
		{"within", chat.Everyone.Among(chat.Users("cy")), cy, true, "is a member, and everyone is addressed"},
		{"not within", chat.Admins.Among(chat.Users("cy", "bo")), ann, false, "has role owner, but is not within (user cy, user bo)"},
		{"excepted from within", chat.Admins.Among(chat.Everyone.But("ann")), ann, false, "has role owner, but is not within (everyone, but not user ann)"},
		{"within nobody", chat.Everyone.Among(chat.Audience{}), ann, false, "is a member, and everyone is addressed, but is not within (nobody)"},
		{"one of a union is narrowed", chat.Users("cy").Or(where(chat.Admins, "owner")), bo, false, "has role admin, but does not meet: owner"},
	} {
		in, reason := audience.Qualifies(c.rule, chat.Everyone, c.member)
		if in != c.in || reason != c.reason {
			t.Errorf("%s: %v, %q\nwant %v, %q", c.name, in, reason, c.in, c.reason)
		}
	}
}

func TestDescribeSaysWhatNarrows(t *testing.T) {
	a := chat.Admins.But("bo").Among(chat.Everyone.But("cy"))
	a.Where = "id\n  != 'x'"
	const want = "owner, admin, but not user bo, within (everyone, but not user cy), where id != 'x'"
	if got := audience.Describe(a); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := audience.Describe(chat.Sender.Or(a)); got != "the sender, ("+want+")" {
		t.Error(got)
	}
	if a.Where = strings.Repeat("é", 300); !strings.HasSuffix(audience.Describe(a), "where "+strings.Repeat("é", 200)+"…") {
		t.Error(audience.Describe(a))
	}
}

func TestAConditionMayDoLittle(t *testing.T) {
	long := strings.Repeat(`"x", `, 2500)
	for source, wrong := range map[string]string{
		`id in ["a", "b"] and (owner or role != "admin")`: "",
		`id startsWith "t-" or lower(id) matches "^x"`:    "",
		`any([{"id": "a"}], .id == id)`:                   "",
		`id in [` + long + `"y"]`:                         "",
		`len(id) < 5`:                                     "",
		`any(1..1000, # == 5)`:                            "no ranges such as 1..5",
		`any(["a"], any(["b"], # == id))`:                 "",
		`let x = ["a"]; any(x, # == id)`:                  "written out",
		`any([` + long[:5000] + `"y"], any(["a", "b", "c", "d"], # == id or # == role))`: "may do 10000 steps",
		`repeat(id, 1000) == ""`:          "unknown name repeat",
		`id`:                              "gives a text and not true or false",
		`now() == id`:                     "now is a time and no function",
		strings.Repeat("owner or ", 5000): "at most 16384 bytes",
		`payload.x == id`:                 "unknown name payload; have admin, card, fields, id, joined, member, now, owner, role, spoke",
	} {
		switch err := audience.CheckWhere(source); {
		case wrong == "" && err != nil:
			t.Errorf("%.60s: %v", source, err)
		case wrong != "" && (err == nil || !strings.Contains(err.Error(), wrong)):
			t.Errorf("%.60s: error %v, want %q", source, err, wrong)
		}
	}
}
