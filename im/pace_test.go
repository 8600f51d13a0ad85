package im

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// wantSpread fails when a second, wherever it begins, holds more than most.
func wantSpread(t testing.TB, at []time.Time, most int) {
	t.Helper()
	for i := range len(at) - most {
		if apart := at[i+most].Sub(at[i]); apart < time.Second {
			t.Errorf("call %d left %s after call %d: more than %d in a second", i+most, apart, i, most)
			return
		}
	}
}

// crowd makes calls as fast as a pace lets it.
type crowd struct {
	pace    *pace
	answer  time.Duration             // from leaving to the end of a call
	way     func(n int) time.Duration // from getting its turn to leaving, of the nth call
	unused  func(n int) bool          // the nth call does not leave at all
	patient func(n int) time.Duration // how long the nth call waits for its turn; 0: for ever

	mu sync.Mutex
	n  int
	at []time.Time // when they left
}

// run has so many callers call until the time is over.
func (c *crowd) run(callers int, long time.Duration) {
	end := time.Now().Add(long)
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for time.Now().Before(end) {
				c.call()
			}
		})
	}
	all.Wait()
	slices.SortFunc(c.at, time.Time.Compare)
}

func (c *crowd) call() {
	c.mu.Lock()
	n := c.n
	c.n++
	c.mu.Unlock()
	ctx, cancel := context.Background(), func() {}
	if d := c.patient(n); d > 0 {
		ctx, cancel = context.WithTimeout(ctx, d)
	}
	defer cancel()
	err := c.pace.join(ctx)
	if err == nil {
		err = c.pace.wait(ctx)
	}
	if err != nil {
		time.Sleep(time.Millisecond)
		return
	}
	time.Sleep(c.way(n))
	if c.unused(n) {
		c.pace.unused()
		return
	}
	c.mu.Lock()
	c.at = append(c.at, time.Now())
	c.mu.Unlock()
	c.pace.gone()
	time.Sleep(c.answer)
}

func newCrowd(perSecond float64, answer time.Duration) *crowd {
	return &crowd{
		pace: newPace(perSecond), answer: answer,
		way:     func(int) time.Duration { return 0 },
		unused:  func(int) bool { return false },
		patient: func(int) time.Duration { return 0 },
	}
}

func TestNoSecondHoldsMoreThanTheLimitWhateverDelaysTheCalls(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.SampledFrom([]int{1, 2, 7, 40, 200}).Draw(rt, "limit")
		callers := rapid.IntRange(1, 60).Draw(rt, "callers")
		ways := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) time.Duration {
			most := rapid.SampledFrom([]int{0, 100, 5000, 1_500_000}).Draw(t, "most")
			return time.Duration(rapid.IntRange(0, most).Draw(t, "µs")) * time.Microsecond
		}), 1, 30).Draw(rt, "ways")
		lost := rapid.IntRange(2, 20).Draw(rt, "one in so many does not leave")
		patience := time.Duration(rapid.IntRange(0, 800).Draw(rt, "patience in ms")) * time.Millisecond
		synctest.Test(t, func(t *testing.T) {
			c := newCrowd(float64(limit), 50*time.Millisecond)
			c.way = func(n int) time.Duration { return ways[n%len(ways)] }
			c.unused = func(n int) bool { return n%lost == 0 }
			c.patient = func(n int) time.Duration { return time.Duration(n%2) * patience }
			c.run(callers, 4*time.Second)
			wantSpread(t, c.at, limit)
			time.Sleep(2 * c.pace.window)
			if !c.pace.atRest() {
				t.Errorf("a place is missing: %d wait, %d are out", c.pace.asked, c.pace.out)
			}
		})
		if t.Failed() {
			rt.FailNow()
		}
	})
}

func TestUnderDemand98OfAHundredCallsAreMade(t *testing.T) {
	for _, c := range []struct {
		limit  int
		jitter time.Duration // of the way to the socket
	}{{200, time.Millisecond}, {200, 4 * time.Millisecond}, {40, 4 * time.Millisecond}, {1, 4 * time.Millisecond}} {
		t.Run(fmt.Sprintf("%d a second, up to %s late", c.limit, c.jitter), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				crowd := newCrowd(float64(c.limit), 50*time.Millisecond)
				crowd.way = func(n int) time.Duration { return c.jitter * time.Duration(n*7%10) / 10 }
				const seconds = 60
				crowd.run(32, seconds*time.Second)
				wantSpread(t, crowd.at, c.limit)
				took := crowd.at[len(crowd.at)-1].Sub(crowd.at[0]).Seconds()
				used := float64(len(crowd.at)-1) / (took * float64(c.limit))
				if t.Logf("%.2f%% used", 100*used); used < 0.98 {
					t.Errorf("%d calls in %.1f s, which is %.1f%% of the limit", len(crowd.at), took, 100*used)
				}
			})
		})
	}
}

func TestCallersGetTheirTurnsInTheOrderInWhichTheyCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(10)
		var got []int
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				if p.join(t.Context()) != nil || p.wait(t.Context()) != nil {
					t.Error("no turn")
				}
				got = append(got, i) // one at a time has its turn
				p.gone()
			})
			synctest.Wait()
		}
		all.Wait()
		if !slices.IsSorted(got) {
			t.Errorf("their turns came in the order %v", got)
		}
	})
}

func TestWhoWouldComeTooLateIsToldAtOnceAlsoBehindOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(2)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		for range 6 { // two leave, four wait
			if err := p.join(ctx); err != nil {
				t.Fatal(err)
			}
			go func() {
				if p.wait(ctx) == nil {
					p.gone()
				}
			}()
			synctest.Wait()
		}
		for wait, want := range map[time.Duration]error{100 * time.Millisecond: errLate, 10 * time.Second: nil} {
			soon, cancel := context.WithTimeout(t.Context(), wait)
			if err := p.join(soon); !errors.Is(err, want) {
				t.Errorf("with %s to go: %v, want %v", wait, err, want)
			}
			cancel()
		}
	})
}

func TestACallThatHasToDialHoldsUpThoseAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPace(1)
		began := time.Now()
		take := func() {
			if p.join(t.Context()) != nil || p.wait(t.Context()) != nil {
				t.Fatal("no turn")
			}
		}
		take()
		go func() { time.Sleep(3 * time.Second); p.gone() }()
		take()
		if took := time.Since(began); took < 4*time.Second {
			t.Errorf("the second call got its turn after %s, a second after the first was allowed and not after it left", took)
		}
		go func() { time.Sleep(time.Second); p.unused() }()
		take()
		if took := time.Since(began); took > 5*time.Second+2*margin {
			t.Errorf("the place of a call that did not leave came back after %s only", took)
		}
	})
}
