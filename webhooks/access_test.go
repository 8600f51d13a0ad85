package webhooks

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botd-chat/botd/strangers"
)

func networks(texts ...string) (list []netip.Prefix) {
	for _, s := range texts {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}

// knock is one request to a hook with a token, from an address.
func knock(r *Receiver, hook, address, token string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, "/hooks/"+hook, &unread{Reader: strings.NewReader(`{"a":1}`)})
	req.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr(address), 999).String()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	w.Flushed = req.Body.(*unread).read // of use to nobody else
	return w
}

// unread is a body that knows whether it was read.
type unread struct {
	*strings.Reader
	read bool
}

func (u *unread) Read(p []byte) (int, error) {
	u.read = true
	return u.Reader.Read(p)
}

func (u *unread) Close() error { return nil }

func TestAStrangerWhoComesTooOftenIsRefusedUnread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &kept{}
		var log logBuffer
		r := must(New([]Hook{bearing("a", k.accept, token), bearing("b", k.accept, token)}, Options{
			Log: logTo(&log), Access: Access{RefusedPerMinute: 30, Proxies: networks("198.51.100.0/24")}}))
		refused := 0
		want := func(w *httptest.ResponseRecorder, status int) {
			t.Helper()
			if w.Code != http.StatusAccepted {
				refused++
			}
			if w.Code != status {
				t.Errorf("%d: %s, want %d", w.Code, w.Body, status)
			}
		}
		for range 30 {
			want(knock(r, "a", "203.0.113.9", "wrong"), http.StatusUnauthorized)
		}
		over := knock(r, "a", "203.0.113.9", "wrong")
		want(over, http.StatusTooManyRequests)
		if over.Flushed || over.Header().Get("Retry-After") != "2" || over.Header().Get("Connection") != "close" || over.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("read: %v, %v", over.Flushed, over.Header())
		}
		want(knock(r, "a", "203.0.113.9", token), http.StatusTooManyRequests) // nobody knows him yet
		want(knock(r, "b", "203.0.113.9", token), http.StatusAccepted)        // at another hook
		want(knock(r, "a", "203.0.113.10", token), http.StatusAccepted)       // another address
		time.Sleep(2 * time.Second)
		want(knock(r, "a", "203.0.113.9", token), http.StatusAccepted)
		for range 100 { // whoever has proved it once is not counted, whoever is behind the same address
			want(knock(r, "a", "203.0.113.9", "wrong"), http.StatusUnauthorized)
			want(knock(r, "a", "203.0.113.9", token), http.StatusAccepted)
		}
		for _, ours := range []string{"127.0.0.1", "10.1.2.3", "192.168.0.1", "fd00::1", "fe80::1", "::ffff:10.0.0.1", "198.51.100.7"} {
			for range 40 {
				want(knock(r, "a", ours, "wrong"), http.StatusUnauthorized)
			}
		}
		for i := range 30 {
			want(knock(r, "a", fmt.Sprintf("2001:db8::%x", i), "wrong"), http.StatusUnauthorized)
		}
		want(knock(r, "a", "2001:db8::abcd", "wrong"), http.StatusTooManyRequests) // all of them are one customer's
		want(knock(r, "a", "2001:db8:0:1::1", "wrong"), http.StatusUnauthorized)

		time.Sleep(2 * time.Minute)
		text, besides := log.String(), fmt.Sprintf("besides=%d ", refused-strangers.LinesAMinute)
		if n := strings.Count(text, `level=WARN msg="webhook refused"`); n != strangers.LinesAMinute {
			t.Errorf("%d lines", n)
		}
		if n := strings.Count(text, "more webhooks were refused"); n != 1 || !strings.Contains(text, besides) {
			t.Errorf("%d summaries, want one with %s:\n%s", n, besides, text[max(0, len(text)-300):])
		}
		r.SetAccess(Access{}) // no limit, from now on
		for range 100 {
			want(knock(r, "a", "203.0.113.99", "wrong"), http.StatusUnauthorized)
		}
		time.Sleep(2 * time.Minute)
	})
}

// A request that began before a reload proves who sent it after, while others do
// under the new rules.
func TestRulesAreChangedWhileSendersProveThemselves(t *testing.T) {
	k := &kept{}
	r := must(New([]Hook{bearing("a", k.accept, token)}, Options{Access: Access{RefusedPerMinute: 30}}))
	var all sync.WaitGroup
	for from := range 4 {
		all.Go(func() {
			for i := range 200 {
				if w := knock(r, "a", fmt.Sprintf("203.0.%d.%d", from, i), token); w.Code != http.StatusAccepted {
					t.Errorf("%d: %s", w.Code, w.Body)
				}
			}
		})
	}
	for i := range 200 {
		r.SetAccess(Access{RefusedPerMinute: 30 + i})
		knock(r, "a", "203.0.113.9", token)
	}
	all.Wait()
}

// Alertmanager drops what is answered with 429, and it may be behind the address
// of a stranger.
func TestAStrangerIsToldWhatTheHooksSenderHeeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hook := must(NewHook("a", "alertmanager", Settings{Secrets: []string{token}, By: "bearer"}, (&kept{}).accept))
		r := must(New([]Hook{hook}, Options{Access: Access{RefusedPerMinute: 1}}))
		if w := knock(r, "a", "203.0.113.9", "wrong"); w.Code != http.StatusUnauthorized {
			t.Errorf("%d: %s", w.Code, w.Body)
		}
		if w := knock(r, "a", "203.0.113.9", token); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `"status":503`) {
			t.Errorf("%d: %v %s", w.Code, w.Header(), w.Body)
		}
	})
}
