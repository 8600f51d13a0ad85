package strangers

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
			if got := New(Access{Proxies: c.proxies}).Address(req); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestNotEvenManyStrangersFillTheMemory(t *testing.T) {
	s := New(Access{RefusedPerMinute: 30})
	now := time.Now()
	friend := Caller{"a", netip.MustParsePrefix("203.0.113.9/32")}
	s.Proved(friend)
	for i := range 20 * mostCallers {
		from := netip.PrefixFrom(netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)}), 32)
		s.Failed(Caller{"a", from}, now)
	}
	if n := len(s.strangers.failing.young) + len(s.strangers.failing.old); n > 2*mostCallers {
		t.Errorf("%d are remembered", n)
	}
	for range 100 {
		s.Failed(friend, now)
	}
	if s.Wait(friend, now) != 0 {
		t.Error("many strangers have a sender forgotten")
	}
}
