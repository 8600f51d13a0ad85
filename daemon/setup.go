package daemon

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/schedules"
	"github.com/botd-chat/botd/webhooks"
)

// setup is what botd makes of one reading of its configuration. It is made whole
// before any of it takes effect, and does not change: a reload makes another.
type setup struct {
	config *config.Config
	apps   map[chat.AppName]*application
	bots   bots.Bots
	hooks  []webhooks.Hook
	quiet  map[chat.BotName]quiet
	specs  []chat.ScheduleSpec
	desks  []callbacks.App  // who is told by the chat service
	rules  []callbacks.Rule // what the chat service tells, and what becomes of it
	warm   []place          // whose members a verdict depends on
	token  string           // of the admin listener

	certificate *webhooks.Certificate // of the public listener; nil for a plain one
}

// makeSetup makes a setup that could take the place of another, which is nil at
// the start. Nothing of it takes effect. Discard it if that is how it ends.
func (s *system) makeSetup(ctx context.Context, c *config.Config, before *setup) (*setup, error) {
	next := &setup{config: c}
	if err := s.fill(ctx, next, before); err != nil {
		next.discard(before)
		return nil, err
	}
	return next, nil
}

func (s *system) fill(ctx context.Context, next, before *setup) (err error) {
	if next.token, err = adminToken(next.config); err != nil {
		return err
	}
	if next.certificate, err = s.makeCertificate(next.config.Listen.TLS); err != nil {
		return err
	}
	if next.apps, err = s.makeApps(next.config, before); err != nil {
		return err
	}
	if err = s.makeBots(next); err != nil {
		return err
	}
	if next.hooks, err = s.makeHooks(next); err != nil {
		return err
	}
	reviewed, err := s.reviewed(ctx, before)
	if err != nil {
		return err
	}
	if err = next.makeRules(reviewed); err != nil {
		return err
	}
	return next.makeSchedules()
}

// discard lets go of what a setup has that never took effect.
func (n *setup) discard(before *setup) {
	for _, app := range n.apps {
		if !before.has(app) {
			app.client.Close()
		}
	}
	for _, b := range n.bots.All() {
		_ = b.Close() // of use to nobody: nothing was handed to it
	}
}

// has reports whether an application's client is one of the setup's.
func (n *setup) has(app *application) bool {
	if n == nil {
		return false
	}
	for _, own := range n.apps {
		if own.client == app.client {
			return true
		}
	}
	return false
}

func (s *system) makeBots(n *setup) error {
	var all []*bots.Bot
	for _, b := range n.config.Bots {
		bot, err := s.makeBot(b, filepath.Dir(n.config.File))
		if err != nil {
			for _, made := range all {
				err = errors.Join(err, made.Close())
			}
			return err
		}
		all = append(all, bot)
	}
	return n.bots.Replace(all)
}

func (s *system) makeBot(b config.Bot, folder string) (bot *bots.Bot, err error) {
	observe := s.metrics.plugins.observer(b.Name, func() string { return bot.Plugin.Name() }) // it is asked of a bot at work
	bot, err = placedBot(b, folder, s.known, host.Settings{Log: s.log.With("bot", b.Name), Clock: s.clock, Observe: observe})
	return bot, err
}

// placedBot is a bot with its plugin where that is to be, which is held against what it
// says if botd does not know it otherwise.
func placedBot(b config.Bot, folder string, known plugins.Registry, s host.Settings) (*bots.Bot, error) {
	plugin, err := makePlugin(b, folder, known, s)
	if err != nil {
		return nil, fmt.Errorf("bot %q: %w", b.Name, err)
	}
	spec := specOf(b, plugin)
	if b.Program != nil || b.URL != "" {
		spec.Suits = suits(b, s.Log)
	}
	return bots.New(spec)
}

// specOf is a bot as the configuration has it, with its plugin.
func specOf(b config.Bot, plugin bots.Plugin) bots.Spec {
	spec := bots.Spec{
		Name: b.Name, App: b.App, Account: b.Account, Groups: b.Groups, Audience: b.Audience,
		Limits: bots.Limits(b.Limits), Push: b.Push, Unknown: b.Unknown, Newcomers: b.Newcomers, Surge: b.Surge, Plugin: plugin, Options: b.Options, Untimed: b.Attached,
	}
	for _, t := range b.Triggers {
		spec.Triggers = append(spec.Triggers, bots.Trigger{Name: t.Name, Kind: t.Kind(), Group: t.Group, Sender: t.Sender, Text: t.Text, Hears: heard(t.Callback), Review: t.Review, Zone: zoneOf(t)})
	}
	return spec
}

// zoneOf is by whose clock a trigger goes; nil: none's.
func zoneOf(t config.Trigger) *time.Location {
	if t.Schedule == nil {
		return nil
	}
	zone, err := time.LoadLocation(t.Schedule.Zone)
	if err != nil { // which the configuration was refused for
		return nil
	}
	return zone
}

// heard is what a trigger waits for of which the chat service tells.
func heard(c *config.Callback) *bots.Hears {
	if c == nil {
		return nil
	}
	return &bots.Hears{Via: c.Via, What: c.What, Held: c.Hold, Received: c.Received, Relay: c.Relay}
}

// quiet are hours in which a bot's schedules do not strike; none in the zero value.
type quiet struct {
	hours *schedules.QuietHours
	then  chat.QuietRule
}

// makeSchedules finds what all bots have to do with clocks.
func (n *setup) makeSchedules() error {
	n.quiet = map[chat.BotName]quiet{}
	for _, bot := range n.config.Bots {
		if q := bot.Quiet; q != nil {
			hours, err := schedules.ReadQuiet(*q)
			if err != nil {
				return fmt.Errorf("bot %q: %w", bot.Name, err)
			}
			n.quiet[bot.Name] = quiet{hours, q.Then}
		}
		for _, t := range bot.Triggers {
			if t.Schedule != nil {
				n.specs = append(n.specs, chat.ScheduleSpec{Bot: bot.Name, Name: t.Name, Timing: t.Schedule.Timing,
					Lateness: t.Schedule.Lateness, Trigger: t.Name, Group: chat.GroupID(t.Group)})
			}
		}
	}
	return nil
}

// now is the setup that is in effect. Who needs two things of it that belong
// together asks once.
func (s *system) now() *setup { return s.setup.Load() }

// bot is the bot of that name as it is configured now; nil when there is none.
func (s *system) bot(name chat.BotName) *bots.Bot { return s.now().bots.Bot(name) }

// app is the application of that name as it is configured now; nil when there is
// none.
func (s *system) app(name chat.AppName) *application { return s.now().apps[name] }

// lease is how long an event is the dispatcher's: longer where somebody looks at a
// plugin with a debugger.
func (n *setup) lease() time.Duration {
	if slices.ContainsFunc(n.config.Bots, func(b config.Bot) bool { return b.Attached }) {
		return bots.LongLease
	}
	return bots.Lease
}
