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
)

func networks(texts ...string) (list []netip.Prefix) {
	for _, s := range texts {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}

func TestOnlyATrustedProxyIsBelieved(t *testing.T) {
	proxies := networks("10.0.0.0/8", "fd00::/8")
	for name, c := range map[string]struct {
		proxies []netip.Prefix
		from    string
		said    []string // X-Forwarded-For
		want    string
	}{
		"nobody is trusted":                      {nil, "10.1.2.3:99", []string{"203.0.113.9"}, "10.1.2.3"},
		"this machine is not trusted by itself":  {proxies, "127.0.0.1:99", []string{"203.0.113.9"}, "127.0.0.1"},
		"a private network neither":              {proxies, "192.168.0.1:99", []string{"203.0.113.9"}, "192.168.0.1"},
		"a proxy":                                {proxies, "10.1.2.3:99", []string{"203.0.113.9"}, "203.0.113.9"},
		"a proxy of the sixth version":           {proxies, "[fd00::1]:99", []string{"2001:db8::7"}, "2001:db8::7"},
		"two proxies":                            {proxies, "10.1.2.3:99", []string{"203.0.113.9, 10.9.9.9"}, "203.0.113.9"},
		"what the stranger wrote himself":        {proxies, "10.1.2.3:99", []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		"and in a header of his own":             {proxies, "10.1.2.3:99", []string{"10.0.0.7", "203.0.113.9"}, "203.0.113.9"},
		"a proxy that says nothing":              {proxies, "10.1.2.3:99", nil, "10.1.2.3"},
		"junk at the end":                        {proxies, "10.1.2.3:99", []string{"203.0.113.9, unknown"}, "10.1.2.3"},
		"junk that the stranger wrote":           {proxies, "10.1.2.3:99", []string{"' OR 1=1, 203.0.113.9"}, "203.0.113.9"},
		"a stranger who says he came by a proxy": {proxies, "203.0.113.9:99", []string{"10.1.2.3"}, "203.0.113.9"},
	} {
		t.Run(name, func(t *testing.T) {
			req := httptest.NewRequest(http.MethodPost, "/hooks/quiz", nil)
			req.RemoteAddr = c.from
			req.Header["X-Forwarded-For"] = c.said
			req.Header.Set("X-Real-Ip", "198.51.100.77")
			req.Header.Set("Forwarded", "for=198.51.100.77")
			if got := addressBy(c.proxies)(req); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
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
		text, besides := log.String(), fmt.Sprintf("besides=%d ", refused-linesAMinute)
		if n := strings.Count(text, `level=WARN msg="webhook refused"`); n != linesAMinute {
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

func TestNotEvenManyStrangersFillTheMemory(t *testing.T) {
	s := newStrangers(30)
	now := time.Now()
	friend := caller{"a", netip.MustParsePrefix("203.0.113.9/32")}
	s.proved(friend)
	for i := range 20 * mostCallers {
		from := netip.PrefixFrom(netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)}), 32)
		s.failed(caller{"a", from}, now)
	}
	if n := len(s.failing.young) + len(s.failing.old); n > 2*mostCallers {
		t.Errorf("%d are remembered", n)
	}
	for range 100 {
		s.failed(friend, now)
	}
	if s.wait(friend, now) != 0 {
		t.Error("many strangers have a sender forgotten")
	}
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
