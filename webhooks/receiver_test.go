package webhooks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.uber.org/goleak"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/problem"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What must never be seen in a log.
const (
	secret    = "whsec_Y2FuYXJ5LXNlY3JldC1vZi10aGUtcXVpei1ob29r"
	oldSecret = "whsec_Y2FuYXJ5LXNlY3JldC1iZWZvcmUtcm90YXRpb24="
	token     = "canary-token-of-the-standup-hook"
	oldToken  = "canary-token-before-the-rotation"
	answer    = `{"user":"ann","answer":"canary-in-the-body"}`
)

var now = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

// kept is what was accepted, deduplicated by id as the store does it.
type kept struct {
	mu   sync.Mutex
	all  []Delivery
	last Received
	err  error
}

func (k *kept) accept(_ context.Context, r Received) ([]chat.Receipt, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err != nil {
		return nil, k.err
	}
	var receipts []chat.Receipt
	for _, d := range r.Deliveries {
		i := slices.IndexFunc(k.all, func(old Delivery) bool { return d.ID != "" && old.ID == d.ID })
		repeated := i >= 0
		if !repeated {
			i = len(k.all)
			k.all = append(k.all, d)
		}
		receipts = append(receipts, receipt(i, repeated))
	}
	k.last = r
	return receipts, nil
}

func receipt(i int, repeated bool) chat.Receipt {
	return chat.Receipt{
		ID:       chat.ReceiptID(fmt.Sprintf("r%d", i)),
		Events:   []chat.EventID{chat.EventID(17 + 2*i), chat.EventID(18 + 2*i)},
		Repeated: repeated,
	}
}

func (k *kept) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.all)
}

// stage is a receiver with two hooks, on loopback.
type stage struct {
	t    *testing.T
	kept *kept
	log  *logBuffer
	r    *Receiver
	srv  *httptest.Server
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func logTo(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, kept: &kept{}, log: &logBuffer{}}
	r, err := New([]Hook{
		signing("quiz", s.kept.accept),
		small(bearing("standup", s.kept.accept, token, oldToken)),
	}, Options{
		Log: logTo(s.log),
		Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	r.hush.Most = 10_000 // the tests want to see them all
	s.r = r
	s.srv = httptest.NewUnstartedServer(nil)
	s.srv.Config = Server(r, slog.New(slog.NewTextHandler(s.log, nil)))
	s.srv.Config.ReadHeaderTimeout = 200 * time.Millisecond
	s.srv.Config.ReadTimeout = 300 * time.Millisecond
	s.srv.Start()
	t.Cleanup(s.srv.Close)
	return s
}

// signing is a hook for Standard Webhooks, and bearing one for a token.
func signing(name string, accept func(context.Context, Received) ([]chat.Receipt, error)) Hook {
	return must(NewHook(name, "standard_webhooks", Settings{Secrets: []string{secret, oldSecret}}, accept))
}

func bearing(name string, accept func(context.Context, Received) ([]chat.Receipt, error), tokens ...string) Hook {
	return must(NewHook(name, "bearer", Settings{Secrets: tokens}, accept))
}

func small(h Hook) Hook {
	h.MaxBody = 2000
	return h
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// signed is a request of the official library's sending side.
func (s *stage) signed(secret, id string, at time.Time, body string) *http.Request {
	signature := must(must(standardwebhooks.NewWebhook(secret)).Sign(id, at, []byte(body)))
	req := s.post("quiz", body)
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", fmt.Sprint(at.Unix()))
	req.Header.Set("webhook-signature", signature)
	return req
}

func (s *stage) bearer(token, body string) *http.Request {
	req := s.post("standup", body)
	req.Header.Set("Authorization", "Bearer "+token)
	return req
}

func (s *stage) post(hook, body string) *http.Request {
	req := must(http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.srv.URL+"/hooks/"+hook, strings.NewReader(body)))
	req.Header.Set("Content-Type", "application/json")
	return req
}

// reply is an answer without its body, which has been read.
type reply struct {
	StatusCode int
	Header     http.Header
}

func (s *stage) do(req *http.Request) (reply, string) {
	s.t.Helper()
	res, err := s.srv.Client().Do(req)
	if err != nil {
		s.t.Fatalf("no answer: %v", err)
	}
	defer res.Body.Close()
	return reply{res.StatusCode, res.Header}, string(must(io.ReadAll(res.Body)))
}

// refused checks that the answer is this problem and that nothing was kept.
func (s *stage) refused(req *http.Request, status int) (reply, problem.Details) {
	s.t.Helper()
	before := s.kept.count()
	res, body := s.do(req)
	if res.StatusCode != status {
		s.t.Fatalf("status %d, want %d: %s", res.StatusCode, status, body)
	}
	if got := res.Header.Get("Content-Type"); got != "application/problem+json" {
		s.t.Errorf("content type %q, want a problem", got)
	}
	if s.kept.count() != before {
		s.t.Error("a refused webhook was kept")
	}
	var p problem.Details
	if req.Method == http.MethodHead {
		return res, p
	}
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		s.t.Fatalf("the problem is no JSON: %v: %s", err, body)
	}
	if p.Title != http.StatusText(status) || p.Status != status || p.Detail == "" ||
		p.Request == "" || p.Request != res.Header.Get("X-Request-Id") {
		s.t.Errorf("the problem is incomplete: %+v", p)
	}
	return res, p
}

func TestAccepts(t *testing.T) {
	t.Run("a webhook of the official library is kept to the byte and answered with its events", func(t *testing.T) {
		s := newStage(t)
		body := " " + answer + "\n"
		req := s.signed(secret, "msg_1", now, body)
		req.Header.Set("X-Request-Id", "from-the-sender:1")
		res, got := s.do(req)
		if res.StatusCode != http.StatusAccepted || strings.TrimSpace(got) != `{"receipt":"r0","events":["e17","e18"],"repeated":false}` {
			t.Fatalf("%d %s", res.StatusCode, got)
		}
		if res.Header.Get("Location") != "/v1/events/e17" || res.Header.Get("X-Request-Id") != "from-the-sender:1" {
			t.Errorf("headers %v", res.Header)
		}
		r := s.kept.all[0]
		if r.ID != "msg_1" || string(r.Payload) != body || s.kept.last.RequestID != "from-the-sender:1" {
			t.Errorf("kept %+v", r)
		}
	})
	t.Run("a repeat is told the first events again", func(t *testing.T) {
		s := newStage(t)
		s.do(s.signed(secret, "msg_1", now.Add(-time.Minute), answer))
		res, got := s.do(s.signed(secret, "msg_1", now, answer))
		if res.StatusCode != http.StatusAccepted || strings.TrimSpace(got) != `{"receipt":"r0","events":["e17","e18"],"repeated":true}` {
			t.Fatalf("%d %s", res.StatusCode, got)
		}
		if s.kept.count() != 1 || res.Header.Get("Location") != "/v1/events/e17" {
			t.Errorf("%d kept, headers %v", s.kept.count(), res.Header)
		}
	})

	fine := map[string]func(s *stage) *http.Request{
		"signed with the secret before the rotation": func(s *stage) *http.Request { return s.signed(oldSecret, "m", now, answer) },
		"signed just within five minutes ago":        func(s *stage) *http.Request { return s.signed(secret, "m", now.Add(-300*time.Second), answer) },
		"signed just within five minutes to come":    func(s *stage) *http.Request { return s.signed(secret, "m", now.Add(300*time.Second), answer) },
		"a right signature among wrong and unknown ones": func(s *stage) *http.Request {
			req := s.signed(secret, "m", now, answer)
			req.Header.Set("webhook-signature", "v1,AAAA v1a,AAAA v9 junk "+req.Header.Get("webhook-signature")+" v1,!")
			return req
		},
		"bearer":                       func(s *stage) *http.Request { return s.bearer(token, answer) },
		"bearer in small letters":      func(s *stage) *http.Request { return with(s.bearer("", answer), "Authorization", "bearer "+token) },
		"bearer with the token before": func(s *stage) *http.Request { return s.bearer(oldToken, answer) },
		"JSON with a charset": func(s *stage) *http.Request {
			return with(s.bearer(token, answer), "Content-Type", "application/json; charset=UTF-8")
		},
		"JSON of a vendor's kind": func(s *stage) *http.Request {
			return with(s.bearer(token, answer), "Content-Type", "application/vnd.x+json")
		},
		"encoding identity":               func(s *stage) *http.Request { return with(s.bearer(token, answer), "Content-Encoding", "identity") },
		"a body of exactly the limit":     func(s *stage) *http.Request { return s.bearer(token, `"`+strings.Repeat("x", 1998)+`"`) },
		"a chunked body":                  func(s *stage) *http.Request { return chunked(s.bearer(token, ""), answer) },
		"a payload that is only a number": func(s *stage) *http.Request { return s.bearer(token, "17") },
		"deep nesting just within bounds": func(s *stage) *http.Request {
			return s.bearer(token, strings.Repeat("[", maxDepth)+strings.Repeat("]", maxDepth))
		},
		"one key in two different objects": func(s *stage) *http.Request { return s.bearer(token, `{"a":{"a":1},"b":[{"a":1},{"a":2}]}`) },
		"a query string":                   func(s *stage) *http.Request { r := s.bearer(token, answer); r.URL.RawQuery = "a=b"; return r },
	}
	for name, request := range fine {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			if res, body := s.do(request(s)); res.StatusCode != http.StatusAccepted {
				t.Fatalf("%d %s", res.StatusCode, body)
			}
			if s.kept.count() != 1 {
				t.Errorf("%d kept", s.kept.count())
			}
			if log := s.log.String(); !strings.Contains(log, "receipt=r0") || !strings.Contains(log, "e17") {
				t.Errorf("the log does not tell what it became: %s", log)
			} else if strings.Contains(log, "canary") || strings.Contains(log, "v1,") || strings.Contains(log, "a=b") {
				t.Errorf("the log tells too much: %s", log)
			}
		})
	}
}

func TestBearerIDs(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*http.Request)
		want string
	}{
		"none":                       {func(*http.Request) {}, ""},
		"bare idempotency key":       {func(r *http.Request) { r.Header.Set("Idempotency-Key", "build-7") }, "build-7"},
		"quoted idempotency key":     {func(r *http.Request) { r.Header.Set("Idempotency-Key", `"build-7"`) }, "build-7"},
		"quoted with escapes":        {func(r *http.Request) { r.Header.Set("Idempotency-Key", `"a\"b\\"`) }, `a"b\`},
		"webhook id":                 {func(r *http.Request) { r.Header.Set("webhook-id", "msg_7") }, "msg_7"},
		"the key before the webhook": {func(r *http.Request) { r.Header.Set("webhook-id", "x"); r.Header.Set("Idempotency-Key", "y") }, "y"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			req := s.bearer(token, answer)
			c.set(req)
			if res, body := s.do(req); res.StatusCode != http.StatusAccepted {
				t.Fatalf("%d %s", res.StatusCode, body)
			}
			if got := s.kept.all[0].ID; got != c.want {
				t.Errorf("id %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatAcceptSays(t *testing.T) {
	t.Run("a payload of the wrong shape is 422 with the reason, which the log is not told", func(t *testing.T) {
		s := newStage(t)
		s.kept.err = fmt.Errorf("%w: sender: payload.user is 7, canary-in-the-reason", ErrUnprocessable)
		_, p := s.refused(s.bearer(token, answer), http.StatusUnprocessableEntity)
		if p.Detail != "The payload does not fit this hook: sender: payload.user is 7, canary-in-the-reason." {
			t.Errorf("detail %q", p.Detail)
		}
		if strings.Contains(s.log.String(), "canary") {
			t.Errorf("the log quotes the payload: %s", s.log)
		}
	})
	t.Run("a reason that quotes nothing of the payload is in the log too", func(t *testing.T) {
		s := newStage(t)
		s.kept.err = &Unfit{errors.New("sender: the payload has nothing there")}
		_, p := s.refused(s.bearer(token, answer), http.StatusUnprocessableEntity)
		const want = "he payload does not fit this hook: sender: the payload has nothing there"
		if p.Detail != "T"+want+"." || !strings.Contains(s.log.String(), want) {
			t.Errorf("detail %q, log %s", p.Detail, s.log)
		}
	})
	t.Run("a store that is down is 503, and the same webhook passes later", func(t *testing.T) {
		s := newStage(t)
		s.kept.err = errors.New("the disk is full")
		res, p := s.refused(s.signed(secret, "msg_1", now, answer), http.StatusServiceUnavailable)
		if res.Header.Get("Retry-After") != "5" || strings.Contains(p.Detail, "disk") {
			t.Errorf("headers %v, detail %q", res.Header, p.Detail)
		}
		if !strings.Contains(s.log.String(), "the disk is full") {
			t.Error("the log does not say why")
		}
		s.kept.err = nil
		if res, body := s.do(s.signed(secret, "msg_1", now, answer)); res.StatusCode != http.StatusAccepted || strings.Contains(body, "true") {
			t.Errorf("the refused delivery burned its id: %d %s", res.StatusCode, body)
		}
	})
	t.Run("a panic is 500 and the next request is served", func(t *testing.T) {
		s := newStage(t)
		if err := s.r.Swap([]Hook{bearing("standup", func(_ context.Context, r Received) ([]chat.Receipt, error) {
			panic(string(r.Body))
		}, token)}); err != nil {
			t.Fatal(err)
		}
		s.refused(s.bearer(token, answer), http.StatusInternalServerError)
		if err := s.r.Swap([]Hook{bearing("standup", s.kept.accept, token)}); err != nil {
			t.Fatal(err)
		}
		if res, body := s.do(s.bearer(token, answer)); res.StatusCode != http.StatusAccepted {
			t.Errorf("%d %s", res.StatusCode, body)
		}
		if log := s.log.String(); !strings.Contains(log, "panic of type string") || strings.Contains(log, "canary") {
			t.Errorf("log: %s", log)
		}
	})
	t.Run("an Accept that hangs is 503", func(t *testing.T) {
		r := must(New([]Hook{bearing("slow", func(ctx context.Context, _ Received) ([]chat.Receipt, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, token)}, Options{AcceptTimeout: 10 * time.Millisecond}))
		req := httptest.NewRequest(http.MethodPost, "/hooks/slow", strings.NewReader("{}"))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		rec := httptest.NewRecorder()
		r.ServeHTTP(rec, req)
		if rec.Code != http.StatusServiceUnavailable {
			t.Errorf("%d %s", rec.Code, rec.Body)
		}
	})
	t.Run("while stopping, everything new is 503", func(t *testing.T) {
		s := newStage(t)
		s.r.Stop()
		s.refused(s.bearer(token, answer), http.StatusServiceUnavailable)
	})
}

func TestSwap(t *testing.T) {
	s := newStage(t)
	t.Run("a wrong hook changes nothing", func(t *testing.T) {
		err := s.r.Swap([]Hook{bearing("new", s.kept.accept, token), {Name: "quiz"}})
		if err == nil || !strings.Contains(err.Error(), `"quiz"`) {
			t.Fatalf("err = %v", err)
		}
		s.t = t
		s.refused(s.post("new", answer), http.StatusNotFound)
		if res, body := s.do(s.bearer(token, answer)); res.StatusCode != http.StatusAccepted {
			t.Errorf("%d %s", res.StatusCode, body)
		}
	})
	t.Run("old addresses go and new ones come at once", func(t *testing.T) {
		if err := s.r.Swap([]Hook{bearing("new", s.kept.accept, token)}); err != nil {
			t.Fatal(err)
		}
		s.t = t
		s.refused(s.bearer(token, answer), http.StatusNotFound)
		if res, _ := s.do(with(s.post("new", answer), "Authorization", "Bearer "+token)); res.StatusCode != http.StatusAccepted {
			t.Errorf("%d", res.StatusCode)
		}
	})
}

func TestConstruction(t *testing.T) {
	accept := (&kept{}).accept
	good := bearing("a", accept, token)
	but := func(change func(*Hook)) []Hook {
		h := good
		change(&h)
		return []Hook{h}
	}
	for name, hooks := range map[string][]Hook{
		"no name":                        but(func(h *Hook) { h.Name = "" }),
		"a name with a slash":            but(func(h *Hook) { h.Name = "a/b" }),
		"a name of dots":                 but(func(h *Hook) { h.Name = ".." }),
		"open to everybody":              but(func(h *Hook) { h.Credentials = nil }),
		"a credential open to everybody": but(func(h *Hook) { h.Credentials = []Credential{h.Credentials[0], {Name: "ci"}} }),
		"nobody reads":                   but(func(h *Hook) { h.Read = nil }),
		"nobody accepts":                 but(func(h *Hook) { h.Accept = nil }),
		"a negative limit":               but(func(h *Hook) { h.MaxBody = -1 }),
		"one name twice":                 {good, good},
	} {
		t.Run("hook: "+name, func(t *testing.T) {
			if _, err := New(hooks, Options{}); err == nil {
				t.Error("it was taken")
			}
		})
	}
	for name, secrets := range map[string][]string{
		"none":              nil,
		"an empty one":      {""},
		"one is empty":      {secret, ""},
		"only the prefix":   {"whsec_"},
		"no prefix":         {strings.TrimPrefix(secret, "whsec_")},
		"a public key":      {"whpk_" + strings.TrimPrefix(secret, "whsec_")},
		"not base64":        {"whsec_canary!canary!canary!canary!canary!"},
		"too short":         {"whsec_Y2FuYXJ5"},
		"longer than 64":    {"whsec_" + strings.Repeat("Y2Fu", 22)},
		"blanks in between": {"whsec_Y2Fu Y2Fu Y2Fu Y2Fu Y2Fu Y2Fu Y2Fu Y2Fu"},
	} {
		t.Run("secrets: "+name, func(t *testing.T) {
			_, err := NewHook("a", "standard_webhooks", Settings{Secrets: secrets}, accept)
			if err == nil {
				t.Fatal("it was taken")
			}
			if strings.Contains(err.Error(), "Y2Fu") || strings.Contains(err.Error(), "canary") {
				t.Errorf("the error quotes the secret: %v", err)
			}
		})
	}
	for name, tokens := range map[string][]string{
		"none":           nil,
		"an empty one":   {""},
		"only blanks":    {"                    "},
		"too short":      {"canary-15-chars"},
		"a blank within": {"canary canary canary"},
		"not ASCII":      {"canary-canary-canäry"},
	} {
		t.Run("tokens: "+name, func(t *testing.T) {
			_, err := NewHook("a", "bearer", Settings{Secrets: tokens}, accept)
			if err == nil {
				t.Fatal("it was taken")
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error quotes the token: %v", err)
			}
		})
	}
}

func with(req *http.Request, name string, values ...string) *http.Request {
	req.Header[http.CanonicalHeaderKey(name)] = values
	return req
}

func without(req *http.Request, name string) *http.Request {
	req.Header.Del(name)
	return req
}

// chunked sends the body without saying its length.
func chunked(req *http.Request, body string) *http.Request {
	req.Body = io.NopCloser(io.MultiReader(strings.NewReader(body)))
	req.ContentLength = -1
	req.GetBody = nil
	return req
}
