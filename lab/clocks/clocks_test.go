package main

import (
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/lab/rig"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestShortAttack is the attack in its short form; make clocktest is the long one.
func TestShortAttack(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts and kills real processes for some seconds")
	}
	p := plan{groups: 2, calm: time.Second, folder: t.TempDir(),
		troubles: []trouble{kill, freeze(7 * time.Second), contend, takeOver}}
	var err error
	if p.binary, err = rig.Build(t.Context(), p.folder); err != nil {
		t.Fatal(err)
	}
	f, err := attack(t.Context(), p)
	if err == nil {
		err = f.verdict()
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, f)
	}
	if f.Outages != 4 || f.Meant < 30 || f.Arrived < 50 {
		t.Errorf("not what was planned:\n%s", f)
	}
	t.Log(f)
}
