package simulator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// page is an answer of group_msg_get_simple.
type page38 struct {
	ErrorCode  int
	IsFinished int
	RspMsgList []struct {
		From_Account string //nolint:revive // the service's spelling
		IsPlaceMsg   int
		MsgBody      []any
		MsgPriority  int
		MsgRandom    uint32
		MsgSeq       uint32
		MsgTimeStamp int64
	}
}

func (p page38) seqs() (seqs []uint32) {
	for _, m := range p.RspMsgList {
		seqs = append(seqs, m.MsgSeq)
	}
	return seqs
}

func (p page38) places() (places []int) {
	for _, m := range p.RspMsgList {
		places = append(places, m.IsPlaceMsg)
	}
	return places
}

func (r *rig) history(edits fieldSet) (p page38) {
	r.t.Helper()
	q := fieldSet{"GroupId": room, "ReqMsgNumber": 20}
	for k, v := range edits {
		q[k] = v
	}
	r.into("group_msg_get_simple", q, &p)
	return p
}

func (r *rig) recall(seqs ...int) (codes []int) {
	r.t.Helper()
	var list []fieldSet
	for _, n := range seqs {
		list = append(list, fieldSet{"MsgSeq": n})
	}
	var a struct {
		ErrorCode     int
		RecallRetList []struct {
			MsgSeq  int
			RetCode int
		}
	}
	r.into("group_msg_recall", fieldSet{"GroupId": room, "MsgSeqList": list, "Reason": "a mistake"}, &a)
	if a.ErrorCode != 0 || len(a.RecallRetList) != len(seqs) {
		r.t.Fatalf("recalling %v answered %+v", seqs, a)
	}
	for i, one := range a.RecallRetList {
		if one.MsgSeq != seqs[i] {
			r.t.Errorf("answer %d is about %d, asked for %d", i, one.MsgSeq, seqs[i])
		}
		codes = append(codes, one.RetCode)
	}
	return codes
}

func (r *rig) into(command string, body fieldSet, answer any) {
	r.t.Helper()
	encoded, err := json.Marshal(body)
	must(r.t, err)
	resp, err := r.server.Client().Post(r.server.URL+"/v4/"+groupService+"/"+command+"?"+r.query().Encode(), "", strings.NewReader(string(encoded)))
	must(r.t, err)
	defer resp.Body.Close()
	must(r.t, json.NewDecoder(resp.Body).Decode(answer))
}

// sendMany sends targeted messages with Randoms from 1.
func (r *rig) sendMany(n int) {
	r.t.Helper()
	for i := range n {
		r.wantCode(r.send(message(i+1, nil)), 0)
	}
}

func quick(o *Options) { o.Limits.GroupMessagesPerSecond, o.Limits.CallsPerSecond = -1, -1 }

func TestItem38HistoryIsPaged(t *testing.T) {
	r := newRig(t, quick)
	if p := r.history(nil); p.ErrorCode != 0 || p.IsFinished != 1 || len(p.RspMsgList) != 0 {
		t.Errorf("of no messages it answers %+v", p)
	}
	r.sendMany(25)
	t.Run("newest first, with what the administrator may see", func(t *testing.T) {
		p := r.history(fieldSet{"ReqMsgNumber": 2})
		if !slices.Equal(p.seqs(), []uint32{25, 24}) || p.IsFinished != 1 {
			t.Fatalf("got %+v", p)
		}
		if m := p.RspMsgList[0]; m.From_Account != "quizbot" || m.MsgRandom != 25 || len(m.MsgBody) != 1 || m.MsgPriority != 2 || m.MsgTimeStamp != start.Unix() {
			t.Errorf("got %+v", m)
		}
	})
	t.Run("from a number backwards", func(t *testing.T) {
		if p := r.history(fieldSet{"ReqMsgSeq": 3}); !slices.Equal(p.seqs(), []uint32{3, 2, 1}) || p.IsFinished != 1 {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("20 at most", func(t *testing.T) {
		if p := r.history(fieldSet{"ReqMsgNumber": 21}); len(p.RspMsgList) != 20 || p.IsFinished != 0 {
			t.Errorf("got %d, finished %d", len(p.RspMsgList), p.IsFinished)
		}
	})
	t.Run("less where messages are long", func(t *testing.T) {
		for i := range 10 {
			r.wantCode(r.send(message(100+i, fieldSet{"MsgBody": textElements(strings.Repeat("long ", 2400))})), 0)
		}
		if p := r.history(nil); len(p.RspMsgList) != 8 || p.IsFinished != 0 {
			t.Errorf("got %d, finished %d", len(p.RspMsgList), p.IsFinished)
		}
	})
	for name, edits := range map[string]fieldSet{
		"no number of messages": {"ReqMsgNumber": 0}, "a number that is a string": {"ReqMsgNumber": "2"}, "a negative place": {"ReqMsgSeq": -1},
	} {
		t.Run(name, func(t *testing.T) {
			if p := r.history(edits); p.ErrorCode != 10004 {
				t.Errorf("got %d", p.ErrorCode)
			}
		})
	}
	if p := r.history(fieldSet{"GroupId": "gone"}); p.ErrorCode != 10010 {
		t.Errorf("of an unknown group it answers %d", p.ErrorCode)
	}
}

func TestItem38HistoryExpires(t *testing.T) {
	r := newRig(t, quick, func(o *Options) { o.Edition = "standard" })
	toAll := fieldSet{"To_Account": nil}
	for i := range 24 {
		r.wantCode(r.send(message(i+1, toAll)), 0)
	}
	r.clock.Advance(7*day + time.Second)
	r.wantCode(r.send(message(25, toAll)), 0)
	if p := r.history(fieldSet{"ReqMsgNumber": 2}); !slices.Equal(p.places(), []int{placeMessage, placeEmpty}) || p.RspMsgList[1].MsgRandom != 0 || p.RspMsgList[1].From_Account != "" {
		t.Errorf("got %+v", p)
	}
	if p := r.history(fieldSet{"ReqMsgNumber": 25}); p.IsFinished != 2 || len(p.RspMsgList) != 20 {
		t.Errorf("finished %d with %d", p.IsFinished, len(p.RspMsgList))
	}
	if got := r.recall(24, 25); !slices.Equal(got, []int{10030, 0}) {
		t.Errorf("recalling answers %v", got)
	}
}

func TestItem38HistoryOfTargetedMessages(t *testing.T) {
	r := newRig(t, in(Modes{TargetedHistory: "hidden"}))
	r.sendMany(1)
	must(t, r.sim.Speak(room, "carol", "hello"))
	if p := r.history(nil); !slices.Equal(p.places(), []int{placeMessage, placeEmpty}) {
		t.Errorf("got %+v", p)
	}
	must(t, r.sim.SetModes(Modes{}))
	if p := r.history(nil); !slices.Equal(p.places(), []int{placeMessage, placeMessage}) {
		t.Errorf("got %+v", p)
	}
}

func TestItem38HistoryOfAnAVChatRoom(t *testing.T) {
	r := newRig(t)
	must(t, r.sim.AddGroup(classRoom("live", "AVChatRoom")))
	for mode, code := range map[string]int{"10007": 10007, "10044": 10044} {
		must(t, r.sim.SetModes(Modes{HistoryInAVChat: mode}))
		if p := r.history(fieldSet{"GroupId": "live"}); p.ErrorCode != code {
			t.Errorf("got %d, want %d", p.ErrorCode, code)
		}
	}
}

func TestItem38Recall(t *testing.T) {
	r := newRig(t)
	r.sendMany(3)
	r.clock.Advance(time.Hour)
	if got := r.recall(1, 3, 9); !slices.Equal(got, []int{0, 0, 10030}) {
		t.Fatalf("recalling answers %v", got)
	}
	t.Run("the oracle still counts it, and says when it was recalled", func(t *testing.T) {
		r.wantSeen(1, staff, Targeted)
		box, err := r.sim.Inbox("alice")
		must(t, err)
		if box.Targeted != 3 || !box.Messages[0].Recalled.Equal(start.Add(time.Hour)) || !box.Messages[1].Recalled.IsZero() {
			t.Errorf("got %+v", box)
		}
	})
	t.Run("the history leaves it out unless it is asked for", func(t *testing.T) {
		if p := r.history(nil); !slices.Equal(p.seqs(), []uint32{2}) {
			t.Errorf("got %+v", p)
		}
		p := r.history(fieldSet{"WithRecalledMsg": 1})
		if !slices.Equal(p.places(), []int{placeRecalled, placeMessage, placeRecalled}) || len(p.RspMsgList[0].MsgBody) != 0 || p.RspMsgList[0].MsgRandom != 3 {
			t.Errorf("got %+v", p)
		}
	})
	t.Run("the page says so in the place of its text", func(t *testing.T) {
		_, page := r.do("GET", "/", "", "")
		if got := strings.Count(page, "carol answered: B"); got != 2 {
			t.Errorf("the text stands %d times, want 2: for alice and for bob", got)
		}
		if got := strings.Count(page, ">taken back after "); got != 4 {
			t.Errorf("recalled stands %d times, want 4", got)
		}
	})
	t.Run("a repeat of it is still a repeat", func(t *testing.T) {
		r.clock.Advance(-time.Hour)
		if a := r.send(message(1, nil)); a.MsgSeq != 1 {
			t.Errorf("got %+v", a)
		}
		r.clock.Advance(time.Hour)
	})
	t.Run("again", func(t *testing.T) {
		if got := r.recall(1); got[0] != 10030 {
			t.Errorf("got %v", got)
		}
		must(t, r.sim.SetModes(Modes{RecalledAgain: "0"}))
		if got := r.recall(1); got[0] != 0 {
			t.Errorf("got %v", got)
		}
	})
}

func TestItem38RecallThatIsNotAllowed(t *testing.T) {
	r := newRig(t)
	must(t, r.sim.AddGroup(classRoom("live", "AVChatRoom")))
	r.sendMany(1)
	r.clock.Advance(2*time.Minute + time.Second)
	must(t, r.sim.Speak(room, "carol", "hello"))
	for mode, codes := range map[string][]int{"10041": {10041, 10041}, "10031": {10031, 0}, "10032": {10032, 0}} {
		must(t, r.sim.SetModes(Modes{Recall: mode, RecalledAgain: "0"}))
		if got := r.recall(1, 2); !slices.Equal(got, codes) {
			t.Errorf("%s: got %v", mode, got)
		}
	}
	var a struct{ RecallRetList []recallEntry }
	r.into("group_msg_recall", fieldSet{"GroupId": "live", "MsgSeqList": []fieldSet{{"MsgSeq": 1}}}, &a)
	if len(a.RecallRetList) != 1 || a.RecallRetList[0].RetCode != 10033 {
		t.Errorf("in an AVChatRoom it answers %+v", a)
	}
}

func TestItem38RecallsThatMakeNoSense(t *testing.T) {
	r := newRig(t)
	var eleven []string
	for i := range 11 {
		eleven = append(eleven, fmt.Sprintf(`{"MsgSeq":%d}`, i+1))
	}
	for name, rest := range map[string]string{
		"no list": ``, "an empty list": `,"MsgSeqList":[]`, "a list of numbers": `,"MsgSeqList":[1]`, "no number": `,"MsgSeqList":[{}]`,
		"a number as a string": `,"MsgSeqList":[{"MsgSeq":"1"}]`, "eleven": `,"MsgSeqList":[` + strings.Join(eleven, ",") + `]`,
		"a long reason": `,"MsgSeqList":[{"MsgSeq":1}],"Reason":"` + strings.Repeat("x", 101) + `"`,
	} {
		t.Run(name, func(t *testing.T) {
			r.wantCode(r.group("group_msg_recall", `{"GroupId":"`+room+`"`+rest+`}`), 10004)
		})
	}
	r.wantCode(r.group("group_msg_recall", `{"GroupId":"gone","MsgSeqList":[{"MsgSeq":1}]}`), 10010)
}
