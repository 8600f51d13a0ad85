package daemon_test

import (
	"fmt"
	"testing"

	"github.com/botd-chat/botd/im/simulator"
)

func TestADryRunTellsThatItWouldBeAskedAbout(t *testing.T) {
	r := newRig(t, crier)
	r.settled(r.cries("four of us"))
	for i := range 20 {
		must(t, r.sim.Join(room, simulator.Member{ID: fmt.Sprintf("guest%02d", i)}))
	}
	r.tell(0, "it would be held until a person approves of it: e1, the last of its trigger in this group, was for 4", "events", "replay", "e1", "--dry-run")
	r.tell(0, "e1 dry run\nit would be held until a person approves of it", "events", "replay", "--bot", "crier", "--dry-run")
}
