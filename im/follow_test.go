package im

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestAChangedLimitCountsWhatHasLeft(t *testing.T) {
	for name, c := range map[string]struct{ before, after int }{
		"fewer": {40, 7}, "more": {7, 40}, "the same": {20, 20}, "one": {200, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				crowd := newCrowd(float64(c.before), 50*time.Millisecond)
				var all sync.WaitGroup
				all.Go(func() { crowd.run(16, 4*time.Second) })
				time.Sleep(1500 * time.Millisecond)
				changed := time.Now()
				crowd.pace.change(float64(c.after))
				all.Wait()
				wantSpread(t, crowd.at, max(c.before, c.after))
				var later []time.Time
				inWindow := 0 // of what left in the second before the change
				for _, at := range crowd.at {
					if at.After(changed) {
						later = append(later, at)
					} else if at.After(changed.Add(-time.Second)) {
						inWindow++
					}
				}
				wantSpread(t, later, c.after)
				if first := later[0].Sub(changed); inWindow >= c.after && first < time.Millisecond {
					t.Errorf("the first call after the change left after %s, when %d had left within the last second and %d may", first, inWindow, c.after)
				}
				if want := 2 * c.after; len(later) < want {
					t.Errorf("%d calls in the 2.5 s after the change, want at least %d", len(later), want)
				}
			})
		})
	}
}

func TestASuccessorGoesOnWhereTheOldClientIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		old, next := pairOf(t)
		for range 20 {
			pass(t, old.limits, apiSend, "g")
		}
		began := time.Now()
		next.Follow(old)
		next.Limit(Limits{PerGroup: 40})
		for range 40 {
			pass(t, next.limits, apiSend, "g")
		}
		if took := time.Since(began); took < time.Second-100*time.Millisecond {
			t.Errorf("60 messages into a group that may have 40 a second took %s", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		old, next := pairOf(t)
		next.Follow(old)
		old.pause(time.Minute) // by a call that was under way
		if left := next.pausedFor(); left != time.Minute {
			t.Errorf("the service asked for a minute, and the successor waits for %s", left)
		}
	})
}

// pairOf is two clients of one application, as before and after its key changed.
func pairOf(t *testing.T) (old, next *Client) {
	t.Helper()
	for _, c := range []**Client{&old, &next} {
		made, err := New(testConfig(t, "http://127.0.0.1:1"))
		if err != nil {
			t.Fatal(err)
		}
		made.Limit(Limits{PerGroup: 40})
		*c = made
	}
	return old, next
}

// countedConn tells how many connections are open.
type countedConn struct {
	net.Conn
	once sync.Once
	open *atomic.Int32
}

func (c *countedConn) Close() error {
	c.once.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

func TestAClosedClientKeepsNoConnection(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, _ *http.Request, n int, _ seen) {
		if n == 0 {
			close(asked)
			<-answer
		}
		_, _ = io.WriteString(w, okSent)
	})
	var open atomic.Int32
	config := testConfig(t, s.URL)
	config.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		open.Add(1)
		return &countedConn{Conn: conn, open: &open}, err
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	call := func() {
		if _, err := c.ask(t.Context(), apiGroups, struct{}{}); err != nil {
			t.Error(err)
		}
	}
	var under sync.WaitGroup
	under.Go(call)
	<-asked
	c.Close()
	close(answer)
	under.Wait()
	call() // by somebody who had the client at hand
	deadline := time.After(5 * time.Second)
	for tick := time.Tick(time.Millisecond); open.Load() > 0; {
		select {
		case <-tick:
		case <-deadline:
			t.Fatalf("%d connections are open after the last call of a closed client", open.Load())
		}
	}
}
