package im

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	mathrand "math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

// socket stands for what comes after the guard, and remembers what reached it.
type socket struct {
	bodies [][]byte
	heads  []*http.Request
}

func (s *socket) RoundTrip(r *http.Request) (*http.Response, error) {
	b, _ := io.ReadAll(r.Body)
	s.bodies, s.heads = append(s.bodies, b), append(s.heads, r)
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(okSent))}, nil
}

const guardBase = "https://im.example"

func newGuard() (*guard, *socket) {
	s := &socket{}
	return &guard{next: s, app: testApp, bases: []string{guardBase}}, s
}

func post(ctx context.Context, path string, body []byte) *http.Request {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, guardBase+path+"?sdkappid=1400001001&usersig=x", bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	return r
}

// try sends r through the guard.
func try(g *guard, r *http.Request) error {
	resp, err := g.RoundTrip(r)
	if err == nil {
		_ = resp.Body.Close()
	}
	return err
}

// drawMessage draws any message that can be sent.
func drawMessage(t *rapid.T) Targeted {
	ids := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z][a-z0-9_<é-]{0,20}`), 1, chat.MaxRecipients, rapid.ID).Draw(t, "to")
	users := make([]chat.UserID, len(ids))
	for i, id := range ids {
		users[i] = chat.UserID(id)
	}
	recipients, err := chat.NewRecipients(users)
	if err != nil {
		t.Fatal(err)
	}
	body := []chat.Element{{Text: &chat.Text{Text: rapid.StringN(1, 200, 800).Draw(t, "text")}}}
	if rapid.Bool().Draw(t, "custom") {
		body = append(body, chat.Element{Custom: &chat.Custom{Data: rapid.StringN(1, 50, 200).Draw(t, "data")}})
	}
	return Targeted{
		Group:    "@TGS#2QUIZROOM1",
		Type:     rapid.SampledFrom([]chat.GroupType{chat.Work, chat.Public, chat.Meeting}).Draw(t, "type"),
		From:     "quizbot",
		To:       recipients,
		Random:   rapid.Uint32Min(1000).Draw(t, "random"),
		Body:     body,
		Priority: rapid.SampledFrom([]chat.Priority{"", chat.High, chat.Ordinary, chat.Low}).Draw(t, "priority"),
		Push:     PushText(rapid.SampledFrom([]string{"", "Something new"}).Draw(t, "push")),
	}
}

func TestTheGuardStopsEveryChangedMessage(t *testing.T) {
	c := newClient(t, testConfig(t, "http://127.0.0.1:1"))
	stopped := 0
	tryChange := func(t interface{ Fatalf(string, ...any) }, p Prepared, name string, bad []byte) {
		g, s := newGuard()
		err := try(g, post(permit(context.Background(), p.may), paths[apiSend], bad))
		if !errors.Is(err, ErrGuard) || len(s.bodies) != 0 {
			t.Fatalf("%s: got %v, want ErrGuard, for %s", name, err, bad)
		}
		// The reading of the bytes must stop it, and not only that they are
		// others than were prepared.
		if p.may.check(bad) == nil {
			t.Fatalf("%s: reading the bytes found nothing in %s", name, bad)
		}
		stopped++
	}
	p := prepare(t, c, targeted(t))
	for name, change := range mutations {
		tryChange(t, p, name, change(split(t, p.body)))
	}
	names := slices.Sorted(maps.Keys(mutations))
	rapid.Check(t, func(t *rapid.T) {
		p, err := c.Prepare(drawMessage(t))
		if err != nil {
			t.Fatal(err)
		}
		g, s := newGuard()
		if err := try(g, post(permit(t.Context(), p.may), paths[apiSend], p.body)); err != nil {
			t.Fatalf("stopped a good message: %v", err)
		}
		if len(s.bodies) != 1 || !bytes.Equal(s.bodies[0], p.body) {
			t.Fatalf("let something else pass: %s", s.bodies)
		}
		for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 20, 20, rapid.ID).Draw(t, "changes") {
			tryChange(t, p, name, mutations[name](split(t, p.body)))
		}
	})
	if stopped < 1000 {
		t.Fatalf("only %d changed messages were tried", stopped)
	}
	t.Logf("%d changed messages, by %d kinds of change", stopped, len(mutations))
}

func TestTheGuardStopsAnyOtherByte(t *testing.T) {
	c := newClient(t, testConfig(t, "http://127.0.0.1:1"))
	p := prepare(t, c, targeted(t))
	g, s := newGuard()
	for i := range p.body {
		bad := bytes.Clone(p.body)
		bad[i] ^= 1
		if err := try(g, post(permit(t.Context(), p.may), paths[apiSend], bad)); !errors.Is(err, ErrGuard) {
			t.Fatalf("byte %d: got %v, want ErrGuard", i, err)
		}
	}
	if len(s.bodies) != 0 {
		t.Fatal("a changed message reached the socket")
	}
}

func TestTheGuardStopsWhatNobodyPrepared(t *testing.T) {
	c := newClient(t, testConfig(t, "http://127.0.0.1:1"))
	p := prepare(t, c, targeted(t))
	other := *p.may
	other.app++
	may := permit(t.Context(), p.may)
	broadcast := drop("To_Account")(split(t, p.body))
	for name, r := range map[string]*http.Request{
		"a message without a permission":         post(t.Context(), paths[apiSend], p.body),
		"a broadcast without a permission":       post(t.Context(), paths[apiSend], broadcast),
		"a permission of another application":    post(permit(t.Context(), &other), paths[apiSend], p.body),
		"a system notification":                  post(may, "/v4/group_open_http_svc/send_group_system_notification", p.body),
		"a one-to-one message":                   post(may, "/v4/openim/sendmsg", p.body),
		"messages to many":                       post(may, "/v4/openim/batchsendmsg", p.body),
		"a push to all":                          post(may, "/v4/all_member_push/im_push", p.body),
		"a change of a message":                  post(may, "/v4/openim/modify_group_msg", p.body),
		"an import of messages":                  post(may, "/v4/group_open_http_svc/import_group_msg", p.body),
		"an API unheard of":                      post(may, "/v4/group_open_http_svc/x", p.body),
		"the path in another case":               post(t.Context(), "/v4/group_open_http_svc/SEND_GROUP_MSG", p.body),
		"the path with escapes":                  post(t.Context(), "/v4/group_open_http_svc/send%5Fgroup_msg", broadcast),
		"the path with two slashes":              post(t.Context(), "//v4/group_open_http_svc/send_group_msg", broadcast),
		"the path through another":               post(t.Context(), "/v4/group_open_http_svc/get_group_info/../send_group_msg", broadcast),
		"the path with a slash at its end":       post(t.Context(), "/v4/group_open_http_svc/send_group_msg/", broadcast),
		"a recall that says something":           post(t.Context(), paths[apiRecall], []byte(`{"GroupId":"a","MsgSeqList":[{"MsgSeq":1}],"MsgBody":[]}`)),
		"a recall with words in its list":        post(t.Context(), paths[apiRecall], []byte(`{"GroupId":"a","MsgSeqList":[{"MsgSeq":1,"Text":"x"}]}`)),
		"a message in the place of a recall":     post(permit(t.Context(), p.may), paths[apiRecall], p.body),
		"an account that is given a picture":     post(t.Context(), paths[apiImport], []byte(`{"UserID":"a","Nick":"A","FaceUrl":"https://x"}`)),
		"an account without a name":              post(t.Context(), paths[apiImport], []byte(`{"UserID":"a"}`)),
		"an account with a name that is a text":  post(t.Context(), paths[apiImport], []byte(`{"UserID":"a","Nick":"`+strings.Repeat("x", maxNick+1)+`"}`)),
		"an account without an id":               post(t.Context(), paths[apiImport], []byte(`{"UserID":"","Nick":"A"}`)),
		"an account with an id in escapes":       post(t.Context(), paths[apiImport], []byte(`{"UserID":"\u0040RBT#a","Nick":"A"}`)),
		"an account with too long an id":         post(t.Context(), paths[apiImport], []byte(`{"UserID":"`+strings.Repeat("x", 33)+`","Nick":"A"}`)),
		"a robot that is made as an account":     post(t.Context(), paths[apiImport], []byte(`{"UserID":"@RBT#a","Nick":"A"}`)),
		"an account that is made as a robot":     post(t.Context(), paths[apiRobot], []byte(`{"UserID":"a","Nick":"A"}`)),
		"two accounts":                           post(t.Context(), paths[apiImport], []byte(`{"UserID":"a","Nick":"A"}{"UserID":"b","Nick":"B"}`)),
		"a message in the place of an account":   post(permit(t.Context(), p.may), paths[apiImport], p.body),
		"a list of networks with another number": change(post(t.Context(), paths[apiSources], []byte(`{}`)), func(r *http.Request) { r.URL.RawQuery += "&nettype=0" }),
		"a question with a list's number":        change(post(t.Context(), paths[apiRoles], []byte(`{}`)), func(r *http.Request) { r.URL.RawQuery += "&nettype=5" }),
		"a question with a repeated key":         post(t.Context(), paths[apiRoles], []byte(`{"GroupId":"a","GroupId":"b"}`)),
		"a question's path with escapes":         post(t.Context(), "/v4/group_open_http_svc/get%5Frole_in_group", []byte(`{}`)),
		"a question that is no JSON":             post(t.Context(), paths[apiRoles], []byte(`x`)),
		"a body far too large":                   post(t.Context(), paths[apiRoles], bytes.Repeat([]byte(" "), maxRequest+1)),
		"another method":                         change(post(may, paths[apiSend], p.body), func(r *http.Request) { r.Method = http.MethodPut }),
		"another host":                           change(post(may, paths[apiSend], p.body), func(r *http.Request) { r.URL.Host = "evil.example" }),
		"another host by its header":             change(post(may, paths[apiSend], p.body), func(r *http.Request) { r.Host = "evil.example" }),
		"without TLS":                            change(post(may, paths[apiSend], p.body), func(r *http.Request) { r.URL.Scheme = "http" }),
		"another application in the address":     change(post(may, paths[apiSend], p.body), func(r *http.Request) { r.URL.RawQuery = "sdkappid=1" }),
		"two applications in the address":        change(post(may, paths[apiSend], p.body), func(r *http.Request) { r.URL.RawQuery += "&sdkappid=1" }),
		"a body that is compressed, says a head": change(post(may, paths[apiSend], p.body), func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }),
		"no body":                                change(post(may, paths[apiSend], p.body), func(r *http.Request) { r.Body = nil }),
		"a body that is empty":                   change(post(may, paths[apiSend], p.body), func(r *http.Request) { r.Body = http.NoBody }),
	} {
		t.Run(name, func(t *testing.T) {
			g, s := newGuard()
			err := try(g, r)
			if !errors.Is(err, ErrGuard) || len(s.bodies) != 0 {
				t.Errorf("got %v, want ErrGuard; %d requests passed", err, len(s.bodies))
			}
		})
	}
}

func change(r *http.Request, f func(*http.Request)) *http.Request {
	f(r)
	return r
}

func TestTheGuardSendsTheBytesThatItRead(t *testing.T) {
	c := newClient(t, testConfig(t, "http://127.0.0.1:1"))
	p := prepare(t, c, targeted(t))
	g, s := newGuard()
	r := post(permit(t.Context(), p.may), paths[apiSend], p.body)
	// A length and a second body that say otherwise must not matter.
	r.ContentLength = 3
	r.TransferEncoding = []string{"chunked"}
	r.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("{}")), nil }
	if err := try(g, r); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(s.bodies[0], p.body) {
		t.Errorf("sent %s", s.bodies[0])
	}
	head := s.heads[0]
	again, err := head.GetBody()
	if err != nil {
		t.Fatal(err)
	}
	repeat, err := io.ReadAll(again)
	if err != nil || !bytes.Equal(repeat, p.body) {
		t.Errorf("a repeat would send %s, %v", repeat, err)
	}
	if head.ContentLength != int64(len(p.body)) || head.TransferEncoding != nil {
		t.Errorf("the head says %d bytes, %v", head.ContentLength, head.TransferEncoding)
	}
}

// changed is the bytes, changed at one to three places.
func changed(r *mathrand.Rand, body []byte) []byte {
	const bits = "{}[]\",:\\u0a1 e\xff"
	body = bytes.Clone(body)
	for range 1 + r.IntN(3) {
		at, to := r.IntN(len(body)), r.IntN(len(body))
		switch r.IntN(3) {
		case 0:
			body[at] = bits[r.IntN(len(bits))]
		case 1:
			body = append(body[:at:at], append([]byte{bits[r.IntN(len(bits))]}, body[at:]...)...)
		case 2: // something is left out, or there twice
			body = append(body[:at:at], body[to:]...)
			if len(body) == 0 {
				return body
			}
		}
	}
	return body
}

func TestTheGuardNeverLetsPassWhatASlowReadingStops(t *testing.T) {
	c := newClient(t, testConfig(t, "http://127.0.0.1:1"))
	seed := mathrand.Uint64()
	t.Logf("seed %d", seed)
	r := mathrand.New(mathrand.NewPCG(seed, 0)) //nolint:gosec // a test
	const recall = `{"GroupId":"a","MsgSeqList":[{"MsgSeq":1},{"MsgSeq":22}]}`
	for _, kind := range everyElement() {
		m := targeted(t)
		m.Body = []chat.Element{kind}
		p := prepare(t, c, m)
		if err := p.may.check(p.body); err != nil {
			t.Fatalf("stopped a good message: %v", err)
		}
		for range 2_000 {
			if bad := changed(r, p.body); p.may.check(bad) == nil && p.may.slowly(bad) != nil {
				t.Fatalf("passed: %s", bad)
			}
			for api, good := range map[string]string{
				apiRecall: recall, apiGroups: recall,
				apiImport: `{"UserID":"quizbot","Nick":"Quiz"}`, apiRobot: `{"UserID":"@RBT#quiz","Nick":""}`,
			} {
				if bad := changed(r, []byte(good)); showsNothing(api, bad) == nil && slowShowsNothing(api, bad) != nil {
					t.Fatalf("passed as %s: %s", api, bad)
				}
			}
		}
	}
}

// Whatever passes the reading of bytes must also mean the same to a reader that
// is as lenient as can be.
func FuzzGuardedBytes(f *testing.F) {
	c := newClient(f, testConfig(f, "http://127.0.0.1:1"))
	p := prepare(f, c, targeted(f))
	f.Add(p.body)
	for _, change := range mutations {
		f.Add(change(split(f, p.body)))
	}
	for _, good := range []string{
		`{"GroupId":"a","MsgSeqList":[{"MsgSeq":1},{"MsgSeq":22}]}`, `{"UserID":"quizbot","Nick":"Quiz"}`, `{"UserID":"@RBT#quiz","Nick":""}`,
	} {
		f.Add([]byte(good))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, api := range []string{apiRoles, apiRecall, apiImport, apiRobot} {
			if showsNothing(api, body) == nil && slowShowsNothing(api, body) != nil {
				t.Fatalf("the slow reading stops what passes as %s: %s", api, body)
			}
		}
		if p.may.check(body) != nil {
			return
		}
		if err := p.may.slowly(body); err != nil {
			t.Fatalf("the slow reading says %v of what passes: %s", err, body)
		}
		var lenient struct {
			To    []string        `json:"To_Account"`
			Group string          `json:"GroupId"`
			At    json.RawMessage `json:"GroupAtInfo"`
		}
		if err := json.Unmarshal(body, &lenient); err != nil {
			t.Fatal(err)
		}
		if len(lenient.To) != 2 || lenient.To[0] != "alice_owner" || lenient.To[1] != "bob_admin" ||
			lenient.Group != "@TGS#2QUIZROOM1" || lenient.At != nil {
			t.Fatalf("passed: %s", body)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	for _, s := range answers {
		f.Add([]byte(s))
	}
	for _, s := range []string{okSent, fail(10002), `{}`, `null`, `{"ErrorCode":0,"ActionStatus":"FAIL"}`, `{"ErrorCode":1e0}`, `{"ErrorCode":0,"MsgDropReason":"MsgFreqCtrl"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		sameFields(t, body)
		a, failure := readAnswer(apiSend, body)
		if failure != nil {
			if failure.Class == "" || failure.Error() == "" {
				t.Fatalf("an error without a class: %#v", failure)
			}
			return
		}
		// Accepted only with an ErrorCode that is 0 to everybody.
		var m map[string]any
		if err := json.Unmarshal(body, &m); err != nil || m["ErrorCode"] != float64(0) {
			t.Fatalf("accepted %q", body)
		}
		_ = a.dropped()
		var list []memberEntry
		_ = a.must("MemberList", &list)
	})
}
