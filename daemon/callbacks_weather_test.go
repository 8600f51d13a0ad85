package daemon_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/plugins/notice"
)

// badWeather are faults on the line from the service to botd.
var badWeather = []simulator.Fault{
	{Kind: simulator.Slow, When: simulator.Before, Spread: 3 * time.Second, Probability: 0.5},
	{Kind: simulator.Slow, When: simulator.After, Spread: 3 * time.Second, Probability: 0.3},
	{Kind: simulator.Lost, When: simulator.Before, Probability: 0.1},
	{Kind: simulator.Lost, When: simulator.After, Probability: 0.1},
	{Kind: simulator.Repeated, Probability: 0.3},
	{Kind: simulator.Reordered, Probability: 0.2},
}

// Callbacks come late, twice, in another order or not at all, and botd is restarted in
// the middle of it. What members wrote for the admins reaches them once, and whoever
// else saw any of it does not see it any longer.
func TestHeldMessagesWhateverBefallsTheCallbacks(t *testing.T) {
	const writers, each = 24, 4
	r := newRig(t, strings.Replace(parroting, ", roles: [member]", "", 1), parrot)
	for _, f := range badWeather {
		f.Direction = simulator.OfCallbacks
		must(t, r.sim.Inject(f))
	}
	for i := range writers {
		must(t, r.sim.Join(room, simulator.Member{ID: fmt.Sprint("m", i)}))
	}
	answers := r.manyWrite(writers, each)
	r.until("some were held", func() bool { return r.sim.SpokenCounts().Fates[simulator.Discarded] > writers/2 })
	if code := r.end(); code != 0 {
		t.Fatalf("botd ended with %d", code)
	}
	r.start(parrot, notice.Plugin)
	told := answers()
	r.sim.ClearFaults()
	shown := map[uint64]bool{}
	for _, one := range told {
		if one.Fate == simulator.Delivered {
			shown[one.Message] = true
		}
	}
	t.Logf("%+v", r.sim.SpokenCounts())
	r.until("what was shown is taken back", func() bool {
		return !slices.ContainsFunc(r.sim.Messages(), func(m simulator.Message) bool { return shown[m.ID] && m.Recalled.IsZero() })
	})
	r.until("each reached the admins", func() bool { return len(r.wrongly(told)) == 0 })
	var leaks console.LeakPage
	r.ask("/v1/leaks?limit=500", &leaks)
	if len(shown) == 0 || len(leaks.Leaks) != len(shown) {
		t.Errorf("%d leaks are told, and %d messages were shown", len(leaks.Leaks), len(shown))
	}
	for _, e := range r.events() {
		r.settled(e.ID)
	}
	if wrong := r.wrongly(told); len(wrong) > 0 {
		t.Errorf("in the end:\n%s", strings.Join(wrong, "\n"))
	}
}

// manyWrite lets members m0, m1 … write answers, each after the one before was told what
// became of it. The func returns when all have been.
func (r *rig) manyWrite(writers, each int) (wait func() []simulator.Told) {
	told := make([]simulator.Told, writers*each)
	var writing sync.WaitGroup
	for i := range writers {
		writing.Go(func() {
			for n := i * each; n < (i+1)*each; n++ {
				told[n], _ = r.sim.Say(simulator.Utterance{Group: room, From: fmt.Sprint("m", i), Text: fmt.Sprintf("/answer %d.", n)})
			}
		})
	}
	return func() []simulator.Told { writing.Wait(); return told }
}

// wrongly names the answers that did not reach an admin as they should: once, unless
// its author was told that it was not sent, or the group had no room for it.
func (r *rig) wrongly(told []simulator.Told) (list []string) {
	got := r.got()["ann"]
	for n, one := range told {
		times := 0
		for _, text := range got {
			if strings.HasSuffix(text, fmt.Sprintf(" wrote /answer %d.", n)) {
				times++
			}
		}
		unsent := one.Code != 0 || one.Fate == simulator.RateDrop
		if times > 1 || times == 0 && !unsent {
			list = append(list, fmt.Sprintf("answer %d came %d times: %+v", n, times, one))
		}
	}
	return list
}
