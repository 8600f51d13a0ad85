package webhooks

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// silent is an answer that nobody reads, so that only our own work is measured.
type silent struct {
	header http.Header
	status int
}

func (s *silent) Header() http.Header         { return s.header }
func (s *silent) Write(b []byte) (int, error) { return len(b), nil }
func (s *silent) WriteHeader(status int)      { s.status = status }

// BenchmarkAccept is a webhook of 1 KB, from its head to the 202, with a store
// that keeps nothing. What the request itself costs to make is included: two
// allocations.
func BenchmarkAccept(b *testing.B) {
	body := `{"user":"carol","answer":"B","tags":["a","b"],"n":{"x":1,"y":2.5},"text":"` + strings.Repeat("word ", 190) + `"}`
	keep := func(context.Context, Received) ([]chat.Receipt, error) { return []chat.Receipt{receipt(1, false)}, nil }
	r, err := New([]Hook{
		signing("quiz", keep),
		bearing("standup", keep, token),
		must(NewHook("open", "none", Settings{}, keep)),
	}, Options{Log: slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelWarn})), Now: func() time.Time { return now }})
	if err != nil {
		b.Fatal(err)
	}
	signed, err := SignStandard(secret, "msg_1", now, []byte(body))
	if err != nil {
		b.Fatal(err)
	}
	bearer, err := sign("bearer", token, Sample{})
	if err != nil {
		b.Fatal(err)
	}
	for path, h := range map[string]http.Header{"/hooks/quiz": signed, "/hooks/standup": bearer, "/hooks/open": {headerID: {"msg_1"}}} {
		h.Set("Content-Type", "application/json")
		req := httptest.NewRequest(http.MethodPost, path, nil)
		req.Header, req.ContentLength = h, int64(len(body))
		b.Run(path, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				req.Body = io.NopCloser(strings.NewReader(body))
				w := &silent{header: http.Header{}}
				if r.ServeHTTP(w, req); w.status != http.StatusAccepted {
					b.Fatal(w.status)
				}
			}
		})
	}
}
