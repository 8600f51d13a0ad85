package delivery

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/im"
)

var errGone = &im.Error{API: "send_group_msg", Class: im.Retry, Err: errors.New("connection refused")}

// newLine is a gate whose line to the service is about to break.
func newLine(t *testing.T) (*Gate, *clockwork.FakeClock) {
	t.Helper()
	clock := clockwork.NewFakeClockAt(noon)
	return NewGate(clock, nil), clock
}

// passes reports whether somebody of main may go on now.
func passes(g *Gate) (probe, pass bool) {
	probe, closed := g.enter("main", 0, asking, sending)
	return probe, closed == nil
}

func TestReached(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want contact
	}{
		{"success", nil, answered},
		{"the service says no", &im.Error{Code: 10007, Class: im.Permanent}, answered},
		{"the service is busy", &im.Error{Code: 10002, Class: im.Unclear}, answered},
		{"connection refused", errGone, unreachable},
		{"wrapped, as the directory does", fmt.Errorf("reading group g: %w", errGone), unreachable},
		{"hung up", &im.Error{Class: im.Unclear, Err: errors.New("connection reset")}, unreachable},
		{"timed out", &im.Error{Class: im.Unclear, Err: context.DeadlineExceeded}, unreachable},
		{"502", &im.Error{Class: im.Unclear, HTTP: 502}, unreachable},
		{"given up by us", &im.Error{Class: im.Unclear, Err: context.Canceled}, untold},
		{"a limit of ours", &im.Error{Class: im.Rate}, untold},
		{"the guard", &im.Error{Class: im.Permanent, Err: im.ErrGuard}, untold},
		{"403 of a gateway", &im.Error{Class: im.Configuration, HTTP: 403}, untold},
		{"not sent at all", errNotSent, untold},
		{"something else", errors.New("implausible"), untold},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := reached(c.err); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestBreaker(t *testing.T) {
	t.Run("it breaks after five calls in a row that reach nobody, and not after five in all", func(t *testing.T) {
		g, _ := newLine(t)
		for range 10 {
			for range breaksAfter - 1 {
				g.heard("main", asking, errGone)
			}
			if _, pass := passes(g); !pass {
				t.Fatal("it broke early")
			}
			g.heard("main", asking, nil)
		}
		for range breaksAfter {
			g.heard("main", asking, errGone)
		}
		if _, pass := passes(g); pass {
			t.Error("it did not break")
		}
		if _, closed := g.enter("other", 0, asking, sending); closed != nil {
			t.Error("another application waits too")
		}
	})
	broken := func(t *testing.T) (*Gate, *clockwork.FakeClock) {
		t.Helper()
		g, clock := newLine(t)
		for range breaksAfter {
			g.heard("main", asking, errGone)
		}
		return g, clock
	}
	t.Run("one at a time probes, with growing pauses, and others wait", func(t *testing.T) {
		g, clock := broken(t)
		var pauses []time.Duration
		last := clock.Now()
		for range 8 {
			for {
				probe, pass := passes(g)
				if pass {
					if !probe {
						t.Fatal("somebody passed who was no probe")
					}
					break
				}
				clock.Advance(100 * time.Millisecond)
			}
			pauses = append(pauses, clock.Since(last))
			if _, pass := passes(g); pass {
				t.Fatal("two passed")
			}
			last = clock.Now()
			g.heard("main", asking, errGone)
		}
		if got := fmt.Sprint(pauses); got != "[500ms 1s 2s 4s 8s 15s 15s 15s]" {
			t.Errorf("the pauses were %s", got)
		}
	})
	t.Run("calls that were on their way when it broke do not lengthen the pause", func(t *testing.T) {
		g, clock := broken(t)
		for range 30 {
			g.heard("main", asking, errGone)
		}
		clock.Advance(leastProbePause)
		if probe, _ := passes(g); !probe {
			t.Error("nobody may probe")
		}
	})
	t.Run("the first answer closes it, be it a no", func(t *testing.T) {
		for _, err := range []error{nil, &im.Error{Code: 10010, Class: im.Permanent}} {
			g, _ := broken(t)
			g.heard("main", asking, err)
			if probe, pass := passes(g); probe || !pass {
				t.Error("it is still broken")
			}
		}
	})
	t.Run("a probe that asks nothing, or never comes back, makes room for another", func(t *testing.T) {
		g, clock := broken(t)
		clock.Advance(leastProbePause)
		passes(g)
		g.leave("main")
		if probe, _ := passes(g); !probe {
			t.Error("after one that asked nothing, nobody may probe")
		}
		clock.Advance(probeLasts)
		if probe, _ := passes(g); !probe {
			t.Error("after one that was lost, nobody may probe")
		}
	})
	t.Run("an answer to a question does not mend the way of messages, and those who only ask are not kept", func(t *testing.T) {
		g, clock := newLine(t)
		for range breaksAfter {
			g.heard("main", sending, errGone)
			g.heard("main", asking, nil)
		}
		clock.Advance(leastProbePause)
		if probe, closed := g.enter("main", 0, asking); probe || closed != nil {
			t.Error("a question waits")
		}
		if probe, pass := passes(g); !probe || !pass {
			t.Error("a message is no probe")
		}
		g.heard("main", asking, nil)
		if _, pass := passes(g); pass {
			t.Error("a second message passes")
		}
		g.heard("main", sending, nil)
		if probe, pass := passes(g); probe || !pass {
			t.Error("it is still broken")
		}
	})
	t.Run("the message that probed comes first for a while", func(t *testing.T) {
		g, clock := broken(t)
		clock.Advance(leastProbePause)
		g.enter("main", 7, asking, sending)
		g.heard("main", asking, errGone)
		clock.Advance(10 * time.Second)
		if _, closed := g.enter("main", 8, asking, sending); closed == nil {
			t.Error("another message probes")
		}
		if probe, _ := g.enter("main", 7, asking, sending); !probe {
			t.Error("the same message does not probe")
		}
		g.heard("main", asking, errGone)
		clock.Advance(proberStays)
		if probe, _ := g.enter("main", 8, asking, sending); !probe {
			t.Error("another message does not probe after the first went away")
		}
	})
	t.Run("others go through it as lanes do", func(t *testing.T) {
		g, clock := broken(t)
		calls := 0
		read := func(err error) func() (bool, error) {
			return func() (bool, error) { calls++; return true, err }
		}
		closed, ok := errors.AsType[*Closed](g.Through("main", read(nil)))
		if !ok || calls != 0 || !closed.Until().Equal(noon.Add(leastProbePause+time.Microsecond)) {
			t.Fatalf("%v after %d calls", closed, calls)
		}
		clock.Advance(leastProbePause)
		if err := g.Through("main", read(errGone)); !errors.Is(err, errGone) || calls != 1 {
			t.Errorf("%v after %d calls", err, calls)
		}
		clock.Advance(2 * leastProbePause)
		if err := g.Through("main", func() (bool, error) { return false, nil }); err != nil {
			t.Error(err)
		}
		if probe, _ := passes(g); !probe {
			t.Error("one that asked nothing closed it, or kept the place")
		}
		g.leave("main")
		if err := g.Through("main", read(nil)); err != nil {
			t.Error(err)
		}
		if _, pass := passes(g); !pass {
			t.Error("it is still broken")
		}
	})
}
