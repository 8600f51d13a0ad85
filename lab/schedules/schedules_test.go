//go:build !race

// The race detector now and then gives up on so many goroutines in bubbles, and
// is too slow for this; make test runs it without. What runs here is looked at for
// races by the tests of its packages.

package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

var seeds = flag.Int("seeds", 0, "how many seeds to run; 0: as many as a test may take time for")

// few is how many seeds a test may take time for: under half a minute's worth.
const few = 300

// enough seeds meet everything.
const enough = 250

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestNothingIsLostDoubledOrShownToOthersUnderAnySchedule(t *testing.T) {
	s := series{first: 1, seeds: *seeds, out: io.Discard}
	if s.seeds == 0 {
		s.seeds = few
	}
	if testing.Short() {
		s.seeds = 20
	}
	s.run(t)
	t.Log(s.figures())
	if missing := s.seen.missing(); len(missing) > 0 && s.seeds >= enough {
		t.Errorf("this was never met, so it was not tested: %s", strings.Join(missing, ", "))
	}
}

// within is in how many seeds each bug has to be found.
const within = 40

func TestTheJudgeFindsEachBugThatIsPutIn(t *testing.T) {
	for _, b := range bugs {
		t.Run(string(b), func(t *testing.T) {
			s := series{first: 1, bug: b, out: io.Discard}
			folder, template := room(t)
			for n := range uint64(within) {
				if err := s.one(t, s.first+n, folder, template); err != nil {
					t.Logf("found by seed %d: %.300v", s.first+n, err)
					return
				}
			}
			t.Errorf("not found in %d seeds", within)
		})
	}
}

func TestASeedMakesTheSamePlanEachTime(t *testing.T) {
	for seed := range uint64(50) {
		if a, b := fmt.Sprintf("%+v", newPlan(seed)), fmt.Sprintf("%+v", newPlan(seed)); a != b {
			t.Fatalf("seed %d:\n%s\n%s", seed, a, b)
		}
	}
	if fmt.Sprintf("%+v", newPlan(1)) == fmt.Sprintf("%+v", newPlan(2)) {
		t.Error("two seeds make one plan")
	}
}

func TestASetClockMovesWhatItSaysAndNotWhatPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClock()
		before := c.Now()
		time.Sleep(time.Second)
		c.set(-time.Hour)
		after := c.Now()
		if got := after.Sub(before); got != time.Second {
			t.Errorf("%v passed, not a second", got)
		}
		if got := after.Round(0).Sub(before.Round(0)); got != time.Second-time.Hour {
			t.Errorf("the wall clock moved by %v", got)
		}
		if got := c.Since(before); got != time.Second {
			t.Errorf("since the first reading %v passed", got)
		}
		if got := after.Add(time.Minute).UTC(); !got.After(after) || c.Until(got) != time.Minute {
			t.Errorf("a minute later is %v", c.Until(got))
		}
		c.right()
		if got := c.Now(); !got.Round(0).Equal(time.Now().Round(0)) {
			t.Errorf("set right, it says %v", got)
		}
	})
}

func TestALossOfPowerTakesWhatWasNotFlushedAndNoMore(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		l := left{log: []byte(strings.Repeat("x", 5000)), safe: 2000}
		if got := l.lose(cutOff, random); len(got.log) != 2000 {
			t.Fatalf("%d bytes are left of 2000 that were flushed", len(got.log))
		}
		l = left{log: []byte(strings.Repeat("x", 5000)), safe: 2000}
		if got := l.lose(torn, random); strings.Count(string(got.log[:2000]), "x") != 2000 {
			t.Fatal("something that was flushed is gone")
		}
	}
}
