package delivery_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/delivery"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/im/simulator"
)

const history = "group_msg_get_simple"

// unclear sends a message to the admins whose outcome stays unclear: delivered
// when is After, and not delivered when it is Before.
func (r *rig) unclear(when string) chat.EventID {
	r.t.Helper()
	r.fault(simulator.Fault{API: send, Kind: simulator.HangUp, When: when})
	e := r.say(class, "", chat.Admins.Say("hello")...)
	r.settle(2 * minute)
	if d := r.message(e).Deliveries[0]; d.Status != chat.Ready || d.Attempts < 3 {
		r.t.Fatalf("after two minutes it is %s with %d attempts", d.Status, d.Attempts)
	}
	return e
}

func TestHistoryDecidesWhatStaysUnclear(t *testing.T) {
	t.Run("what is found there was sent, with its number", func(t *testing.T) {
		r := newRig(t)
		r.speak(300)
		e := r.unclear(simulator.After)
		r.speak(130) // newer than the message, and more than a few pages
		r.settle(10 * minute)
		r.sim.ClearFaults()
		d := r.ended(e, chat.Done, chat.Sent).Deliveries[0]
		if d.Reason != "found in the group's history" || d.MsgSeq != 301 {
			t.Errorf("message %d: %q", d.MsgSeq, d.Reason)
		}
		if got := r.sees("dave"); len(got) != 0 {
			t.Errorf("dave saw %q", got)
		}
	})
	t.Run("what was recalled meanwhile was sent all the same", func(t *testing.T) {
		r := newRig(t)
		e := r.unclear(simulator.After)
		_, err := r.client.Recall(t.Context(), class, []uint32{1})
		must(t, err)
		r.settle(10 * minute)
		r.ended(e, chat.Done, chat.Sent)
	})
	t.Run("somebody else's message with the same Random is not ours", func(t *testing.T) {
		r := newRig(t)
		e := r.unclear(simulator.Before)
		random := r.message(e).Deliveries[0].Random
		r.bots["other"] = &delivery.Bot{App: app, Account: "administrator"}
		_, err := r.client.Send(t.Context(), mustPrepare(t, r.client, "administrator", random))
		if err == nil {
			t.Fatal("the fault is over")
		}
		r.sim.ClearFaults()
		_, err = r.client.Send(t.Context(), mustPrepare(t, r.client, "administrator", random))
		must(t, err)
		r.fault(simulator.Fault{API: send, Kind: simulator.HangUp})
		r.settle(10 * minute)
		m := r.ended(e, chat.Held, chat.Unknown)
		if !strings.Contains(m.Reason, "not in the group's history, which proves nothing") {
			t.Errorf("because %s", m.Reason)
		}
	})
	t.Run("a look is bounded, and stops at what is older than the message", func(t *testing.T) {
		r := newRig(t)
		r.speak(400)
		r.clock.Advance(time.Hour)
		e := r.unclear(simulator.Before)
		r.settle(10 * minute)
		r.ended(e, chat.Held, chat.Unknown)
		if n := r.sim.Counts()[history].Calls; n != 1 {
			t.Errorf("%d pages were read, want 1: all it holds is older", n)
		}
		r.sim.ClearFaults()
		f := r.unclear(simulator.Before)
		r.speak(900)
		r.settle(10 * minute)
		r.ended(f, chat.Held, chat.Unknown)
		if n := r.sim.Counts()[history].Calls; n != 26 {
			t.Errorf("%d pages were read, want 25 more", n-1)
		}
	})
	t.Run("a look that fails is made again, and five times at most", func(t *testing.T) {
		for failures, want := range map[int]chat.Outcome{4: chat.Sent, 5: chat.Unknown} {
			r := newRig(t)
			r.fault(simulator.Fault{API: history, Kind: simulator.ErrorCode, Code: 10002, Count: failures})
			e := r.unclear(simulator.After)
			sent := len(r.calls())
			r.settle(10 * minute)
			m := r.message(e)
			if m.Outcome != want {
				t.Errorf("after %d failures it is %s (%s)", failures, m.Outcome, m.Reason)
			}
			if last := m.Deliveries[0].Tries; last[len(last)-1].Began.Sub(last[0].Began) > 4*minute || len(r.calls()) == sent {
				t.Errorf("it was sent after its time")
			}
			r.want(both)
		}
	})
	t.Run("a group without a history is asked once", func(t *testing.T) {
		r := newRig(t)
		r.fault(simulator.Fault{API: history, Kind: simulator.ErrorCode, Code: 10044})
		e := r.unclear(simulator.After)
		r.settle(10 * minute)
		m := r.ended(e, chat.Held, chat.Unknown)
		if n := r.sim.Counts()[history].Calls; n != 1 || !strings.Contains(m.Reason, "10044") {
			t.Errorf("%d calls; because %s", n, m.Reason)
		}
	})
	t.Run("dead for longer than a Random may be repeated, it is found", func(t *testing.T) {
		r := newRig(t)
		e := r.say(class, "", chat.Admins.Say("hello")...)
		r.dieAt("end", "before")
		r.clock.Advance(5 * minute)
		r.reopen()
		r.settle(5 * minute)
		r.want(both)
		if d := r.ended(e, chat.Done, chat.Sent).Deliveries[0]; d.MsgSeq != 1 || len(r.calls()) != 1 {
			t.Errorf("message %d after %d calls", d.MsgSeq, len(r.calls()))
		}
	})
	t.Run("a final no to a repeat does not undo what is found", func(t *testing.T) {
		r := newRig(t)
		r.fault(simulator.Fault{API: send, Kind: simulator.HangUp, When: simulator.After, Count: 1})
		r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 10017, Count: 1})
		e := r.say(class, "", chat.Admins.Say("hello")...)
		r.settle(minute)
		r.want(both)
		r.ended(e, chat.Done, chat.Sent)
	})
	t.Run("after an outage of hours the truth is found and nothing is sent twice", func(t *testing.T) {
		r := newRig(t)
		r.fault(simulator.Fault{API: send, Kind: simulator.HangUp, When: simulator.After, Count: 1})
		e := r.say(class, "", chat.Admins.Say("hello")...)
		r.step()
		plug := r.unplug()
		r.settle(3 * minute)
		plug()
		r.clock.Advance(2 * time.Hour)
		r.settle(minute)
		r.want(both)
		r.ended(e, chat.Done, chat.Sent)
	})
}

func mustPrepare(t *testing.T, c *im.Client, from chat.UserID, random uint32) im.Prepared {
	t.Helper()
	to, err := chat.NewRecipients([]chat.UserID{"zoe"})
	must(t, err)
	p, err := c.Prepare(im.Targeted{Group: class, Type: chat.Public, From: from, To: to, Random: random, Body: chat.Message{Text: "other"}.Body()})
	must(t, err)
	return p
}

// speak lets zoe, who is a member for that long, write to everybody.
func (r *rig) speak(times int) {
	r.t.Helper()
	group := string(class)
	for _, user := range []string{"alice", "bob", "carol", "dave"} {
		must(r.t, r.sim.Leave(group, user))
	}
	must(r.t, r.sim.Join(group, simulator.Member{ID: "zoe"}))
	for range times {
		must(r.t, r.sim.Speak(group, "zoe", "hello"))
		r.clock.Advance(30 * time.Millisecond)
	}
	must(r.t, r.sim.Leave(group, "zoe"))
	for user, role := range map[string]string{"alice": simulator.Owner, "bob": simulator.Admin, "carol": "", "dave": ""} {
		must(r.t, r.sim.Join(group, simulator.Member{ID: user, Role: role}))
	}
}

func TestTheRuleDecidesWhatIsNotFound(t *testing.T) {
	twice := map[string][]string{"alice": {"hello", "hello"}, "bob": {"hello", "hello"}}
	for _, c := range []struct {
		name    string
		rule    chat.UnknownRule
		when    string // the effect of the attempts
		status  chat.Status
		outcome chat.Outcome
		saw     map[string][]string
		reason  string
	}{
		{"nothing said is hold", "", simulator.Before, chat.Held, chat.Unknown, nil, "proves nothing"},
		{"hold", chat.UnknownHold, simulator.After, chat.Held, chat.Unknown, both, "proves nothing"},
		{"assume_sent, and it was", chat.UnknownAssume, simulator.After, chat.Done, chat.Sent, both, "assumed, by the bot's rule"},
		{"assume_sent, and it was not", chat.UnknownAssume, simulator.Before, chat.Done, chat.Sent, nil, "assumed, by the bot's rule"},
		{"resend, and it had been sent: twice", chat.UnknownResend, simulator.After, chat.Done, chat.Sent, twice, "may have it twice"},
		{"resend, and it had not been sent", chat.UnknownResend, simulator.Before, chat.Done, chat.Sent, both, "may have it twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.hide()
			r.bots[quiz].Unknown = c.rule
			e := r.unclear(c.when)
			for c.rule == chat.UnknownResend && r.message(e).Deliveries[0].Resent.IsZero() {
				r.settle(time.Second)
				r.clock.Advance(time.Second)
			}
			if c.rule == chat.UnknownResend {
				r.sim.ClearFaults()
			}
			r.settle(10 * minute)
			r.want(c.saw)
			d := r.ended(e, c.status, c.outcome).Deliveries[0]
			if !strings.Contains(d.Reason, c.reason) || d.Resent.IsZero() != (c.rule != chat.UnknownResend) {
				t.Errorf("resent %v, because %q", d.Resent, d.Reason)
			}
			all := randoms(d)
			if n := len(slices.Compact(all)); n != map[bool]int{false: 1, true: 2}[c.rule == chat.UnknownResend] {
				t.Errorf("%d Randoms", n)
			}
		})
	}
	t.Run("it is sent again once, and then held", func(t *testing.T) {
		r := newRig(t)
		r.hide()
		r.bots[quiz].Unknown = chat.UnknownResend
		e := r.unclear(simulator.After)
		r.settle(30 * minute)
		r.want(twice)
		d := r.ended(e, chat.Held, chat.Unknown).Deliveries[0]
		if n := len(slices.Compact(randoms(d))); n != 2 || d.Resent.IsZero() {
			t.Errorf("%d Randoms, resent %v", n, d.Resent)
		}
	})
	t.Run("it is sent again once, also over a restart", func(t *testing.T) {
		r := newRig(t)
		r.hide()
		r.bots[quiz].Unknown = chat.UnknownResend
		e := r.dead()
		r.fault(simulator.Fault{API: send, Kind: simulator.HangUp, When: simulator.After})
		r.step() // the rule, and the first attempt after it
		r.step()
		if d := r.message(e).Deliveries[0]; d.Resent.IsZero() || d.Attempts != 2 {
			t.Fatalf("resent %v after %d attempts", d.Resent, d.Attempts)
		}
		r.reopen()
		r.settle(30 * minute)
		r.want(twice)
		r.ended(e, chat.Held, chat.Unknown)
	})
	t.Run("a definite no to what is sent again is not believed of the first", func(t *testing.T) {
		r := newRig(t)
		r.hide()
		r.bots[quiz].Unknown = chat.UnknownResend
		e := r.dead()
		r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 10007})
		r.settle(10 * minute)
		r.want(both)
		r.ended(e, chat.Held, chat.Unknown)
	})
	for _, rule := range []chat.UnknownRule{chat.UnknownResend, chat.UnknownAssume} {
		t.Run("somebody dropped out meanwhile: held, whatever the rule says: "+string(rule), func(t *testing.T) {
			r := newRig(t)
			r.hide()
			r.bots[quiz].Unknown = rule
			e := r.dead()
			must(t, r.sim.SetRole(string(class), "bob", simulator.Ordinary))
			r.settle(10 * minute)
			r.want(both)
			m := r.ended(e, chat.Held, chat.Unknown)
			if !strings.Contains(m.Reason, "1 of its recipients must not see it any more") {
				t.Errorf("because %s", m.Reason)
			}
		})
		t.Run("who may still see it cannot be read: held, whatever the rule says: "+string(rule), func(t *testing.T) {
			r := newRig(t)
			r.hide()
			r.bots[quiz].Unknown = rule
			e := r.dead()
			r.fault(simulator.Fault{API: "get_role_in_group", Kind: simulator.ErrorCode, Code: 10002})
			r.settle(10 * minute)
			r.want(both)
			r.ended(e, chat.Held, chat.Unknown)
		})
	}
	t.Run("what is too late to be worth sending is looked for, and not sent again", func(t *testing.T) {
		r := newRig(t)
		r.fault(simulator.Fault{API: send, Kind: simulator.HangUp, When: simulator.After})
		m := chat.Admins.Say("hello")
		m[0].Expires = r.clock.Now().Add(minute)
		e := r.say(class, "", m...)
		r.settle(3 * minute)
		r.want(both)
		r.ended(e, chat.Done, chat.Sent)
	})
	t.Run("of several parts each is decided for itself", func(t *testing.T) {
		r := newRig(t)
		r.bots[quiz].Recipients, r.bots[quiz].Unknown = 100, chat.UnknownHold
		e, _ := twoParts(t, r, simulator.Fault{API: send, Kind: simulator.HangUp, When: simulator.After})
		if m := r.ended(e, chat.Done, chat.Sent); len(m.Deliveries) != 2 || m.Deliveries[0].MsgSeq == m.Deliveries[1].MsgSeq {
			t.Errorf("got %+v", m.Deliveries)
		}
		r.each(70, 1)
	})
}

// dead sends a message to the admins and ends the process before it could store
// what came of it, for longer than a Random may be repeated.
func (r *rig) dead() chat.EventID {
	r.t.Helper()
	e := r.say(class, "", chat.Admins.Say("hello")...)
	r.dieAt("end", "before")
	r.clock.Advance(5 * minute)
	r.reopen()
	return e
}
