package im

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// FuzzMembers holds that nobody is taken for more than what the service says of
// them under the exact names of its fields, and that an answer about those asked
// about tells of nobody else.
func FuzzMembers(f *testing.F) {
	for _, s := range []string{
		`{"ErrorCode":0,"MemberNum":2,"MemberList":[{"Member_Account":"ann","Role":"Admin"},{"Member_Account":"bo","Role":"Member","NameCard":"Bo"}]}`,
		`{"ErrorCode":0,"MemberNum":1,"MemberList":[{"Member_Account":"ann","Role":"Member","role":"Owner"}]}`,
		`{"ErrorCode":0,"MemberNum":1,"MemberList":[{"Member_Account":"ann","Role":"Member","Role":"Owner"}]}`,
		`{"ErrorCode":0,"MemberNum":-1,"MemberList":[{"Member_Account":"ann","Role":"NotMember"},{"Member_Account":"cy","Role":"Owner "}]}`,
		`{"ErrorCode":0,"MemberNum":1e9,"MemberList":null}`,
	} {
		f.Add([]byte(s))
	}
	asked := []chat.UserID{"ann", "bo"}
	f.Fuzz(func(t *testing.T, body []byte) {
		a, failure := readAnswer(apiMembers, body)
		if failure != nil {
			return
		}
		all, some := found{}, found{}
		if _, err := a.members(all); err == nil {
			said(t, a, all)
		}
		if err := a.users("MemberList", asked, some); err != nil {
			return
		}
		said(t, a, some)
		for id := range some {
			if !slices.Contains(asked, id) {
				t.Errorf("%q was not asked about", id)
			}
		}
	})
}

// said fails for a member whom no entry of the list makes one.
func said(t *testing.T, a answer, members found) {
	t.Helper()
	var list []map[string]any
	if err := json.Unmarshal(a.field("MemberList"), &list); err != nil {
		t.Fatal(err)
	}
	for id, m := range members {
		if !slices.ContainsFunc(list, func(e map[string]any) bool {
			role, _ := e["Role"].(string)
			return e["Member_Account"] == string(id) && roles[strings.TrimSpace(role)] == m.Role
		}) {
			t.Errorf("%q is taken for %s", id, m.Role)
		}
	}
}

// FuzzHistory holds that a page of history never leads past where it was asked
// from.
func FuzzHistory(f *testing.F) {
	f.Add([]byte(`[{"MsgSeq":7,"From_Account":"bot","MsgRandom":4294967295,"MsgTimeStamp":1772953200,"IsPlaceMsg":1}]`))
	f.Add([]byte(`[{"MsgSeq":-1},{"MsgRandom":1e3},{}]`))
	f.Fuzz(func(t *testing.T, list []byte) {
		a, failure := readAnswer(apiHistory, slices.Concat([]byte(`{"ErrorCode":0,"IsFinished":1,"RspMsgList":`), list, []byte(`}`)))
		if failure != nil {
			return
		}
		var entries []historyEntry
		if a.must("RspMsgList", &entries) != nil {
			return
		}
		for _, e := range entries {
			if m := e.message(); m.Seq != e.Seq || m.Random != e.Random || m.Empty && m.Recalled {
				t.Errorf("%+v became %+v", e, m)
			}
		}
	})
}
