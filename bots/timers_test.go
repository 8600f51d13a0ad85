package bots_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/store"
)

type round struct {
	Question string `json:"question"`
}

var (
	closes = plugins.NewTimer[round]("closes")
	beats  = plugins.NewTimer[struct{}]("beats")
	lost   = plugins.NewTimer[round]("lost") // nothing routes it
)

// timing is a plugin that asks for what ask says, and tells of what comes.
func timing(ask func(e chat.Event)) plugins.Plugin {
	return plugins.Define("timing", "1.0.0", func(struct{}) (plugins.Handler, error) {
		m := plugins.NewMux()
		m.On("answers", func(_ context.Context, e chat.Event) ([]chat.Message, error) {
			ask(e)
			return chat.Admins.Say("asked"), nil
		})
		m.On("strike", func(context.Context, chat.Event) ([]chat.Message, error) { return nil, nil })
		plugins.OnTimer(m, closes, func(_ context.Context, e chat.Event, r round) ([]chat.Message, error) {
			who := chat.Admins
			if e.Sender != nil {
				who = chat.Sender
			}
			return who.Say("%s %s closes at %s", e.Kind, r.Question, e.Time.Format("15:04:05")), nil
		})
		plugins.OnTimer(m, beats, func(_ context.Context, e chat.Event, _ struct{}) ([]chat.Message, error) {
			beats.Set(e, time.Second, struct{}{})
			return nil, nil
		})
		return m, nil
	})
}

// alarm runs the rig's timers beside the test, until it ends.
func (r *rig) alarm(fired func(chat.TimerRecord, time.Duration)) (stop func()) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- bots.Alarm{Store: r.store, Wake: r.store.TimersReady(), Clock: r.clock, Fired: fired}.Run(ctx)
	}()
	return func() {
		cancel()
		must(r.t, <-ended)
	}
}

func TestWhatAPluginAsksForComesBackToIt(t *testing.T) {
	r := newRig(t, timing(func(e chat.Event) {
		closes.Set(e, time.Hour, round{"q0"})
		closes.Set(e, 90*time.Second, round{"q1"})
		closes.Key("q2").ForSender().Set(e, 2*time.Minute, round{"q2"})
	}))
	type came struct {
		timer chat.TimerRecord
		late  time.Duration
	}
	told := make(chan came, 10)
	stop := r.alarm(func(x chat.TimerRecord, late time.Duration) { told <- came{x, late} })
	defer stop()
	e := r.arrive(class, "carol", `{}`)
	r.settle(0)
	// The pump sleeps until the first is due, and not for its poll's length.
	for i, want := range []struct {
		after time.Duration
		text  string
		users bool
	}{{90 * time.Second, "timer q1 closes at 00:01:30", false}, {30 * time.Second, "timer q2 closes at 00:02:00", true}} {
		for end := r.clock.Now().Add(want.after); r.clock.Now().Before(end); {
			must(t, r.clock.BlockUntilContext(t.Context(), 1))
			r.clock.Advance(min(time.Second, end.Sub(r.clock.Now())))
		}
		var x came
		select {
		case x = <-told:
		case <-time.After(20 * time.Second):
			t.Fatalf("the %d. does not come", i+1)
		}
		if x.late != 0 || x.timer.Event != e {
			t.Errorf("timer %+v came late by %v", x.timer, x.late)
		}
		r.settle(0)
		h := r.ended(x.timer.Made, chat.Done, chat.Handled)
		if len(h.Messages) != 1 || h.Messages[0].Message.Text != want.text || (len(h.Messages[0].To.Users) > 0) != want.users || h.Event.TimerOf != e {
			t.Errorf("the %d. answered %+v", i+1, h)
		}
	}
	if list := r.history(e).Timers; len(list) != 2 || list[0].Status != chat.Done || list[1].Status != chat.Done {
		t.Errorf("of the timers that were set once, and again, there are %+v", list)
	}
}

func TestTimersThatCannotBeAreRefusedWithTheWholeAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		ask  func(e chat.Event)
		want string
	}{
		"at once":                {func(e chat.Event) { closes.Set(e, 0, round{}) }, "timer closes: after 0s; a timer comes after 1s to 8784h0m0s"},
		"in the past":            {func(e chat.Event) { closes.Set(e, -time.Minute, round{}) }, "after -1m0s"},
		"faster than the pulse":  {func(e chat.Event) { beats.Set(e, 999*time.Millisecond, struct{}{}) }, "timer beats: after 999ms"},
		"in two years":           {func(e chat.Event) { closes.Set(e, 2*chat.MaxTimer, round{}) }, "a timer comes after 1s to 8784h0m0s"},
		"with too much":          {func(e chat.Event) { closes.Key("k").Set(e, time.Minute, round{strings.Repeat("x", 20_000)}) }, "timer closes/k: its payload has 20015 bytes of JSON, and may have 16384"},
		"with a key of lines":    {func(e chat.Event) { closes.Key("a\nb").Set(e, time.Minute, round{}) }, "its key is not one line of text"},
		"that nobody would know": {func(e chat.Event) { lost.Set(e, time.Minute, round{}) }, `the plugin knows no timer "lost"; have beats, closes`},
		"for nobody":             {func(e chat.Event) { closes.ForSender().Set(e, time.Minute, round{}) }, "timer closes is to have the sender of the event, and the trigger names none"},
		"too many pending": {func(e chat.Event) {
			for i := range 4 {
				closes.Key(fmt.Sprint(i)).Set(e, time.Minute, round{})
			}
		}, "with it 4 timers would be pending in this group, and the bot may have 3 (limits: timers)"},
		"too many at once": {func(e chat.Event) {
			for i := range chat.MaxTimers + 1 {
				closes.Key(fmt.Sprint(i)).Cancel(e)
			}
		}, "it sets or cancels 201 timers, and one answer may have 200"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, timing(c.ask), func(s *bots.Spec) { s.Limits.Timers = 3 })
			e := r.arrive(class, "", `{}`)
			r.settle(time.Minute)
			h := r.ended(e, chat.Dead, chat.Refused)
			if !strings.Contains(h.Event.Reason, c.want) || !strings.HasPrefix(h.Event.Reason, "the plugin's answer is refused: ") {
				t.Errorf("it says %q", h.Event.Reason)
			}
			if len(h.Messages)+len(h.Timers) > 0 {
				t.Errorf("of the answer was stored %+v", h)
			}
		})
	}
}

func TestAPluginDoesNotFillTheStoreWithTimersBitByBit(t *testing.T) {
	n := 0
	r := newRig(t, timing(func(e chat.Event) {
		n++
		closes.Key(fmt.Sprint(n)).Set(e, time.Minute, round{})
	}), func(s *bots.Spec) { s.Limits.Timers = 3 })
	var hit []bots.Limit
	r.dispatcher.Observe.Limit = func(_ chat.BotName, _ string, l bots.Limit) { hit = append(hit, l) }
	var last chat.EventID
	for range 4 {
		last = r.arrive(class, "", `{}`)
		r.settle(time.Minute)
	}
	h := r.ended(last, chat.Dead, chat.Refused)
	if want := "the plugin's answer is refused: with it 4 timers would be pending in this group, and the bot may have 3 (limits: timers)"; h.Event.Reason != want {
		t.Errorf("it says %q", h.Event.Reason)
	}
	if !strings.Contains(r.log.String(), "event given up") {
		t.Error("the log does not say so")
	}
	if !slices.Equal(hit, []bots.Limit{bots.LimitTimers}) {
		t.Errorf("told of the limits %v", hit)
	}
}

func TestAHeartbeatGoesOnOverRestarts(t *testing.T) {
	r := newRig(t, timing(func(e chat.Event) { beats.Set(e, time.Second, struct{}{}) }))
	r.arrive(class, "", `{}`)
	r.settle(0)
	for range 5 {
		r.clock.Advance(time.Second)
		if list, _, err := r.store.FireTimers(t.Context(), 10); err != nil || len(list) != 1 {
			t.Fatalf("%d came, %v", len(list), err)
		}
		r.settle(0)
		r.reopen()
	}
	list, _, err := r.store.Timers(t.Context(), store.PendingTimers{})
	if err != nil || len(list) != 1 || list[0].Event != 6 {
		t.Errorf("after five beats is pending %+v, %v", list, err)
	}
}

func TestATimerOfABotThatIsGoneWaitsForIt(t *testing.T) {
	plugin := timing(func(e chat.Event) { closes.Set(e, time.Minute, round{"q1"}) })
	r := newRig(t, plugin)
	r.arrive(class, "", `{}`)
	r.settle(0)
	r.configure()
	r.clock.Advance(time.Minute)
	list, _, err := r.store.FireTimers(t.Context(), 10)
	must(t, err)
	r.settle(time.Second)
	if h := r.ended(list[0].Made, chat.Ready, ""); !strings.Contains(h.Event.Reason, `no bot "quiz" of app "main" is configured any more`) {
		t.Errorf("it says %q", h.Event.Reason)
	}
	r.configure(specOf(plugin, bots.Trigger{Name: "answers", Kind: chat.Webhook}))
	r.settle(2 * time.Minute)
	r.ended(list[0].Made, chat.Done, chat.Handled)
}

func TestARehearsalSaysWhichTimersAndSetsNone(t *testing.T) {
	r := newRig(t, timing(func(e chat.Event) { closes.Set(e, time.Minute, round{"q1"}) }))
	e := r.arrive(class, "", `{}`)
	r.settle(0)
	end, err := r.dispatcher.Rehearse(t.Context(), r.history(e).Event, chat.State{}, nil)
	must(t, err)
	if len(end.Timers) != 1 || end.Timers[0].Label() != "closes" {
		t.Errorf("it says %+v", end.Timers)
	}
	if list, _, err := r.store.Timers(t.Context(), store.PendingTimers{}); err != nil || len(list) != 1 || list[0].Event != e {
		t.Errorf("pending: %+v, %v", list, err)
	}
}

func TestARehearsalSaysThatThereWouldBeTooMany(t *testing.T) {
	n := 0
	r := newRig(t, timing(func(e chat.Event) {
		closes.Key("0").Cancel(e)
		closes.Key("1").Set(e, time.Minute, round{})
		closes.Key(fmt.Sprint(n)).Set(e, time.Minute, round{})
	}), func(s *bots.Spec) { s.Limits.Timers = 2 })
	var e chat.EventID
	for _, n = range []int{2, 3} { // 1 is set anew, 0 is not there
		end, err := r.dispatcher.Rehearse(t.Context(), chat.EventRecord{App: "main", Bot: "quiz", Trigger: "answers", Kind: chat.Webhook, Group: class}, chat.State{}, nil)
		must(t, err)
		e = r.arrive(class, "", `{}`)
		r.settle(0)
		if h := r.history(e); h.Event.Status != end.Status || h.Event.Reason != end.Reason || len(end.Timers) > 0 != (n == 2) {
			t.Errorf("rehearsed as %s (%s), and ended as %s (%s)", end.Status, end.Reason, h.Event.Status, h.Event.Reason)
		}
	}
	r.ended(e, chat.Dead, chat.Refused)
}

func TestATimerThatIsSetWakesWhoWaitsForALaterOne(t *testing.T) {
	r := newRig(t, timing(func(e chat.Event) { closes.Set(e, 2*time.Second, round{"q1"}) }))
	told := make(chan chat.TimerRecord, 1)
	stop := r.alarm(func(x chat.TimerRecord, _ time.Duration) { told <- x })
	defer stop()
	must(t, r.clock.BlockUntilContext(t.Context(), 1)) // it sleeps, for as long as it ever does
	r.arrive(class, "", `{}`)
	r.settle(0)
	r.clock.Advance(2 * time.Second)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := r.clock.Now().Add(2 * time.Second); r.clock.Now().Before(end); { // shorter than that sleep
		select {
		case <-told:
			return
		case <-tick.C:
			r.clock.Advance(time.Millisecond)
		}
	}
	t.Error("it does not come when it is due")
}
