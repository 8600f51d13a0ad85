package simulator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func (r *rig) openim(command, body string) answer {
	r.t.Helper()
	return r.ask("openim/"+command, r.query(), body)
}

func letterTo(to string, edits fieldSet) string {
	m := fieldSet{"To_Account": to, "From_Account": "quizbot", "MsgSeq": 11, "MsgRandom": 22, "MsgBody": textElements("psst")}
	for k, v := range edits {
		if v == nil {
			delete(m, k)
			continue
		}
		m[k] = v
	}
	body, _ := json.Marshal(m)
	return string(body)
}

func (r *rig) direct(user string) int {
	r.t.Helper()
	box, err := r.sim.Inbox(user)
	must(r.t, err)
	return box.Direct
}

func TestItem37SendMsg(t *testing.T) {
	t.Run("one account receives it, and the key says which it is", func(t *testing.T) {
		r := newRig(t)
		a := r.openim("sendmsg", letterTo("carol", nil))
		r.wantCode(a, 0)
		if a.MsgKey != "11_22_1767225600" || a.MsgTime != 1767225600 {
			t.Errorf("got %+v", a)
		}
		r.wantSeen(22, []string{"carol"}, Direct)
	})
	t.Run("the same within 120 seconds is not delivered again", func(t *testing.T) {
		r := newRig(t)
		first := r.openim("sendmsg", letterTo("carol", nil))
		r.sim.Advance(119 * time.Second)
		if again := r.openim("sendmsg", letterTo("carol", nil)); again.ErrorCode != 0 || again.MsgKey != first.MsgKey || r.direct("carol") != 1 {
			t.Errorf("got %+v", again)
		}
		r.sim.Advance(time.Second)
		r.openim("sendmsg", letterTo("carol", nil))
		if r.direct("carol") != 2 {
			t.Errorf("after 120 seconds carol has %d", r.direct("carol"))
		}
	})
	t.Run("another MsgSeq, MsgRandom or content is another message", func(t *testing.T) {
		r := newRig(t)
		for i, edit := range []fieldSet{nil, {"MsgSeq": 12}, {"MsgRandom": 23}, {"MsgBody": textElements("hey")}, {"From_Account": "bob"}} {
			r.wantCode(r.openim("sendmsg", letterTo("carol", edit)), 0)
			if r.direct("carol") != i+1 {
				t.Errorf("%v was not delivered", edit)
			}
		}
	})
	t.Run("what makes no sense is refused", func(t *testing.T) {
		for want, edit := range map[int]fieldSet{
			90003: {"To_Account": []string{"carol"}}, 90012: {"To_Account": "nobody"}, 90005: {"MsgRandom": nil}, 90004: {"MsgSeq": -1},
			90007: {"MsgBody": []fieldSet{}}, 90010: {"MsgBody": []fieldSet{{"MsgType": "TIMNothing"}}}, 90008: {"From_Account": "nobody"},
			90031: {"SyncOtherMachine": 3}, 90044: {"MsgLifeTime": "long"}, 93000: {"MsgBody": textElements(strings.Repeat("x", 12<<10))},
		} {
			r := newRig(t)
			r.wantCode(r.openim("sendmsg", letterTo("carol", edit)), want)
			if r.direct("carol") != 0 {
				t.Errorf("%v was delivered", edit)
			}
		}
		r := newRig(t, in(Modes{LongLife: "90026"}))
		r.wantCode(r.openim("sendmsg", letterTo("carol", fieldSet{"MsgLifeTime": 604801})), 90026)
		r.wantCode(r.openim("sendmsg", letterTo("carol", fieldSet{"MsgLifeTime": 604800})), 0)
	})
	t.Run("online only", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.SetOnline("carol", false))
		r.wantCode(r.openim("sendmsg", letterTo("carol", fieldSet{"MsgLifeTime": 0})), 0)
		if r.direct("carol") != 0 {
			t.Error("carol is offline and received it")
		}
	})
}

func TestItem37BatchSendMsg(t *testing.T) {
	batch := func(to any) string {
		return strings.Replace(letterTo("x", nil), `"To_Account":"x"`, `"To_Account":`+fmt.Sprint(to), 1)
	}
	r, a := withReceiver(t)
	if got := r.openim("batchsendmsg", batch(`["carol","nobody","dave"]`)); got.ActionStatus != "SomeError" || got.ErrorCode != 0 ||
		len(got.ErrorList) != 1 || got.ErrorList[0].Account != "nobody" || got.MsgKey != "11_22_1767225600" {
		t.Errorf("got %+v", got)
	}
	r.wantCode(r.openim("batchsendmsg", batch(`["carol"]`)), 0)
	r.wantSeen(22, []string{"carol", "dave"}, Direct)
	r.wantCode(r.openim("batchsendmsg", batch(`[]`)), 90029)
	r.wantCode(r.openim("batchsendmsg", batch(`"carol"`)), 90028)
	r.wantCode(r.openim("batchsendmsg", batch(`["nobody"]`)), 70107)
	r.wantCode(r.openim("batchsendmsg", batch(`[`+strings.Repeat(`"carol",`, 500)+`"dave"]`)), 90011)
	r.settle()
	if got := a.commands(); len(got) != 0 {
		t.Errorf("a batch caused %v", got)
	}
}

func TestItem37CallbacksOneToOne(t *testing.T) {
	r, a := withReceiver(t)
	told := r.say(Utterance{From: "carol", To: "quizbot", Text: "/answer B", Random: 9041177})
	if told.Code != 0 || told.Fate != Delivered || r.direct("quizbot") != 1 {
		t.Errorf("carol was told %+v", told)
	}
	r.settle()
	after := a.of(AfterSendC2C)
	if len(after) != 1 || len(a.of(BeforeSendC2C)) != 1 || len(a.of(RobotC2CMessage)) != 0 {
		t.Fatalf("got %v", a.commands())
	}
	body := after[0].body
	key := fmt.Sprintf("%.0f_9041177_1767225600", body["MsgSeq"])
	if body["MsgKey"] != key || body["From_Account"] != "carol" || body["To_Account"] != "quizbot" || body["SendMsgResult"] != 0.0 ||
		body["ErrorInfo"] != "send msg succeed" || body["UnreadMsgNum"] != 1.0 || body["MsgRandom"] != 9041177.0 {
		t.Errorf("got %v", body)
	}
	if before := a.of(BeforeSendC2C)[0].body; before["MsgKey"] != key || before["SendMsgResult"] != nil {
		t.Errorf("got %v", before)
	}
	a.forget()
	r.wantCode(r.openim("sendmsg", letterTo("carol", fieldSet{
		"ForbidCallbackControl": []string{"ForbidBeforeSendMsgCallback", "ForbidAfterSendMsgCallback"},
	})), 0)
	r.settle()
	if got := a.commands(); len(got) != 0 {
		t.Errorf("forbidden, and %v came", got)
	}
}

func TestItem40AnswersOneToOne(t *testing.T) {
	for answer, want := range map[string]struct {
		code int
		fate string
	}{
		`{"ErrorCode":0}`:                       {0, Delivered},
		`{"ErrorCode":1}`:                       {20006, Refused},
		`{"ErrorCode":2}`:                       {0, Discarded},
		`{"ErrorCode":120001,"ErrorInfo":"no"}`: {120001, Refused},
		`{"ErrorCode":10100}`:                   {0, Delivered},
	} {
		r, a := withReceiver(t)
		a.answer(BeforeSendC2C, answer)
		told := r.say(Utterance{From: "carol", To: "quizbot", Text: "hi"})
		if told.Code != want.code || told.Fate != want.fate || (r.direct("quizbot") == 1) != (want.fate == Delivered) {
			t.Errorf("%s: carol was told %+v", answer, told)
		}
		r.settle()
		after := a.of(AfterSendC2C)
		if want.code != 0 && (len(after) != 1 || after[0].body["SendMsgResult"] != float64(want.code) || after[0].body["UnreadMsgNum"] != -1.0) {
			t.Errorf("%s: after it came %v", answer, after)
		}
	}
	r := newRig(t)
	if told := r.say(Utterance{From: "carol", To: "nobody", Text: "hi"}); told.Code != 20003 {
		t.Errorf("carol was told %+v", told)
	}
}

func TestItem43Robots(t *testing.T) {
	r, a := withReceiver(t)
	must(t, r.sim.Join(room, Member{ID: "@RBT#001", NameCard: "Quiz"}))
	r.settle()
	for name, c := range map[string]struct {
		u      Utterance
		robots []any
	}{
		"named by its card":   {Utterance{Text: "@Quiz B"}, []any{"@RBT#001"}},
		"named by its id":     {Utterance{Text: "@@RBT#001 B"}, []any{"@RBT#001"}},
		"named in the list":   {Utterance{Text: "B", Mentions: []string{"@RBT#001", "bob"}}, []any{"@RBT#001"}},
		"@all names no robot": {Utterance{Text: "@all B"}, nil},
		"nor does a member":   {Utterance{Text: "@bob B"}, nil},
		"nor a mail address":  {Utterance{Text: "mail me@Quiz now"}, nil},
		"an empty list":       {Utterance{Text: "@Quiz B", Mentions: []string{}}, nil},
	} {
		a.forget()
		c.u.From = "carol"
		r.say(c.u)
		r.settle()
		got := a.of(RobotGroupMessage)
		if len(got) != min(1, len(c.robots)) {
			t.Errorf("%s: got %v", name, a.commands())
			continue
		}
		if len(got) == 1 && (!slices.Equal(got[0].body["AtRobots_Account"].([]any), c.robots) || got[0].body["MsgSeq"] == nil) {
			t.Errorf("%s: got %v", name, got[0].body)
		}
	}
	a.forget()
	must(t, r.sim.SpeakDirect("carol", "@RBT#001", "B"))
	r.wantCode(r.openim("sendmsg", letterTo("@RBT#001", nil)), 0)
	r.settle()
	if got := a.of(RobotC2CMessage); len(got) != 2 {
		t.Errorf("one to one it came %d times", len(got))
	}
}

func TestItem43ForbidDoesNotSilenceRobots(t *testing.T) {
	forbid := fieldSet{"ForbidCallbackControl": []string{"ForbidAfterSendMsgCallback"}}
	for mode, want := range map[string]int{"ignored": 1, "suppressed": 0} {
		r, a := withReceiver(t, in(Modes{ForbidForRobots: mode}))
		must(t, r.sim.AddAccount("@RBT#001"))
		r.wantCode(r.openim("sendmsg", letterTo("@RBT#001", forbid)), 0)
		r.wantCode(r.send(message(1, fieldSet{"To_Account": nil, "ForbidCallbackControl": forbid["ForbidCallbackControl"],
			"GroupAtInfo": []fieldSet{{"GroupAtAllFlag": 0, "GroupAt_Account": "@RBT#001"}, {"GroupAtAllFlag": 1}}})), 0)
		r.settle()
		if n, m := len(a.of(RobotC2CMessage)), len(a.of(RobotGroupMessage)); n != want || m != want {
			t.Errorf("%s: one to one %d, in the group %d, want %d", mode, n, m, want)
		}
	}
}

func TestItem36SystemNotifications(t *testing.T) {
	r, a := withReceiver(t)
	must(t, r.sim.AddGroup(classRoom("hall", "AVChatRoom")))
	must(t, r.sim.SetOnline("dave", false))
	r.settle()
	a.forget()
	newest := func() Message { all := r.sim.Messages(); return all[len(all)-1] }
	for _, c := range []struct {
		body   string
		who    []string
		reason string
	}{
		{`{"GroupId":"` + room + `","Content":"hello"}`, []string{"alice", "bob", "carol"}, Broadcast},
		{`{"GroupId":"` + room + `","Content":"hello","ToMembers_Account":[]}`, []string{"alice", "bob", "carol"}, Broadcast},
		{`{"GroupId":"` + room + `","Content":"hello","ToMembers_Account":["carol","dave","nobody"]}`, []string{"carol"}, Targeted},
		{`{"GroupId":"hall","Content":"hello","ToMembers_Account":["carol"]}`, []string{"alice", "bob", "carol"}, Broadcast},
	} {
		r.wantCode(r.group("send_group_system_notification", c.body), 0)
		if m := newest(); !slices.Equal(m.Recipients, c.who) || m.Reason != c.reason || m.Seq != 0 || m.Text != "hello" || m.From != fromSystem {
			t.Errorf("%s: got %+v", c.body, m)
		}
	}
	for range 50 { // outside the group's rate
		r.wantCode(r.group("send_group_system_notification", `{"GroupId":"`+room+`","Content":"again"}`), 0)
	}
	r.wantCode(r.group("send_group_system_notification", `{"GroupId":"`+room+`"}`), 10004)
	r.wantCode(r.group("send_group_system_notification", `{"GroupId":"nowhere","Content":"x"}`), 10010)
	if n := len(r.sim.Messages()); n != 54 {
		t.Errorf("%d of 54 took effect", n)
	}
	r.settle()
	if got := a.commands(); len(got) != 0 {
		t.Errorf("notifications caused %v", got)
	}
}

func TestItem35OnlineStatus(t *testing.T) {
	ask := func(r *rig, to string) answer {
		return r.openim("query_online_status", `{"To_Account":`+to+`,"IsNeedDetail":1}`)
	}
	r := newRig(t)
	must(t, r.sim.SetOnline("dave", false))
	a := ask(r, `["carol","dave","nobody"]`)
	r.wantCode(a, 0)
	if len(a.QueryResult) != 2 || a.QueryResult[0]["Status"] != "Online" || a.QueryResult[1]["Status"] != "Offline" ||
		a.QueryResult[0]["Detail"] == nil || len(a.ErrorList) != 1 || a.ErrorList[0].ErrorCode != 70107 {
		t.Errorf("got %+v", a)
	}
	r.wantCode(ask(r, `[]`), 90001)
	r.wantCode(ask(r, `"carol"`), 90003)
	r.wantCode(ask(r, `["nobody"]`), 70107)
	r.wantCode(ask(r, `[`+strings.Repeat(`"carol",`, 500)+`"dave"]`), 90011)
	r = newRig(t, in(Modes{OnlineStatus: "State"}))
	if got := ask(r, `["carol"]`).QueryResult[0]; got["State"] != "Online" || got["Status"] != nil {
		t.Errorf("got %v", got)
	}
}

func TestItem38Modify(t *testing.T) {
	r := newRig(t)
	seq := r.say(Utterance{From: "carol", Text: "teh"}).Seq
	modify := func(more string) answer {
		return r.openim("modify_group_msg", fmt.Sprintf(`{"GroupId":"%s","MsgSeq":%d%s}`, room, seq, more))
	}
	r.wantCode(modify(`,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"the"}}],"CloudCustomData":"mended"`), 0)
	box, err := r.sim.Inbox("dave")
	must(t, err)
	if m := box.Messages[0]; m.Text != "the" || m.CustomData != "mended" || !strings.Contains(string(m.Elements), `"the"`) {
		t.Errorf("dave sees %+v", m)
	}
	r.wantCode(modify(``), 90001)
	r.wantCode(modify(`,"MsgBody":[]`), 90007)
	seq = 99
	r.wantCode(modify(`,"CloudCustomData":"x"`), 20022)
}
