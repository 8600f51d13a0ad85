package webhooks

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

func TestPlainCallers(t *testing.T) {
	body := `{"text":"the build is red"}`
	set := func(values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header[headerIdempotencyKey] = values }
	}
	for _, kind := range []string{"bearer"} { // and whatever else has no rules but its own proof
		playKind(t, kind, Settings{Secrets: []string{token}, NeedID: true}, Sample{ID: "build-7", Body: []byte(body)}, []sent{
			{name: kind + ": a key", want: []Delivery{{ID: "build-7", Exact: true}}},
			{name: kind + ": a key in quotes is the same one", change: set(`"build-7"`), want: []Delivery{{ID: "build-7", Exact: true}}},
			{name: kind + ": a webhook id in its place", change: func(r *http.Request) {
				delete(r.Header, headerIdempotencyKey)
				r.Header.Set(headerID, "msg_7")
			}, want: []Delivery{{ID: "msg_7"}}},
			{name: kind + ": no key where one is asked for", change: set(), status: http.StatusBadRequest, detail: "Idempotency-Key is missing"},
			{name: kind + ": two keys", change: set("a", "b"), status: http.StatusBadRequest, detail: "more than once"},
			{name: kind + ": an empty key", change: set(""), status: http.StatusBadRequest, detail: "1 to 255"},
			{name: kind + ": a long key", change: set(strings.Repeat("k", 256)), status: http.StatusBadRequest, detail: "1 to 255"},
		})
	}
}

// Two requests under one key at a time: the second is told to wait, so that it
// is not told something else than the first.
func TestOneRequestAtATimeForAKey(t *testing.T) {
	keep := &kept{}
	began, end := make(chan bool), make(chan bool)
	hook := bearing("h", func(ctx context.Context, r Received) ([]chat.Receipt, error) {
		if r.Deliveries[0].ID == "slow" && keep.count() == 0 {
			began <- true
			<-end
		}
		return keep.accept(ctx, r)
	}, token)
	s := newStage(t)
	if err := s.r.Swap([]Hook{hook}); err != nil {
		t.Fatal(err)
	}
	post := func(key string) *http.Request {
		req := s.post("h", answer)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set(headerIdempotencyKey, key)
		return req
	}
	first := make(chan int, 1)
	go func() {
		res, err := s.srv.Client().Do(post("slow"))
		if err != nil {
			first <- 0
			return
		}
		_ = res.Body.Close()
		first <- res.StatusCode
	}()
	<-began
	if res, p := s.refused(post("slow"), http.StatusConflict); res.Header.Get("Retry-After") == "" || !strings.Contains(p.Detail, "Idempotency-Key") {
		t.Errorf("%v %+v", res.Header, p)
	}
	close(end)
	if got := <-first; got != http.StatusAccepted {
		t.Errorf("the first got %d", got)
	}
	if res, body := s.do(post("slow")); res.StatusCode != http.StatusAccepted || !strings.Contains(body, `"repeated":true`) {
		t.Errorf("later: %d %s", res.StatusCode, body)
	}
}

// batching reads a body as a list of deliveries.
type batching struct{ jsonOnly }

func (batching) Read(q *Request) (Reading, error) {
	reading := Reading{Batch: true}
	for i := range strings.Count(string(q.Body), "x") {
		reading.Deliveries = append(reading.Deliveries, Delivery{ID: string(rune('a' + i)), Payload: []byte(`"x"`)})
	}
	return reading, nil
}

func TestABatchHasAReceiptForEach(t *testing.T) {
	s := newStage(t)
	hook := bearing("h", s.kept.accept, token)
	hook.Read = batching{}
	if err := s.r.Swap([]Hook{hook}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ body, want string }{
		{`[]`, `{"receipts":[]}`},
		{`["x"]`, `{"receipts":[{"receipt":"r0","events":["e17","e18"],"repeated":false}]}`},
		{`["x","x"]`, `{"receipts":[{"receipt":"r0","events":["e17","e18"],"repeated":true},{"receipt":"r1","events":["e19","e20"],"repeated":false}]}`},
	} {
		res, got := s.do(with(s.post("h", c.body), "Authorization", "Bearer "+token))
		if res.StatusCode != http.StatusAccepted || strings.TrimSpace(got) != c.want {
			t.Errorf("%s: %d %s", c.body, res.StatusCode, got)
		}
	}
}

func TestWhatIsNotAllowed(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		status int
		detail string
		after  string
	}{
		"a group beyond the ceiling": {&Forbidden{Rule: "credentials.ci.allow.groups", What: "the group is not one that this credential may post to"}, http.StatusForbidden, "credentials.ci.allow.groups", ""},
		"too many events":            {&TooOften{Rule: "credentials.ci.allow.per_minute", Wait: 1500 * time.Millisecond}, http.StatusTooManyRequests, "credentials.ci.allow.per_minute", "2"},
		"a key for something else":   {ErrReused, http.StatusUnprocessableEntity, "another content", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t)
			s.kept.err = c.err
			res, p := s.refused(s.bearer(token, answer), c.status)
			if !strings.Contains(p.Detail, c.detail) || res.Header.Get("Retry-After") != c.after {
				t.Errorf("%+v %v", p, res.Header)
			}
			s.kept.err = nil
			if res, body := s.do(s.bearer(token, answer)); res.StatusCode != http.StatusAccepted {
				t.Errorf("later: %d %s", res.StatusCode, body)
			}
		})
	}
}

// Alertmanager drops what is answered with 4xx, and tries 5xx again.
func TestWhoDropsA429IsToldAnother(t *testing.T) {
	for kind, status := range map[string]int{"alertmanager": http.StatusServiceUnavailable, "bearer": http.StatusTooManyRequests} {
		keep := &kept{err: &TooOften{Rule: "credentials.ci.allow.per_minute", Wait: time.Second}}
		settings := Settings{Secrets: []string{token}, By: "bearer"}
		if kind == "bearer" {
			settings.By = ""
		}
		var log logBuffer
		r := must(New([]Hook{must(NewHook("h", kind, settings, keep.accept))}, Options{Log: logTo(&log)}))
		req := httptest.NewRequest(http.MethodPost, "/hooks/h", strings.NewReader(
			`{"version":"4","groupKey":"g","status":"firing","receiver":"r","alerts":[{"status":"firing","labels":{},"annotations":{},"startsAt":"2026-11-30T20:00:00Z","endsAt":"0001-01-01T00:00:00Z","fingerprint":"abc"}]}`))
		req.Header.Set("Content-Type", mediaJSON)
		req.Header.Set("Authorization", "Bearer "+token)
		res := httptest.NewRecorder()
		r.ServeHTTP(res, req)
		if res.Code != status || res.Header().Get("Retry-After") != "1" || !strings.Contains(res.Body.String(), "per_minute") {
			t.Errorf("%s: %d %v %s", kind, res.Code, res.Header(), res.Body)
		}
		if text := log.String(); !strings.Contains(text, "level=WARN") || strings.Contains(text, "level=ERROR") {
			t.Errorf("%s: that a sender comes too often is no error of ours:\n%s", kind, text)
		}
	}
}

func TestARetiredHookIsGone(t *testing.T) {
	s := newStage(t)
	gone := bearing("standup", s.kept.accept, token)
	gone.Retired = true
	if err := s.r.Swap([]Hook{gone}); err != nil {
		t.Fatal(err)
	}
	s.refused(s.bearer(token, answer), http.StatusGone)
	s.refused(s.post("quiz", answer), http.StatusNotFound) // what is no address is not gone
}
