package callbacks

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/strangers"
)

func TestTheSignOfTheVectors(t *testing.T) {
	for _, v := range []struct{ token, at, sign string }{
		{"xxxxyyyy", "1669872112", "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061"}, // product/1047/34354
		{"botd-callback-token", "1700000000", "01958dc1e0bba67e54cd33f4de1f7041c248ca3051eb05ac4620066c1a481e8b"},
	} {
		if got := Sign(v.token, v.at); got != v.sign {
			t.Errorf("%s %s: %s", v.token, v.at, got)
		}
		a := App{Tokens: []string{"another", v.token}}
		for _, c := range []struct {
			after time.Duration
			want  Reason
		}{{0, ""}, {5 * time.Minute, ""}, {5*time.Minute + time.Second, RefusedTime}, {-time.Minute, ""}, {-61 * time.Second, RefusedTime}} {
			at, _ := unixSeconds(v.at)
			if got := a.proved(v.sign, v.at, at.Add(c.after)); got != c.want {
				t.Errorf("after %v: %q, want %q", c.after, got, c.want)
			}
		}
	}
}

// forged are changes to a proved request, after each of which it proves nothing.
var forged = []struct {
	name   string
	why    Reason
	change func(q url.Values)
}{
	{"no sign", RefusedUnsigned, func(q url.Values) { q.Del("Sign") }},
	{"no time", RefusedUnsigned, func(q url.Values) { q.Del("RequestTime") }},
	{"neither", RefusedUnsigned, func(q url.Values) { q.Del("Sign"); q.Del("RequestTime") }},
	{"an empty sign", RefusedUnsigned, func(q url.Values) { q.Set("Sign", "") }},
	{"another token", RefusedSign, func(q url.Values) { q.Set("Sign", Sign("another", q.Get("RequestTime"))) }},
	{"no token", RefusedSign, func(q url.Values) { q.Set("Sign", Sign("", q.Get("RequestTime"))) }},
	{"capitals", RefusedSign, func(q url.Values) { q.Set("Sign", strings.ToUpper(q.Get("Sign"))) }},
	{"cut short", RefusedSign, func(q url.Values) { q.Set("Sign", q.Get("Sign")[:63]) }},
	{"of another second", RefusedSign, func(q url.Values) { q.Set("RequestTime", later(q, 1)) }},
	{"old", RefusedTime, func(q url.Values) { resign(q, later(q, -301)) }},
	{"of tomorrow", RefusedTime, func(q url.Values) { resign(q, later(q, 86400)) }},
	{"a time with a sign", RefusedTime, func(q url.Values) { resign(q, "+"+q.Get("RequestTime")) }},
	{"a time with a zero before it", RefusedTime, func(q url.Values) { resign(q, "0"+q.Get("RequestTime")) }},
	{"a time in milliseconds", RefusedTime, func(q url.Values) { resign(q, q.Get("RequestTime")+"000") }},
	{"a time and more", RefusedTime, func(q url.Values) { resign(q, q.Get("RequestTime")+"\x80") }},
	{"no application", RefusedUnknown, func(q url.Values) { q.Del("SdkAppid") }},
	{"another application", RefusedUnknown, func(q url.Values) { q.Set("SdkAppid", "1400000002") }},
	{"another spelling", RefusedUnknown, func(q url.Values) { q.Set("SdkAppId", q.Get("SdkAppid")); q.Del("SdkAppid") }},
	{"a number and more", RefusedUnknown, func(q url.Values) { q.Set("SdkAppid", q.Get("SdkAppid")+" ") }},
	{"two signs", RefusedQuery, func(q url.Values) { q.Add("Sign", "x") }},
	{"two applications", RefusedQuery, func(q url.Values) { q.Add("SdkAppid", "1400000002") }},
	{"two times", RefusedQuery, func(q url.Values) { q.Add("RequestTime", "1") }},
}

func resign(q url.Values, at string) { q.Set("RequestTime", at); q.Set("Sign", Sign(token, at)) }

func later(q url.Values, seconds int) string {
	at, _ := unixSeconds(q.Get("RequestTime"))
	return fmt.Sprint(at.Unix() + int64(seconds))
}

func TestWhoProvesNothingIsToldNothingAndHeardNeither(t *testing.T) {
	s := newStage(t, holding())
	for _, c := range forged {
		t.Run(c.name, func(t *testing.T) {
			s.log.Reset()
			before := s.saw.of("refused " + string(c.why))
			q := s.query(BeforeGroupMessage)
			c.change(q)
			body := &watched{Reader: strings.NewReader(jsonOf(said(BeforeGroupMessage, "carol", "/answer secret")))}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path+"?"+q.Encode(), body))
			if w.Code != http.StatusUnauthorized || body.read || !strings.Contains(w.Body.String(), "does not prove") {
				t.Errorf("%d, read: %v, %s", w.Code, body.read, w.Body)
			}
			if len(s.sink.held) != 0 || s.saw.of("refused "+string(c.why)) != before+1 {
				t.Errorf("kept %v, %v", s.sink.held, s.saw.n)
			}
			if text := s.log.String() + w.Body.String(); len(q.Get("Sign")) > 9 && strings.Contains(text, q.Get("Sign")) || strings.Contains(text, "9f8e7d") || strings.Contains(text, "secret") || strings.Contains(text, token) {
				t.Errorf("told too much: %s", text)
			}
		})
	}
	s.want(t, s.tell(said(BeforeGroupMessage, "carol", "/answer B")), discardAnswer)
}

type watched struct {
	io.Reader
	read bool
}

func (w *watched) Read(p []byte) (int, error) {
	w.read = true
	return w.Reader.Read(p)
}

func TestAnUnknownAddressLooksLikeAnyOther(t *testing.T) {
	elsewhere := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "nothing here", http.StatusNotFound) })
	s := stageOf(t, []App{app()}, Options{NotFound: elsewhere}, holding())
	for _, p := range []string{"/callbacks/", "/callbacks/tencent", "/callbacks/tencent/", path + "/", path[:len(path)-1], path + "x", strings.ToUpper(path), "/callbacks/tencent/9f8e7d6c5b4b"} {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, httptest.NewRequest(method, p+"?"+s.query(BeforeGroupMessage).Encode(), strings.NewReader(jsonOf(said(BeforeGroupMessage, "carol", "/answer B")))))
			if w.Code != http.StatusNotFound || w.Body.String() != "nothing here\n" {
				t.Errorf("%s %s: %d %s", method, p, w.Code, w.Body)
			}
		}
	}
	if len(s.saw.n) != 0 || s.log.String() != "" {
		t.Errorf("%v %s", s.saw.n, s.log)
	}
}

func TestOnlyPOST(t *testing.T) {
	s := newStage(t)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodHead, http.MethodOptions, "POSTS"} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(method, path+"?"+s.query("X").Encode(), nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != http.MethodPost {
			t.Errorf("%s: %d", method, w.Code)
		}
	}
}

func TestSourcesAndProxies(t *testing.T) {
	a := app()
	a.Sources = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}
	s := stageOf(t, []App{a}, Options{Access: strangers.Access{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}})
	for _, c := range []struct {
		remote, forwarded string
		want              int
	}{
		{"192.0.2.7:1", "", 200}, {"[2001:db8::1]:1", "", 200}, {"[::ffff:192.0.2.7]:1", "", 200}, {"192.0.3.7:1", "", 401},
		{"10.0.0.1:1", "192.0.2.7", 200}, {"10.0.0.1:1", "198.51.100.1", 401}, {"10.0.0.1:1", "192.0.2.7, 198.51.100.1", 401},
		{"198.51.100.1:1", "192.0.2.7", 401}, {"10.0.0.1:1", "", 401},
	} {
		req := httptest.NewRequest(http.MethodPost, path+"?"+s.query("State.StateChange").Encode(), strings.NewReader(`{"CallbackCommand":"State.StateChange","Info":{"Action":"Login","To_Account":"bob"}}`))
		req.RemoteAddr = c.remote
		if c.forwarded != "" {
			req.Header.Set("X-Forwarded-For", c.forwarded)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, req)
		if w.Code != c.want {
			t.Errorf("%v: %d %s", c, w.Code, w.Body)
		}
	}
}

func TestWhoeverFailsTooOftenHasToWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stageOf(t, []App{app()}, Options{Access: strangers.Access{RefusedPerMinute: 3}})
		knock := func(from, token string) int {
			at := fmt.Sprint(time.Now().Unix())
			q := url.Values{"SdkAppid": {"1400000001"}, "CallbackCommand": {"X"}, "Sign": {Sign(token, at)}, "RequestTime": {at}}
			req := httptest.NewRequest(http.MethodPost, path+"?"+q.Encode(), strings.NewReader(`{"CallbackCommand":"X"}`))
			req.RemoteAddr = from + ":1"
			w := httptest.NewRecorder()
			s.ServeHTTP(w, req)
			if w.Code == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
				t.Error("not told when to come again")
			}
			return w.Code
		}
		for i, want := range []int{401, 401, 401, 429, 429} {
			if got := knock("203.0.113.9", "wrong"); got != want {
				t.Errorf("%d: %d, want %d", i, got, want)
			}
		}
		if got := knock("203.0.113.10", "wrong"); got != 401 {
			t.Errorf("another address: %d", got)
		}
		time.Sleep(21 * time.Second)
		for i, want := range []int{401, 429} {
			if got := knock("203.0.113.9", "wrong"); got != want {
				t.Errorf("%d after a while: %d, want %d", i, got, want)
			}
		}
		// The service may come by the same proxy, and is asked for a proof alone.
		if got := knock("203.0.113.9", token); got != 200 {
			t.Errorf("the service behind the address of a stranger: %d", got)
		}
		for range 9 { // who has proved it once
			if got := knock("203.0.113.9", "wrong"); got != 401 {
				t.Errorf("a friend: %d", got)
			}
		}
		time.Sleep(strangers.HushFor + time.Second)
		if n := strings.Count(s.log.String(), `msg="callback refused"`); n > 2*strangers.LinesAMinute {
			t.Errorf("%d lines", n)
		}
	})
}

func TestBodiesThatAreRefused(t *testing.T) {
	s := newStage(t, open("asked", "help"))
	for name, c := range map[string]struct {
		body string
		want int
	}{
		"empty":             {``, 400},
		"no JSON":           {`{`, 400},
		"two values":        {`{} {}`, 400},
		"a list":            {`[]`, 400},
		"null":              {`null`, 400},
		"a key twice":       {`{"CallbackCommand":"Group.CallbackAfterSendMsg","GroupId":"a","GroupId":"b"}`, 400},
		"another command":   {jsonOf(said(BeforeGroupMessage, "carol", "hi")), 400},
		"another spelling":  {strings.Replace(jsonOf(said(AfterGroupMessage, "carol", "hi")), "From_Account", "from_account", 1), 400},
		"no random":         {strings.Replace(jsonOf(said(AfterGroupMessage, "carol", "hi")), `"Random":77,`, "", 1), 400},
		"a random too long": {jsonOf(said(AfterGroupMessage, "carol", "hi", "Random", 1<<32)), 400},
		"no number":         {jsonOf(said(AfterGroupMessage, "carol", "hi", "MsgSeq", 0)), 400},
		"body no list":      {jsonOf(said(AfterGroupMessage, "carol", "hi", "MsgBody", map[string]any{})), 400},
		"not UTF-8":         {"{\"CallbackCommand\":\"\xff\"}", 400},
		"deep":              {`{"CallbackCommand":"Group.CallbackAfterSendMsg","x":` + strings.Repeat("[", 99) + strings.Repeat("]", 99) + `}`, 400},
		"too large":         {jsonOf(said(AfterGroupMessage, "carol", strings.Repeat("x", mostOfMessage))), 413},
	} {
		t.Run(name, func(t *testing.T) {
			if w := s.post(s.query(AfterGroupMessage), c.body); w.Code != c.want {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
	if len(s.sink.taken) != 0 {
		t.Errorf("%v", s.sink.taken)
	}
}

// A message that may have to be held is not shown on the ground that it is unreadable.
func TestWhatCannotBeReadIsNotShownInAGroupThatHolds(t *testing.T) {
	s := newStage(t, holding())
	again := `{"ActionStatus":"OK","ErrorInfo":"` + tryAgain + `","ErrorCode":10101}`
	for name, c := range map[string]struct{ body, want string }{
		"nothing":               {``, again},
		"no group":              {`{"CallbackCommand":"Group.CallbackBeforeSendMsg"}`, again},
		"half a pair":           {`{"CallbackCommand":"Group.CallbackBeforeSendMsg","GroupId":"@TGS#2QUIZROOM1","x":"\ud83d"}`, again},
		"half a pair, open":     {`{"CallbackCommand":"Group.CallbackBeforeSendMsg","GroupId":"@TGS#2OTHER","x":"\ud83d"}`, "400"},
		"no elements":           {jsonOf(said(BeforeGroupMessage, "carol", "/answer B", "MsgBody", "x")), again},
		"a text that is none":   {jsonOf(said(BeforeGroupMessage, "carol", "", "MsgBody", []any{map[string]any{"MsgType": "TIMTextElem", "MsgContent": map[string]any{"Text": 7}}})), again},
		"too large":             {jsonOf(said(BeforeGroupMessage, "carol", strings.Repeat("x", mostOfMessage))), again},
		"another command in it": {jsonOf(said(AfterGroupMessage, "carol", "/answer B")), again},
	} {
		t.Run(name, func(t *testing.T) {
			w := s.post(s.query(BeforeGroupMessage), c.body)
			if got := w.Body.String(); got != c.want && fmt.Sprint(w.Code) != c.want {
				t.Errorf("%d %s", w.Code, got)
			}
		})
	}
	if len(s.sink.held) != 0 || strings.Contains(s.log.String(), "/answer") {
		t.Errorf("%v %s", s.sink.held, s.log)
	}
}

// Who has a proof for five minutes does not fill the disk with what cannot be read.
func TestWhatCannotBeReadHasAFewLinesInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, holding())
		s.sink.hold = failing(errors.New("no"))
		for range 50 {
			s.tell(said(BeforeGroupMessage, "carol", "/answer B", "GroupId", room1+chat.GroupID(strings.Repeat("x", 9999)), "Random", "none"))
		}
		s.tell(said(BeforeGroupMessage, strings.Repeat("y", 9999), "/answer B"))
		if n := strings.Count(s.log.String(), "cannot be read"); n != strangers.LinesAMinute {
			t.Errorf("%d lines", n)
		}
		if n := len(s.log.String()); n > 4000 {
			t.Errorf("%d bytes of log", n)
		}
		time.Sleep(strangers.HushFor + time.Second)
		if !strings.Contains(s.log.String(), "besides=45") {
			t.Errorf("%s", s.log)
		}
	})
}

func TestTheGroupOfALargeBodyThatWasDestroyedFits(t *testing.T) {
	s := newStage(t, rule("gone", func(r *Rule) { r.What = "group_destroyed" }))
	var members []any
	for i := range 6000 {
		members = append(members, map[string]any{"Member_Account": fmt.Sprintf("%032d", i)})
	}
	s.want(t, s.tell(map[string]any{"CallbackCommand": GroupDestroyed, "GroupId": room1, "EventTime": "1767225600456", "MemberList": members}), okAnswer)
	if len(s.sink.taken) != 1 || len(s.sink.changed) != 1 {
		t.Errorf("%v %v", s.sink.taken, s.sink.changed)
	}
}

func TestApplicationsWithOnePathAndTokensThatChange(t *testing.T) {
	other := app()
	other.Name, other.SDKAppID, other.Tokens = "second", 1400000002, []string{"old", "new"}
	s := stageOf(t, []App{app(), other}, Options{}, holding())
	for sdk, tokens := range map[string][]string{"1400000001": {token}, "1400000002": {"old", "new"}} {
		for _, signed := range []string{token, "old", "new"} {
			q := s.query(BeforeGroupMessage)
			q.Set("SdkAppid", sdk)
			q.Set("Sign", Sign(signed, q.Get("RequestTime")))
			want := 401
			for _, t := range tokens {
				if t == signed {
					want = 200
				}
			}
			if w := s.post(q, jsonOf(said(BeforeGroupMessage, "carol", "/answer B"))); w.Code != want {
				t.Errorf("%s signed with %s: %d", sdk, signed, w.Code)
			}
		}
	}
	if len(s.sink.held) != 1 || s.sink.held[0].callback.App != "main" {
		t.Errorf("%v", s.sink.held)
	}
	insecure := app()
	insecure.Tokens, insecure.Insecure = nil, true
	if err := s.Swap([]App{insecure}, nil); err != nil {
		t.Fatal(err)
	}
	q := s.query("X")
	q.Del("Sign")
	q.Del("RequestTime")
	if w := s.post(q, `{"CallbackCommand":"X"}`); w.Code != 200 {
		t.Errorf("insecure: %d %s", w.Code, w.Body)
	}
}

func TestUnknownCommandsAreAnsweredAndCounted(t *testing.T) {
	s := newStage(t, holding())
	for i := range 3 * mostUnknown {
		command := fmt.Sprintf("Group.New%d", i)
		s.want(t, s.tell(map[string]any{"CallbackCommand": command, "Whatever": []int{1}}), okAnswer)
	}
	s.want(t, s.tell(map[string]any{"CallbackCommand": "Sns.CallbackFriendAdd"}), okAnswer)
	if s.saw.of("answered other ok") != 2*mostUnknown || s.saw.of("answered Group.New7 ok") != 1 || s.saw.of("answered Sns.CallbackFriendAdd ok") != 1 {
		t.Errorf("%v", s.saw.n)
	}
	if n := strings.Count(s.log.String(), "does not know"); n != mostUnknown {
		t.Errorf("%d lines", n)
	}
}

func TestWhatWasNotTakenIsSaidSo(t *testing.T) {
	s := newStage(t, open("asked", "help"))
	s.sink.take = func() error { return errors.New("the disk is full") }
	if got := s.tell(said(AfterGroupMessage, "carol", "/help")); !strings.HasPrefix(got, "503") {
		t.Error(got)
	}
	if s.saw.of("answered Group.CallbackAfterSendMsg failed") != 1 || !strings.Contains(s.log.String(), "the disk is full") {
		t.Errorf("%v %s", s.saw.n, s.log)
	}
}

func TestAllThatIsWrongIsReportedAtOnce(t *testing.T) {
	twin := app()
	twin.Name = "twin"
	bad := App{Name: "bad", Path: "/elsewhere", Tokens: []string{""}}
	err := Check([]App{app(), twin, bad}, []Rule{
		{App: "nowhere", Bot: "b", Trigger: "t", Groups: holding().Groups, Via: "group", Any: true},
		rule("two ways", func(r *Rule) { r.Via, r.Any, r.Commands = "group", true, []string{"a"} }),
		rule("held direct", func(r *Rule) { r.Via, r.Any, r.Hold = "direct", true, true }),
		rule("slash", func(r *Rule) { r.Via, r.Commands = "group", []string{"/answer"} }),
		rule("nothing", func(*Rule) {}),
		rule("no mask", func(r *Rule) { r.Via, r.Any, r.Mask = "group", true, &Mask{} }),
		rule("odd", func(r *Rule) { r.What = "moon_rose" }),
		{App: "main", Bot: "b", Trigger: "nowhere", Via: "group", Any: true},
	})
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, part := range []string{"same path and the same SDKAppID", `"bad": there is no SDKAppID`, "does not begin with /callbacks/", "a token is empty", `app "nowhere" do not come to us`,
		`"two ways" of bot "quiz": it has to name`, `"held direct" of bot "quiz": only what is written in the group`, `"/answer" is no command`, "it waits for nothing",
		"the mask replaces nothing", "nothing of that name happens", "there is no group"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("not reported: %s\n%v", part, err)
		}
	}
	if strings.Contains(err.Error(), "9f8e7d") {
		t.Error("the path is told")
	}
}
