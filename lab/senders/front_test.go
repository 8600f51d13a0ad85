package senders

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
)

// front stands before botd as a load balancer does, and has its bad moments: it
// answers as its list of moods says, one for each request, and then passes
// everything on.
type front struct {
	URL string

	mu     sync.Mutex
	moods  []mood
	came   []http.Header // of all requests
	passed []int         // the statuses of botd, in the order of the answers
}

type mood int

const (
	pass    mood = iota
	refuse       // 503, and botd hears nothing
	swallow      // botd has it, and its answer is lost
)

// before puts a front before a hook.
func before(t *testing.T, address string, moods ...mood) *front {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	f := &front{moods: moods}
	quiet := log.New(io.Discard, "", 0) // that botd is down is what some tests want
	proxy := &httputil.ReverseProxy{ErrorLog: quiet, Rewrite: func(r *httputil.ProxyRequest) { r.Out.URL, r.Out.Host = target, "" }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch f.mood(r.Header) {
		case refuse:
			w.WriteHeader(http.StatusServiceUnavailable)
		case swallow:
			answer := httptest.NewRecorder()
			proxy.ServeHTTP(answer, r)
			f.note(answer.Code)
			panic(http.ErrAbortHandler) // the connection breaks
		default:
			answer := &status{ResponseWriter: w}
			proxy.ServeHTTP(answer, r)
			f.note(answer.code)
		}
	}))
	t.Cleanup(server.Close)
	f.URL = server.URL
	return f
}

func (f *front) mood(came http.Header) mood {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.came = append(f.came, came.Clone())
	if len(f.moods) == 0 {
		return pass
	}
	first := f.moods[0]
	f.moods = f.moods[1:]
	return first
}

func (f *front) note(code int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.passed = append(f.passed, code)
}

// heads are the headers of all that came so far.
func (f *front) heads() []http.Header {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]http.Header(nil), f.came...)
}

// answers are the statuses that botd answered so far.
func (f *front) answers() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]int(nil), f.passed...)
}

type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}
