package delivery_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

// stepSome is step with as many messages in hand as a worker takes by itself.
func (r *rig) stepSome() (n int, next time.Time) {
	r.t.Helper()
	work, next, err := r.worker.Take(context.Background(), 32)
	must(r.t, err)
	var wg sync.WaitGroup
	for _, x := range work {
		wg.Go(func() { r.worker.Work(context.Background(), x) })
	}
	r.whileWaiting(&wg)
	return len(work), next
}

// during works for so long, and says how many calls of the service that took.
func (r *rig) during(d time.Duration) (calls int) {
	r.t.Helper()
	before, end := r.asked(), r.clock.Now().Add(d)
	for r.clock.Now().Before(end) {
		n, next := r.stepSome()
		switch {
		case n > 0:
		case next.IsZero() || next.After(end):
			r.clock.Advance(end.Sub(r.clock.Now()))
		default:
			r.clock.Advance(max(next.Sub(r.clock.Now()), time.Microsecond))
		}
	}
	return r.asked() - before
}

// asked counts the calls of all APIs.
func (r *rig) asked() (n int) {
	for _, c := range r.sim.Counts() {
		n += c.Calls
	}
	return n
}

// backlog has messages for many groups wait.
func (r *rig) backlog(groups, each int) {
	r.t.Helper()
	for g := range groups {
		id := chat.GroupID(fmt.Sprintf("@TGS#2ROOM%03d", g))
		r.group(id, "Public", "alice Owner", "bob Admin", "carol")
		for n := range each {
			r.say(id, "", chat.Admins.Say("%d", n)...)
		}
	}
}

func TestAnOutageCostsFewCalls(t *testing.T) {
	for name, f := range map[string]simulator.Fault{
		"connections are cut":     {Kind: simulator.HangUp},
		"only sending is cut off": {Kind: simulator.HangUp, API: send},
	} {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && f.API == send {
				t.Skip("slow")
			}
			r := newRig(t)
			groups, lasts, least, most := 100, time.Hour, 200, 300
			if f.API == send {
				groups, lasts, least, most = 20, 15*minute, 50, 300 // before each probe its group and recipients are looked up
			}
			r.backlog(groups, 5)
			r.fault(f)
			calls := r.during(lasts)
			t.Logf("%d calls in %v, with %d messages over %d groups", calls, lasts, 5*groups, groups)
			if calls > most || calls < least {
				t.Errorf("%d calls, want %d to %d", calls, least, most)
			}
			r.sim.ClearFaults()
			back, first := r.clock.Now(), time.Duration(0)
			for first == 0 && r.clock.Since(back) < minute {
				r.during(time.Second)
				if len(r.sim.Messages()) > 0 {
					first = r.clock.Since(back)
				}
			}
			r.during(2 * minute)
			// Those that were in hand when sending broke are unknown, and one for
			// each time that a prober was given up.
			if n := len(r.sees("alice")); n < 5*groups-32-15 || f.API == "" && n < 5*groups {
				t.Errorf("alice saw %d of %d", n, 5*groups)
			}
			if first == 0 || first > 18*time.Second {
				t.Errorf("it began again %v after the service was back", first)
			}
		})
	}
}
