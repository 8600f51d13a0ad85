package webhooks

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// sent is a request to a hook of one kind and what is to come of it.
type sent struct {
	name   string
	change func(r *http.Request) // of a request that is right; nil for none
	media  string                // empty: application/json
	body   string                // empty: the table's
	at     time.Duration         // how long after it was signed it comes

	status int        // zero: 202
	want   []Delivery // payloads apart, which are the body unless they say otherwise
	detail string     // a part of the problem, or of the answer
}

// playKind posts a table of requests, each of them signed as its kind's sender
// signs and then changed, to a hook with these settings.
func playKind(t *testing.T, kind string, s Settings, m Sample, table []sent) {
	t.Helper()
	playKindSigned(t, kind, s, s, m, table)
}

// playKindSigned is [playKind] for senders that sign with something else than
// what the hook has.
func playKindSigned(t *testing.T, kind string, s, sender Settings, m Sample, table []sent) {
	t.Helper()
	k := must(FindKind(kind))
	for _, c := range table {
		t.Run(c.name, func(t *testing.T) {
			m := m
			if c.body != "" {
				m.Body = []byte(c.body)
			}
			m.At = now
			keep := &kept{}
			log := &logBuffer{}
			r := must(New([]Hook{must(NewHook("h", kind, s, keep.accept))}, Options{Now: func() time.Time { return now.Add(c.at) }, Log: logTo(log)}))
			req := httptest.NewRequest(http.MethodPost, "/hooks/h", strings.NewReader(string(m.Body)))
			maps.Copy(req.Header, must(k.Sign(sender, m)))
			req.Header.Set("Content-Type", mediaJSON)
			if c.media != "" {
				req.Header.Set("Content-Type", c.media)
			}
			if c.change != nil {
				c.change(req)
			}
			res := httptest.NewRecorder()
			r.ServeHTTP(res, req)
			want := c.status
			if want == 0 {
				want = http.StatusAccepted
			}
			if res.Code != want || !strings.Contains(res.Body.String(), c.detail) {
				t.Fatalf("%d %s, want %d with %q\n%s", res.Code, res.Body, want, c.detail, log)
			}
			for i := range c.want {
				if c.want[i].Payload == nil {
					c.want[i].Payload = m.Body
				}
			}
			if diff := cmp.Diff(c.want, keep.all); diff != "" {
				t.Error(diff)
			}
			for _, secret := range append(s.Secrets, sender.Secrets...) {
				if strings.Contains(log.String()+res.Body.String(), secret) {
					t.Error("the secret is told")
				}
			}
		})
	}
}

// Changes that the tables make to a request.
func set(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
}

func lacking(name string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Del(name) }
}

func doubled(name string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Add(name, r.Header.Get(name)) }
}

// edited changes what stands in a header.
func edited(name string, change func(string) string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, change(r.Header.Get(name))) }
}

// otherBody is one that nobody signed.
func otherBody(r *http.Request) {
	const other = `{"id":"evt_1","type":"charge.succeeded","event":{"type":"x"}}`
	r.Body, r.ContentLength = io.NopCloser(strings.NewReader(other)), int64(len(other))
}

// closedWithout holds that a kind makes no hook of no secret, or of one that
// could be guessed.
func closedWithout(t *testing.T, kind string, settings ...Settings) {
	t.Helper()
	for _, s := range append(settings, Settings{}, Settings{Secrets: []string{""}}, Settings{Secrets: []string{"      "}}, Settings{Secrets: []string{"short"}}) {
		if _, err := NewHook("h", kind, s, (&kept{}).accept); err == nil {
			t.Errorf("%s: %+v was taken", kind, s)
		}
	}
}

// request is one with these headers and a body, and answerOf what is said to it.
func request(method, address, body string, h http.Header) *http.Request {
	r := httptest.NewRequest(method, address, strings.NewReader(body))
	maps.Copy(r.Header, h)
	return r
}

func answerOf(r *Receiver, req *http.Request) (status int, body string) {
	res := httptest.NewRecorder()
	r.ServeHTTP(res, req)
	return res.Code, res.Body.String()
}
