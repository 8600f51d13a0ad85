package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const callbackToken = "botd-callback-token"

// arrival is one callback as an application received it.
type arrival struct {
	query url.Values
	body  map[string]any
}

// receiver is an application that takes callbacks: it remembers them and answers as it is
// told to.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	got     []arrival
	answers map[string]string // by command; none: OK
	hung    map[string]hung
}

// hung is a command that gets no answer until it is released.
type hung struct{ reached, until chan struct{} }

const okAnswer = `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}`

// withReceiver makes a rig whose service knows where the application listens.
func withReceiver(t *testing.T, edits ...func(*Options)) (*rig, *receiver) {
	a := &receiver{answers: map[string]string{}, hung: map[string]hung{}}
	a.Server = httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.Close)
	r := newRig(t, append([]func(*Options){func(o *Options) {
		o.Callbacks = Callbacks{URL: a.URL + "/callbacks/tencent", Token: callbackToken}
	}}, edits...)...)
	r.settle()
	a.forget()
	return r, a
}

func (a *receiver) serve(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	raw, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(raw, &body)
	command := r.URL.Query().Get("CallbackCommand")
	a.mu.Lock()
	a.got = append(a.got, arrival{r.URL.Query(), body})
	answer, hung := a.answers[command], a.hung[command]
	a.mu.Unlock()
	if hung.until != nil {
		select {
		case hung.reached <- struct{}{}:
		default:
		}
		select {
		case <-hung.until:
		case <-r.Context().Done():
			return
		}
	}
	if r.URL.Path != "/callbacks/tencent" {
		http.NotFound(w, r)
		return
	}
	if answer == "" {
		answer = okAnswer
	}
	_, _ = io.WriteString(w, answer)
}

func (a *receiver) answer(command, with string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers[command] = with
}

// hang keeps a command without an answer until release is called; reached is when
// it came.
func (a *receiver) hang(command string) (reached <-chan struct{}, release func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	h := hung{make(chan struct{}, 1), make(chan struct{})}
	a.hung[command] = h
	return h.reached, sync.OnceFunc(func() { close(h.until) })
}

func (a *receiver) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.got = nil
}

// of returns the callbacks of a command, in the order of their arrival.
func (a *receiver) of(command string) []arrival {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []arrival
	for _, c := range a.got {
		if c.query.Get("CallbackCommand") == command {
			out = append(out, c)
		}
	}
	return out
}

func (a *receiver) commands() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := []string{}
	for _, c := range a.got {
		out = append(out, c.query.Get("CallbackCommand"))
	}
	slices.Sort(out)
	return out
}

// settle waits until no callback is on its way.
func (r *rig) settle() { r.sim.running.Wait() }

// later runs do beside the test and returns a func that waits for what it says.
func later[T any](do func() T) (wait func() T) {
	out := make(chan T, 1)
	go func() { out <- do() }()
	return func() T { return <-out }
}

// timeOut lets two seconds go by once a callback came and is waited for.
func (r *rig) timeOut(reached <-chan struct{}) {
	r.t.Helper()
	<-reached
	must(r.t, r.clock.BlockUntilContext(r.t.Context(), 1))
	r.clock.Advance(callbackTimeout)
}

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

func TestTargetedByAnApp(t *testing.T) {
	r, a := withReceiver(t)
	r.say(Utterance{From: "carol", Text: "for the two of you", Only: []string{"alice", "bob"}, Random: 3})
	r.wantSeen(3, staff, Targeted)
	r.settle()
	if body := a.of(AfterSendMsg)[0].body; body["To_Account"] != nil || body["Random"] != 3.0 {
		t.Errorf("got %v", body)
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
