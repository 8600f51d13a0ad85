package delivery_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/delivery"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/im/simulator"
)

// both is what the class sees of one message to its admins.
var both = map[string][]string{"alice": {"hello"}, "bob": {"hello"}}

func TestTroubleThatPasses(t *testing.T) {
	same, fresh := "the same Random", "a new Random"
	for _, c := range []struct {
		name   string
		fault  simulator.Fault
		random string
		tries  int
		result chat.Result // of the first
	}{
		{"thrown away with a success answer", simulator.Fault{Kind: simulator.Dropped, Count: 1}, fresh, 2, chat.No},
		{"over the group's rate", simulator.Fault{Kind: simulator.ErrorCode, Code: 10023, Count: 7}, fresh, 8, chat.No},
		{"over the API's rate", simulator.Fault{Kind: simulator.ErrorCode, Code: 60007, Count: 6}, fresh, 7, chat.No},
		{"our own callback was down", simulator.Fault{Kind: simulator.ErrorCode, Code: 80003, Count: 3}, fresh, 4, chat.No},
		{"busy before the effect", simulator.Fault{Kind: simulator.ErrorCode, Code: 10002, Count: 3}, same, 4, chat.Unclear},
		{"busy after the effect", simulator.Fault{Kind: simulator.ErrorCode, Code: 10002, Count: 3, When: simulator.After}, same, 4, chat.Unclear},
		{"502 before the effect", simulator.Fault{Kind: simulator.BadStatus, Count: 2}, same, 3, chat.Unclear},
		{"502 after the effect", simulator.Fault{Kind: simulator.BadStatus, Count: 2, When: simulator.After}, same, 3, chat.Unclear},
		{"hung up before the effect", simulator.Fault{Kind: simulator.HangUp, Count: 1}, same, 2, chat.Unclear},
		{"hung up after the effect", simulator.Fault{Kind: simulator.HangUp, Count: 1, When: simulator.After}, same, 2, chat.Unclear},
		{"half an answer", simulator.Fault{Kind: simulator.Truncated, Count: 1, When: simulator.After}, same, 2, chat.Unclear},
		{"an empty answer", simulator.Fault{Kind: simulator.Empty, Count: 1, When: simulator.After}, same, 2, chat.Unclear},
	} {
		t.Run(c.name+", then accepted: delivered once, with "+c.random, func(t *testing.T) {
			r := newRig(t)
			c.fault.API = send
			r.fault(c.fault)
			e := r.say(class, "", chat.Admins.Say("hello")...)
			r.settle(5 * minute)
			r.want(both)
			d := r.ended(e, chat.Done, chat.Sent).Deliveries[0]
			numbers := randoms(d)
			slices.Sort(numbers)
			distinct := len(slices.Compact(numbers))
			if want := map[string]int{same: 1, fresh: c.tries}[c.random]; distinct != want || len(d.Tries) != c.tries {
				t.Errorf("%d tries with %d Randoms, want %d with %d", len(d.Tries), distinct, c.tries, want)
			}
			if d.Tries[0].Result != c.result || d.Tries[len(d.Tries)-1].Result != chat.Yes {
				t.Errorf("tries %+v", d.Tries)
			}
		})
	}
}

func TestTroubleThatStays(t *testing.T) {
	for _, c := range []struct {
		name    string
		fault   simulator.Fault
		status  chat.Status
		outcome chat.Outcome
		calls   int // at most
		saw     map[string][]string
	}{
		{"no permission is final", simulator.Fault{Kind: simulator.ErrorCode, Code: 10007}, chat.Dead, chat.Refused, 1, nil},
		{"blocked words are final", simulator.Fault{Kind: simulator.ErrorCode, Code: 80001}, chat.Dead, chat.Refused, 1, nil},
		{"an unlisted code is final", simulator.Fault{Kind: simulator.ErrorCode, Code: 33333}, chat.Dead, chat.Refused, 1, nil},
		{"a refusal that may pass is believed the fourth time", simulator.Fault{Kind: simulator.ErrorCode, Code: 80003}, chat.Dead, chat.Failed, 4, nil},
		{"busy for four minutes is unknown", simulator.Fault{Kind: simulator.ErrorCode, Code: 10002}, chat.Held, chat.Unknown, 15, nil},
		{"502 for four minutes is unknown, also if it was delivered", simulator.Fault{Kind: simulator.BadStatus, When: simulator.After}, chat.Held, chat.Unknown, 30, both},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.hide()
			c.fault.API = send
			r.fault(c.fault)
			e := r.say(class, "", chat.Admins.Say("hello")...)
			began := r.clock.Now()
			r.settle(10 * minute)
			r.want(c.saw)
			d := r.ended(e, c.status, c.outcome).Deliveries[0]
			if n := len(r.calls()); n == 0 || n > c.calls {
				t.Errorf("%d calls, want 1 to %d", n, c.calls)
			}
			if last := d.Tries[len(d.Tries)-1].Began; last.Sub(began) > 4*minute {
				t.Errorf("the last try began %v after the first", last.Sub(began))
			}
			if d.Reason == "" || d.Status != c.status {
				t.Errorf("delivery %s: %q", d.Status, d.Reason)
			}
		})
	}
	t.Run("a definite no after an unclear attempt proves nothing: the same Random, and one message", func(t *testing.T) {
		for _, code := range []int{60007, 10023, 80003} {
			r := newRig(t)
			r.fault(simulator.Fault{API: send, Kind: simulator.HangUp, When: simulator.After, Count: 1})
			r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: code, Count: 1})
			e := r.say(class, "", chat.Admins.Say("hello")...)
			r.settle(5 * minute)
			r.want(both)
			d := r.ended(e, chat.Done, chat.Sent).Deliveries[0]
			if n := randoms(d); len(n) != 3 || n[0] != n[2] || n[0] != n[1] {
				t.Errorf("%d: Randoms %v", code, n)
			}
		}
	})
	t.Run("a final no after an unclear attempt leaves it unknown", func(t *testing.T) {
		r := newRig(t)
		r.hide()
		r.fault(simulator.Fault{API: send, Kind: simulator.HangUp, When: simulator.After, Count: 1})
		r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 10017, Count: 1})
		e := r.say(class, "", chat.Admins.Say("hello")...)
		r.settle(5 * minute)
		r.want(both)
		r.ended(e, chat.Held, chat.Unknown)
	})
}

func TestOutages(t *testing.T) {
	t.Run("a service that cannot be reached for an hour costs no message its chance", func(t *testing.T) {
		r := newRig(t)
		r.say(class, "", chat.Users("carol").Say("hello")...)
		r.step() // the group is known now, so that the next gets as far as an attempt
		plug := r.unplug()
		e := r.say(class, "", chat.Admins.Say("hello")...)
		r.settle(time.Hour)
		m := r.message(e)
		if m.Status != chat.Ready || len(m.Deliveries) != 1 || m.Deliveries[0].Attempts == 0 {
			t.Errorf("message %s, %s: %s", m.Status, m.Outcome, m.Reason)
		}
		plug()
		r.settle(minute)
		r.want(map[string][]string{"alice": {"hello"}, "bob": {"hello"}, "carol": {"hello"}})
		r.ended(e, chat.Done, chat.Sent)
	})
	t.Run("what is unclear becomes unknown after four minutes, also while nothing can be read", func(t *testing.T) {
		r := newRig(t)
		r.fault(simulator.Fault{API: send, Kind: simulator.HangUp, When: simulator.After, Count: 1})
		e := r.say(class, "", chat.Admins.Say("hello")...)
		r.step()
		r.unplug()
		r.settle(6 * minute)
		r.want(both)
		m := r.ended(e, chat.Held, chat.Unknown)
		if !strings.Contains(m.Reason, "the group's history cannot be read") {
			t.Errorf("because %s", m.Reason)
		}
	})
	t.Run("a configuration error pauses the application, probes once a minute, and loses nothing", func(t *testing.T) {
		r := newRig(t)
		var groups []chat.GroupID
		for _, id := range []chat.GroupID{"@TGS#G1", "@TGS#G2", "@TGS#G3", "@TGS#G4"} {
			r.group(id, "Public", "alice Owner", "bob Admin")
			groups = append(groups, id)
		}
		r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 10059})
		var events []chat.EventID
		for _, g := range groups {
			events = append(events, r.say(g, "", chat.Admins.Say("hello")...))
		}
		r.settle(20 * minute)
		// Four lanes began together; from then on one call a minute.
		if n := len(r.calls()); n < 15 || n > 24 {
			t.Errorf("%d calls in 20 minutes", n)
		}
		r.sim.ClearFaults()
		r.settle(3 * minute)
		for _, e := range events {
			r.ended(e, chat.Done, chat.Sent)
		}
		if got := r.sees("alice"); len(got) != 4 {
			t.Errorf("alice saw %q", got)
		}
	})
	t.Run("a locked-out signature rests for its minute", func(t *testing.T) {
		r := newRig(t)
		r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 70050, Count: 1})
		e := r.say(class, "", chat.Admins.Say("hello")...)
		began := r.clock.Now()
		r.settle(5 * minute)
		r.want(both)
		d := r.ended(e, chat.Done, chat.Sent).Deliveries[0]
		if len(d.Tries) != 2 || d.Tries[1].Began.Sub(began) < minute {
			t.Errorf("tries %+v", d.Tries)
		}
	})
	t.Run("a broken part does not keep the message's other parts", func(t *testing.T) {
		r := newRig(t)
		r.bots[quiz].Recipients = 200
		members := []string{"zoe Owner"}
		for i := range 60 {
			members = append(members, "user"+string(rune('A'+i/10))+string(rune('0'+i%10)))
		}
		r.group("@TGS#BIG", "Public", members...)
		r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 80001, Count: 1})
		e := r.say("@TGS#BIG", "", chat.Everyone.Say("hello")...)
		r.settle(minute)
		m := r.ended(e, chat.Dead, chat.Partly)
		if !strings.Contains(m.Reason, "1 of 2 parts were sent") {
			t.Errorf("reason %q", m.Reason)
		}
	})
}

func TestPanics(t *testing.T) {
	t.Run("a message that makes us panic is taken up again, and the process lives", func(t *testing.T) {
		r := newRig(t)
		e := r.say(class, "", chat.Admins.Say("hello")...)
		bots, panics := r.worker.Bots, 0
		r.worker.Bots = func(name chat.BotName) *delivery.Bot {
			if panics++; panics == 1 {
				panic("no such shelf")
			}
			return bots(name)
		}
		r.settle(5 * minute)
		r.want(both)
		r.ended(e, chat.Done, chat.Sent)
	})
	t.Run("a panic while sending leaves the outcome open: the same Random again", func(t *testing.T) {
		r := newRig(t)
		e := r.say(class, "", chat.Admins.Say("hello")...)
		apps, client := r.worker.Apps, &clumsy{Client: r.client}
		r.worker.Apps = func(name chat.AppName) *delivery.App {
			a := *apps(name)
			a.Client = client
			return &a
		}
		r.settle(5 * minute)
		r.want(both)
		if n := randoms(r.ended(e, chat.Done, chat.Sent).Deliveries[0]); len(n) != 2 || n[0] != n[1] {
			t.Errorf("Randoms %v", n)
		}
	})
}

// clumsy is a client that panics the first time, after it has sent.
type clumsy struct {
	delivery.Client
	done bool
}

func (c *clumsy) Send(ctx context.Context, m im.Prepared) (im.Sent, error) {
	sent, err := c.Client.Send(ctx, m)
	if !c.done {
		c.done = true
		panic("dropped it")
	}
	return sent, err
}

func TestOrder(t *testing.T) {
	t.Run("messages of a group arrive in the order they were accepted, whatever happens on the way", func(t *testing.T) {
		r := newRig(t)
		for _, f := range []simulator.Fault{
			{Kind: simulator.HangUp, When: simulator.After, Count: 1}, {Kind: simulator.Dropped, Count: 2},
			{Kind: simulator.ErrorCode, Code: 10002, Count: 1, When: simulator.After}, {Kind: simulator.BadStatus, Count: 2},
			{Kind: simulator.ErrorCode, Code: 60007, Count: 3}, {Kind: simulator.Truncated, When: simulator.After, Count: 1},
		} {
			f.API, f.Probability = send, 0.4
			r.fault(f)
		}
		var want []string
		for i := range 12 {
			text := string(rune('a' + i))
			r.say(class, "", chat.Admins.Say("%s", text)...)
			want = append(want, text)
		}
		r.settle(10 * minute)
		r.want(map[string][]string{"alice": want, "bob": want})
	})
	t.Run("a dead message lets the next one go", func(t *testing.T) {
		r := newRig(t)
		r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 80001, Count: 1})
		dead := r.say(class, "", chat.Admins.Say("bad words")...)
		r.say(class, "", chat.Admins.Say("hello")...)
		r.settle(minute)
		r.ended(dead, chat.Dead, chat.Refused)
		r.want(both)
	})
	t.Run("a slow group keeps no other waiting", func(t *testing.T) {
		r := newRig(t)
		r.group("@TGS#OTHER", "Public", "erin Owner")
		r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 10002, Count: 1})
		r.say(class, "", chat.Admins.Say("slow")...)
		r.step()
		r.say("@TGS#OTHER", "", chat.Admins.Say("quick")...)
		r.step()
		if got := r.sees("erin"); !slices.Equal(got, []string{"quick"}) {
			t.Errorf("erin saw %q", got)
		}
		r.want(nil)
	})
	t.Run("a group gets no more than forty messages a second", func(t *testing.T) {
		r := newRig(t)
		for range 100 {
			r.say(class, "", chat.Users("carol").Say("hello")...)
		}
		r.settle(minute)
		box, err := r.sim.Inbox("carol")
		must(t, err)
		if len(box.Messages) != 100 {
			t.Fatalf("carol has %d messages", len(box.Messages))
		}
		times := r.calls()
		for i := 41; i < len(times); i++ {
			if d := times[i].Time.Sub(times[i-41].Time); d < time.Second {
				t.Fatalf("41 messages within %v", d)
			}
		}
		if took := times[99].Time.Sub(times[0].Time); took > 3*time.Second {
			t.Errorf("100 messages took %v", took)
		}
	})
}

func TestCrash(t *testing.T) {
	for _, step := range []string{"begin", "end"} {
		for _, moment := range []string{"before", "after"} {
			t.Run("a process that dies "+moment+" it could store the "+step+" leaves nothing lost and nothing twice", func(t *testing.T) {
				r := newRig(t)
				e := r.say(class, "", chat.Admins.Say("hello")...)
				r.dieAt(step, moment)
				r.reopen()
				r.settle(5 * minute)
				r.want(both)
				r.ended(e, chat.Done, chat.Sent)
			})
		}
	}
	t.Run("dead for longer than a Random may be repeated, it is unknown and not sent again", func(t *testing.T) {
		r := newRig(t)
		r.hide()
		e := r.say(class, "", chat.Admins.Say("hello")...)
		r.dieAt("end", "before")
		r.clock.Advance(5 * minute)
		r.reopen()
		r.settle(5 * minute)
		r.want(both)
		r.ended(e, chat.Held, chat.Unknown)
		if n := len(r.calls()); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
	t.Run("a bot whose account changed meanwhile cannot repeat its attempt to the byte, and does not", func(t *testing.T) {
		r := newRig(t)
		e := r.say(class, "", chat.Admins.Say("hello")...)
		r.dieAt("end", "before")
		r.bots[quiz].Account = "administrator"
		r.reopen()
		r.settle(5 * minute)
		r.want(both)
		r.ended(e, chat.Held, chat.Unknown)
	})
	t.Run("a message that was found to be for nobody, and no more than that is stored, ends too", func(t *testing.T) {
		r := newRig(t)
		e := r.say(class, "", chat.Users("zoe").Say("hello")...)
		work, _, err := r.worker.Take(t.Context(), 1)
		must(t, err)
		must(t, r.store.EndRound(t.Context(), chat.Round{Lease: work[0].Lease, Message: work[0].Message.ID,
			Resolved: &chat.Resolved{Ceiling: chat.Admins, Membership: chat.Membership{Group: class, Type: chat.Public}}}))
		r.settle(minute)
		r.ended(e, chat.Done, chat.Nobody)
	})
	t.Run("who was too slow stores nothing when the lane is somebody else's", func(t *testing.T) {
		r := newRig(t)
		e := r.say(class, "", chat.Admins.Say("hello")...)
		slow, _, err := r.worker.Take(t.Context(), 1)
		must(t, err)
		r.clock.Advance(2 * minute)
		r.settle(minute)
		r.worker.Work(context.Background(), slow[0])
		r.want(both)
		if d := r.ended(e, chat.Done, chat.Sent).Deliveries; len(d) != 1 || len(d[0].Tries) != 1 {
			t.Errorf("deliveries %+v", d)
		}
	})
}

// dieAt does what is due with a process that ends at this step; what it holds
// is never given back.
func (r *rig) dieAt(step, moment string) {
	r.t.Helper()
	w := r.newWorker(&dying{Store: r.store, at: step, after: moment == "after"})
	work, _, err := w.Take(context.Background(), 10)
	must(r.t, err)
	var wg sync.WaitGroup
	for _, x := range work {
		wg.Go(func() { w.Work(context.Background(), x) })
	}
	r.whileWaiting(&wg)
}
