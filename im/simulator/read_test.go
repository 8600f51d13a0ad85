package simulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

func (a answer) roles() map[string]string {
	out := map[string]string{}
	for _, m := range append(a.MemberList, a.UserIdList...) {
		out[m.Member_Account] = m.Role
	}
	return out
}

func (r *rig) members(fields string) answer {
	r.t.Helper()
	return r.group("get_group_member_info", `{"GroupId":"`+room+`"`+fields+`}`)
}

// large adds a group with one owner, one admin and n members.
func (r *rig) large(id, kind string, n int) {
	g := Group{ID: id, Type: kind, Members: []Member{{ID: "alice", Role: Owner}, {ID: "bob", Role: Admin}}}
	for _, a := range accounts(n) {
		g.Members = append(g.Members, Member{ID: a})
	}
	must(r.t, r.sim.AddGroup(g))
}

func TestItem30MemberInfo(t *testing.T) {
	t.Run("the role filter", func(t *testing.T) {
		r := newRig(t)
		a := r.members(`,"MemberRoleFilter":["Owner","Admin"],"MemberInfoFilter":["Role"],"Limit":100,"Offset":0`)
		if want := map[string]string{"alice": Owner, "bob": Admin}; !maps.Equal(a.roles(), want) || a.MemberNum != 4 {
			t.Errorf("got %v of %d", a.roles(), a.MemberNum)
		}
	})
	t.Run("a role that is none", func(t *testing.T) {
		r := newRig(t)
		r.wantCode(r.members(`,"MemberRoleFilter":["admin"]`), 10004)
	})
	t.Run("the info filter leaves the rest out", func(t *testing.T) {
		r := newRig(t)
		a := r.members(`,"MemberInfoFilter":["JoinTime"]`)
		if len(a.MemberList) != 4 || a.roles()["alice"] != "" {
			t.Errorf("got %+v", a.MemberList)
		}
	})
	for mode, want := range map[string]int{"unfiltered": 1, "filtered": 2} {
		t.Run("Limit counts "+mode+" members", func(t *testing.T) {
			r := newRig(t, in(Modes{MemberOffset: mode}), func(o *Options) { o.Seed = 1 })
			var pages, found int
			for offset := 0; offset < 4; offset += 2 {
				a := r.members(fmt.Sprintf(`,"MemberRoleFilter":["Owner","Admin"],"Limit":2,"Offset":%d`, offset))
				found += len(a.MemberList)
				if offset == 0 {
					pages = len(a.MemberList)
				}
			}
			if found != 2 || mode == "filtered" && pages != want {
				t.Errorf("the first page has %d, both %d", pages, found)
			}
		})
	}
	t.Run("the order is shuffled by the seed and holds over pages", func(t *testing.T) {
		order := func(seed uint64) []string {
			r := newRig(t, func(o *Options) { o.Seed = seed })
			r.large("large", "Public", 30)
			var ids []string
			for offset := 0; offset < 32; offset += 10 {
				a := r.group("get_group_member_info", fmt.Sprintf(`{"GroupId":"large","Limit":10,"Offset":%d}`, offset))
				for _, m := range a.MemberList {
					ids = append(ids, m.Member_Account)
				}
			}
			if sorted := slices.Compact(slices.Sorted(slices.Values(ids))); len(sorted) != 32 {
				t.Errorf("pages held %d members, want 32", len(sorted))
			}
			return ids
		}
		if !slices.Equal(order(1), order(1)) || slices.Equal(order(1), order(2)) {
			t.Error("the seed does not decide the order")
		}
	})
	t.Run("Community pages with Next, empty at both ends", func(t *testing.T) {
		r := newRig(t)
		r.large("@TGS#_C1", "Community", 5)
		r.wantCode(r.group("get_group_member_info", `{"GroupId":"@TGS#_C1","Limit":3}`), 10004)
		seen, next := map[string]string{}, `""`
		for i := range 3 {
			a := r.group("get_group_member_info", `{"GroupId":"@TGS#_C1","Limit":3,"Next":`+next+`}`)
			maps.Copy(seen, a.roles())
			if next = string(a.Next); (next == `""`) != (i == 2) {
				t.Fatalf("page %d ends with Next %s", i, next)
			}
		}
		if len(seen) != 7 {
			t.Errorf("saw %d members, want 7", len(seen))
		}
		r.wantCode(r.group("get_group_member_info", `{"GroupId":"@TGS#_C1","Next":"7"}`), 10004)
	})
	t.Run("AVChatRoom has no list", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.AddGroup(classRoom("av", "AVChatRoom")))
		r.wantCode(r.group("get_group_member_info", `{"GroupId":"av"}`), 10007)
	})
	t.Run("a fault returns all roles in spite of the filter", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.Inject(Fault{Kind: AllRoles, API: "get_group_member_info", Count: 1}))
		const staffOnly = `,"MemberRoleFilter":["Owner","Admin"]`
		if a := r.members(staffOnly); len(a.MemberList) != 4 || a.roles()["carol"] != Ordinary {
			t.Errorf("got %v", a.roles())
		}
		if a := r.members(staffOnly); len(a.MemberList) != 2 {
			t.Errorf("afterwards %v", a.roles())
		}
	})
	t.Run("a fault adds a blank to the role", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.Inject(Fault{Kind: BlankRole, API: "get_group_member_info"}))
		if a := r.members(""); a.roles()["carol"] != "Member " {
			t.Errorf("got %v", a.roles())
		}
	})
}

func TestItem31GroupList(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Limits.GroupListsPerSecond = -1 })
	for i := range 4 {
		must(t, r.sim.AddGroup(Group{ID: fmt.Sprint("g", i), Type: "Meeting"}))
	}
	var ids []string
	next := "0"
	for {
		a := r.group("get_appid_group_list", `{"Limit":2,"Next":`+next+`}`)
		if a.TotalCount != 5 {
			t.Errorf("TotalCount %d", a.TotalCount)
		}
		for _, g := range a.GroupIdList {
			ids = append(ids, g.GroupId)
		}
		if next = string(a.Next); next == "0" {
			break
		}
		if n, err := json.Number(next).Int64(); err != nil || n <= 1<<53 || int64(float64(n)) == n {
			t.Errorf("Next %s survives a float64", next)
		}
	}
	if want := []string{room, "g0", "g1", "g2", "g3"}; !slices.Equal(ids, want) {
		t.Errorf("got %v, want %v", ids, want)
	}
	for kind, want := range map[string]int{"ChatRoom": 4, "Public": 1, "Community": 0} {
		if a := r.group("get_appid_group_list", `{"GroupType":"`+kind+`"}`); a.TotalCount != want {
			t.Errorf("%d groups of type %s, want %d", a.TotalCount, kind, want)
		}
	}
	r.wantCode(r.group("get_appid_group_list", `{"Next":5}`), 10004)
}

func TestItem32GroupInfo(t *testing.T) {
	r := newRig(t)
	must(t, r.sim.AddGroup(Group{ID: "meeting", Type: "Meeting", Name: "Hall"}))
	must(t, r.sim.AddGroup(Group{ID: "team", Type: "Work"}))
	r.send(message(1, nil))
	t.Run("codes per group under an outer OK", func(t *testing.T) {
		a := r.group("get_group_info", `{"GroupIdList":["`+room+`","nowhere",""],"ResponseFilter":{"GroupBaseInfoFilter":["Type","Name","Owner_Account","MemberNum","NextMsgSeq"]}}`)
		r.wantCode(a, 0)
		for i, want := range []float64{0, 10010, 10015} {
			if a.GroupInfo[i]["ErrorCode"] != want {
				t.Errorf("group %d has %v, want %v", i, a.GroupInfo[i]["ErrorCode"], want)
			}
		}
		for name, want := range map[string]any{"Type": "Public", "Name": "Class", "Owner_Account": "alice", "MemberNum": 4.0, "NextMsgSeq": 2.0} {
			if a.GroupInfo[0][name] != want {
				t.Errorf("%s is %v, want %v", name, a.GroupInfo[0][name], want)
			}
		}
		for _, name := range []string{"CreateTime", "MemberList"} {
			if _, ok := a.GroupInfo[0][name]; ok {
				t.Errorf("the filter let %s through", name)
			}
		}
	})
	t.Run("types in the older spelling, owner absent, members without a filter", func(t *testing.T) {
		a := r.group("get_group_info", `{"GroupIdList":["meeting","team","`+room+`"]}`)
		if a.GroupInfo[0]["Type"] != "ChatRoom" || a.GroupInfo[1]["Type"] != "Private" || a.GroupInfo[0]["Owner_Account"] != "" {
			t.Errorf("got %v", a.GroupInfo)
		}
		if list, _ := a.GroupInfo[2]["MemberList"].([]any); len(list) != 4 {
			t.Errorf("members: %v", a.GroupInfo[2]["MemberList"])
		}
	})
	t.Run("over 50 ids, and none", func(t *testing.T) {
		ids, err := json.Marshal(accounts(51))
		must(t, err)
		r.wantCode(r.group("get_group_info", `{"GroupIdList":`+string(ids)+`}`), 10004)
		r.wantCode(r.group("get_group_info", `{"GroupIdList":[]}`), 10004)
		r.wantCode(r.group("get_group_info", `{}`), 10004)
	})
	t.Run("an answer over 1 MB is 10018", func(t *testing.T) {
		r.large("huge", "Public", 4000)
		r.wantCode(r.group("get_group_info", `{"GroupIdList":["huge","huge"]}`), 10018)
	})
}

func TestItem33RolesAndKnownMembers(t *testing.T) {
	r := newRig(t)
	must(t, r.sim.AddGroup(classRoom("av", "AVChatRoom")))
	t.Run("get_role_in_group knows who is no member", func(t *testing.T) {
		a := r.group("get_role_in_group", `{"GroupId":"`+room+`","User_Account":["alice","bob","carol","quizbot","nobody"]}`)
		want := map[string]string{"alice": Owner, "bob": Admin, "carol": Ordinary, "quizbot": "NotMember", "nobody": "NotMember"}
		if !maps.Equal(a.roles(), want) {
			t.Errorf("got %v", a.roles())
		}
	})
	for n, want := range map[int]int{500: 0, 501: 10005, 0: 10004} {
		ids, err := json.Marshal(accounts(n))
		must(t, err)
		r.wantCode(r.group("get_role_in_group", `{"GroupId":"`+room+`","User_Account":`+string(ids)+`}`), want)
	}
	r.wantCode(r.group("get_role_in_group", `{"GroupId":"av","User_Account":["alice"]}`), 10007)
	t.Run("get_specified_group_member_info leaves strangers out", func(t *testing.T) {
		a := r.group("get_specified_group_member_info", `{"GroupId":"`+room+`","Member_List_Account":["dave","nobody","alice"]}`)
		if want := map[string]string{"alice": Owner, "dave": Ordinary}; !maps.Equal(a.roles(), want) {
			t.Errorf("got %v", a.roles())
		}
	})
	for n, want := range map[int]int{50: 0, 51: 10005} {
		ids, err := json.Marshal(accounts(n))
		must(t, err)
		r.wantCode(r.group("get_specified_group_member_info", `{"GroupId":"`+room+`","Member_List_Account":`+string(ids)+`}`), want)
	}
}

func TestItem34Roles(t *testing.T) {
	t.Run("no Admin in Work and AVChatRoom groups", func(t *testing.T) {
		r := newRig(t)
		for _, kind := range []string{"Work", "AVChatRoom"} {
			must(t, r.sim.AddGroup(classRoom(kind, kind)))
			if r.sim.SetRole(kind, "carol", Admin) == nil {
				t.Errorf("%s took an Admin", kind)
			}
			if r.sim.AddGroup(Group{ID: "second", Type: kind, Members: []Member{{ID: "x", Role: Admin}}}) == nil {
				t.Errorf("%s began with an Admin", kind)
			}
		}
	})
	t.Run("promoted, demoted, gone", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.SetRole(room, "carol", Admin))
		must(t, r.sim.SetRole(room, "bob", Ordinary))
		must(t, r.sim.Leave(room, "dave"))
		must(t, r.sim.Join(room, Member{ID: "erin", Role: Admin}))
		want := map[string]string{"alice": Owner, "bob": Ordinary, "carol": Admin, "erin": Admin}
		if got := r.members("").roles(); !maps.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("a new owner makes the old one a member, and there may be none", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.SetRole(room, "bob", Owner))
		if got := r.members("").roles(); got["alice"] != Ordinary || got["bob"] != Owner {
			t.Errorf("got %v", got)
		}
		must(t, r.sim.Leave(room, "bob"))
		if a := r.group("get_group_info", `{"GroupIdList":["`+room+`"]}`); a.GroupInfo[0]["Owner_Account"] != "" {
			t.Errorf("owner %v", a.GroupInfo[0]["Owner_Account"])
		}
	})
	t.Run("what cannot be is refused with its reason", func(t *testing.T) {
		r := newRig(t)
		for _, err := range []error{
			r.sim.Join(room, Member{ID: "alice"}), r.sim.Join("nowhere", Member{ID: "x"}), r.sim.Join(room, Member{ID: strings.Repeat("x", 33)}),
			r.sim.Join(room, Member{ID: "x", Role: "Boss"}), r.sim.Join(room, Member{ID: "x", Role: Owner}),
			r.sim.Leave(room, "quizbot"), r.sim.SetRole(room, "quizbot", Admin), r.sim.Mute(room, "quizbot", time.Minute),
			r.sim.AddGroup(classRoom(room, "Public")), r.sim.AddGroup(Group{ID: "x", Type: "Club"}), r.sim.AddGroup(Group{ID: "x", Type: "Community"}),
			r.sim.AddGroup(Group{ID: "@TGS#_x", Type: "Public"}), r.sim.AddGroup(Group{Type: "Public"}), r.sim.Destroy("nowhere"),
			r.sim.AddAccount(""), r.sim.SetOnline("nobody", true),
		} {
			if err == nil || !strings.Contains(err.Error(), ":") {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestAccountsAreImportedAndChecked(t *testing.T) {
	r := newRig(t)
	login := func(command, body string) answer { return r.ask("im_open_login_svc/"+command, r.query(), body) }
	r.wantCode(login("account_import", `{"UserID":"erin"}`), 0)
	r.wantCode(login("account_import", `{"UserID":"erin"}`), 0)
	r.wantCode(login("account_import", `{"UserID":""}`), 70402)
	r.wantCode(login("multiaccount_import", `{"Accounts":["frank","`+strings.Repeat("x", 33)+`"]}`), 0)
	r.wantCode(login("multiaccount_import", `{"Accounts":[]}`), 70402)
	r.wantCode(login("account_check", `{"CheckItem":[{"UserID":"erin"},{"UserID":"nobody"}]}`), 0)
	r.wantCode(r.send(message(1, fieldSet{"From_Account": "frank"})), 0)
	if _, err := r.sim.Inbox(strings.Repeat("x", 33)); err == nil {
		t.Error("an impossible account was made")
	}
}
