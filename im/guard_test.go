package im

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

// socket stands for what comes after the guard, and remembers what reached it.
type socket struct{ bodies [][]byte }

func (s *socket) RoundTrip(r *http.Request) (*http.Response, error) {
	b, _ := io.ReadAll(r.Body)
	s.bodies = append(s.bodies, b)
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

// field is one key of an encoded message, in its place.
type field struct {
	key   string
	value string
}

type fields []field

func split(t interface{ Fatal(...any) }, body []byte) fields {
	dec := json.NewDecoder(bytes.NewReader(body))
	if _, err := dec.Token(); err != nil {
		t.Fatal(err)
	}
	var f fields
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatal(err)
		}
		f = append(f, field{`"` + key.(string) + `"`, string(value)})
	}
	return f
}

func (f fields) join() []byte {
	parts := make([]string, len(f))
	for i, x := range f {
		parts[i] = x.key + ":" + x.value
	}
	return []byte("{" + strings.Join(parts, ",") + "}")
}

func (f fields) value(key string) string {
	for _, x := range f {
		if x.key == `"`+key+`"` {
			return x.value
		}
	}
	return ""
}

// The changes that a bug or an attacker could make to an encoded message.
func set(key, value string) func(fields) []byte {
	return func(f fields) []byte {
		for i := range f {
			if f[i].key == `"`+key+`"` {
				f[i].value = value
			}
		}
		return f.join()
	}
}

func rename(key, as string) func(fields) []byte {
	return func(f fields) []byte {
		for i := range f {
			if f[i].key == `"`+key+`"` {
				f[i].key = as
			}
		}
		return f.join()
	}
}

func drop(key string) func(fields) []byte {
	return func(f fields) []byte {
		var kept fields
		for _, x := range f {
			if x.key != `"`+key+`"` {
				kept = append(kept, x)
			}
		}
		return kept.join()
	}
}

func before(key, value string) func(fields) []byte {
	return func(f fields) []byte { return append(fields{{key, value}}, f...).join() }
}

func after(key, value string) func(fields) []byte {
	return func(f fields) []byte { return append(f, field{key, value}).join() }
}

// list changes the recipients as text.
func list(change func(ids []string) []string) func(fields) []byte {
	return func(f fields) []byte {
		var ids []json.RawMessage
		if err := json.Unmarshal([]byte(f.value("To_Account")), &ids); err != nil {
			panic(err)
		}
		var texts []string
		for _, id := range ids {
			texts = append(texts, string(id))
		}
		return set("To_Account", "["+strings.Join(change(texts), ",")+"]")(f)
	}
}

func whole(change func(string) string) func(fields) []byte {
	return func(f fields) []byte { return []byte(change(string(f.join()))) }
}

var mutations = map[string]func(fields) []byte{
	"no recipients: empty":                   set("To_Account", `[]`),
	"no recipients: null":                    set("To_Account", `null`),
	"no recipients: empty text":              set("To_Account", `""`),
	"no recipients: an object":               set("To_Account", `{}`),
	"no recipients: a number":                set("To_Account", `0`),
	"no recipients: false":                   set("To_Account", `false`),
	"no recipients: missing":                 drop("To_Account"),
	"no recipients: a list of null":          set("To_Account", `[null]`),
	"no recipients: a list of empty text":    set("To_Account", `[""]`),
	"no recipients: a list in a list":        list(func(ids []string) []string { return []string{"[" + strings.Join(ids, ",") + "]"} }),
	"no recipients: as text":                 func(f fields) []byte { return set("To_Account", `"alice"`)(f) },
	"misspelt: To_account":                   rename("To_Account", `"To_account"`),
	"misspelt: ToAccount":                    rename("To_Account", `"ToAccount"`),
	"misspelt: to_account":                   rename("To_Account", `"to_account"`),
	"misspelt: TO_ACCOUNT":                   rename("To_Account", `"TO_ACCOUNT"`),
	"misspelt: blank at the end":             rename("To_Account", `"To_Account "`),
	"misspelt: zero byte":                    rename("To_Account", `"To_Account\u0000"`),
	"misspelt: another script's o":           rename("To_Account", `"Tо_Account"`),
	"twice: in a spelling that folds alike":  after(`"MſgBody"`, `[]`),
	"disguised: with escapes":                rename("To_Account", `"To\u005fAccount"`),
	"disguised: all escapes":                 rename("To_Account", `"\u0054o_Account"`),
	"the sister API's name":                  rename("To_Account", `"ToMembers_Account"`),
	"twice: the empty one before":            before(`"To_Account"`, `[]`),
	"twice: the empty one after":             after(`"To_Account"`, `[]`),
	"twice: null after":                      after(`"To_Account"`, `null`),
	"twice: the second with escapes":         after(`"To_Accoun\u0074"`, `[]`),
	"twice: the second in another case":      after(`"to_account"`, `[]`),
	"twice: the same again":                  func(f fields) []byte { return after(`"To_Account"`, f.value("To_Account"))(f) },
	"others: one more":                       list(func(ids []string) []string { return append(ids, `"eve"`) }),
	"others: one fewer":                      list(func(ids []string) []string { return ids[1:] }),
	"others: somebody else":                  list(func(ids []string) []string { return append([]string{`"eve"`}, ids[1:]...) }),
	"others: one in another case":            list(func(ids []string) []string { return append([]string{strings.ToUpper(ids[0])}, ids[1:]...) }),
	"others: a number":                       list(func(ids []string) []string { return append([]string{"1"}, ids[1:]...) }),
	"others: null":                           list(func(ids []string) []string { return append([]string{"null"}, ids[1:]...) }),
	"others: the first twice":                list(func(ids []string) []string { return append([]string{ids[0]}, ids...) }),
	"others: fifty-one":                      list(func([]string) []string { return strings.Split(strings.Repeat(`"u",`, 50)+`"u"`, ",") }),
	"others: five hundred":                   list(func([]string) []string { return strings.Split(strings.Repeat(`"u",`, 499)+`"u"`, ",") }),
	"mentions: everybody":                    after(`"GroupAtInfo"`, `[{"GroupAtAllFlag":1}]`),
	"mentions: none":                         after(`"GroupAtInfo"`, `[]`),
	"mentions: null":                         before(`"GroupAtInfo"`, `null`),
	"mentions: in another case":              after(`"groupatinfo"`, `[{"GroupAtAllFlag":1}]`),
	"mentions: with escapes":                 after(`"GroupAt\u0049nfo"`, `[{"GroupAtAllFlag":1}]`),
	"another group":                          set("GroupId", `"@TGS#2OTHER"`),
	"a Community":                            set("GroupId", `"@TGS#_abc"`),
	"no group":                               drop("GroupId"),
	"a group of null":                        set("GroupId", `null`),
	"two groups":                             after(`"GroupId"`, `"@TGS#2OTHER"`),
	"a topic":                                after(`"TopicId"`, `"@TGS#_x@TOPIC#_y"`),
	"another sender":                         set("From_Account", `"administrator"`),
	"no sender":                              drop("From_Account"),
	"an empty sender":                        set("From_Account", `""`),
	"another Random":                         set("Random", `77`),
	"no Random":                              drop("Random"),
	"Random as text":                         func(f fields) []byte { return set("Random", `"`+f.value("Random")+`"`)(f) },
	"Random as a float":                      func(f fields) []byte { return set("Random", f.value("Random")+`.0`)(f) },
	"callbacks: both allowed":                set("ForbidCallbackControl", `[]`),
	"callbacks: one allowed":                 set("ForbidCallbackControl", `["ForbidBeforeSendMsgCallback"]`),
	"callbacks: not said":                    drop("ForbidCallbackControl"),
	"body: empty":                            set("MsgBody", `[]`),
	"body: null":                             set("MsgBody", `null`),
	"body: an object":                        set("MsgBody", `{}`),
	"body: missing":                          drop("MsgBody"),
	"body: a relay of other messages":        set("MsgBody", `[{"MsgType":"TIMRelayElem","MsgContent":{}}]`),
	"body: two custom elements":              set("MsgBody", `[{"MsgType":"TIMCustomElem","MsgContent":{"Data":"a","Desc":""}},{"MsgType":"TIMCustomElem","MsgContent":{"Data":"b","Desc":""}}]`),
	"body: push text in a custom element":    set("MsgBody", `[{"MsgType":"TIMCustomElem","MsgContent":{"Data":"a","Desc":"the answer"}}]`),
	"body: a repeated key inside":            set("MsgBody", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a","Text":"b"}}]`),
	"body: an extra key inside":              set("MsgBody", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a"},"To_Account":[]}]`),
	"body: content that is text":             set("MsgBody", `[{"MsgType":"TIMTextElem","MsgContent":"a"}]`),
	"body: null inside":                      set("MsgBody", `[null]`),
	"body: far too large":                    set("MsgBody", `[{"MsgType":"TIMTextElem","MsgContent":{"Text":"`+strings.Repeat("a", 12<<10)+`"}}]`),
	"push: the message itself":               set("OfflinePushInfo", `{"PushFlag":0,"Desc":"the answer"}`),
	"push: whatever the elements say":        set("OfflinePushInfo", `{"PushFlag":0}`),
	"push: missing":                          drop("OfflinePushInfo"),
	"push: null":                             set("OfflinePushInfo", `null`),
	"push: with an extension":                set("OfflinePushInfo", `{"PushFlag":1,"Ext":"x"}`),
	"push: a flag that is true":              set("OfflinePushInfo", `{"PushFlag":true}`),
	"push: two flags":                        set("OfflinePushInfo", `{"PushFlag":1,"PushFlag":0}`),
	"mark: the message itself":               set("CloudCustomData", `"the answer"`),
	"mark: missing":                          drop("CloudCustomData"),
	"priority: unknown":                      set("MsgPriority", `"high"`),
	"priority: missing":                      drop("MsgPriority"),
	"only for those online":                  after(`"OnlineOnlyFlag"`, `1`),
	"not the last message":                   after(`"SendMsgControl"`, `["NoLastMsg"]`),
	"a key unheard of":                       after(`"Anything"`, `1`),
	"an empty key":                           after(`""`, `1`),
	"whole: nothing":                         whole(func(string) string { return "" }),
	"whole: an empty object":                 whole(func(string) string { return "{}" }),
	"whole: null":                            whole(func(string) string { return "null" }),
	"whole: in a list":                       whole(func(s string) string { return "[" + s + "]" }),
	"whole: in an object":                    whole(func(s string) string { return `{"Request":` + s + "}" }),
	"whole: twice":                           whole(func(s string) string { return s + s }),
	"whole: followed by an object":           whole(func(s string) string { return s + "{}" }),
	"whole: followed by a brace":             whole(func(s string) string { return s + "}" }),
	"whole: cut off":                         whole(func(s string) string { return s[:len(s)/2] }),
	"whole: without its end":                 whole(func(s string) string { return s[:len(s)-1] }),
	"whole: with a comment":                  whole(func(s string) string { return strings.Replace(s, ",", ",/**/", 1) }),
	"whole: with a byte order mark":          whole(func(s string) string { return "\ufeff" + s }),
	"whole: not UTF-8":                       whole(func(s string) string { return strings.Replace(s, "TIM", "\xff\xfeM", 1) }),
	"whole: as a form":                       whole(func(string) string { return "GroupId=%40TGS%232QUIZROOM1&To_Account=alice" }),
	"whole: an object where a key should be": whole(func(s string) string { return "{" + s }),
	"whole: nested without end":              whole(func(string) string { return strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000) }),
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
		"a question with a repeated key":         post(t.Context(), paths[apiRoles], []byte(`{"GroupId":"a","GroupId":"b"}`)),
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
	f.Fuzz(func(t *testing.T, body []byte) {
		if p.may.check(body) != nil {
			return
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
	for _, s := range []string{okSent, fail(10002), `{}`, `null`, `{"ErrorCode":0,"ActionStatus":"FAIL"}`, `{"ErrorCode":1e0}`, `{"ErrorCode":0,"MsgDropReason":"MsgFreqCtrl"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
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
