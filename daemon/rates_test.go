package daemon

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/webhooks"
)

func TestRates(t *testing.T) {
	var r rates
	now := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	c := ceiling{"credentials.ci.allow", config.Allow{PerMinute: 5}}
	// try posts something that makes n events, and returns how long to wait.
	try := func(n int, repeated bool, failed error) time.Duration {
		t.Helper()
		list := []chat.Arrival{{Groups: make([]chat.GroupID, n)}}
		_, err := r.within(c, list, func() time.Time { return now }, func() ([]chat.Receipt, error) {
			if failed != nil {
				return nil, failed
			}
			return []chat.Receipt{{Repeated: repeated}}, nil
		})
		if often, ok := errors.AsType[*webhooks.TooOften](err); ok {
			return often.Wait
		}
		if !errors.Is(err, failed) {
			t.Fatal(err)
		}
		return 0
	}
	for i, step := range []struct {
		after    time.Duration
		n        int
		repeated bool
		failed   error
		wait     time.Duration
	}{
		{n: 2},
		{after: 10 * time.Second, n: 3, repeated: true}, // does not count
		{n: 3, failed: errors.New("the disk is full")},  // nor does this
		{n: 3},
		{n: 1, wait: 50 * time.Second}, // the first two are forgotten then
		{n: 3, wait: time.Minute},      // the next one a little later
		{n: 6, wait: time.Minute},      // never
		{after: 49 * time.Second, n: 1, wait: time.Second},
		{after: time.Second, n: 2},
		{n: 1, wait: 10 * time.Second},
		{after: -time.Hour, n: 5}, // the clock was set back: what lies ahead is forgotten
		{n: 1, wait: time.Minute},
	} {
		now = now.Add(step.after)
		if got := try(step.n, step.repeated, step.failed); got != step.wait {
			t.Errorf("step %d: wait %v, want %v", i, got, step.wait)
		}
	}
}

// Many at once make no more than one after the other.
func TestRatesOfManyAtOnce(t *testing.T) {
	const most = 1000
	var r rates
	var made atomic.Int32
	c := ceiling{"credentials.ci.allow", config.Allow{PerMinute: most}}
	list := []chat.Arrival{{Groups: make([]chat.GroupID, 1)}}
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for range 500 {
				_, _ = r.within(c, list, time.Now, func() ([]chat.Receipt, error) {
					made.Add(1)
					return []chat.Receipt{{}}, nil
				})
			}
		})
	}
	all.Wait()
	if n := made.Load(); n != most {
		t.Errorf("%d events, and %d are allowed", n, most)
	}
}
