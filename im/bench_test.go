package im

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkPrepare is encoding a message and reading the bytes again.
func BenchmarkPrepare(b *testing.B) {
	c := newClient(b, testConfig(b, "http://127.0.0.1:1"))
	m := targeted(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Prepare(m); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGuard is the last step before the socket alone.
func BenchmarkGuard(b *testing.B) {
	c := newClient(b, testConfig(b, "http://127.0.0.1:1"))
	p := prepare(b, c, targeted(b))
	body := p.body
	b.ReportAllocs()
	for b.Loop() {
		if err := p.may.check(body); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSend is a whole call over loopback, one after another.
func BenchmarkSend(b *testing.B) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, okSent)
	}))
	b.Cleanup(s.Close)
	cfg := testConfig(b, s.URL)
	cfg.Limits = Limits{PerAPI: 1e9, PerGroup: 1e9}
	c := newClient(b, cfg)
	p := prepare(b, c, targeted(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Send(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
}
