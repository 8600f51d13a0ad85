//go:build !race

// The race detector now and then gives up on so many goroutines in bubbles, and
// is too slow for this; make test runs it without. What runs here is looked at for
// races by the tests of its packages.

package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

// The service forgets a Random after five minutes, by its own clock. That ours
// was set back in the middle of an attempt must not make the series young again.
func TestAClockThatIsSetBackDuringAnAttemptRepeatsNothingTooLate(t *testing.T) {
	folder, template := room(t)
	for at := 200; at < 210; at++ {
		synctest.Test(t, func(t *testing.T) {
			p := newPlan(3)
			p.length = 400 * time.Second
			p.changes, p.deaths, p.faults, p.leaps = nil, nil, nil, nil
			p.unknown = chat.UnknownHold
			p.modes = simulator.Modes{}
			g := p.groups[0]
			p.arrive = []arrival{{at: time.Second, order: order{N: 1, Bot: herald, Group: g.ID, User: g.Members[0].ID, Say: []say{{To: chat.Owners}}}}}
			p.faults = []weather{{from: 0, to: 330 * time.Second, fault: simulator.Fault{API: "send_group_msg", Kind: simulator.HangUp, When: simulator.After, Delay: 4 * time.Second}}}
			p.leaps = []leap{{time.Duration(at) * time.Second, -190 * time.Second}}
			r, err := newRun(p, noBug, template, folder)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.make(context.Background()); err != nil { //nolint:usetesting // t's context ends with the bubble
				t.Errorf("set back after %d s: %v", at, err)
			}
			r.disk.remove()
		})
	}
}
