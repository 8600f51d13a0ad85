package delivery_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/delivery"
	"github.com/botd-chat/botd/im/simulator"
)

func TestRun(t *testing.T) {
	const slow = 2 * time.Second
	// started has a worker running with one message on its way, whose answer is
	// slow, and another behind it.
	started := func(t *testing.T, grace time.Duration) (r *rig, first, second chat.EventID, stop func() <-chan error) {
		r = newRig(t)
		r.fault(simulator.Fault{API: send, Kind: simulator.Slow, When: simulator.After, Delay: slow, Count: 1})
		r.worker.Wake, r.worker.Grace = r.store.MessagesReady(), grace
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		first, second = r.say(class, "", chat.Admins.Say("one")...), r.say(class, "", chat.Admins.Say("two")...)
		go func() { ended <- r.worker.Run(ctx) }()
		// Two wait now: the pump for the next look, the service with its answer.
		must(t, r.clock.BlockUntilContext(t.Context(), 2))
		return r, first, second, func() <-chan error { cancel(); return ended }
	}
	t.Run("a stop finishes the message on its way, and leaves the next for later", func(t *testing.T) {
		r, first, second, stop := started(t, time.Minute)
		ended := stop()
		must(t, r.clock.BlockUntilContext(t.Context(), 2)) // the grace, in the place of the pump
		select {
		case <-ended:
			t.Fatal("it stopped with a message on its way")
		default:
		}
		r.clock.Advance(slow)
		must(t, <-ended)
		r.ended(first, chat.Done, chat.Sent)
		r.ended(second, chat.Ready, "")
		r.want(map[string][]string{"alice": {"one"}, "bob": {"one"}})
	})
	t.Run("a message that outlasts the grace is given back, and delivered once after the next start", func(t *testing.T) {
		r, first, second, stop := started(t, time.Second)
		ended := stop()
		must(t, r.clock.BlockUntilContext(t.Context(), 2))
		r.clock.Advance(time.Second)
		must(t, <-ended)
		r.ended(first, chat.Ready, "")
		r.reopen()
		r.settle(minute)
		r.ended(first, chat.Done, chat.Sent)
		r.ended(second, chat.Done, chat.Sent)
		r.want(map[string][]string{"alice": {"one", "two"}, "bob": {"one", "two"}})
	})
	t.Run("the texts of their own that an event has for each are on their way together, and what follows them is not", func(t *testing.T) {
		r := newRig(t)
		r.fault(simulator.Fault{API: send, Kind: simulator.Slow, When: simulator.After, Delay: slow, Count: 2})
		e := r.say(class, "", slices.Concat(chat.Users("alice").Say("for alice"), chat.Users("bob").Say("for bob"), chat.Admins.Say("for both"))...)
		work, _, err := r.worker.Take(t.Context(), 9)
		must(t, err)
		done := make(chan struct{})
		go func() { defer close(done); r.worker.Work(t.Context(), work[0]) }()
		must(t, r.clock.BlockUntilContext(t.Context(), 2))
		for range 8 { // the second waits for its place in the group
			if len(r.calls()) < 2 {
				r.clock.Advance(25 * time.Millisecond)
				must(t, r.clock.BlockUntilContext(t.Context(), 2))
			}
		}
		select {
		case <-done:
			t.Fatal("they were not on their way together")
		default:
		}
		r.want(map[string][]string{"alice": {"for alice"}, "bob": {"for bob"}})
		r.clock.Advance(slow)
		<-done
		r.settle(minute)
		r.want(map[string][]string{"alice": {"for alice", "for both"}, "bob": {"for bob", "for both"}})
		h, err := r.store.History(t.Context(), e)
		must(t, err)
		for _, m := range h.Messages {
			if m.Outcome != chat.Sent || len(m.Deliveries) != 1 || len(m.Deliveries[0].Tries) != 1 {
				t.Errorf("%+v", m)
			}
		}
	})
	t.Run("what is left of a lease is enough for an attempt, or there is none", func(t *testing.T) {
		for name, spend := range map[string]func(r *rig, work chat.MessageWork){
			"before it begins": func(r *rig, work chat.MessageWork) {
				r.clock.Advance(50 * time.Second)
				r.worker.Work(t.Context(), work)
			},
			"while it waits for its place": func(r *rig, work chat.MessageWork) {
				r.worker.Store = &late{r.worker.Store, 55 * time.Second}
				done := make(chan struct{})
				go func() { defer close(done); r.worker.Work(t.Context(), work) }()
				must(t, r.clock.BlockUntilContext(t.Context(), 1))
				r.clock.Advance(55 * time.Second)
				<-done
				r.worker.Store = r.store
			},
		} {
			r := newRig(t)
			e := r.say(class, "", chat.Admins.Say("hello")...)
			work, _, err := r.worker.Take(t.Context(), 1)
			must(t, err)
			spend(r, work[0])
			if n := len(r.calls()); n != 0 {
				t.Errorf("spent %s: %d calls", name, n)
			}
			if d := r.ended(e, chat.Ready, "").Deliveries; name == "before it begins" && len(d) != 0 {
				t.Errorf("spent %s: attempts were begun: %+v", name, d)
			}
			r.settle(minute)
			r.want(both)
			r.ended(e, chat.Done, chat.Sent)
		}
	})
	t.Run("a message that waits for its place when the grace is over was certainly not sent", func(t *testing.T) {
		r := newRig(t)
		e := r.say(class, "", chat.Admins.Say("hello")...)
		work, _, err := r.worker.Take(t.Context(), 1)
		must(t, err)
		// Somebody else has the next places of this group.
		r.worker.Store = &late{r.worker.Store, 500 * time.Millisecond}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); r.worker.Work(ctx, work[0]) }()
		must(t, r.clock.BlockUntilContext(t.Context(), 1))
		cancel()
		<-done
		r.want(nil)
		d := r.ended(e, chat.Ready, "").Deliveries[0]
		if len(d.Tries) != 1 || d.Tries[0].Result != chat.No || !d.Series.IsZero() {
			t.Errorf("delivery %+v", d)
		}
		r.settle(minute)
		r.want(both)
		if n := randoms(r.ended(e, chat.Done, chat.Sent).Deliveries[0]); len(n) != 2 || n[0] == n[1] {
			t.Errorf("Randoms %v", n)
		}
	})
}

// late is a store whose places lie further ahead.
type late struct {
	delivery.Store
	by time.Duration
}

func (l *late) Begin(ctx context.Context, b chat.Begin) (chat.Begun, error) {
	begun, err := l.Store.Begin(ctx, b)
	for i := range begun.Slots {
		begun.Slots[i] = begun.Slots[i].Add(l.by)
	}
	return begun, err
}

func TestObserver(t *testing.T) {
	t.Run("what happens is told for counting", func(t *testing.T) {
		r := newRig(t)
		var told []string
		r.worker.Observe = delivery.Observer{
			Attempt: func(_ chat.AppName, result chat.Result, code int, _ time.Duration) {
				told = append(told, "attempt "+string(result))
			},
			Delivery: func(_ chat.BotName, o chat.Outcome) { told = append(told, "delivery "+string(o)) },
			Message:  func(_ chat.BotName, o chat.Outcome) { told = append(told, "message "+string(o)) },
			Waits:    func(_ chat.AppName, why string) { told = append(told, "waits for the "+why) },
		}
		r.fault(simulator.Fault{API: "get_group_info", Kind: simulator.BadStatus, Count: 1})
		r.fault(simulator.Fault{API: send, Kind: simulator.Dropped, Count: 1})
		r.say(class, "", chat.Admins.Say("hello")...)
		r.settle(minute)
		want := []string{"waits for the directory", "attempt not sent", "attempt sent", "delivery sent", "message sent"}
		if !slices.Equal(told, want) {
			t.Errorf("told %q, want %q", told, want)
		}
	})
}
