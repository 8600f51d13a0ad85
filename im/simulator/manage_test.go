package simulator

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"
)

// want checks the one callback of a command that came, field by field.
func (a *receiver) want(t *testing.T, command string, fields map[string]any) {
	t.Helper()
	got := a.of(command)
	if len(got) != 1 {
		t.Fatalf("%s came %d times", command, len(got))
	}
	body := maps.Clone(got[0].body)
	delete(body, "EventTime")
	fields["CallbackCommand"] = command
	want, _ := json.Marshal(fields)
	have, _ := json.Marshal(body)
	if string(want) != string(have) {
		t.Errorf("%s\ngot  %s\nwant %s", command, have, want)
	}
	a.forget()
}

func accountsOf(ids ...string) []map[string]string {
	var out []map[string]string
	for _, id := range ids {
		out = append(out, map[string]string{"Member_Account": id})
	}
	return out
}

func TestItem34ChangesByRESTFireTheirCallbacks(t *testing.T) {
	r, a := withReceiver(t)
	must(t, r.sim.AddAccount("erin"))
	about := func(more map[string]any) map[string]any {
		more["GroupId"], more["Type"], more["Operator_Account"] = room, "Public", "administrator"
		return more
	}
	do := func(command, body string) answer {
		t.Helper()
		got := r.group(command, `{"GroupId":"`+room+`"`+body+`}`)
		r.wantCode(got, 0)
		r.settle()
		return got
	}
	do("add_group_member", `,"MemberList":[{"Member_Account":"erin"},{"Member_Account":"carol"},{"Member_Account":"nobody"}]`)
	a.want(t, MemberJoined, about(map[string]any{"JoinType": "Invited", "NewMemberList": accountsOf("erin")}))
	do("modify_group_member_info", `,"Member_Account":"erin","Role":"Admin"`)
	a.want(t, MemberFieldChanged, about(map[string]any{"Modified_Account": "erin", "Role": "Admin"}))
	do("modify_group_member_info", `,"Member_Account":"erin","NameCard":"Erin"`)
	a.want(t, MemberFieldChanged, about(map[string]any{"Modified_Account": "erin", "NameCard": "Erin"}))
	do("modify_group_member_info", `,"Member_Account":"erin","Role":"Admin","NameCard":"Erin"`)
	if got := a.commands(); len(got) != 0 {
		t.Errorf("nothing changed, and %v came", got)
	}
	do("change_group_owner", `,"NewOwner_Account":"erin"`)
	a.want(t, OwnerChanged, about(map[string]any{"OldOwner_Account": "alice", "NewOwner_Account": "erin"}))
	do("delete_group_member", `,"MemberToDel_Account":["dave","nobody"]`)
	a.want(t, MemberExited, about(map[string]any{"ExitType": "Kicked", "ExitMemberList": accountsOf("dave")}))
	do("forbid_send_msg", `,"Members_Account":["carol"],"MuteTime":60`)
	if err := r.sim.Speak(room, "carol", "hello"); err == nil || !strings.Contains(err.Error(), "10017") {
		t.Errorf("carol is muted, and got %v", err)
	}
	want := map[string]string{"alice": Ordinary, "bob": Admin, "carol": Ordinary, "erin": Owner}
	if got := r.members("").roles(); !maps.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	do("destroy_group", ``)
	a.want(t, GroupDestroyed, map[string]any{
		"GroupId": room, "Type": "Public", "Owner_Account": "erin", "Name": "Class",
		"MemberList": accountsOf("alice", "bob", "carol", "erin"),
	})
}

func TestItem34ChangesByMembersFireTheirCallbacks(t *testing.T) {
	r, a := withReceiver(t)
	about := func(operator string, more map[string]any) map[string]any {
		more["GroupId"], more["Type"], more["Operator_Account"] = room, "Public", operator
		return more
	}
	must(t, r.sim.Join(room, Member{ID: "erin"}))
	r.settle()
	a.want(t, MemberJoined, about("erin", map[string]any{"JoinType": "Apply", "NewMemberList": accountsOf("erin")}))
	must(t, r.sim.SetRole(room, "erin", Admin))
	r.settle()
	a.want(t, MemberFieldChanged, about("alice", map[string]any{"Modified_Account": "erin", "Role": "Admin"}))
	must(t, r.sim.Leave(room, "erin"))
	r.settle()
	a.want(t, MemberExited, about("erin", map[string]any{"ExitType": "Quit", "ExitMemberList": accountsOf("erin")}))
	must(t, r.sim.SetRole(room, "bob", Owner))
	r.settle()
	a.want(t, OwnerChanged, about("alice", map[string]any{"OldOwner_Account": "alice", "NewOwner_Account": "bob"}))
	must(t, r.sim.SetOnline("carol", false))
	r.settle()
	a.want(t, StateChange, map[string]any{"Info": map[string]any{"Action": "Logout", "To_Account": "carol", "Reason": "Unregister"}})
	must(t, r.sim.AddGroup(Group{ID: "team", Type: "Work", Name: "Team", Members: []Member{{ID: "alice", Role: Owner}}}))
	r.settle()
	a.want(t, GroupCreated, map[string]any{
		"GroupId": "team", "Type": "Private", "Operator_Account": "alice", "Owner_Account": "alice", "Name": "Team",
		"MemberList": accountsOf("alice"), "UserDefinedDataList": []string{},
	})
	must(t, r.sim.Destroy(room))
	r.settle()
	a.want(t, GroupDestroyed, map[string]any{
		"GroupId": room, "Type": "Public", "Owner_Account": "bob", "Name": "Class",
		"MemberList": accountsOf("alice", "bob", "carol", "dave"),
	})
}

func TestItem34ChangesThatCannotBe(t *testing.T) {
	r := newRig(t)
	must(t, r.sim.AddGroup(classRoom("team", "Work")))
	must(t, r.sim.AddGroup(classRoom("hall", "AVChatRoom")))
	for body, want := range map[string]int{
		`add_group_member {"GroupId":"hall","MemberList":[{"Member_Account":"dave"}]}`:                                        10007,
		`add_group_member {"GroupId":"` + room + `","MemberList":[]}`:                                                         10004,
		`add_group_member {"GroupId":"` + room + `","MemberList":[{"Member_Account":7}]}`:                                     60015,
		`delete_group_member {"GroupId":"` + room + `","MemberToDel_Account":[]}`:                                             10004,
		`modify_group_member_info {"GroupId":"team","Member_Account":"carol","Role":"Admin"}`:                                 10004,
		`modify_group_member_info {"GroupId":"team","Member_Account":"carol","MuteTime":60}`:                                  10007,
		`modify_group_member_info {"GroupId":"` + room + `","Member_Account":"alice","Role":"Admin"}`:                         10004,
		`modify_group_member_info {"GroupId":"` + room + `","Member_Account":"carol","Role":"Owner"}`:                         10004,
		`modify_group_member_info {"GroupId":"` + room + `","Member_Account":"quizbot","Role":"Admin"}`:                       10004,
		`change_group_owner {"GroupId":"` + room + `","NewOwner_Account":"quizbot"}`:                                          10004,
		`forbid_send_msg {"GroupId":"team","Members_Account":["carol"],"MuteTime":60}`:                                        10007,
		`forbid_send_msg {"GroupId":"` + room + `","Members_Account":["carol"]}`:                                              10004,
		`destroy_group {"GroupId":"nowhere"}`:                                                                                 10010,
		`add_group_member {"GroupId":"` + room + `","MemberList":[` + strings.Repeat(`{"Member_Account":"x"},`, 300) + `{}]}`: 10005,
	} {
		command, body, _ := strings.Cut(body, " ")
		if got := r.group(command, body); got.ErrorCode != want {
			t.Errorf("%s %.90s: got %d, want %d", command, body, got.ErrorCode, want)
		}
	}
}

func TestMutesHaveAnEnd(t *testing.T) {
	r := newRig(t)
	mute := func(seconds string) {
		r.wantCode(r.group("forbid_send_msg", `{"GroupId":"`+room+`","Members_Account":["carol","nobody"],"MuteTime":`+seconds+`}`), 0)
	}
	speaks := func() bool { return r.sim.Speak(room, "carol", "hello") == nil }
	mute("60")
	before := speaks()
	r.sim.Advance(time.Minute)
	if before || !speaks() {
		t.Error("a mute of a minute is not one")
	}
	mute("4294967295")
	r.sim.Advance(20 * 24 * time.Hour)
	if speaks() {
		t.Error("a mute for ever ended")
	}
	mute("0")
	if !speaks() {
		t.Error("a mute was not lifted")
	}
}
