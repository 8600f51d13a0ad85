package im

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

// memberPage is an answer of get_group_member_info.
func memberPage(total int, entries ...string) string {
	return fmt.Sprintf(`{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","MemberNum":%d,"MemberList":[%s]}`, total, strings.Join(entries, ","))
}

func entry(id, role string) string {
	return fmt.Sprintf(`{"Member_Account":%q,"Role":%q,"NameCard":"card of %s"}`, id, role, id)
}

func ids(members []chat.Member) []string {
	out := []string{}
	for _, m := range members {
		out = append(out, string(m.ID)+" "+string(m.Role))
	}
	return out
}

func wantMembers(t *testing.T, got []chat.Member, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, ids(got)); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
}

func TestRule05_OnlyRolesThatWereReceivedCount(t *testing.T) {
	t.Run("the service ignores the filter", func(t *testing.T) {
		s := say(t, memberPage(4, entry("dave", "Member"), entry("bob", "Admin"), entry("alice", "Owner"), entry("carol", "Member")))
		got, err := newClient(t, testConfig(t, s.URL)).Members(t.Context(), "g", chat.Owner, chat.Admin)
		if err != nil {
			t.Fatal(err)
		}
		wantMembers(t, got, "alice owner", "bob admin")
		const want = `{"GroupId":"g","MemberRoleFilter":["Owner","Admin"],"MemberInfoFilter":["Role","NameCard"],"Limit":100,"Offset":0}`
		if raw := s.seen()[0].raw; raw != want {
			t.Errorf("asked %s, want %s", raw, want)
		}
	})
	t.Run("a role with a blank at its end", func(t *testing.T) {
		s := say(t, memberPage(1, entry("dave", "Member ")))
		got, err := newClient(t, testConfig(t, s.URL)).Members(t.Context(), "g")
		if err != nil {
			t.Fatal(err)
		}
		wantMembers(t, got, "dave member")
		if got[0].Name != "card of dave" {
			t.Errorf("the name card is %q", got[0].Name)
		}
	})
	t.Run("who is asked about and nobody else", func(t *testing.T) {
		s := say(t, `{"ErrorCode":0,"UserIdList":[`+entry("eve", "Owner")+`,`+entry("bob", "Admin")+`,`+entry("dave", "NotMember")+`]}`)
		got, err := newClient(t, testConfig(t, s.URL)).Roles(t.Context(), "g", []chat.UserID{"dave", "bob"})
		if err != nil {
			t.Fatal(err)
		}
		wantMembers(t, got, "bob admin")
	})
}

func TestMembersThatCannotBeReadAreNotAnEmptyList(t *testing.T) {
	for name, answer := range map[string]string{
		"no list":                 `{"ErrorCode":0,"MemberNum":3}`,
		"a list that is null":     `{"ErrorCode":0,"MemberNum":3,"MemberList":null,"UserIdList":null}`,
		"a list of another kind":  `{"ErrorCode":0,"MemberNum":3,"MemberList":{},"UserIdList":""}`,
		"a role unheard of":       `{"ErrorCode":0,"MemberNum":1,"MemberList":[{"Member_Account":"a","Role":"King"}],"UserIdList":[{"Member_Account":"a","Role":"King"}]}`,
		"no role":                 `{"ErrorCode":0,"MemberNum":1,"MemberList":[{"Member_Account":"a"}],"UserIdList":[{"Member_Account":"a"}]}`,
		"an account as a number":  `{"ErrorCode":0,"MemberNum":1,"MemberList":[{"Member_Account":1,"Role":"Owner"}],"UserIdList":[{"Member_Account":1,"Role":"Owner"}]}`,
		"internal error":          fail(10002),
		"the group is gone":       fail(10010),
		"half an answer":          `{"ErrorCode":0,"MemberNum":1,"MemberList":[`,
		"a page of a gateway":     `<html>`,
		"one twice, with 2 roles": `{"ErrorCode":0,"UserIdList":[{"Member_Account":"a","Role":"Owner"},{"Member_Account":"a","Role":"NotMember"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := say(t, answer)
			c := newClient(t, testConfig(t, s.URL))
			if got, err := c.Members(t.Context(), "g"); err == nil {
				t.Errorf("Members: %v, want an error", got)
			}
			if got, err := c.Roles(t.Context(), "g", []chat.UserID{"a"}); err == nil {
				t.Errorf("Roles: %v, want an error", got)
			}
			if got, err := c.ProfilesOf(t.Context(), "g", []chat.UserID{"a"}, nil); err == nil && name != "one twice, with 2 roles" {
				t.Errorf("ProfilesOf: %v, want an error", got)
			}
		})
	}
	t.Run("how many members there are is missing or absurd", func(t *testing.T) {
		for _, n := range []string{``, `"MemberNum":null,`, `"MemberNum":"3",`, `"MemberNum":-1,`, `"MemberNum":2000000000,`} {
			s := say(t, `{"ErrorCode":0,`+n+`"MemberList":[]}`)
			if got, err := newClient(t, testConfig(t, s.URL)).Members(t.Context(), "g"); err == nil {
				t.Errorf("%s: %v, want an error", n, got)
			}
		}
	})
	t.Run("asking about nobody", func(t *testing.T) {
		c := newClient(t, testConfig(t, "http://127.0.0.1:1"))
		if _, err := c.Roles(t.Context(), "g", nil); !errors.Is(err, chat.ErrNobody) {
			t.Errorf("got %v, want ErrNobody", err)
		}
	})
}

// paged serves members in pages, in the order given, with or without the filter
// counting for the offset.
func paged(t *testing.T, all []string, filtered bool) *service {
	return serve(t, func(w http.ResponseWriter, _ *http.Request, _ int, s seen) {
		var q struct{ Limit, Offset int }
		if err := json.Unmarshal([]byte(s.raw), &q); err != nil {
			t.Error(err)
		}
		list := all
		if filtered {
			list = nil
			for _, e := range all {
				if strings.Contains(e, `"Owner"`) || strings.Contains(e, `"Admin"`) {
					list = append(list, e)
				}
			}
		}
		from := min(q.Offset, len(list))
		page := list[from:min(from+q.Limit, len(list))]
		if !filtered {
			var kept []string
			for _, e := range page {
				if !strings.Contains(e, `"Member"`) {
					kept = append(kept, e)
				}
			}
			page = kept
		}
		_, _ = io.WriteString(w, memberPage(len(all), page...))
	})
}

func TestRule16_PagingGoesToTheEnd(t *testing.T) {
	var all []string
	for i := range 950 {
		role := "Member"
		switch i {
		case 3:
			role = "Owner"
		case 420, 949: // pages between them hold nobody after the filter
			role = "Admin"
		}
		all = append(all, entry(fmt.Sprintf("u%03d", i), role))
	}
	for name, filtered := range map[string]bool{
		"the offset counts those that pass the filter": true,
		"the offset counts all members":                false,
	} {
		t.Run(name, func(t *testing.T) {
			s := paged(t, all, filtered)
			got, err := newClient(t, testConfig(t, s.URL)).Members(t.Context(), "g", chat.Owner, chat.Admin)
			if err != nil {
				t.Fatal(err)
			}
			wantMembers(t, got, "u003 owner", "u420 admin", "u949 admin")
			if n := len(s.seen()); n != 10 {
				t.Errorf("asked %d times, want 10", n)
			}
		})
	}
	t.Run("nobody passes the filter, which is known", func(t *testing.T) {
		s := say(t, memberPage(3))
		got, err := newClient(t, testConfig(t, s.URL)).Members(t.Context(), "g", chat.Admin)
		if err != nil || len(got) != 0 {
			t.Errorf("got %v, %v", got, err)
		}
	})
	t.Run("somebody leaves between two pages", func(t *testing.T) {
		var many []string
		for i := range 150 {
			many = append(many, entry(fmt.Sprintf("u%03d", i), "Member"))
		}
		s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int, _ seen) {
			switch n {
			case 0:
				_, _ = io.WriteString(w, memberPage(150, many[:100]...))
			case 1: // u000 has left, so u100 has slipped to the first page
				_, _ = io.WriteString(w, memberPage(149, many[101:]...))
			case 2:
				_, _ = io.WriteString(w, memberPage(149, many[1:101]...))
			default:
				_, _ = io.WriteString(w, memberPage(149, many[101:]...))
			}
		})
		got, err := newClient(t, testConfig(t, s.URL)).Members(t.Context(), "g")
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := (chat.Membership{Members: got}).Find("u100"); !ok {
			t.Error("u100 is missing")
		}
	})
	t.Run("all groups: short and empty pages do not end the list", func(t *testing.T) {
		s := say(
			t,
			`{"ErrorCode":0,"TotalCount":3,"GroupIdList":[{"GroupId":"b"}],"Next":18446744073709551615}`,
			`{"ErrorCode":0,"TotalCount":3,"GroupIdList":[],"Next":9007199254740993}`,
			`{"ErrorCode":0,"TotalCount":3,"GroupIdList":[{"GroupId":"a"},{"GroupId":"b"}],"Next":0}`,
		)
		got, err := newClient(t, testConfig(t, s.URL)).AllGroups(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]chat.GroupID{"a", "b"}, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestRule15_NextKeepsAllItsDigits(t *testing.T) {
	s := say(
		t,
		`{"ErrorCode":0,"GroupIdList":[],"Next":9007199254740993}`,
		`{"ErrorCode":0,"GroupIdList":[],"Next":18446744073709551615}`,
		`{"ErrorCode":0,"GroupIdList":[],"Next":0}`,
	)
	if _, err := newClient(t, testConfig(t, s.URL)).AllGroups(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{`"Next":0}`, `"Next":9007199254740993}`, `"Next":18446744073709551615}`} {
		if raw := s.seen()[i].raw; !strings.HasSuffix(raw, want) {
			t.Errorf("call %d asked %s, want it to end in %s", i, raw, want)
		}
	}
	for _, next := range []string{`1e3`, `"7"`, `-1`, `1.5`, `null`, `18446744073709551616`} {
		s := say(t, `{"ErrorCode":0,"GroupIdList":[],"Next":`+next+`}`)
		_, err := newClient(t, testConfig(t, s.URL)).AllGroups(t.Context())
		wantClass(t, err, Unclear)
	}
}

func TestQuestionsAreSplit(t *testing.T) {
	users := make([]chat.UserID, 1200)
	for i := range users {
		users[i] = chat.UserID(fmt.Sprintf("u%04d", i))
	}
	answerAll := func(list, asked string) *service {
		return serve(t, func(w http.ResponseWriter, _ *http.Request, _ int, s seen) {
			var out []string
			for _, u := range s.body[asked].([]any) {
				out = append(out, entry(u.(string), "Member"))
			}
			_, _ = io.WriteString(w, `{"ErrorCode":0,"`+list+`":[`+strings.Join(out, ",")+`]}`)
		})
	}
	t.Run("roles of 500", func(t *testing.T) {
		s := answerAll("UserIdList", "User_Account")
		got, err := newClient(t, testConfig(t, s.URL)).Roles(t.Context(), "g", append(users, users[0]))
		if err != nil || len(got) != 1200 || len(s.seen()) != 3 {
			t.Errorf("%d members in %d calls, %v; want 1200 in 3", len(got), len(s.seen()), err)
		}
	})
	t.Run("members of 50", func(t *testing.T) {
		s := answerAll("MemberList", "Member_List_Account")
		got, err := newClient(t, testConfig(t, s.URL)).ProfilesOf(t.Context(), "g", users, nil)
		if err != nil || len(got) != 1200 || len(s.seen()) != 24 {
			t.Errorf("%d members in %d calls, %v; want 1200 in 24", len(got), len(s.seen()), err)
		}
	})
}

func TestGroups(t *testing.T) {
	const two = `{"ActionStatus":"OK","ErrorCode":0,"GroupInfo":[` +
		`{"GroupId":"b","ErrorCode":10010,"ErrorInfo":"gone"},` +
		`{"GroupId":"a","ErrorCode":0,"Type":"Private","Name":"Team","Owner_Account":"alice","MemberNum":7}]}`
	t.Run("each has its own code, under an outer OK", func(t *testing.T) {
		s := say(t, two)
		got, err := newClient(t, testConfig(t, s.URL)).Groups(t.Context(), []chat.GroupID{"a", "b", "c"})
		if err != nil {
			t.Fatal(err)
		}
		if want := (GroupInfo{"a", chat.Work, "Team", "alice", 7}); got[0].Info != want || got[0].Err != nil {
			t.Errorf("a is %+v", got[0])
		}
		if e := wantClass(t, got[1].Err, Permanent); e.Code != 10010 {
			t.Errorf("b: %v", e)
		}
		wantClass(t, got[2].Err, Unclear)
		const want = `{"GroupIdList":["a","b","c"],"ResponseFilter":{"GroupBaseInfoFilter":["Type","Name","Owner_Account","MemberNum"]}}`
		if raw := s.seen()[0].raw; raw != want {
			t.Errorf("asked %s", raw)
		}
	})
	t.Run("one", func(t *testing.T) {
		s := say(t, two)
		c := newClient(t, testConfig(t, s.URL))
		if g, err := c.Group(t.Context(), "a"); err != nil || g.Type != chat.Work {
			t.Errorf("%+v, %v", g, err)
		}
		_, err := c.Group(t.Context(), "b")
		wantClass(t, err, Permanent)
	})
	for spelling, want := range map[string]chat.GroupType{
		"Private": chat.Work, "Work": chat.Work, "Public": chat.Public, "ChatRoom": chat.Meeting, "Meeting": chat.Meeting,
		"AVChatRoom": chat.AVChatRoom, "Community": chat.Community, "BChatRoom": "BChatRoom", "public": "public",
	} {
		t.Run("type "+spelling, func(t *testing.T) {
			s := say(t, `{"ErrorCode":0,"GroupInfo":[{"GroupId":"a","ErrorCode":0,"Type":"`+spelling+`"}]}`)
			g, err := newClient(t, testConfig(t, s.URL)).Group(t.Context(), "a")
			if err != nil || g.Type != want {
				t.Errorf("%q, %v; want %q", g.Type, err, want)
			}
			if g.Type.Targetable() != (want == chat.Work || want == chat.Public || want == chat.Meeting) {
				t.Errorf("targetable: %v", g.Type.Targetable())
			}
		})
	}
	for name, answer := range map[string]string{
		"no type":                   `{"ErrorCode":0,"GroupInfo":[{"GroupId":"a","ErrorCode":0}]}`,
		"no inner code":             `{"ErrorCode":0,"GroupInfo":[{"GroupId":"a","Type":"Public"}]}`,
		"another group":             `{"ErrorCode":0,"GroupInfo":[{"GroupId":"z","ErrorCode":0,"Type":"Public"}]}`,
		"no list":                   `{"ErrorCode":0}`,
		"an inner code that is odd": `{"ErrorCode":0,"GroupInfo":[{"GroupId":"a","ErrorCode":"0","Type":"Public"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			s := say(t, answer)
			_, err := newClient(t, testConfig(t, s.URL)).Group(t.Context(), "a")
			wantClass(t, err, Unclear)
		})
	}
	t.Run("51 in two calls", func(t *testing.T) {
		s := say(t, `{"ErrorCode":0,"GroupInfo":[]}`)
		got, err := newClient(t, testConfig(t, s.URL)).Groups(t.Context(), make([]chat.GroupID, 51))
		if err != nil || len(got) != 51 || len(s.seen()) != 2 {
			t.Errorf("%d results in %d calls, %v", len(got), len(s.seen()), err)
		}
	})
}

func TestMembersOfCommunitiesAreNotRead(t *testing.T) {
	_, err := newClient(t, testConfig(t, "http://127.0.0.1:1")).Members(t.Context(), "@TGS#_a")
	if !errors.Is(err, ErrNotTargetable) {
		t.Errorf("got %v, want ErrNotTargetable", err)
	}
}
