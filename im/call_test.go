package im

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
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

func TestConnectionsAreMadeAsSaid(t *testing.T) {
	s := say(t, `{"ActionStatus":"OK","ErrorCode":0,"GroupInfo":[]}`)
	var asked string
	config := testConfig(t, "http://127.0.0.1:9")
	config.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		asked = address
		return new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
	}
	_, _ = newClient(t, config).Group(t.Context(), "@TGS#1") // what it answers is another test's
	if asked != "127.0.0.1:9" || len(s.seen()) != 1 {
		t.Errorf("asked for %q, and the service saw %d calls", asked, len(s.seen()))
	}
	config.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no way") }
	_, err := newClient(t, config).Group(t.Context(), "@TGS#1")
	wantClass(t, err, Retry) // nothing was sent
}
