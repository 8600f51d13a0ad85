package delivery_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

// TestNobodyGetsTwoBodies sends messages with a body for admins, one for members and one
// for somebody by name, while attempts fail or stay unclear and people become admins and
// members again. The judge is that of [TestNobodyElse].
func TestNobodyGetsTwoBodies(t *testing.T) {
	reached := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t, reached)
		w.bots[quiz].Audience, w.bots[quiz].Recipients = chat.Everyone, 200
		for range rapid.IntRange(2, 5).Draw(t, "steps") {
			w.trouble()
			w.divide()
			w.step()
			w.judge()
			w.change()
			w.change()
			w.step()
			w.judge()
		}
		w.sim.ClearFaults()
		for range 6 {
			w.settle(2 * time.Minute)
			w.judge()
			w.clock.Advance(time.Minute)
		}
		w.account()
	})
	t.Logf("how it went: %v", reached)
	for _, event := range []string{"other bodies", "another body by then", "joined later", string(chat.Sent), string(chat.Unknown)} {
		if !t.Failed() && reached[event] == 0 {
			t.Errorf("it never came to %s", event)
		}
	}
}

// divide says something else to admins than to members.
func (w *world) divide() {
	s := w.named(chat.UserID(people[0]))
	s.To = chat.Everyone
	for _, to := range rapid.Permutation([]chat.Audience{chat.Admins, {Roles: []chat.Role{chat.Normal}}, chat.Users(chat.UserID(rapid.SampledFrom(people[1:]).Draw(w.t, "by name")))}).Draw(w.t, "rules") {
		s.render(to)
	}
	if rapid.Bool().Draw(w.t, "one of them gets the message's own") {
		s.Renderings = s.Renderings[:2]
	}
	w.tell(s)
}
