package main

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestShortAttack is the attack in its short form; make killtest is the long
// one.
func TestShortAttack(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts and kills real processes for some seconds")
	}
	p := plan{rate: 100, length: 3 * time.Second, kills: 2, groups: 5, seed: 1, folder: t.TempDir()}
	f, err := attack(t.Context(), p)
	if err == nil {
		err = f.Verdict()
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, f)
	}
	if f.Kills != 2 || f.Acknowledged < 250 || f.Once != f.Acknowledged {
		t.Errorf("not what was planned:\n%s", f)
	}
}
