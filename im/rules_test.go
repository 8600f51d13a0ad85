package im

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botd-chat/botd/chat"
)

// The rules of the package comment, by number. Those with a longer test of their
// own stand beside what they are about; here are the others.

func TestRule01_NoTargetedMessageWithoutRecipients(t *testing.T) {
	s := say(t, okSent)
	c := newClient(t, testConfig(t, s.URL))
	m := targeted(t)
	m.To = chat.Recipients{}
	if _, err := c.Prepare(m); !errors.Is(err, chat.ErrNobody) {
		t.Errorf("preparing: %v, want ErrNobody", err)
	}
	if _, err := c.Send(t.Context(), Prepared{}); !errors.Is(err, ErrGuard) {
		t.Errorf("sending what was never prepared: %v, want ErrGuard", err)
	}
	if b, err := encode(targetedBody{}); err == nil {
		t.Errorf("a request without recipients was encoded: %s", b)
	}
	// Not even with the list cut out of the bytes after preparing.
	p := prepare(t, c, targeted(t))
	p.body = drop("To_Account")(split(t, p.body))
	_, err := c.Send(t.Context(), p)
	if e := wantClass(t, err, Permanent); !errors.Is(e, ErrGuard) {
		t.Errorf("got %v, want ErrGuard", e)
	}
	checkDiscreet(t, err)
	if len(s.seen()) != 0 {
		t.Error("something was sent")
	}
	// The field of the encoded form is never left out.
	for f := range reflect.TypeFor[targetedBody]().Fields() {
		if strings.Contains(f.Tag.Get("json"), "omit") {
			t.Errorf("%s can be left out", f.Name)
		}
	}
}

func TestRule02_NothingFallsBackToABroadcast(t *testing.T) {
	// No code, status or trouble makes a client send anything but the one message.
	for _, answer := range []string{fail(10004), fail(10005), fail(10059), fail(10002), fail(10019), fail(60008), "<html>", ""} {
		s := say(t, answer)
		c := newClient(t, testConfig(t, s.URL))
		p := prepare(t, c, targeted(t))
		if _, err := c.Send(t.Context(), p); err == nil {
			t.Errorf("%q was taken for success", answer)
		}
		for _, call := range s.seen() {
			if call.raw != string(p.body) {
				t.Errorf("after %q it sent %s", answer, call.raw)
			}
		}
	}
	// And a client has no other way to send.
	var sends []string
	for m := range reflect.TypeFor[*Client]().Methods() {
		if strings.Contains(m.Name, "Send") || strings.Contains(m.Name, "Broadcast") || strings.Contains(m.Name, "Notif") {
			sends = append(sends, m.Name)
		}
	}
	if len(sends) != 1 || sends[0] != "Send" {
		t.Errorf("a client sends by %v", sends)
	}
	for api := range paths {
		if api != apiSend && !strings.HasPrefix(api, "get_") && !slices.Contains([]string{apiAccounts, apiHistory, apiRecall, apiImport, apiRobot, apiSources}, api) {
			t.Errorf("%s is no API that sends nothing", api)
		}
	}
}

func TestRule03_NoMentionsAndNoOtherGroups(t *testing.T) {
	for _, typ := range []reflect.Type{reflect.TypeFor[Targeted](), reflect.TypeFor[targetedBody]()} {
		for f := range typ.Fields() {
			if strings.Contains(f.Name+f.Tag.Get("json"), "At") {
				t.Errorf("%s has a field for mentions: %s", typ, f.Name)
			}
		}
	}
	c := newClient(t, testConfig(t, "http://127.0.0.1:1"))
	for _, kind := range []chat.GroupType{chat.Community, chat.AVChatRoom, "BChatRoom", "", "work", "Unknown"} {
		m := targeted(t)
		m.Type = kind
		if _, err := c.Prepare(m); !errors.Is(err, ErrNotTargetable) {
			t.Errorf("a group of type %q: %v, want ErrNotTargetable", kind, err)
		}
		// The guard does not rely on it.
		p := prepare(t, c, targeted(t))
		p.may.kind = kind
		if _, err := c.Send(t.Context(), p); !errors.Is(err, ErrNotTargetable) || !errors.Is(err, ErrGuard) {
			t.Errorf("the guard on type %q: %v", kind, err)
		}
	}
}

func TestRule04_AtMostFiftyInOneCall(t *testing.T) {
	s := say(t, okSent)
	c := newClient(t, testConfig(t, s.URL))
	var ids []chat.UserID
	for i := range 51 {
		ids = append(ids, chat.UserID(fmt.Sprint("u", i)))
	}
	m := targeted(t)
	m.To = to(t, ids...)
	_, err := c.Prepare(m)
	wantClass(t, err, Permanent)
	// Split, each part needs its own Random; the guard holds each to its own.
	for i, part := range m.To.Parts() {
		m.To, m.Random = part, uint32(1+i)
		if _, err := c.Send(t.Context(), prepare(t, c, m)); err != nil {
			t.Fatal(err)
		}
	}
	calls := s.seen()
	if len(calls) != 2 || calls[0].body["Random"] == calls[1].body["Random"] {
		t.Errorf("%d calls", len(calls))
	}
}

func TestRule06_SuccessIsMoreThanAStatus(t *testing.T) {
	s := say(t, `{"ActionStatus":"OK","ErrorCode":0,"MsgDropReason":"MsgFreqCtrl","MsgSeq":7}`)
	c := newClient(t, testConfig(t, s.URL))
	sent, err := c.Send(t.Context(), prepare(t, c, targeted(t)))
	if e := wantClass(t, err, Rate); e.Scope != ScopeGroup || !errors.Is(err, ErrDropped) || MayBeDone(err) {
		t.Errorf("a message that was thrown away: %v", e)
	}
	if sent != (Sent{}) {
		t.Errorf("it is said to be sent: %+v", sent)
	}
	s = say(t, `{"ActionStatus":"OK","ErrorCode":0,"GroupInfo":[{"GroupId":"g","ErrorCode":10015,"Type":"Public"}]}`)
	_, err = newClient(t, testConfig(t, s.URL)).Group(t.Context(), "g")
	if e := wantClass(t, err, Permanent); e.Code != 10015 {
		t.Errorf("an inner code: %v", e)
	}
}

func TestRule07_ARepeatIsTheSameToTheByte(t *testing.T) {
	s := say(t, fail(10002), "<html>", okSent)
	c := newClient(t, testConfig(t, s.URL))
	p := prepare(t, c, targeted(t))
	for range 2 {
		_, err := c.Send(t.Context(), p)
		wantClass(t, err, Unclear)
	}
	if _, err := c.Send(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	for _, call := range s.seen() {
		if call.raw != s.seen()[0].raw {
			t.Error("a repeat differs")
		}
	}
	// Prepared again from the same message, in another process say, it is the same.
	if again := prepare(t, c, targeted(t)); again.Digest() != p.Digest() || len(p.Digest()) != 64 {
		t.Errorf("digest %s, then %s", p.Digest(), again.Digest())
	}
	for name, change := range map[string]func(*Targeted){
		"another Random": func(m *Targeted) { m.Random++ },
		"fewer":          func(m *Targeted) { m.To = to(t, "bob_admin") },
		"another text":   func(m *Targeted) { m.Body[0] = chat.Element{Text: &chat.Text{Text: "x"}} },
	} {
		m := targeted(t)
		change(&m)
		if prepare(t, c, m).Digest() == p.Digest() {
			t.Errorf("%s has the same digest", name)
		}
	}
}

func TestRule08_AMessageHasItsOwnRandom(t *testing.T) {
	c := newClient(t, testConfig(t, "http://127.0.0.1:1"))
	m := targeted(t)
	m.Random = 0
	if _, err := c.Prepare(m); err == nil {
		t.Error("a message whose Random was forgotten was prepared")
	}
	p := prepare(t, c, targeted(t))
	p.may.random++
	if _, err := c.Send(t.Context(), p); !errors.Is(err, ErrGuard) {
		t.Errorf("another Random than was stored: %v, want ErrGuard", err)
	}
}

func TestRule09_OneSendIsOneAttempt(t *testing.T) {
	code, now := 0, &clock{now: time.Now()}
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int, _ seen) { _, _ = io.WriteString(w, fail(code)) })
	cfg := testConfig(t, s.URL)
	cfg.Now = now.read
	c := newClient(t, cfg)
	p, calls := prepare(t, c, targeted(t)), 0
	for _, row := range codes {
		for _, code = range []int{row.first, row.last, row.last + 1, -row.first} {
			e := ofCode(apiSend, code, "")
			if e.Class == Sig {
				continue // once more, with another signature: see call_test.go
			}
			_, err := c.Send(t.Context(), p)
			wantClass(t, err, e.Class)
			if calls++; len(s.seen()) != calls {
				t.Fatalf("%d: called %d times, want once", code, 1+len(s.seen())-calls)
			}
			now.add(time.Minute) // after a pause
		}
	}
}

func TestRule12_OurMessagesCauseNoCallbacks(t *testing.T) {
	s := say(t, okSent)
	c := newClient(t, testConfig(t, s.URL))
	if _, err := c.Send(t.Context(), prepare(t, c, targeted(t))); err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(s.seen()[0].body["ForbidCallbackControl"])
	if got != "[ForbidBeforeSendMsgCallback ForbidAfterSendMsgCallback]" {
		t.Errorf("forbids %s", got)
	}
	if s.seen()[0].body["CloudCustomData"] != `{"botd":1}` {
		t.Error("the message has no mark")
	}
}

func TestRule17_AllGroupsIsAskedOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiters(Limits{})
		began := time.Now()
		for range 3 {
			pass(t, l, apiAllGroups, "")
		}
		if took := time.Since(began); took < 2*time.Second {
			t.Errorf("three calls took %s", took)
		}
	})
}

func TestRule18_NoPushShowsTheContent(t *testing.T) {
	s := say(t, okSent)
	c := newClient(t, testConfig(t, s.URL))
	for _, push := range []Push{{}, PushText("Something new")} {
		m := targeted(t)
		m.Push = push
		if _, err := c.Send(t.Context(), prepare(t, c, m)); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []string{`{"PushFlag":1}`, `{"Desc":"Something new","PushFlag":0}`} {
		body := s.seen()[i].body
		if got, _ := json.Marshal(body["OfflinePushInfo"]); string(got) != want {
			t.Errorf("pushes %s, want %s", got, want)
		}
		custom := body["MsgBody"].([]any)[1].(map[string]any)["MsgContent"].(map[string]any)
		if custom["Desc"] != "" || custom["Ext"] != "" || custom["Sound"] != "" {
			t.Errorf("the custom element pushes %v", custom)
		}
	}
}

// That a message was accepted says nothing about who received it: Sent has
// nothing that could be taken for it.
func TestRule19_SuccessIsNoProofOfReceipt(t *testing.T) {
	var names []string
	for f := range reflect.TypeFor[Sent]().Fields() {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "Seq Time" {
		t.Errorf("Sent says %s", got)
	}
}

func TestRule20_SystemNotificationsAreRefused(t *testing.T) {
	c := newClient(t, testConfig(t, "http://127.0.0.1:1"))
	p := prepare(t, c, targeted(t))
	g, s := newGuard()
	for _, path := range []string{"send_group_system_notification", "SEND_GROUP_SYSTEM_NOTIFICATION", "send_group_system_notification/"} {
		err := try(g, post(permit(t.Context(), p.may), "/v4/group_open_http_svc/"+path, p.body))
		if !errors.Is(err, ErrGuard) || len(s.bodies) != 0 {
			t.Errorf("%s: %v, want ErrGuard", path, err)
		}
	}
}

func TestRule21_TheSenderIsTheOneThatWasPrepared(t *testing.T) {
	c := newClient(t, testConfig(t, "http://127.0.0.1:1"))
	m := targeted(t)
	m.From = ""
	_, err := c.Prepare(m)
	wantClass(t, err, Permanent)
	p := prepare(t, c, targeted(t))
	p.may.from = "administrator"
	if _, err := c.Send(t.Context(), p); !errors.Is(err, ErrGuard) {
		t.Errorf("another sender: %v, want ErrGuard", err)
	}
}

func TestRule22_OnlyErrorCodeDecides(t *testing.T) {
	for _, info := range []string{`""`, `"ok"`, `"succeed"`, `"Fail"`, `null`, `7`, `{"a":1}`} {
		s := say(t, `{"ErrorCode":0,"ErrorInfo":`+info+`}`)
		c := newClient(t, testConfig(t, s.URL))
		if _, err := c.Send(t.Context(), prepare(t, c, targeted(t))); err != nil {
			t.Errorf("ErrorInfo %s: %v", info, err)
		}
	}
	for _, info := range []string{`"OK"`, `"please retry"`, `7`} {
		s := say(t, `{"ErrorCode":10004,"ErrorInfo":`+info+`}`)
		c := newClient(t, testConfig(t, s.URL))
		_, err := c.Send(t.Context(), prepare(t, c, targeted(t)))
		wantClass(t, err, Permanent)
	}
}

// Whatever is asked of a client, no address it calls is a sending one besides
// the targeted message's.
func TestEveryCallGoesToAKnownAddress(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int, _ seen) { _, _ = io.WriteString(w, fail(10004)) })
	c := newClient(t, testConfig(t, s.URL))
	ctx := t.Context()
	_, err1 := c.Group(ctx, "g")
	_, err2 := c.Members(ctx, "g")
	_, err3 := c.Roles(ctx, "g", []chat.UserID{"a"})
	_, err4 := c.ProfilesOf(ctx, "g", []chat.UserID{"a"}, nil)
	_, err5 := c.AllGroups(ctx)
	_, err6 := c.Accounts(ctx, []chat.UserID{"a"})
	_, _, err7 := c.History(ctx, "g", 0, 20)
	_, err8 := c.Recall(ctx, "g", []uint32{1})
	err9 := c.ImportAccount(ctx, "a", "A")
	_, err10 := c.Robots(ctx)
	err11 := c.CreateRobot(ctx, "@RBT#a", "A")
	_, err12 := c.CallbackSources(ctx, true)
	for i, err := range []error{err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11, err12} {
		e := wantClass(t, err, Permanent)
		if !strings.Contains(e.Error(), "invalid parameter") || !strings.Contains(e.Error(), "anything") {
			t.Errorf("call %d: %v does not explain itself", i, e)
		}
	}
	for _, call := range s.seen() {
		if strings.Contains(call.api, "send") {
			t.Errorf("called %s", call.api)
		}
	}
}
