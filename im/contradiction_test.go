package im

import (
	"testing"

	"github.com/botd-chat/botd/chat"
)

// Who is an admin is never guessed from an answer that says two things.
func TestRule05_AContradictionMakesNobodyAnAdmin(t *testing.T) {
	const head = `{"ActionStatus":"OK","ErrorCode":0,"MemberNum":2,`
	for name, list := range map[string]string{
		"two entries, admin last":    `{"Member_Account":"carol","Role":"Member"},{"Member_Account":"carol","Role":"Admin"}`,
		"two entries, admin first":   `{"Member_Account":"carol","Role":"Admin"},{"Member_Account":"carol","Role":"Member"}`,
		"a key twice":                `{"Member_Account":"carol","Role":"Member","Role":"Admin"}`,
		"a key in another case":      `{"Member_Account":"carol","Role":"Member","role":"Admin"}`,
		"an account in another case": `{"Member_Account":"bob","Role":"Admin","member_account":"carol"}`,
	} {
		t.Run(name, func(t *testing.T) {
			isAdmin := func(list []chat.Member) bool {
				for _, m := range list {
					if m.ID == "carol" && m.Role == chat.Admin {
						return true
					}
				}
				return false
			}
			c := newClient(t, testConfig(t, say(t, head+`"MemberList":[`+list+`]}`).URL))
			if m, err := c.Members(t.Context(), "g"); err == nil && isAdmin(m) {
				t.Errorf("the list makes carol an admin: %v", m)
			}
			c = newClient(t, testConfig(t, say(t, head+`"UserIdList":[`+list+`]}`).URL))
			if m, err := c.Roles(t.Context(), "g", []chat.UserID{"bob", "carol"}); err == nil && isAdmin(m) {
				t.Errorf("the check makes carol an admin: %v", m)
			}
		})
	}
	t.Run("a group's type in another case", func(t *testing.T) {
		c := newClient(t, testConfig(t, say(t, `{"ActionStatus":"OK","ErrorCode":0,"GroupInfo":[{"GroupId":"g","ErrorCode":0,"Type":"AVChatRoom","type":"Public","MemberNum":1}]}`).URL))
		if g, err := c.Group(t.Context(), "g"); err == nil && g.Type.Targetable() {
			t.Errorf("it is taken for %s", g.Type)
		}
	})
}

// Who left while the pages were read is not a member.
func TestASecondReadingForgetsTheFirst(t *testing.T) {
	s := say(t,
		`{"ErrorCode":0,"MemberNum":101,"MemberList":[{"Member_Account":"gone","Role":"Admin"},{"Member_Account":"a","Role":"Member"}]}`,
		`{"ErrorCode":0,"MemberNum":100,"MemberList":[]}`,
		`{"ErrorCode":0,"MemberNum":100,"MemberList":[{"Member_Account":"a","Role":"Member"}]}`)
	m, err := newClient(t, testConfig(t, s.URL)).Members(t.Context(), "g")
	if err != nil || len(m) != 1 || m[0].ID != "a" {
		t.Errorf("the members are %v, %v; want a alone", m, err)
	}
}
