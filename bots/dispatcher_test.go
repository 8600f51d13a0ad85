package bots_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

const (
	minute = time.Minute
	score  = chat.Key[int]("score")
)

func TestHandling(t *testing.T) {
	t.Run("the plugin gets all it may know, and its answer is stored with its state", func(t *testing.T) {
		var got chat.Event
		r := newRig(t, pluginOf(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
			got = e
			score.Set(e.State, score.Get(e.State)+1)
			return append(chat.Admins.Say("score %d", score.Get(e.State)), chat.Sender.Say("thank you")...), nil
		}))
		e := r.arrive(class, "carol", `{"answer":"B"}`)
		r.settle(minute)
		h := r.ended(e, chat.Done, chat.Handled)
		if len(h.Messages) != 2 || h.Messages[0].To.IsNobody() || !slices.Equal(h.Messages[1].To.Users, []chat.UserID{"carol"}) || h.Messages[1].To.Sender {
			t.Errorf("messages %+v", h.Messages)
		}
		want := chat.Event{
			Botd: 1, ID: e, Kind: chat.Webhook, Name: "answers", Time: r.clock.Now(), Group: class,
			Sender: &chat.Member{ID: "carol", Role: chat.Normal, Name: "Carol"}, Payload: json.RawMessage(`{"answer":"B"}`),
			State: chat.State{"score": json.RawMessage("1")}, Session: chat.State{},
		}
		if got.Timers == nil {
			t.Error("the plugin was handed no Timers")
		}
		got.Timers = nil
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("event:\n%s", diff)
		}
		r.arrive(class, "", `{}`)
		r.settle(minute)
		if n := score.Get(got.State); n != 2 {
			t.Errorf("the second event left score %d, want 2", n)
		}
	})
	t.Run("members come with the event only for a plugin that needs them", func(t *testing.T) {
		for _, needs := range []bool{false, true} {
			var got chat.Event
			p := pluginOf(func(_ context.Context, e chat.Event) ([]chat.Message, error) { got = e; return nil, nil })
			if needs {
				p = p.With(plugins.Members)
			}
			r := newRig(t, p)
			r.arrive(class, "", `{}`)
			r.settle(minute)
			if want := map[bool]int{true: 2}[needs]; len(got.Members) != want || r.directory.reads != want/2 {
				t.Errorf("needs %v: %d members after %d readings", needs, len(got.Members), r.directory.reads)
			}
		}
	})
	t.Run("events of a group are handled in their order, also through failures, and groups do not wait for each other", func(t *testing.T) {
		var mu sync.Mutex
		seen := map[chat.GroupID][]string{}
		failed := false
		r := newRig(t, pluginOf(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
			mu.Lock()
			defer mu.Unlock()
			if e.Group == class && !failed {
				failed = true
				return nil, errors.New("not yet")
			}
			seen[e.Group] = append(seen[e.Group], string(e.Payload))
			return nil, nil
		}))
		for i := range 5 {
			r.arrive(class, "", fmt.Sprint(i))
			r.arrive(team, "", fmt.Sprint(i))
		}
		r.step()
		if !slices.Equal(seen[team], []string{"0"}) || seen[class] != nil {
			t.Errorf("after one step: %v", seen)
		}
		r.settle(minute)
		want := []string{"0", "1", "2", "3", "4"}
		if !slices.Equal(seen[class], want) || !slices.Equal(seen[team], want) {
			t.Errorf("order %v", seen)
		}
	})
	t.Run("what the plugin keeps or changes is not the host's", func(t *testing.T) {
		var kept chat.Event
		answer := chat.Message{To: chat.Users("carol"), Elements: []chat.Element{{Text: &chat.Text{Text: "hello"}}}}
		p := pluginOf(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
			kept = e
			score.Set(e.State, 1)
			copy(e.Payload, `{"x":"spoilt!!"}`)
			e.Members[0].Role, e.Sender.Role = chat.Normal, chat.Owner
			return []chat.Message{answer}, nil
		}).With(plugins.Members)
		r := newRig(t, p)
		// The plugin changes what it kept as soon as it has answered.
		r.dispatcher.Observe.Run = func(bots.Run) {
			answer.Elements[0].Text.Text, answer.To.Users[0] = "other", "mallory"
			kept.State["score"] = json.RawMessage("{")
		}
		e := r.arrive(class, "carol", `{"answer":"BBB"}`)
		r.settle(minute)
		h := r.ended(e, chat.Done, chat.Handled)
		if r.directory.members[0].Role != chat.Owner || r.directory.members[1].Role != chat.Normal {
			t.Errorf("the directory's members are %v", r.directory.members)
		}
		if string(h.Event.Payload) != `{"answer":"BBB"}` && h.Event.Payload != nil {
			t.Errorf("the stored payload is %s", h.Event.Payload)
		}
		if m := h.Messages[0]; m.Message.Elements[0].Text.Text != "hello" || m.To.Users[0] != "carol" {
			t.Errorf("the stored message is %+v", m.Message)
		}
	})
}

func TestFailures(t *testing.T) {
	t.Run("an error is tried again with growing pauses, and given up the fifth time", func(t *testing.T) {
		var at []time.Time
		var r *rig
		r = newRig(t, pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) {
			at = append(at, r.clock.Now())
			return nil, errors.New("the score book is gone")
		}))
		e := r.arrive(class, "", `{}`)
		r.settle(time.Hour)
		h := r.ended(e, chat.Dead, chat.Failed)
		if len(at) != 5 || h.Event.Attempts != 5 || !strings.Contains(h.Event.Reason, "failed 5 times, the last time so: the score book is gone") {
			t.Errorf("%d runs: %s", len(at), h.Event.Reason)
		}
		for i := 1; i < len(at); i++ {
			if i > 1 && at[i].Sub(at[i-1]) < 2*at[i-1].Sub(at[i-2]) {
				t.Errorf("runs at %v", at)
			}
		}
	})
	t.Run("an error keeps neither messages nor state, and the next event has its turn", func(t *testing.T) {
		r := newRig(t, pluginOf(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
			if string(e.Payload) == "1" {
				score.Set(e.State, 99)
				return chat.Admins.Say("half done"), plugins.Permanent(errors.New("no such question"))
			}
			return chat.Admins.Say("score %d", score.Get(e.State)), nil
		}))
		first, second := r.arrive(class, "", "1"), r.arrive(class, "", "2")
		r.settle(minute)
		if h := r.ended(first, chat.Dead, chat.Refused); len(h.Messages) != 0 || h.Event.Attempts != 1 {
			t.Errorf("event %+v with %d messages", h.Event, len(h.Messages))
		}
		if h := r.ended(second, chat.Done, chat.Handled); h.Messages[0].Message.Text != "score 0" {
			t.Errorf("said %q", h.Messages[0].Message.Text)
		}
	})
	t.Run("a panic is an error of that event, and the log says where", func(t *testing.T) {
		runs := 0
		r := newRig(t, pluginOf(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
			if runs++; runs == 1 {
				_ = e.Payload[len(e.Payload)]
			}
			return nil, nil
		}))
		e := r.arrive(class, "", `{}`)
		r.settle(minute)
		r.ended(e, chat.Done, chat.Handled)
		if log := r.log.String(); !strings.Contains(log, "dispatcher_test.go") || !strings.Contains(log, "out of range") || !strings.Contains(log, `"event":"`+e.String()) {
			t.Errorf("log: %s", log)
		}
	})
	t.Run("a plugin that ends its goroutine has failed", func(t *testing.T) {
		r := newRig(t, pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) { runtime.Goexit(); return nil, nil }))
		e := r.arrive(class, "", `{}`)
		r.settle(time.Hour)
		if h := r.ended(e, chat.Dead, chat.Failed); !strings.Contains(h.Event.Reason, "goroutine") {
			t.Errorf("reason %q", h.Event.Reason)
		}
	})
	for name, c := range map[string]struct {
		say   []chat.Message
		state string
		want  string
	}{
		"more messages than allowed":          {say: slices.Repeat(chat.Admins.Say("hello"), 11), want: "11 messages"},
		"a message for nobody":                {say: chat.Audience{}.Say("hello"), want: "message 1 of 1: the audience names nobody"},
		"a message for a sender there is not": {say: chat.Sender.Say("hello"), want: "sender: expression"},
		"a message that says nothing":         {say: []chat.Message{{To: chat.Admins}}, want: "says nothing"},
		"more state than allowed":             {state: `"` + strings.Repeat("x", chat.MaxState) + `"`, want: "may keep 65536"},
		"state that is not JSON":              {state: `{`, want: "not JSON"},
	} {
		t.Run("an answer with "+name+" is refused as a whole", func(t *testing.T) {
			r := newRig(t, pluginOf(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
				if c.state != "" {
					e.State["x"] = json.RawMessage(c.state)
				}
				return c.say, nil
			}))
			e := r.arrive(class, "", `{}`)
			r.settle(minute)
			h := r.ended(e, chat.Dead, chat.Refused)
			if len(h.Messages) != 0 || h.Event.Attempts != 1 || !strings.Contains(h.Event.Reason, c.want) {
				t.Errorf("%d messages after %d runs: %s", len(h.Messages), h.Event.Attempts, h.Event.Reason)
			}
		})
	}
}

func TestDeadlines(t *testing.T) {
	quick := func(s *bots.Spec) { s.Limits.Timeout = time.Second }
	// late handles what is due while time runs on past the deadline.
	late := func(r *rig) {
		done := make(chan struct{})
		go func() { defer close(done); r.step() }()
		must(r.t, r.clock.BlockUntilContext(r.t.Context(), 1))
		r.clock.Advance(2 * time.Second)
		<-done
	}
	t.Run("a plugin that heeds its deadline is tried again", func(t *testing.T) {
		r := newRig(t, pluginOf(func(ctx context.Context, _ chat.Event) ([]chat.Message, error) { <-ctx.Done(); return nil, ctx.Err() }), quick)
		e := r.arrive(class, "", `{}`)
		late(r)
		if h := r.ended(e, chat.Ready, ""); !strings.Contains(h.Event.Reason, "did not answer within 1s") || strings.Contains(h.Event.Reason, "left behind") {
			t.Errorf("reason %q", h.Event.Reason)
		}
	})
	t.Run("a plugin whose process was ended is tried again", func(t *testing.T) {
		r := newRig(t, pluginOf(func(ctx context.Context, _ chat.Event) ([]chat.Message, error) {
			<-ctx.Done()
			return nil, fmt.Errorf("plugin quiz: %w", bots.ErrEnded)
		}), quick)
		e := r.arrive(class, "", `{}`)
		late(r)
		if h := r.ended(e, chat.Ready, ""); !strings.Contains(h.Event.Reason, "did not answer within 1s; its process was ended") {
			t.Errorf("reason %q", h.Event.Reason)
		}
	})
	t.Run("a plugin that went away until its deadline is waited for", func(t *testing.T) {
		r := newRig(t, pluginOf(func(ctx context.Context, _ chat.Event) ([]chat.Message, error) {
			<-ctx.Done()
			return nil, bots.ErrAway
		}), quick)
		e := r.arrive(class, "", `{}`)
		late(r)
		if h := r.ended(e, chat.Ready, ""); h.Event.Attempts != 0 || !strings.Contains(h.Event.Reason, "is not there") {
			t.Errorf("after %d attempts: %q", h.Event.Attempts, h.Event.Reason)
		}
	})
	t.Run("a plugin that hangs is left behind; after three the bot gets nothing, until they come back", func(t *testing.T) {
		hang, ran := make(chan struct{}), make(chan struct{}, 10)
		r := newRig(t, pluginOf(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
			if string(e.Payload) == `"hang"` {
				<-hang
			}
			ran <- struct{}{}
			return nil, nil
		}), quick)
		var told []string
		r.dispatcher.Observe = bots.Observer{
			Run:   func(run bots.Run) { told = append(told, string(run.Result)) },
			Limit: func(_ chat.BotName, _ string, l bots.Limit) { told = append(told, string(l)) },
		}
		first := r.arrive(class, "", `"hang"`)
		for range 3 {
			late(r)
			r.clock.Advance(5 * minute)
		}
		if h := r.ended(first, chat.Ready, ""); !strings.Contains(h.Event.Reason, "left behind") {
			t.Errorf("reason %q", h.Event.Reason)
		}
		second := r.arrive(team, "", `{}`)
		r.step()
		if h := r.ended(second, chat.Ready, ""); !strings.Contains(h.Event.Reason, "3 runs of its plugin") || !strings.Contains(h.Event.Reason, "set isolate: true to have it killed instead") {
			t.Errorf("reason %q", h.Event.Reason)
		}
		if _, err := r.bots.Bot("quiz").There(t.Context()); err == nil {
			t.Error("a bot that gets no events says that its plugin is there")
		}
		if got, want := strings.Join(told, " "), strings.TrimSpace(strings.Repeat("abandoned timeout ", 3)); got != want {
			t.Errorf("told of %s; want %s", got, want)
		}
		close(hang)
		for range 3 {
			<-ran
		}
		third := r.arrive(team, "", `{}`)
		eventually(t, func() bool {
			r.settle(minute)
			if r.history(third).Event.Status == chat.Held {
				third = r.arrive(team, "", `{}`)
			}
			return r.history(third).Event.Status == chat.Done
		})
		if !strings.Contains(r.log.String(), "hangs past its deadline") {
			t.Error("the log does not tell of it")
		}
	})
}

func TestWhoMay(t *testing.T) {
	var runs int
	counted := func() plugins.Plugin {
		runs = 0
		return pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) { runs++; return nil, nil })
	}
	t.Run("a sender who is no member is turned away, without a run", func(t *testing.T) {
		r := newRig(t, counted())
		e := r.arrive(class, "mallory", `{}`)
		r.settle(minute)
		if h := r.ended(e, chat.Done, chat.Refused); runs != 0 || !strings.Contains(h.Event.Reason, `"mallory" is not a member`) {
			t.Errorf("%d runs: %s", runs, h.Event.Reason)
		}
	})
	t.Run("a sender who has just joined is not turned away by an older reading", func(t *testing.T) {
		r := newRig(t, counted())
		r.directory.age = 3 * time.Second
		e := r.arrive(class, "newcomer", `{}`)
		r.step()
		r.ended(e, chat.Ready, "")
		r.directory.age, r.directory.members = 0, append(r.directory.members, chat.Member{ID: "newcomer", Role: chat.Normal})
		r.settle(minute)
		r.ended(e, chat.Done, chat.Handled)
	})
	t.Run("a clock that was set back does not make a sender wait as long", func(t *testing.T) {
		r := newRig(t, counted())
		r.directory.age = 3 * time.Second
		e := r.arrive(class, "mallory", `{}`)
		r.clock = clockwork.NewFakeClockAt(r.clock.Now().Add(-6 * time.Hour))
		r.directory.clock = r.clock
		r.reopen()
		r.settle(minute)
		r.ended(e, chat.Done, chat.Refused)
	})
	t.Run("a group that cannot be read for hours costs the event nothing", func(t *testing.T) {
		r := newRig(t, counted())
		r.directory.err = errors.New("no route to host")
		e := r.arrive(class, "carol", `{}`)
		r.settle(3 * time.Hour)
		if h := r.ended(e, chat.Ready, ""); runs != 0 || !strings.Contains(h.Event.Reason, "no route to host") {
			t.Errorf("%d runs: %s", runs, h.Event.Reason)
		}
		r.reopen()
		r.settle(time.Hour)
		r.ended(e, chat.Ready, "")
		r.directory.set(func() { r.directory.err = nil })
		r.settle(2 * minute)
		if h := r.ended(e, chat.Done, chat.Handled); runs != 1 || h.Event.Attempts != 1 {
			t.Errorf("%d runs, %d counted", runs, h.Event.Attempts)
		}
	})
	t.Run("a group that never can be used ends the event", func(t *testing.T) {
		r := newRig(t, counted())
		r.directory.err = fmt.Errorf("it was dissolved: %w", bots.ErrNoGroup)
		e := r.arrive(class, "carol", `{}`)
		r.settle(minute)
		r.ended(e, chat.Dead, chat.Refused)
	})
	t.Run("events of a bot, or for a group, that is configured no more wait until it is there again", func(t *testing.T) {
		r := newRig(t, counted())
		first := r.arrive(class, "", `{}`)
		s := specOf(counted())
		s.Groups = []chat.GroupID{team}
		r.configure(s)
		r.settle(minute)
		r.ended(first, chat.Ready, "")
		second := r.arrive(team, "", `{}`)
		r.configure()
		r.settle(minute)
		r.ended(second, chat.Ready, "")
		if runs != 0 {
			t.Errorf("%d runs", runs)
		}
	})
}

func TestCrashes(t *testing.T) {
	// die takes what is due, runs the plugin, and dies before the end is stored.
	die := func(r *rig) {
		r.t.Helper()
		work, _, err := r.dispatcher.Take(context.Background(), 10)
		must(r.t, err)
		if len(work) != 1 {
			r.t.Fatalf("%d events are due", len(work))
		}
		r.reopen()
	}
	t.Run("an event whose run was cut off is run again, and its messages are there once", func(t *testing.T) {
		r := newRig(t, pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) { return chat.Admins.Say("hello"), nil }))
		e := r.arrive(class, "", `{}`)
		die(r)
		r.settle(minute)
		if h := r.ended(e, chat.Done, chat.Handled); len(h.Messages) != 1 || h.Event.Attempts != 2 {
			t.Errorf("%d messages after %d runs", len(h.Messages), h.Event.Attempts)
		}
	})
	t.Run("an event that ends the process five times is given up, and the next has its turn", func(t *testing.T) {
		r := newRig(t, silent)
		deadly, next := r.arrive(class, "", `1`), r.arrive(class, "", `2`)
		for range 5 {
			die(r)
		}
		r.settle(minute)
		if h := r.ended(deadly, chat.Dead, chat.Failed); !strings.Contains(h.Event.Reason, "ended in the middle") {
			t.Errorf("reason %q", h.Event.Reason)
		}
		r.ended(next, chat.Done, chat.Handled)
	})
	t.Run("who was too slow stores nothing when the lane is somebody else's", func(t *testing.T) {
		r := newRig(t, pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) { return chat.Admins.Say("hello"), nil }))
		e := r.arrive(class, "", `{}`)
		slow, _, err := r.dispatcher.Take(t.Context(), 1)
		must(t, err)
		r.clock.Advance(5 * minute)
		r.settle(minute)
		r.dispatcher.Handle(t.Context(), slow[0])
		if h := r.ended(e, chat.Done, chat.Handled); len(h.Messages) != 1 {
			t.Errorf("%d messages", len(h.Messages))
		}
	})
}

func TestRun(t *testing.T) {
	t.Run("events are handled as they come, and a stop finishes what is in flight", func(t *testing.T) {
		began, finish := make(chan struct{}), make(chan struct{})
		r := newRig(t, pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) {
			began <- struct{}{}
			<-finish
			return chat.Admins.Say("hello"), nil
		}))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- r.dispatcher.Run(ctx) }()
		e := r.arrive(class, "", `{}`)
		<-began
		later := r.arrive(class, "", `{}`)
		stop()
		select {
		case <-ended:
			t.Fatal("it stopped in the middle of a run")
		default:
		}
		close(finish)
		must(t, <-ended)
		r.ended(e, chat.Done, chat.Handled)
		r.ended(later, chat.Ready, "")
	})
}

// eventually waits for what another goroutine is about to do.
func eventually(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !done(); {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen")
		}
	}
}

func TestOneKeyForDifferentPeopleIsRefused(t *testing.T) {
	for name, to := range map[string]chat.Audience{"different": chat.Users("bob"), "the same": chat.Users("alice")} {
		r := newRig(t, pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) {
			return chat.Collapse("score", append(chat.Users("alice").Say("you have 3"), to.Say("you have 7")...)), nil
		}))
		e := r.arrive(class, "carol", `{}`)
		r.settle(minute)
		if name == "the same" {
			r.ended(e, chat.Done, chat.Handled)
			continue
		}
		if h := r.ended(e, chat.Dead, chat.Refused); !strings.Contains(h.Event.Reason, "messages 1 and 2 of 2 are for different people and have one collapse key") {
			t.Errorf("refused because %q", h.Event.Reason)
		}
	}
}

func TestRenderingsMeanTheSameWheneverTheyAreRead(t *testing.T) {
	said := chat.Rather(chat.Everyone.Say("Somebody answered."), chat.Sender.Say("You answered."))
	r := newRig(t, pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) { return said, nil }))
	typed, nobodys := r.arrive(class, "carol", `{}`), r.arrive(class, "", `{}`)
	r.settle(minute)
	h := r.ended(typed, chat.Done, chat.Handled)
	if got := h.Messages[0].Message.Rules(); len(got) != 1 || !reflect.DeepEqual(got[0], chat.Users("carol")) {
		t.Errorf("stored for %+v", got)
	}
	if h := r.ended(nobodys, chat.Dead, chat.Refused); !strings.Contains(h.Event.Reason, "message 1 of 1: rendering 1 is for the sender of the event, and the trigger names none") {
		t.Errorf("refused because %q", h.Event.Reason)
	}
}

func TestOneKeyIsForThosePeopleWhoAreToldSomething(t *testing.T) {
	own, alone := chat.Everyone.Say("3"), []chat.Message{{To: chat.Everyone}}
	for name, c := range map[string]struct {
		second  []chat.Message
		outcome chat.Outcome
	}{
		"all, in other words":       {chat.Rather(own, chat.Admins.Say("4")), chat.Handled},
		"only some, in other words": {chat.Rather(alone, chat.Admins.Say("4")), chat.Refused},
	} {
		r := newRig(t, pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) {
			return chat.Collapse("score", append(slices.Clone(own), c.second...)), nil
		}))
		e := r.arrive(class, "carol", `{}`)
		r.settle(minute)
		if h := r.history(e); h.Event.Outcome != c.outcome {
			t.Errorf("%s: %s, %s", name, h.Event.Outcome, h.Event.Reason)
		}
	}
}
