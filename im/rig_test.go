package im

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// seen is a request as the service saw it.
type seen struct {
	api   string
	query map[string][]string
	body  map[string]any
	raw   string
}

// service answers as its test says and remembers what it was asked.
type service struct {
	*httptest.Server
	mu    sync.Mutex
	calls []seen
}

// serve starts a service. answer is called with the number of the call, from 0.
func serve(t testing.TB, answer func(w http.ResponseWriter, r *http.Request, n int, s seen)) *service {
	t.Helper()
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		call := seen{api: r.URL.Path, query: r.URL.Query(), raw: string(raw)}
		if err := json.Unmarshal(raw, &call.body); err != nil {
			t.Errorf("the request is not JSON: %v", err)
		}
		s.mu.Lock()
		n := len(s.calls)
		s.calls = append(s.calls, call)
		s.mu.Unlock()
		answer(w, r, n, call)
	}))
	t.Cleanup(s.Close)
	return s
}

// say is a service that gives these answers in turn, and the last for ever.
func say(t testing.TB, answers ...string) *service {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, _ *http.Request, n int, _ seen) {
		_, _ = io.WriteString(w, answers[min(n, len(answers)-1)])
	})
}

func (s *service) seen() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seen(nil), s.calls...)
}

const (
	testApp = 1400001001
	okSent  = `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0,"MsgTime":1767225600,"MsgSeq":42}`
)

func fail(code int) string {
	return fmt.Sprintf(`{"ActionStatus":"FAIL","ErrorCode":%d,"ErrorInfo":"anything"}`, code)
}

// testConfig is a client of that address that is not slowed down.
func testConfig(t testing.TB, url string) Config {
	t.Helper()
	return Config{
		SDKAppID: testApp, Administrator: "administrator", Key: mustKey(t, key1), BaseURL: url,
		Limits: Limits{PerAPI: 1e6, AllGroups: 1e6, PerGroup: 1e6, Accounts: 1e6},
	}
}

func newClient(t testing.TB, c Config) *Client {
	t.Helper()
	client, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func to(t testing.TB, ids ...chat.UserID) chat.Recipients {
	t.Helper()
	r, err := chat.NewRecipients(ids)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

const secretText = "the answer is <b> & nobody else's"

func targeted(t testing.TB) Targeted {
	t.Helper()
	return Targeted{
		Group: "@TGS#2QUIZROOM1", Type: chat.Public, From: "quizbot",
		To: to(t, "alice_owner", "bob_admin"), Random: 3735928559,
		Body: []chat.Element{{Text: &chat.Text{Text: secretText}}, {Custom: &chat.Custom{Data: `{"quiz":17}`}}},
	}
}

func prepare(t testing.TB, c *Client, m Targeted) Prepared {
	t.Helper()
	p, err := c.Prepare(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func wantClass(t testing.TB, err error, want Class) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("got %v (%T), want an *Error of class %s", err, err, want)
	}
	if e.Class != want {
		t.Fatalf("%v is of class %s, want %s", e, e.Class, want)
	}
	return e
}

// clock stands still until it is set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
