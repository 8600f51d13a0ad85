package simulator

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"
)

// inject puts a fault of callbacks in force.
func (r *rig) inject(f Fault) {
	r.t.Helper()
	f.Direction = OfCallbacks
	must(r.t, r.sim.Inject(f))
}

// pass moves the clock in small steps until done says so.
func (r *rig) pass(done func() bool) {
	r.t.Helper()
	for range 10_000 {
		if done() {
			return
		}
		r.clock.Advance(50 * time.Millisecond)
		time.Sleep(time.Millisecond) // real ones: the callback is on a real line
	}
	r.t.Fatal("it does not come to an end")
}

// saying says something beside the test, while time passes.
func (r *rig) saying(u Utterance) Told {
	r.t.Helper()
	out := make(chan Told, 1)
	u.Group = room
	go func() {
		told, _ := r.sim.Say(u)
		out <- told
	}()
	var told Told
	r.pass(func() bool {
		select {
		case told = <-out:
			return true
		default:
			return false
		}
	})
	return told
}

// settleWhile waits until no callback is on its way, while time passes.
func (r *rig) settleWhile() {
	r.t.Helper()
	over := make(chan struct{})
	go func() { r.settle(); close(over) }()
	r.pass(func() bool {
		select {
		case <-over:
			return true
		default:
			return false
		}
	})
}

func TestItem39CallbackThatIsLost(t *testing.T) {
	for when, came := range map[string]int{Before: 0, After: 1} {
		r, a := withReceiver(t)
		a.answer(BeforeSendMsg, `{"ErrorCode":2}`)
		r.inject(Fault{API: BeforeSendMsg, Kind: Lost, When: when, Count: 1})
		if told := r.saying(Utterance{From: "carol", Text: "/answer B"}); told.Fate != Delivered || told.Before != TimedOut ||
			told.At.Sub(told.Asked) < callbackTimeout {
			t.Errorf("lost %s: carol was told %+v", when, told)
		}
		r.settleWhile()
		if n := len(a.of(BeforeSendMsg)); n != came {
			t.Errorf("lost %s: it came %d times", when, n)
		}
		if told := r.saying(Utterance{From: "carol", Text: "/answer B"}); told.Fate != Discarded {
			t.Errorf("the next one: carol was told %+v", told)
		}
	}
}

func TestItem39CallbackThatIsLate(t *testing.T) {
	for name, c := range map[string]struct {
		fault Fault
		fate  string
	}{
		"a second there":             {Fault{When: Before, Delay: time.Second}, Discarded},
		"a second back":              {Fault{When: After, Delay: time.Second}, Discarded},
		"three seconds there":        {Fault{When: Before, Delay: 3 * time.Second}, Delivered},
		"three seconds back":         {Fault{When: After, Delay: 3 * time.Second}, Delivered},
		"a random time, all of it":   {Fault{When: Before, Delay: 2 * time.Second, Spread: time.Second}, Delivered},
		"a random time, none of two": {Fault{When: Before, Spread: 1900 * time.Millisecond}, Discarded},
	} {
		t.Run(name, func(t *testing.T) {
			r, a := withReceiver(t)
			a.answer(BeforeSendMsg, `{"ErrorCode":2}`)
			c.fault.Kind, c.fault.API = Slow, BeforeSendMsg
			r.inject(c.fault)
			if told := r.saying(Utterance{From: "carol", Text: "/answer B"}); told.Fate != c.fate {
				t.Errorf("carol was told %+v", told)
			}
			r.settleWhile()
			if n := len(a.of(BeforeSendMsg)); n != 1 {
				t.Errorf("it came %d times: what is late arrives all the same", n)
			}
		})
	}
}

func TestItem39CallbackAfterIsRepeated(t *testing.T) {
	r, a := withReceiver(t)
	r.inject(Fault{Kind: Repeated})
	r.say(Utterance{From: "carol", Text: "hello"})
	r.settle()
	if before, after := len(a.of(BeforeSendMsg)), len(a.of(AfterSendMsg)); before != 1 || after != 2 {
		t.Errorf("before it came %d times, after it %d times", before, after)
	}
}

func TestItem39CallbackAfterIsOvertaken(t *testing.T) {
	r, a := withReceiver(t)
	r.inject(Fault{API: AfterSendMsg, Kind: Reordered, Count: 1})
	r.say(Utterance{From: "carol", Text: "one"})
	r.say(Utterance{From: "carol", Text: "two"})
	r.settle()
	var order []string
	for _, c := range a.of(AfterSendMsg) {
		order = append(order, fmt.Sprint(c.body["MsgSeq"]))
	}
	if !slices.Equal(order, []string{"2", "1"}) {
		t.Errorf("they came as %v", order)
	}
	t.Run("and comes alone where none passes", func(t *testing.T) {
		r.inject(Fault{API: AfterSendMsg, Kind: Reordered, Count: 1})
		a.forget()
		r.say(Utterance{From: "carol", Text: "three"})
		r.settleWhile()
		if len(a.of(AfterSendMsg)) != 1 {
			t.Error("it never came")
		}
	})
}

func TestItem39OnlyALaterCallbackOvertakes(t *testing.T) {
	var q queue
	first, _ := q.join(false)
	_, overtaken := q.join(true)
	later, _ := q.join(false)
	q.passed(first)
	select {
	case <-overtaken:
		t.Error("one that set out before it let it go")
	default:
	}
	q.passed(later)
	select {
	case <-overtaken:
	default:
		t.Error("a later one has passed, and it waits still")
	}
}

func TestItem39CallbackAfterIsSentAgainOnTimeOut(t *testing.T) {
	for mode, want := range map[string]int{"never": 1, "timeout": attemptsAfter} {
		r, a := withReceiver(t, in(Modes{AfterRetry: mode}))
		_, release := a.hang(AfterSendMsg)
		r.say(Utterance{From: "carol", Text: "hello"})
		r.settleWhile()
		release()
		if n := len(a.of(AfterSendMsg)); n != want {
			t.Errorf("%s: it came %d times, want %d", mode, n, want)
		}
	}
	t.Run("so that a lost answer makes a duplicate", func(t *testing.T) {
		r, a := withReceiver(t, in(Modes{AfterRetry: "timeout"}))
		r.inject(Fault{API: AfterSendMsg, Kind: Lost, When: After})
		r.say(Utterance{From: "carol", Text: "hello"})
		r.settleWhile()
		if n := len(a.of(AfterSendMsg)); n != 2 {
			t.Errorf("it came %d times", n)
		}
	})
}

func TestItem39CallbackToAWrongURL(t *testing.T) {
	for mode, fate := range map[string]string{"deliver": Delivered, "80003": Refused} {
		r, a := withReceiver(t, in(Modes{BeforeFailure: mode}))
		a.answer(BeforeSendMsg, `{"ErrorCode":2}`)
		r.inject(Fault{API: BeforeSendMsg, Kind: WrongURL})
		if told := r.say(Utterance{From: "carol", Text: "/answer B"}); told.Fate != fate {
			t.Errorf("carol was told %+v", told)
		}
		r.settle()
	}
	t.Run("and to nobody", func(t *testing.T) {
		r, a := withReceiver(t)
		a.Close()
		if told := r.say(Utterance{From: "carol", Text: "/answer B"}); told.Fate != Delivered || told.Before != Broken {
			t.Errorf("carol was told %+v", told)
		}
		r.settle()
		if n := r.sim.CallbackCounts()[BeforeSendMsg].Broken; n != 1 {
			t.Errorf("%d were broken", n)
		}
	})
	t.Run("which is not followed elsewhere", func(t *testing.T) {
		r, a := withReceiver(t)
		there := a.Config.Handler
		a.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			if q.URL.Path == "/callbacks/tencent" {
				http.Redirect(w, q, "/elsewhere", http.StatusTemporaryRedirect)
				return
			}
			there.ServeHTTP(w, q)
		})
		r.say(Utterance{From: "carol", Text: "hello"})
		r.settle()
		if got := a.commands(); len(got) != 0 {
			t.Errorf("got %v", got)
		}
	})
}

func TestFaultsOfCallbacksThatCannotBe(t *testing.T) {
	r := newRig(t)
	for _, f := range []Fault{
		{Direction: "sideways", Kind: Slow},
		{Direction: OfCallbacks, Kind: Truncated},
		{Kind: Lost},
		{Direction: OfCallbacks, Kind: Repeated, API: BeforeSendMsg},
		{Direction: OfCallbacks, Kind: Reordered, API: BeforeSendC2C},
		{Direction: OfCallbacks, Kind: Slow, Spread: -1},
	} {
		if r.sim.Inject(f) == nil {
			t.Errorf("%+v is in force", f)
		}
	}
	r.change("/sim/faults", `{"direction":"callbacks","api":"`+BeforeSendMsg+`","kind":"slow","delay":"1s","spread":"3s","probability":0.5}`, 204)
	r.change("/sim/faults", `{"direction":"callbacks","kind":"lost","spread":"soon"}`, 400)
	var faults []jsonFault
	r.read("/sim/faults", &faults)
	if len(faults) != 1 || faults[0].Direction != OfCallbacks || faults[0].Spread != "3s" || faults[0].Delay != "1s" {
		t.Errorf("got %+v", faults)
	}
}

func TestFaultsOfCallbacksRepeatWithTheSeed(t *testing.T) {
	schedule := func(calls int) (out []string) {
		r := newRig(t)
		must(t, r.sim.SetCallbacks(Callbacks{URL: "http://127.0.0.1:1/"}))
		r.inject(Fault{Kind: Slow, Spread: 3 * time.Second})
		r.inject(Fault{Kind: Lost, Probability: 0.3})
		must(t, r.sim.Inject(Fault{Kind: BadStatus, API: "nothing", Probability: 0.5}))
		for range calls {
			r.group("get_group_info", `{}`)
		}
		r.sim.mu.Lock()
		defer r.sim.mu.Unlock()
		for range 50 {
			l := r.sim.draw(AfterSendMsg)
			out = append(out, fmt.Sprint(l.before, l.lostRequest))
		}
		return out
	}
	if a, b := schedule(0), schedule(5); !slices.Equal(a, b) {
		t.Errorf("one seed made two schedules:\n%v\n%v", a, b)
	}
}

func TestCloseEndsCallbacks(t *testing.T) {
	r, a := withReceiver(t)
	reached, release := a.hang(BeforeSendMsg)
	defer release()
	told := later(func() Told { return r.say(Utterance{From: "carol", Text: "/answer B"}) })
	<-reached
	r.inject(Fault{API: AfterSendMsg, Kind: Slow, When: Before, Delay: time.Hour})
	r.wantCode(r.send(message(1, fieldSet{"ForbidCallbackControl": []string{"ForbidBeforeSendMsgCallback"}})), 0)
	r.sim.Close()
	if got := told(); got.Before != Broken {
		t.Errorf("carol was told %+v", got)
	}
	a.forget()
	if got := r.say(Utterance{From: "dave", Text: "hello"}); got.Fate != Delivered || got.Before != "" {
		t.Errorf("dave was told %+v", got)
	}
	if got := a.commands(); len(got) != 0 {
		t.Errorf("closed, and %v came", got)
	}
}
