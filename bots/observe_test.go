package bots_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// badly does to each event what its payload says.
func badly(_ context.Context, e chat.Event) ([]chat.Message, error) {
	var what string
	if err := json.Unmarshal(e.Payload, &what); err != nil {
		return nil, err
	}
	switch what {
	case "panic":
		panic("oops")
	case "fail":
		return nil, errors.New("not now")
	case "refuse":
		return nil, plugins.Permanent(errors.New("never"))
	case "flood":
		return slices.Repeat(chat.Admins.Say("again"), 11), nil
	case "hoard":
		chat.Key[string]("all").Set(e.State, strings.Repeat("x", chat.MaxState))
	case "keep":
		score.Set(e.State, 1)
	}
	return chat.Admins.Say("hello"), nil
}

func TestWhatCameOfRunsIsTold(t *testing.T) {
	for _, test := range []struct {
		what   string
		result bots.Result
		limit  bots.Limit
	}{
		{"answer", bots.Answered, ""},
		{"keep", bots.Answered, ""},
		{"panic", bots.Panicked, ""},
		{"fail", bots.Erred, ""},
		{"refuse", bots.Refusal, ""},
		{"flood", bots.Refusal, bots.LimitMessages},
		{"hoard", bots.Refusal, bots.LimitState},
	} {
		t.Run(test.what, func(t *testing.T) {
			r := newRig(t, pluginOf(badly))
			var runs []bots.Run
			var limits []bots.Limit
			r.dispatcher.Observe = bots.Observer{
				Run:   func(run bots.Run) { runs = append(runs, run) },
				Limit: func(bot chat.BotName, _ string, l bots.Limit) { limits = append(limits, l) },
			}
			r.arrive(class, "carol", fmt.Sprintf("%q", test.what))
			r.step()
			want := bots.Run{Bot: "quiz", Plugin: runs[0].Plugin, Result: test.result}
			if test.result == bots.Answered {
				want.Messages = 1
			}
			if test.what == "keep" {
				want.State = len(`"score":1,`)
			}
			if len(runs) != 1 || runs[0] != want || want.Plugin == "" {
				t.Errorf("told of %+v; want %+v", runs, want)
			}
			if got := fmt.Sprint(limits); (test.limit == "" && limits != nil) || (test.limit != "" && got != fmt.Sprintf("[%s]", test.limit)) {
				t.Errorf("told of the limits %s; want %q", got, test.limit)
			}
		})
	}
}

// elsewhere is a plugin outside this process, which a test moves.
type elsewhere struct {
	mu       sync.Mutex
	manifest plugins.Manifest
	err      error
	handled  int
}

func (p *elsewhere) set(m plugins.Manifest, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.manifest, p.err = m, err
}

func (p *elsewhere) Name() string                                 { return "elsewhere" }
func (p *elsewhere) Version() string                              { return "1" }
func (p *elsewhere) Needs(string) bool                            { return false }
func (p *elsewhere) New(json.RawMessage) (plugins.Handler, error) { return p, nil }
func (p *elsewhere) Manifest(context.Context) (plugins.Manifest, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.manifest, p.err
}

func (p *elsewhere) Handle(_ context.Context, e chat.Event) ([]chat.Message, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handled++
	return chat.Admins.Say("%d of them", len(e.Members)), p.err
}

// until is when a plugin that is away asks to be looked for again.
type until struct {
	error
	at time.Time
}

func (u until) Until() time.Time { return u.at }
func (u until) Unwrap() error    { return u.error }

func TestAPluginElsewhere(t *testing.T) {
	p := &elsewhere{err: fmt.Errorf("elsewhere: %w", bots.ErrAway)}
	r := newRig(t, plugins.Plugin{}, func(s *bots.Spec) {
		s.Plugin = p
		s.Suits = func(m plugins.Manifest) error {
			if m.Version == "old" {
				return errors.New("version old cannot do what is wanted; start a newer one")
			}
			return nil
		}
	})
	e := r.arrive(class, "carol", `"x"`)
	bot := r.bots.Bot("quiz")
	waits := func(why string) {
		t.Helper()
		r.settle(10 * time.Second)
		h := r.history(e)
		if h.Event.Status != chat.Ready || !strings.Contains(h.Event.Reason, why) || p.handled != 0 || h.Event.Attempts > 1 {
			t.Errorf("the event is %s (%s) after %d attempts; want one that waits, for %q", h.Event.Status, h.Event.Reason, h.Event.Attempts, why)
		}
		if _, err := bot.There(t.Context()); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("the bot says that its plugin is there, or %v; want %q", err, why)
		}
	}
	waits("elsewhere: the plugin is not there")
	later := r.clock.Now().Add(time.Hour)
	p.set(plugins.Manifest{}, until{fmt.Errorf("closed: %w", bots.ErrAway), later})
	r.clock.Advance(time.Minute)
	waits("closed")
	if due := r.history(e).Event.Due; !due.Equal(later) {
		t.Errorf("it is looked for again at %s, not at %s", due, later)
	}
	p.set(plugins.Manifest{Version: "old"}, nil)
	r.clock.Advance(time.Hour)
	waits("version old cannot do what is wanted")
	p.set(plugins.Manifest{Version: "new", Needs: []string{plugins.Members}}, nil)
	r.clock.Advance(time.Minute)
	r.settle(time.Minute)
	h := r.ended(e, chat.Done, chat.Handled)
	if len(h.Messages) != 1 || h.Messages[0].Message.Text != "2 of them" {
		t.Errorf("it answered %+v; want who is in the group, which its manifest asks for", h.Messages)
	}
	if m, err := bot.There(t.Context()); err != nil || m.Version != "new" || !bot.Distant() {
		t.Errorf("there: %+v, %v, distant %v", m, err, bot.Distant())
	}
}
