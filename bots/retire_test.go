package bots_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// closer is a handler that knows whether it is closed.
type closer struct {
	plugins.Func
	closes atomic.Int32
	err    error
}

func (c *closer) Close() error {
	c.closes.Add(1)
	if c.err != nil && c.err.Error() == "panic" {
		panic(c.err)
	}
	return c.err
}

func pluginWith(h plugins.Handler) plugins.Plugin {
	return plugins.Define("quiz", "1.0.0", func(struct{}) (plugins.Handler, error) { return h, nil })
}

func TestARetiredBotIsClosedAfterItsLastRun(t *testing.T) {
	began, let := make(chan struct{}, 2), make(chan struct{})
	old := &closer{}
	old.Func = func(context.Context, chat.Event) ([]chat.Message, error) {
		began <- struct{}{}
		<-let
		if old.closes.Load() > 0 {
			return nil, errors.New("the handler was closed under a run")
		}
		return nil, nil
	}
	r := newRig(t, pluginWith(old))
	before := r.bots.Bot("quiz")
	one, two := r.arrive(class, "", `{}`), r.arrive(team, "", `{}`)
	stepped := make(chan struct{})
	go func() { defer close(stepped); r.step() }()
	<-began
	<-began
	r.configure(specOf(hello, bots.Trigger{Name: "answers", Kind: chat.Webhook}))
	closed := make(chan error, 2)
	before.Retire(func(err error) { closed <- err })
	select {
	case <-closed:
		t.Error("closed while two runs are under way")
	default:
	}
	close(let)
	<-stepped
	must(t, <-closed)
	r.ended(one, chat.Done, chat.Handled)
	r.ended(two, chat.Done, chat.Handled)
	three := r.arrive(class, "", `{}`) // by the bot that came in its place
	r.settle(time.Minute)
	if h := r.ended(three, chat.Done, chat.Handled); len(h.Messages) != 1 {
		t.Errorf("%d messages, want the one of the new bot", len(h.Messages))
	}
	if n := old.closes.Load(); n != 1 || len(closed) != 0 {
		t.Errorf("closed %d times", n)
	}
}

func TestARunThatHangsKeepsItsHandler(t *testing.T) {
	let := make(chan struct{})
	h := &closer{Func: func(context.Context, chat.Event) ([]chat.Message, error) { <-let; return nil, nil }}
	r := newRig(t, pluginWith(h))
	before := r.bots.Bot("quiz")
	e := r.arrive(class, "", `{}`)
	stepped := make(chan struct{})
	go func() { defer close(stepped); r.step() }()
	must(t, r.clock.BlockUntilContext(t.Context(), 1))
	r.clock.Advance(time.Minute)
	<-stepped // it was given up, and is still running
	r.ended(e, chat.Ready, "")
	closed := make(chan error, 1)
	before.Retire(func(err error) { closed <- err })
	if h.closes.Load() != 0 {
		t.Error("closed under a run that hangs")
	}
	close(let)
	must(t, <-closed)
}

func TestAnEventWaitsWhileItsBotIsRetired(t *testing.T) {
	r := newRig(t, hello)
	e := r.arrive(class, "", `{}`)
	r.bots.Bot("quiz").Retire(func(error) {})
	r.step()
	if h := r.ended(e, chat.Ready, ""); !strings.Contains(h.Event.Reason, "configured anew") || h.Event.Attempts != 0 {
		t.Errorf("%q after %d runs", h.Event.Reason, h.Event.Attempts)
	}
}

func TestWhatAPluginSaysAtItsEndIsTold(t *testing.T) {
	for _, want := range []string{"the file is busy", "panic"} {
		bot, err := bots.New(specOf(pluginWith(&closer{err: errors.New(want)})))
		must(t, err)
		var got error
		bot.Retire(func(err error) { got = err })
		if got == nil || !strings.Contains(got.Error(), want) {
			t.Errorf("%v, want %s", got, want)
		}
	}
}

// asker is a handler that can be asked whom a payload is for, and must not be after
// it is closed.
type asker struct{ closer }

func (a *asker) Asked(chat.TriggerName, json.RawMessage) []chat.Audience {
	if a.closes.Load() > 0 {
		panic("asked after it was closed")
	}
	return []chat.Audience{chat.Everyone}
}

func TestARetiredBotSaysWhomAPayloadIsForByAHandlerOfItsOwn(t *testing.T) {
	var made []*asker
	plugin := plugins.Define("quiz", "1.0.0", func(struct{}) (plugins.Handler, error) {
		made = append(made, &asker{})
		return made[len(made)-1], nil
	})
	bot, err := bots.New(specOf(plugin))
	must(t, err)
	for range 2 {
		asked, err := bot.Asked("answers", []byte("{}"), "carol")
		must(t, err)
		if len(asked) != 1 || !asked[0].Everyone {
			t.Errorf("%v", asked)
		}
		if len(made) == 1 {
			bot.Retire(func(err error) { must(t, err) })
		}
	}
	for i, a := range made {
		if n := a.closes.Load(); n != 1 {
			t.Errorf("handler %d of %d was closed %d times", i+1, len(made), n)
		}
	}
}
