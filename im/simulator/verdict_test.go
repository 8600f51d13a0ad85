package simulator

import (
	"slices"
	"strings"
	"testing"
)

func TestItem40AnswersOfTheCallbackBefore(t *testing.T) {
	const rewritten = `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"***"}}],"CloudCustomData":"masked"}`
	code := func(n string) string { return `{"ActionStatus":"OK","ErrorInfo":"try again","ErrorCode":` + n + `}` }
	for name, c := range map[string]struct {
		answer string
		modes  Modes
		told   int
		fate   string
		before string
		shown  string // to everybody; "": to nobody
	}{
		"0 delivers":                             {okAnswer, Modes{}, 0, Delivered, Allowed, "damn"},
		"0 with content delivers that":           {rewritten, Modes{}, 0, Delivered, Rewritten, "***"},
		"1 refuses":                              {code("1"), Modes{}, 10016, Refused, Refused, ""},
		"2 discards and says success":            {code("2"), Modes{}, 0, Discarded, Discarded, ""},
		"10100 is passed on":                     {code("10100"), Modes{}, 10100, Refused, Refused, ""},
		"10200 is passed on":                     {code("10200"), Modes{}, 10200, Refused, Refused, ""},
		"10099 is ignored":                       {code("10099"), Modes{}, 0, Delivered, Allowed, "damn"},
		"10201 refuses in a mode":                {code("10201"), Modes{OtherVerdict: "refused"}, 10016, Refused, Refused, ""},
		"no JSON delivers":                       {"okay", Modes{}, 0, Delivered, Broken, "damn"},
		"no JSON refuses in a mode":              {"okay", Modes{BeforeFailure: "80003"}, 80003, Refused, Refused, ""},
		"no ErrorCode delivers":                  {"{}", Modes{}, 0, Delivered, Broken, "damn"},
		"content that is none delivers the same": {`{"ErrorCode":0,"MsgBody":"hi"}`, Modes{}, 0, Delivered, Broken, "damn"},
	} {
		t.Run(name, func(t *testing.T) {
			r, a := withReceiver(t, in(c.modes))
			a.answer(BeforeSendMsg, c.answer)
			told := r.say(Utterance{From: "carol", Text: "damn", Random: 5})
			if told.Code != c.told || told.Fate != c.fate || told.Before != c.before {
				t.Errorf("the app was told %+v", told)
			}
			if told.Code >= 10100 && told.Code < 80000 && told.Text != "try again" {
				t.Errorf("the app was told the text %q", told.Text)
			}
			r.settle()
			messages, after := r.sim.Messages(), a.of(AfterSendMsg)
			if c.shown == "" {
				if len(messages) != 0 || len(after) != 0 {
					t.Errorf("it was shown: %+v", messages)
				}
				return
			}
			r.wantSeen(5, everybody, Broadcast)
			if len(messages) != 1 || messages[0].Text != c.shown || messages[0].Before != c.before || len(after) != 1 {
				t.Errorf("got %+v", messages)
			}
		})
	}
}

func TestItem40DiscardedIsOnItsAuthorsDeviceAlone(t *testing.T) {
	r, a := withReceiver(t)
	a.answer(BeforeSendMsg, `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":2}`)
	told := r.say(Utterance{From: "carol", Text: "/answer B"})
	for user, box := range r.sim.Inboxes() {
		own := user == "carol"
		if len(box.Messages) != 0 || (len(box.Own) == 1) != own {
			t.Errorf("%s sees %+v", user, box)
		}
		if own && (box.Own[0].Text != "/answer B" || box.Own[0].Reason != Discarded || box.Own[0].ID != told.Message) {
			t.Errorf("carol's own is %+v", box.Own[0])
		}
	}
	a.answer(BeforeSendMsg, "")
	if seq := r.say(Utterance{From: "carol", Text: "hello"}).Seq; seq != 1 {
		t.Errorf("the next message has number %d: what was discarded took one", seq)
	}
}

func TestItem40TimeOut(t *testing.T) {
	for name, c := range map[string]struct {
		mode  string
		code  int
		fate  string
		shown int
	}{
		"delivers":         {"deliver", 0, Delivered, 1},
		"blocks in a mode": {"80003", 80003, Refused, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r, a := withReceiver(t, in(Modes{BeforeFailure: c.mode}))
			reached, release := a.hang(BeforeSendMsg)
			defer release()
			told := later(func() Told { return r.say(Utterance{From: "carol", Text: "/answer B"}) })
			r.timeOut(reached)
			if got := told(); got.Code != c.code || got.Fate != c.fate || got.At.Sub(got.Asked) != callbackTimeout {
				t.Errorf("the app was told %+v", got)
			}
			r.settle()
			if n := len(r.sim.Messages()); n != c.shown || len(a.of(AfterSendMsg)) != c.shown {
				t.Errorf("%d messages were shown", n)
			}
			if n := len(a.of(BeforeSendMsg)); n != 1 {
				t.Errorf("the callback came %d times", n)
			}
			if n := r.sim.SpokenCounts().Unjudged; n != c.shown {
				t.Errorf("%d messages were delivered because of the time-out", n)
			}
		})
	}
}

func TestOthersGoOnWhileACallbackWaits(t *testing.T) {
	r, a := withReceiver(t)
	reached, release := a.hang(BeforeSendMsg)
	told := later(func() Told { return r.say(Utterance{From: "carol", Text: "/answer B"}) })
	<-reached
	r.wantCode(r.send(message(1, fieldSet{"ForbidCallbackControl": []string{"ForbidBeforeSendMsgCallback"}})), 0)
	must(t, r.sim.Leave(room, "carol"))
	release()
	if got := told(); got.Code != 10007 || got.Fate != Refused || got.Before != Allowed {
		t.Errorf("carol, who has left meanwhile, was told %+v", got)
	}
	r.settle()
}

func TestItem41RESTSendIsToldTheVerdict(t *testing.T) {
	r, a := withReceiver(t)
	a.answer(BeforeSendMsg, `{"ErrorCode":1}`)
	r.wantCode(r.send(message(1, nil)), 10016)
	a.answer(BeforeSendMsg, `{"ErrorCode":10150,"ErrorInfo":"not now"}`)
	if got := r.send(message(2, nil)); got.ErrorCode != 10150 || got.ErrorInfo != "not now" {
		t.Errorf("got %+v", got)
	}
	a.answer(BeforeSendMsg, `{"ErrorCode":2}`)
	r.wantCode(r.send(message(3, nil)), 0)
	if n := len(r.sim.Messages()); n != 0 {
		t.Errorf("%d messages were delivered", n)
	}
	if n := r.sim.Counts()["send_group_msg"].Effects; n != 0 {
		t.Errorf("%d calls had an effect", n)
	}
}

func TestItem40RewrittenContentIsCheckedByMode(t *testing.T) {
	long := `{"ErrorCode":0,"MsgBody":[{"MsgType":"TIMTextElem","MsgContent":{"Text":"` + strings.Repeat("x", maxMsgBody) + `"}}]}`
	for mode, fate := range map[string]string{"unchecked": Delivered, "80002": Refused} {
		r, a := withReceiver(t, in(Modes{RewrittenSize: mode}))
		a.answer(BeforeSendMsg, long)
		if told := r.say(Utterance{From: "carol", Text: "damn"}); told.Fate != fate {
			t.Errorf("%s: carol was told %+v", mode, told)
		}
		r.settle()
	}
}

func TestAnAppThatTriesAgain(t *testing.T) {
	r, a := withReceiver(t)
	a.answer(BeforeSendMsg, `{"ErrorCode":10101,"ErrorInfo":"again"}`)
	r.say(Utterance{From: "carol", Text: "/answer B", Random: 8})
	a.answer(BeforeSendMsg, "")
	if told := r.say(Utterance{From: "carol", Text: "/answer B", Random: 8}); told.Fate != Delivered {
		t.Errorf("a refused message occupies its Random: %+v", told)
	}
	if told := r.say(Utterance{From: "carol", Text: "/answer B", Random: 8}); told.Fate != Duplicated || told.Code != 0 || told.Seq != 1 {
		t.Errorf("the same again: %+v", told)
	}
	r.settle()
	if n := len(a.of(BeforeSendMsg)); n != 2 {
		t.Errorf("the application was asked %d times", n)
	}
}

func TestOneOfTwoAtOnceIsADuplicate(t *testing.T) {
	r, a := withReceiver(t)
	reached, release := a.hang(BeforeSendMsg)
	one := later(func() Told { return r.say(Utterance{From: "carol", Text: "hi", Random: 8}) })
	<-reached
	two := later(func() Told { return r.say(Utterance{From: "carol", Text: "hi", Random: 8}) })
	<-reached
	release()
	fates := []string{one().Fate, two().Fate}
	slices.Sort(fates)
	if !slices.Equal(fates, []string{Delivered, Duplicated}) || len(r.sim.Messages()) != 1 {
		t.Errorf("got %v", fates)
	}
	r.settle()
	if n := len(a.of(AfterSendMsg)); n != 1 {
		t.Errorf("it was told %d times", n)
	}
}
