package daemon

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/store"
)

// demoToken is the name of the file with the token that the simulator signs callbacks
// with.
const demoToken = "callback"

// callbacks are those of an application. The simulator is one application, whatever
// stands in the configuration, so it tells the first alone what happens.
func (d *demo) callbacks(app chat.AppName) (config.Callbacks, error) {
	if d.heard == "" {
		d.heard = app
	}
	path := "/callbacks/tencent"
	if app != d.heard {
		path += "/" + string(app)
	}
	token, err := d.secret(config.SecretRef{File: demoToken})
	return config.Callbacks{Path: path, Tokens: []config.Secret{token}, Sweep: 10 * time.Second}, err
}

// ring tells the simulator where botd hears what happens in the groups.
func (d *demo) ring() error {
	c, err := d.callbacks(d.heard)
	if err != nil {
		return err
	}
	return d.sim.SetCallbacks(simulator.Callbacks{URL: "http://" + d.public.Addr().String() + c.Path, Token: c.Tokens[0].Reveal()})
}

// say has a member write what a sample says, and returns the events that came of it.
func (d *demo) say(ctx context.Context, s sample) ([]chat.EventID, error) {
	made := store.Filter{Bot: s.Bot, Trigger: s.Trigger, Group: chat.GroupID(s.Group), Firsts: true, Limit: 1}
	before, _, err := d.store.Events(ctx, made)
	if err != nil {
		return nil, err
	}
	told, err := d.sim.Say(simulator.Utterance{Group: s.Group, From: s.Member, Text: s.Says})
	if err != nil {
		return nil, err
	}
	if told.Code != 0 {
		return nil, fmt.Errorf("%s could not write %q: %d %s", s.Member, s.Says, told.Code, told.Text)
	}
	// What is not held is told of after the fact.
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		now, _, err := d.store.Events(ctx, made)
		if err != nil {
			return nil, err
		}
		if len(now) > 0 && (len(before) == 0 || now[0].ID != before[0].ID) {
			return []chat.EventID{now[0].ID}, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("nothing came of what %s wrote: %w", s.Member, ctx.Err())
		case <-tick.C:
		}
	}
}

// unheard is a fault of the simulator: what a member writes next, the service asks about
// in vain, and delivers.
const unheard = `{"direction":"callbacks","api":"Group.CallbackBeforeSendMsg","kind":"lost","count":1}`

const aboutLeak = "Let the service ask in vain once: it shows the next answer to all; botd takes it back, and tells the owner and the admins"

// typed says what can be written in the page's columns: the samples, and what else the
// configuration waits for.
func (d *demo) typed() string {
	var b strings.Builder
	for _, s := range samples {
		if s.Says != "" && s.fits(d.config) {
			fmt.Fprintf(&b, "  # %s\n  %s: %s\n\n", s.About, s.Member, s.Says)
		}
		if s.Leak != "" && s.fits(d.config) {
			fmt.Fprintf(&b, "  # %s\n  curl -sS http://%s/sim/faults -H content-type:application/json -d '%s'\n  %s\n\n", aboutLeak, d.simAddr.Addr(), unheard, s.Leak)
		}
	}
	for _, bot := range d.config.Bots {
		for _, t := range bot.Triggers {
			if bot.App == d.heard && !sampled(bot, t) && t.Callback != nil && t.Callback.Via != "" {
				fmt.Fprintf(&b, "  # %s\n  %s\n\n", whatIsHeard(bot, t), example(*t.Callback))
			}
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "Write these in a column of the page, and look at the others:\n\n" + b.String()
}

// whatIsHeard says what becomes of what members write.
func whatIsHeard(b config.Bot, t config.Trigger) string {
	c := t.Callback
	where := "in a group of bot " + string(b.Name)
	switch c.Via { //nolint:exhaustive // the other is the group
	case chat.ViaDirect:
		where = "to " + string(b.Account) + " alone"
	case chat.ViaMention:
		where += ", with @" + string(b.Account)
	}
	what := fmt.Sprintf("%q, %s", t.Name, where)
	switch {
	case c.Hold:
		what += ": nobody else sees it"
	case c.Mask != nil:
		what += ": others see it with words replaced"
	}
	return what
}

// example is something that a trigger waits for.
func example(c config.Callback) string {
	switch {
	case len(c.Commands) > 0:
		return "/" + c.Commands[0]
	case c.Pattern != nil:
		return "what matches " + c.Pattern.String()
	}
	return "anything"
}
