package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/plugins/rules"
)

// caller is one way to have an event answered.
type caller struct {
	name  string
	floor string  // the name of the caller that it is compared with; empty: it is one
	most  float64 // how many times as long as that it may take; zero: any
	call  func(ctx context.Context) error
}

// The floors: the least that such a call can be.
const (
	handOver  = "a function call, handed over to a goroutine"
	roundTrip = "a bare HTTP round trip with the same bytes"
	byHand    = "HTTP as one writes it: encoding/json at both ends, the function in between"
)

// callers are all ways, with or without the list of members. stop ends what was started.
func callers(ctx context.Context, members bool) (all []caller, stop func(), err error) {
	var stops []func()
	stop = func() {
		for _, f := range stops {
			f()
		}
	}
	start := func(role string, reply []byte) (at *host.Running, err error) {
		if at, err = host.Start(ctx, itself(role, reply)); err == nil {
			stops = append(stops, at.Stop)
		}
		return at, err
	}
	e, reply, err := example(ctx, graders[members])
	if err != nil {
		return nil, stop, err
	}
	at, err := start(graders[members].Name(), nil)
	if err != nil {
		return nil, stop, err
	}
	echo, err := start("echo", reply)
	if err != nil {
		return nil, stop, err
	}
	naive, err := start("by hand "+graders[members].Name(), nil)
	if err != nil {
		return nil, stop, err
	}
	all = []caller{handedOver(e, members), bareRoundTrip(echo.Address, e, reply), writtenByHand(naive.Address, e)}
	for _, p := range []struct {
		caller
		plugin  bots.Plugin
		options string
	}{
		{caller{"compiled in, with its deadline", handOver, 2, nil}, graders[members], ""},
		{caller{"rules", handOver, 0, nil}, rules.Plugin, theRules},
		{caller{"at a URL, signed", roundTrip, 1.5, nil}, host.Remote(host.URL{Address: at.Address, Key: at.Key}), ""},
		{caller{"a program", roundTrip, 1.5, nil}, host.Program(itself(graders[members].Name(), nil)), ""},
		{caller{"isolated", roundTrip, 1.5, nil}, host.Isolated(graders[members], host.Command{}), ""},
	} {
		b, err := botOf(p.plugin, p.options)
		if err != nil {
			return nil, stop, err
		}
		stops = append(stops, func() { _ = b.Close() })
		p.call = asking(b)
		all = append(all, p.caller)
	}
	return all, stop, nil
}

// itself is this program in another role.
func itself(role string, reply []byte) host.Command {
	return host.Command{Args: []string{"/proc/self/exe", "-role", role}, Env: []string{"BENCH_REPLY=" + string(reply)}}
}

func botOf(p bots.Plugin, options string) (*bots.Bot, error) {
	return bots.New(bots.Spec{
		Name: "bench", App: "main", Account: "benchbot", Groups: []chat.GroupID{theGroup}, Audience: chat.Everyone,
		Plugin: p, Options: json.RawMessage(options), Triggers: []bots.Trigger{{Name: "answers", Kind: chat.Webhook}},
	})
}

// asking is a whole run of a bot's plugin, as the dispatcher makes it, from the event in
// the store to an answer that was checked.
func asking(b *bots.Bot) func(context.Context) error {
	members := newGroup()
	d := bots.NewDispatcher(bots.Options{
		Bots:      func(chat.BotName) *bots.Bot { return b },
		Directory: func(chat.AppName) bots.Directory { return members },
	})
	work := theEvent()
	return func(ctx context.Context) error {
		r, err := d.Ask(ctx, work)
		if err == nil && len(r.Messages) != 1 {
			err = fmt.Errorf("%d messages", len(r.Messages))
		}
		return err
	}
}

// example is the event as the plugin is handed it, and what that answers, both as JSON.
func example(ctx context.Context, p plugins.Plugin) (e chat.Event, reply []byte, err error) {
	catch := plugins.Define(p.Name(), p.Version(), func(struct{}) (plugins.Handler, error) {
		h, err := p.New(nil)
		return plugins.Func(func(ctx context.Context, got chat.Event) ([]chat.Message, error) {
			e = got
			return h.Handle(ctx, got)
		}), err
	})
	if p.Needs(plugins.Members) {
		catch = catch.With(plugins.Members)
	}
	b, err := botOf(catch, "")
	if err != nil {
		return e, nil, err
	}
	if err := asking(b)(ctx); err != nil {
		return e, nil, err
	}
	h, err := p.New(nil)
	if err != nil {
		return e, nil, err
	}
	r, err := plugins.Answer(ctx, h, e)
	if err != nil {
		return e, nil, err
	}
	reply, err = json.Marshal(r)
	return e, reply, err
}

// handedOver calls the same handler with an event that is ready, on a goroutine of its
// own, and takes its answer.
func handedOver(e chat.Event, members bool) caller {
	h, err := graders[members].New(nil)
	return caller{name: handOver, call: func(ctx context.Context) error {
		if err != nil {
			return err
		}
		own := e
		own.State, own.Timers = chat.State{}, new(chat.Timers)
		done := make(chan error, 1)
		go func() {
			_, err := h.Handle(ctx, own)
			done <- err
		}()
		return <-done
	}}
}

// bareRoundTrip posts the bytes of the event to somebody who answers with those of the reply
// and reads neither.
func bareRoundTrip(address string, e chat.Event, reply []byte) caller {
	body, err := json.Marshal(e)
	client := &http.Client{Transport: &http.Transport{}}
	return caller{name: roundTrip, call: func(ctx context.Context) error {
		if err != nil {
			return err
		}
		got, err := posted(ctx, client, address, body)
		if err == nil && !bytes.Equal(got, reply) {
			err = errors.New("another answer than was to be")
		}
		return err
	}}
}

// writtenByHand asks the same function by HTTP and encoding/json, without anything else: no
// deadline, no signature, no check.
func writtenByHand(address string, e chat.Event) caller {
	client := &http.Client{Transport: &http.Transport{}}
	return caller{name: byHand, floor: roundTrip, call: func(ctx context.Context) error {
		body, err := json.Marshal(e)
		if err != nil {
			return err
		}
		got, err := posted(ctx, client, address, body)
		if err != nil {
			return err
		}
		return json.Unmarshal(got, new(plugins.Reply))
	}}
}

func posted(ctx context.Context, client *http.Client, address string, body []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(response.Body)
	return got, errors.Join(err, response.Body.Close())
}

// serveByHand is the other end of writtenByHand.
func serveByHand(ctx context.Context, p plugins.Plugin) error {
	h, err := p.New(nil)
	if err != nil {
		return err
	}
	return serve(ctx, net.JoinHostPort("127.0.0.1", os.Getenv(plugins.EnvPort)), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var e chat.Event
		if err := json.NewDecoder(r.Body).Decode(&e); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		messages, err := h.Handle(r.Context(), e)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_ = json.NewEncoder(w).Encode(plugins.Reply{Messages: messages, State: e.State})
	}))
}

// serveEcho answers everything with what BENCH_REPLY says.
func serveEcho(ctx context.Context) error {
	reply := []byte(os.Getenv("BENCH_REPLY"))
	return serve(ctx, net.JoinHostPort("127.0.0.1", os.Getenv(plugins.EnvPort)), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(reply)
	}))
}
