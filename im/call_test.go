package im

import (
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botd-chat/botd/chat"
)

// refusing answers with the code until the signature is another than the first.
func refusing(t *testing.T, code int) *service {
	var mu sync.Mutex
	first := ""
	return serve(t, func(w http.ResponseWriter, _ *http.Request, _ int, s seen) {
		mu.Lock()
		defer mu.Unlock()
		sig := s.query["usersig"][0]
		if first == "" {
			first = sig
		}
		if sig == first {
			_, _ = io.WriteString(w, fail(code))
			return
		}
		_, _ = io.WriteString(w, okSent)
	})
}

// ticking is a clock that goes a second further each time it is read, so that
// no two signatures are the same.
func ticking() func() time.Time {
	c := &clock{now: time.Now()}
	return func() time.Time {
		c.add(time.Second)
		return c.read()
	}
}

func TestARefusedSignatureIsReplacedOnce(t *testing.T) {
	for _, code := range []int{70001, 70002, 70003, 70005, 60025, 20002} {
		s := refusing(t, code)
		cfg := testConfig(t, s.URL)
		cfg.Now = ticking()
		c := newClient(t, cfg)
		p := prepare(t, c, targeted(t))
		if _, err := c.Send(t.Context(), p); err != nil {
			t.Fatalf("%d: %v", code, err)
		}
		calls := s.seen()
		if len(calls) != 2 {
			t.Fatalf("%d: called %d times, want twice", code, len(calls))
		}
		if calls[0].raw != calls[1].raw || calls[0].query["usersig"][0] == calls[1].query["usersig"][0] {
			t.Errorf("%d: the second call is not the same with another signature", code)
		}
		if _, err := c.Send(t.Context(), p); err != nil || len(s.seen()) != 3 {
			t.Errorf("%d: the new signature was not kept: %v", code, err)
		}
	}
}

func TestASignatureThatIsAlwaysRefusedIsTheConfiguration(t *testing.T) {
	s := say(t, fail(70003))
	cfg := testConfig(t, s.URL)
	cfg.Now = ticking()
	c := newClient(t, cfg)
	p := prepare(t, c, targeted(t))
	for i := range 5 {
		_, err := c.Send(t.Context(), p)
		if e := wantClass(t, err, Configuration); e.Code != 70003 {
			t.Errorf("attempt %d: %v", i, e)
		}
	}
	// Two for the first, and one for each other within the minute.
	if n := len(s.seen()); n != 6 {
		t.Errorf("called %d times, want 6", n)
	}
}

func TestAFailedAccountCheckMakesANewSignatureForTheNextAttempt(t *testing.T) {
	s := refusing(t, 60004)
	cfg := testConfig(t, s.URL)
	cfg.Now = ticking()
	c := newClient(t, cfg)
	p := prepare(t, c, targeted(t))
	_, err := c.Send(t.Context(), p)
	wantClass(t, err, Retry)
	if len(s.seen()) != 1 {
		t.Error("it was repeated at once")
	}
	if _, err := c.Send(t.Context(), p); err != nil {
		t.Error(err)
	}
}

func TestTooManyFailedSignaturesPauseEverything(t *testing.T) {
	now := &clock{now: time.Now()}
	s := say(t, fail(70050), okSent)
	cfg := testConfig(t, s.URL)
	cfg.Now = now.read
	c := newClient(t, cfg)
	p := prepare(t, c, targeted(t))
	_, err := c.Send(t.Context(), p)
	if e := wantClass(t, err, Rate); e.Wait != time.Minute || e.Scope != ScopeApp {
		t.Errorf("waits %s for %s", e.Wait, e.Scope)
	}
	now.add(59 * time.Second)
	_, err = c.Group(t.Context(), "g")
	if e := wantClass(t, err, Rate); e.Wait != time.Second || e.Scope != ScopeApp {
		t.Errorf("a second before its end: waits %s for %s", e.Wait, e.Scope)
	}
	if len(s.seen()) != 1 {
		t.Error("the service was called in the pause, which prolongs it")
	}
	now.add(time.Second)
	if _, err := c.Send(t.Context(), p); err != nil {
		t.Error(err)
	}
}

func TestLimitsOfADefaultClient(t *testing.T) {
	for name, c := range map[string]struct {
		api   string
		group chat.GroupID
		calls int
		most  int // calls that may begin within the first second
	}{
		"an API":                  {apiRoles, "", 500, 200},
		"an API for accounts":     {apiAccounts, "", 300, 100},
		"the list of all groups":  {apiAllGroups, "", 3, 1},
		"messages into one group": {apiSend, "g", 100, 40},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLimiters(Limits{})
				began, early := time.Now(), 0
				for range c.calls {
					if err := l.wait(t.Context(), c.api, c.group); err != nil {
						t.Fatal(err)
					}
					if time.Since(began) < time.Second {
						early++
					}
				}
				if early > c.most || early < c.most*95/100 {
					t.Errorf("%d calls in the first second, want nearly %d", early, c.most)
				}
				took := time.Since(began).Seconds()
				if rate := float64(c.calls-1) / took; rate > float64(c.most) {
					t.Errorf("%.1f calls a second", rate)
				}
			})
		})
	}
}

func TestLimitsAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiters(Limits{PerGroup: 1, PerAPI: 1000})
		began := time.Now()
		for _, g := range []chat.GroupID{"a", "b", "c"} {
			if err := l.wait(t.Context(), apiSend, g); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took > 10*time.Millisecond {
			t.Errorf("three groups took %s", took)
		}
		if err := l.wait(t.Context(), apiSend, "a"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < time.Second {
			t.Errorf("a second message into a group left after %s", took)
		}
	})
}

func TestWaitingForALimitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiters(Limits{PerGroup: 0.1})
		if err := l.wait(t.Context(), apiSend, "g"); err != nil {
			t.Fatal(err)
		}
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		e := l.wait(soon, apiSend, "g")
		if e == nil || e.Class != Rate || e.Scope != ScopeGroup || time.Since(began) != 0 {
			t.Errorf("a turn after the deadline: %v after %s, want to know at once", e, time.Since(began))
		}
		ended, stop := context.WithCancel(t.Context())
		go func() { time.Sleep(time.Second); stop() }()
		if e := l.wait(ended, apiSend, "g"); e == nil || e.Class != Retry {
			t.Errorf("cancelled while waiting: %v", e)
		}
	})
}

func TestGroupsAtRestAreForgotten(t *testing.T) {
	l := newLimiters(Limits{PerGroup: 1e9})
	for i := range 10 * manyGroups {
		l.group(chat.GroupID(rune(i + 1)))
	}
	if n := len(l.groups); n > manyGroups {
		t.Errorf("%d groups are kept", n)
	}
}
