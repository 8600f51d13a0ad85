package webhooks

import (
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
			maps.Copy(req.Header, must(k.Sign(s, m)))
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
			for _, secret := range s.Secrets {
				if strings.Contains(log.String()+res.Body.String(), secret) {
					t.Error("the secret is told")
				}
			}
		})
	}
}
