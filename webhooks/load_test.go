package webhooks

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// large is one request with a body that counts.
func large(r *Receiver, address, token string) *httptest.ResponseRecorder {
	body := `{"text":"` + strings.Repeat("x", 4*smallBody) + `"}`
	req := httptest.NewRequest(http.MethodPost, "/hooks/a", struct{ io.Reader }{strings.NewReader(body)}) // of no known length
	req.RemoteAddr = address + ":999"
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	return w
}

func TestLargeBodiesAreHeldInSoMuchMemory(t *testing.T) {
	const stranger, sender = "203.0.113.9", "203.0.113.10"
	k := &kept{}
	var log logBuffer
	r := must(New([]Hook{bearing("a", k.accept, token)}, Options{Log: logTo(&log), Access: Access{RefusedPerMinute: 1000}}))
	for _, c := range []struct {
		name     string
		held     int64
		do       func() *httptest.ResponseRecorder
		status   int
		accepted int
	}{
		{"a sender", 0, func() *httptest.ResponseRecorder { return large(r, sender, token) }, http.StatusAccepted, 1},
		{"a stranger", 0, func() *httptest.ResponseRecorder { return large(r, stranger, "wrong") }, http.StatusUnauthorized, 0},
		{"a stranger beside others", mostOfStrangers, func() *httptest.ResponseRecorder { return large(r, stranger, token) }, http.StatusServiceUnavailable, 0},
		{"a sender beside strangers", mostOfStrangers, func() *httptest.ResponseRecorder { return large(r, sender, token) }, http.StatusAccepted, 1},
		{"a sender beside senders", mostHeld, func() *httptest.ResponseRecorder { return large(r, sender, token) }, http.StatusServiceUnavailable, 0},
		{"a small one", mostHeld, func() *httptest.ResponseRecorder { return knock(r, "a", stranger, token) }, http.StatusAccepted, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r.load.held = c.held
			before := len(k.all)
			w := c.do()
			if n := len(k.all) - before; w.Code != c.status || n != c.accepted {
				t.Errorf("%d and %d kept, want %d and %d: %s", w.Code, n, c.status, c.accepted, w.Body)
			}
			if w.Code == http.StatusServiceUnavailable && (w.Header().Get("Retry-After") == "" || w.Header().Get("Connection") != "close") {
				t.Errorf("%v", w.Header())
			}
			if r.load.held != c.held {
				t.Errorf("%d bytes are held after the answer, and %d were before", r.load.held, c.held)
			}
		})
	}
	if text := log.String(); !strings.Contains(text, "Too many large bodies") || strings.Contains(text, "level=ERROR") {
		t.Errorf("what strangers can bring about is a warning:\n%s", text)
	}
}
