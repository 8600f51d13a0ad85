package main

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestShortStorm is the storm in its short form; make leaktest is the long one.
func TestShortStorm(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts and kills real processes for half a minute")
	}
	f, err := play(t.Context(), plan{answers: 150, groups: 3, typists: 40, kills: 2, clients: 16, measure: 500 * time.Millisecond, seed: 1, folder: t.TempDir()})
	if err != nil {
		t.Fatalf("%v\n%s", err, f)
	}
	if f.Acknowledged < 150 || f.Once != f.Acknowledged || f.Kills != 2 || f.Faults == 0 {
		t.Errorf("not what was planned:\n%s", f)
	}
}
