package delivery_test

import (
	"context"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/delivery"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/store"
)

// shifted is a wall clock that can be set back; the service keeps the true time.
type shifted struct {
	*clockwork.FakeClock
	by time.Duration
}

func (s *shifted) Now() time.Time                  { return s.FakeClock.Now().Add(s.by) }
func (s *shifted) Since(t time.Time) time.Duration { return s.Now().Sub(t) }

func shiftable(t *testing.T) (*rig, *shifted) {
	t.Helper()
	r := newRig(t)
	must(t, r.store.Close())
	c := &shifted{FakeClock: r.clock}
	s, err := store.Open(context.Background(), store.Options{URL: "sqlite:" + r.path, Clock: c.Now})
	must(t, err)
	r.store = s
	a := &delivery.App{Client: r.client, Directory: r.directory}
	r.worker = delivery.New(delivery.Options{Store: s, Clock: c,
		Bots: func(n chat.BotName) *delivery.Bot { return r.bots[n] },
		Apps: func(chat.AppName) *delivery.App { return a }})
	return r, c
}

// second lets true time pass and does what is due.
func (r *rig) second() {
	if n, _ := r.step(); n == 0 {
		r.clock.Advance(time.Second)
	}
}

func TestAfterTheClockWasSetBackNothingIsSentTwice(t *testing.T) {
	r, c := shiftable(t)
	r.fault(simulator.Fault{API: send, Kind: simulator.BadStatus, When: simulator.After, Count: 1})
	e := r.say(class, "", chat.Everyone.Say("once")...)
	r.step()
	c.by = -time.Hour
	start := r.clock.Now()
	for r.clock.Since(start) < 2*time.Hour && r.message(e).Status == chat.Ready {
		r.second()
	}
	if m := r.message(e); m.Status == chat.Ready {
		t.Errorf("the message still waits: %s", m.Reason)
	}
	if got := r.sees("carol"); len(got) != 1 {
		t.Errorf("carol saw %q", got)
	}
}

func TestAfterTheClockWasSetBackMessagesAreStillSent(t *testing.T) {
	r, c := shiftable(t)
	r.group("@TGS#2OTHER", "Public", "alice Owner", "carol")
	r.say(class, "", chat.Everyone.Say("before")...)
	r.settle(time.Minute)
	c.by = -time.Hour
	start := r.clock.Now()
	b := r.say("@TGS#2OTHER", "", chat.Everyone.Say("another group")...)
	for r.clock.Since(start) < 2*time.Hour && r.message(b).Status == chat.Ready {
		r.second()
	}
	r.ended(b, chat.Done, chat.Sent)
	if r.clock.Since(start) > 2*time.Minute {
		t.Errorf("a message of another group waited %v", r.clock.Since(start))
	}
}

func TestAfterARestartWithTheClockSetBackNothingIsSentTwice(t *testing.T) {
	r, c := shiftable(t)
	r.fault(simulator.Fault{API: send, Kind: simulator.BadStatus, When: simulator.After, Count: 1})
	e := r.say(class, "", chat.Everyone.Say("once")...)
	r.step()
	must(t, r.store.Close())
	r.clock.Advance(30 * time.Minute)
	c.by = -time.Hour
	s, err := store.Open(context.Background(), store.Options{URL: "sqlite:" + r.path, Clock: c.Now})
	must(t, err)
	r.store = s
	a := &delivery.App{Client: r.client, Directory: r.directory}
	r.worker = delivery.New(delivery.Options{Store: s, Clock: c,
		Bots: func(n chat.BotName) *delivery.Bot { return r.bots[n] },
		Apps: func(chat.AppName) *delivery.App { return a }})
	for start := r.clock.Now(); r.clock.Since(start) < 2*time.Hour && r.message(e).Status == chat.Ready; {
		r.second()
	}
	// Not repeated: found in the group's history.
	r.ended(e, chat.Done, chat.Sent)
	if got := r.sees("carol"); len(got) != 1 {
		t.Errorf("carol saw %q", got)
	}
}
