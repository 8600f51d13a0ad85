package leaks_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

var seeds = flag.Int("seeds", 12, "how many random schedules are tried")

// Whatever happens on the way, in the end all that was to be held and was written since
// the watch began is gone, known once, and told once; and nothing else is touched.
func TestUnderAnyScheduleExactlyWhatWasToBeHeldIsTakenBack(t *testing.T) {
	n := *seeds
	if testing.Short() {
		n = 3
	}
	first := rand.Uint64()
	for i := range n {
		seed := first + uint64(i) //nolint:gosec // small
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			dir, err := os.MkdirTemp("", "leaks")
			must(t, err)
			defer func() { _ = os.RemoveAll(dir) }()
			synctest.Test(t, func(t *testing.T) { schedule(t, seed, filepath.Join(dir, "botd.db")) })
		})
		if !ok {
			return
		}
	}
}

// schedule is what happens by one seed.
func schedule(t *testing.T, seed uint64, path string) {
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // a test
	modes := simulator.Modes{RecalledAgain: []string{"10030", "0"}[random.IntN(2)], TargetedHistory: []string{"shown", "hidden"}[random.IntN(2)]}
	r := newRig(t, path, modes)
	defer r.close()
	r.groups = append(r.groups, "@TGS#2SECOND", "@TGS#2THIRD")
	for _, g := range r.groups {
		if g != class {
			r.group(g)
		}
		must(t, r.sim.Join(g, simulator.Member{ID: "quizbot"}))
	}
	old := map[string]bool{}
	for range random.IntN(30) {
		r.write(r.groups[random.IntN(3)], "carol", "/answer secret before")
	}
	for _, m := range r.sim.Messages() {
		old[fmt.Sprint(m.Group, m.Seq)] = true
	}
	r.pass(2 * time.Second)
	r.start()
	r.pass(2 * time.Second) // all groups are looked through for the first time

	for range 150 {
		r.happen(random)
		r.pass(time.Duration(random.IntN(3000)) * time.Millisecond)
	}

	r.sim.ClearFaults()
	r.doubt(nil)
	r.refuse(nil)
	if r.stop == nil {
		r.begin()
	}
	r.pass(4 * time.Minute)

	condemned := 0
	for _, m := range r.sim.Messages() {
		bad := held(m.Text) && m.From != "quizbot" && m.Reason == simulator.Broadcast && !old[fmt.Sprint(m.Group, m.Seq)]
		if bad {
			condemned++
		}
		if bad == m.Recalled.IsZero() {
			t.Errorf("seed %d: message %d of %s in %s, %q, was recalled: %v", seed, m.Seq, m.From, m.Group, m.Text, m.Recalled)
		}
	}
	list := r.leaks()
	if len(list) != condemned || len(r.found) != condemned {
		t.Errorf("seed %d: %d leaks, %d counted, of %d messages", seed, len(list), len(r.found), condemned)
	}
	for _, l := range list {
		if told := r.told(l); l.Result != chat.Recalled || len(l.Events) != 1 || len(told) != 1 {
			t.Errorf("seed %d: leak %+v, told %q", seed, l, told)
		}
	}
}

var errUnsure = errors.New("the group cannot be read")

// happen lets one thing happen.
func (r *rig) happen(random *rand.Rand) {
	group := r.groups[random.IntN(len(r.groups))]
	switch random.IntN(24) {
	case 0, 1, 2, 3, 4, 5: // a callback may come, late or twice
		seq := r.write(group, "carol", fmt.Sprintf("/answer secret %d", random.Uint32()))
		for range random.IntN(3) {
			time.AfterFunc(time.Duration(random.IntN(5000))*time.Millisecond, func() { r.now().Shown(app, chat.GroupID(group), seq) })
		}
	case 6, 7, 8, 9:
		r.watch.Shown(app, chat.GroupID(group), r.write(group, "dave", "chatter"))
	case 10: // more than one page
		for range random.IntN(90) {
			r.write(group, "dave", "chatter")
		}
	case 11, 12: // a forged callback, or one that is early
		r.watch.Shown(app, chat.GroupID(group), random.Uint32N(200))
	case 13, 14: // botd is not there for a while
		if r.stop != nil {
			r.stop()
		} else {
			r.begin()
		}
	case 15: // a whole outage, or now and then a bad answer
		f := simulator.Fault{API: []string{"", "group_msg_recall", "group_msg_get_simple"}[random.IntN(3)], Probability: []float64{1, 0.5, 0.1}[random.IntN(3)]}
		f.Kind = []string{simulator.HangUp, simulator.BadStatus, simulator.Slow, simulator.Truncated, simulator.ErrorCode}[random.IntN(5)]
		f.When = []string{simulator.Before, simulator.After}[random.IntN(2)]
		switch f.Kind {
		case simulator.Slow:
			f.Delay = 6 * time.Second
		case simulator.ErrorCode:
			f.Code = []int{10002, 60007, 10007}[random.IntN(3)]
		}
		must(r.t, r.sim.Inject(f))
	case 16, 17:
		r.sim.ClearFaults()
	case 18:
		r.doubt(errUnsure)
	case 19:
		r.doubt(nil)
	case 20:
		r.refuse(func(string) error {
			if rand.IntN(2) == 0 { //nolint:gosec // a test; it is asked by several goroutines
				return errFull
			}
			return nil
		})
	case 21:
		r.refuse(nil)
	case 22:
		r.swap()
	case 23: // the bot says something of its own
		r.write(group, "quizbot", "/answer secret of the bot")
	}
}
