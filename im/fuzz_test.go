package im

import (
	"bytes"
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
		if _, err := a.members(nil, all); err == nil {
			said(t, a, all)
		}
		if err := a.users("MemberList", asked, nil, some); err != nil {
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

// FuzzHistory holds that what was recalled or is not there says nothing, that a page
// tells of no number above the one asked for, and that nothing else is read than what
// the answer says.
func FuzzHistory(f *testing.F) {
	f.Add([]byte(historyPage("1", `{"From_Account":"carol","IsPlaceMsg":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"B"}}],"MsgRandom":5,"MsgSeq":5}`)))
	f.Add([]byte(historyPage("2", `{"IsPlaceMsg":1,"MsgBody":null,"MsgSeq":5},{"IsPlaceMsg":2,"MsgBody":[],"MsgSeq":4,"CloudCustomData":"x"},{"MsgSeq":9}`)))
	f.Fuzz(func(t *testing.T, body []byte) {
		a, failure := readAnswer(apiHistory, body)
		if failure != nil {
			return
		}
		const newest = 8
		list, more, err := a.history(newest)
		if err != nil {
			if list != nil || more {
				t.Fatalf("%d messages besides %v", len(list), err)
			}
			return
		}
		for i, m := range list {
			if m.Seq == 0 || m.Seq > newest || i > 0 && m.Seq > list[i-1].Seq {
				t.Fatalf("message %d after %v", m.Seq, list[:i])
			}
			if (m.Empty || m.Recalled) && (m.Text != "" || m.Elements != nil || m.Mark != "") {
				t.Fatalf("what is gone says something: %d bytes", len(m.Elements))
			}
			if m.Text != chat.TextIn(m.Elements) {
				t.Fatal("the text is another than that of the elements")
			}
			if m.Elements != nil && !bytes.Contains(body, m.Elements) {
				t.Fatal("the elements are not in the answer")
			}
		}
	})
}
