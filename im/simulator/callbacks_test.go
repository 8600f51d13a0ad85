package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func (r *rig) say(u Utterance) Told {
	r.t.Helper()
	if u.Group == "" && u.To == "" {
		u.Group = room
	}
	told, err := r.sim.Say(u)
	must(r.t, err)
	return told
}

func TestItem39QueryString(t *testing.T) {
	r, a := withReceiver(t)
	r.say(Utterance{From: "carol", Text: "hello", Random: 77, Platform: "iPad"})
	r.settle()
	before := a.of(BeforeSendMsg)
	if len(before) != 1 {
		t.Fatalf("got %d callbacks", len(before))
	}
	seconds := "1767225600" // of start
	want := url.Values{
		"SdkAppid": {"1400001001"}, "CallbackCommand": {BeforeSendMsg}, "contenttype": {"json"}, "ClientIP": {"127.0.0.1"},
		"OptPlatform": {"iPad"}, "RequestTime": {seconds}, "Sign": {signature(callbackToken, seconds)},
	}
	if got := before[0].query; got.Encode() != want.Encode() {
		t.Errorf("got  %s\nwant %s", got.Encode(), want.Encode())
	}
	must(t, r.sim.SetCallbacks(Callbacks{URL: a.URL + "/callbacks/tencent"}))
	r.say(Utterance{From: "carol", Text: "unsigned"})
	if q := a.of(BeforeSendMsg)[1].query; q.Has("Sign") || q.Has("RequestTime") {
		t.Error("a callback is signed without a token")
	}
}

func TestItem39SignVectors(t *testing.T) {
	for _, c := range []struct{ token, at, want string }{
		{"xxxxyyyy", "1669872112", "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061"},
		{callbackToken, "1700000000", "01958dc1e0bba67e54cd33f4de1f7041c248ca3051eb05ac4620066c1a481e8b"},
	} {
		if got := signature(c.token, c.at); got != c.want {
			t.Errorf("%s at %s: got %s", c.token, c.at, got)
		}
	}
}

func TestItem41RESTSendsTrigger(t *testing.T) {
	for name, c := range map[string]struct {
		forbid []string
		want   []string
	}{
		"without a word": {nil, []string{AfterSendMsg, BeforeSendMsg}},
		"before":         {[]string{"ForbidBeforeSendMsgCallback"}, []string{AfterSendMsg}},
		"after":          {[]string{"ForbidAfterSendMsgCallback"}, []string{BeforeSendMsg}},
		"both":           {[]string{"ForbidBeforeSendMsgCallback", "ForbidAfterSendMsgCallback"}, []string{}},
		"another word":   {[]string{"ForbidEverything"}, []string{AfterSendMsg, BeforeSendMsg}},
	} {
		t.Run(name, func(t *testing.T) {
			r, a := withReceiver(t)
			m := message(1, nil)
			if c.forbid != nil {
				m["ForbidCallbackControl"] = c.forbid
			}
			r.wantCode(r.send(m), 0)
			r.settle()
			if got := a.commands(); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			for _, got := range a.got {
				if got.query.Get("OptPlatform") != "RESTAPI" || got.body["Operator_Account"] != "administrator" ||
					got.body["From_Account"] != "quizbot" || got.body["To_Account"] != nil {
					t.Errorf("got %v %v", got.query, got.body)
				}
			}
		})
	}
}

func TestItem42EventTime(t *testing.T) {
	r, a := withReceiver(t)
	r.clock.Advance(123 * time.Millisecond)
	r.say(Utterance{From: "carol", Text: "one"})
	must(t, r.sim.SetModes(Modes{EventTime: "string", CallbackMsgID: "absent"}))
	r.say(Utterance{From: "carol", Text: "two"})
	r.settle()
	got := a.of(BeforeSendMsg)
	if v := got[0].body["EventTime"]; v != float64(1767225600123) {
		t.Errorf("as an integer it is %v", v)
	}
	if v := got[1].body["EventTime"]; v != "1767225600123" {
		t.Errorf("as a string it is %v", v)
	}
	if got[0].body["MsgId"] == nil || got[1].body["MsgId"] != nil {
		t.Error("MsgId does not follow its mode")
	}
}

func TestCallbacksAreSwitched(t *testing.T) {
	r, a := withReceiver(t)
	r.change("/sim/callbacks", `{"commands":["`+AfterSendMsg+`"]}`, 204)
	r.say(Utterance{From: "carol", Text: "hello"})
	r.settle()
	if got := a.commands(); !slices.Equal(got, []string{AfterSendMsg}) {
		t.Errorf("got %v", got)
	}
	var shown callbacksShown
	r.read("/sim/callbacks", &shown)
	if !shown.Signed || shown.Token != "" || shown.Counts[AfterSendMsg].Codes[0] != 1 || len(shown.Calls) == 0 {
		t.Errorf("got %+v", shown)
	}
	for _, body := range []string{
		`{"commands":["Group.Nothing"]}`, `{"url":"ftp://127.0.0.1/x"}`, `{"url":"http://127.0.0.1/x?y=1"}`, `{"url":"/path"}`,
	} {
		r.change("/sim/callbacks", body, 400)
	}
	r.change("/sim/callbacks", `{"url":""}`, 204)
	a.forget()
	r.say(Utterance{From: "carol", Text: "hello again"})
	if got := a.commands(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestSpeakSaysWhatTheAppIsTold(t *testing.T) {
	r, a := withReceiver(t)
	a.answer(BeforeSendMsg, `{"ErrorCode":10101,"ErrorInfo":"Please write it again."}`)
	told, refused := errors.AsType[*NotSent](r.sim.Speak(room, "carol", "/answer B"))
	if !refused || told.Code != 10101 || told.Text != "Please write it again." {
		t.Errorf("got %+v", told)
	}
	status, text := r.do(http.MethodPost, "/sim/speak", "application/json", `{"group":"`+room+`","user":"carol","text":"/answer B"}`)
	var body struct {
		Error, Text, Fate string
		Code              int
	}
	must(t, json.Unmarshal([]byte(text), &body))
	if status != http.StatusConflict || body.Code != 10101 || body.Text != "Please write it again." || body.Fate != Refused || body.Error == "" {
		t.Errorf("got %d %s", status, text)
	}
	a.answer(BeforeSendMsg, `{"ErrorCode":2}`)
	r.change("/sim/speak", `{"group":"`+room+`","user":"carol","text":"/answer B"}`, 204)
	var spoken spokenShown
	r.read("/sim/spoken", &spoken)
	if len(spoken.Spoken) != 3 || spoken.Fates[Refused] != 2 || spoken.Fates[Discarded] != 1 || spoken.Spoken[2].Told.Before != Discarded {
		t.Errorf("got %+v", spoken)
	}
}

func TestItem12DroppedMessagesAreToldAsExceptions(t *testing.T) {
	for _, mode := range []string{"drop", "10023"} {
		r, a := withReceiver(t, in(Modes{GroupRate: mode}), func(o *Options) { o.Limits.GroupMessagesPerSecond = 1 })
		r.say(Utterance{From: "carol", Text: "one"})
		r.settle()
		a.forget()
		told := r.say(Utterance{From: "carol", Text: "two", Random: 9})
		if told.Fate != RateDrop || told.Before != Allowed {
			t.Errorf("%s: carol was told %+v", mode, told)
		}
		r.settle()
		if got := a.commands(); !slices.Equal(got, []string{BeforeSendMsg, SendMsgException}) {
			t.Fatalf("%s: got %v", mode, got)
		}
		dropped := a.of(SendMsgException)[0]
		if dropped.body["ErrorCode"] != 10023.0 || dropped.body["Random"] != 9.0 || dropped.query.Has("ClientIP") {
			t.Errorf("%s: got %v %v", mode, dropped.query, dropped.body)
		}
	}
}

func TestItem28OnlineOnlyInCallbacks(t *testing.T) {
	r, a := withReceiver(t)
	r.wantCode(r.send(message(1, fieldSet{"OnlineOnlyFlag": 1})), 0)
	r.wantCode(r.send(message(2, nil)), 0)
	r.settle()
	for _, c := range a.of(AfterSendMsg) {
		want := 0.0
		if c.body["Random"] == 1.0 {
			want = 1
		}
		if c.body["OnlineOnlyFlag"] != want || (c.body["MsgSeq"] == 0.0) != (want == 1) {
			t.Errorf("got %v", c.body)
		}
	}
}

func TestTargetedByAnApp(t *testing.T) {
	r, a := withReceiver(t)
	r.say(Utterance{From: "carol", Text: "for the two of you", Only: []string{"alice", "bob"}, Random: 3})
	r.wantSeen(3, staff, Targeted)
	r.settle()
	if body := a.of(AfterSendMsg)[0].body; body["To_Account"] != nil || body["Random"] != 3.0 {
		t.Errorf("got %v", body)
	}
}

func TestFromWhenUntilWhenItWasSeen(t *testing.T) {
	r := newRig(t)
	r.clock.Advance(1500 * time.Millisecond)
	seq := r.say(Utterance{From: "carol", Text: "/answer B"}).Seq
	r.clock.Advance(700 * time.Millisecond)
	r.wantCode(r.group("group_msg_recall", fmt.Sprintf(`{"GroupId":"%s","MsgSeqList":[{"MsgSeq":%d}]}`, room, seq)), 0)
	box, err := r.sim.Inbox("dave")
	must(t, err)
	if m := box.Messages[0]; !m.Time.Equal(start.Add(1500*time.Millisecond)) || m.Recalled.Sub(m.Time) != 700*time.Millisecond {
		t.Errorf("dave saw it from %v until %v", m.Time, m.Recalled)
	}
}

func TestItem38RecallIsTold(t *testing.T) {
	r, a := withReceiver(t)
	seq := r.say(Utterance{From: "carol", Text: "oops"}).Seq
	r.settle()
	a.forget()
	for range 2 { // the second time there is nothing left to take back
		r.group("group_msg_recall", fmt.Sprintf(`{"GroupId":"%s","MsgSeqList":[{"MsgSeq":%d},{"MsgSeq":99}]}`, room, seq))
		r.settle()
	}
	a.want(t, RecalledMsg, map[string]any{
		"GroupId": room, "Type": "Public", "Operator_Account": "administrator", "MsgSeqList": []map[string]any{{"MsgSeq": seq}},
	})
}

// The tables of product/1047/34374, 34375, 34364, 34365, 68952 and 68953.
func TestItem39BodiesHoldTheFieldsOfTheirTables(t *testing.T) {
	r, a := withReceiver(t)
	must(t, r.sim.Join(room, Member{ID: "@RBT#001"}))
	r.say(Utterance{From: "carol", Text: "hello", Mentions: []string{"@RBT#001", "@all"}})
	r.say(Utterance{From: "carol", To: "@RBT#001", Text: "hello"})
	r.settle()
	before := "CallbackCommand CloudCustomData EventTime From_Account GroupId MsgBody MsgId OnlineOnlyFlag Operator_Account Random Type"
	after := before + " GroupAtInfo MsgSeq MsgTime"
	beforeC2C := "CallbackCommand CloudCustomData From_Account MsgBody MsgId MsgKey MsgRandom MsgSeq MsgTime OnlineOnlyFlag To_Account"
	afterC2C := beforeC2C + " ErrorInfo SendMsgResult UnreadMsgNum"
	for command, names := range map[string]string{
		BeforeSendMsg: before, AfterSendMsg: after, RobotGroupMessage: after + " AtRobots_Account",
		BeforeSendC2C: beforeC2C, AfterSendC2C: afterC2C, RobotC2CMessage: afterC2C,
	} {
		want := strings.Fields(names)
		slices.Sort(want)
		came := a.of(command)
		if len(came) != 1 {
			t.Errorf("%s came %d times", command, len(came))
			continue
		}
		if got := slices.Sorted(maps.Keys(came[0].body)); !slices.Equal(got, want) {
			t.Errorf("%s\ngot  %v\nwant %v", command, got, want)
		}
	}
	at, _ := json.Marshal(a.of(AfterSendMsg)[0].body["GroupAtInfo"])
	if want := `[{"GroupAtAllFlag":0,"GroupAt_Account":"@RBT#001"},{"GroupAtAllFlag":1}]`; string(at) != want {
		t.Errorf("got %s, want %s", at, want)
	}
}
