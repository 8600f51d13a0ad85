package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins/plugintest"
	"github.com/botd-chat/botd/schedules"
	"github.com/botd-chat/botd/webhooks"
)

// subject is what a transcript is played with.
type subject struct {
	label string
	again bool // another was played before it: they are to agree
	play  func(context.Context, *plugintest.Transcript, *slog.Logger) (*plugintest.Result, error)
}

// subjects are what a transcript says it tests, or what takes their place.
func (x *player) subjects(t *plugintest.Transcript) (all []subject) {
	placements := x.plugins
	if len(placements) == 0 {
		placements = t.Plugins
	}
	switch {
	case t.Use != nil && len(placements) == 0:
		return []subject{{label: fmt.Sprintf("bot %s of %s", t.Use.Bot, t.Use.File), play: x.used("")}}
	case len(placements) == 0:
		placements = []string{""}
	}
	for i, text := range placements {
		s := subject{label: text, again: i > 0, play: x.placed(text)}
		if t.Use != nil {
			s.play = x.used(text)
		}
		all = append(all, s)
	}
	return all
}

// placed plays with a plugin.
func (x *player) placed(text string) func(context.Context, *plugintest.Transcript, *slog.Logger) (*plugintest.Result, error) {
	return func(ctx context.Context, t *plugintest.Transcript, log *slog.Logger) (*plugintest.Result, error) {
		if text == "" {
			return nil, errors.New(`it does not say what it tests: add a line such as "plugin quiz", "plugin [python3, quiz.py]" or "use bots.yaml quiz", or say it with --plugin`)
		}
		p, err := x.plugin(text, t.Folder(), log)
		if err != nil {
			return nil, err
		}
		return t.Play(ctx, p, log)
	}
}

func (x *player) plugin(text, folder string, log *slog.Logger) (bots.Plugin, error) {
	b, err := config.ParsePlacement(text, folder, x.options(filepath.Join(folder, "plugin")))
	if err != nil {
		return nil, fmt.Errorf("plugin %s: %w", text, err)
	}
	b.Memory = 0 // how much it takes is tested where it is to live
	return makePlugin(b, folder, x.known, host.Settings{Log: log})
}

// used plays with a bot of a configuration, or with it and another plugin.
func (x *player) used(plugin string) func(context.Context, *plugintest.Transcript, *slog.Logger) (*plugintest.Result, error) {
	return func(ctx context.Context, t *plugintest.Transcript, log *slog.Logger) (*plugintest.Result, error) {
		b, err := x.bot(t, plugin, log)
		if err != nil {
			return nil, err
		}
		return t.PlayBot(ctx, b, log)
	}
}

// options read a configuration of which no secret need be there, but for the key of a
// plugin that is asked.
func (x *player) options(path string) config.Options {
	o := withoutApps(configOptions(x.process, x.known))
	o.ReadSecret = func(ref config.SecretRef) (config.Secret, error) {
		if ref.Use == config.PluginKey {
			if s, err := readGiven(x.process, filepath.Dir(path), ref); err == nil && !s.IsZero() {
				return s, nil
			}
		}
		return config.NewSecret(notRead), nil
	}
	return o
}

// notRead stands where a secret would.
const notRead = "not read"

// signed reports a plugin elsewhere whose key is not there.
func signed(b config.Bot) error {
	if slices.ContainsFunc(b.Keys, func(k config.Secret) bool { return k.Reveal() == notRead }) {
		return fmt.Errorf("the plugin of bot %s is at an address, where it is asked for real, and the key to sign for it is not there: put it where the configuration says, or name another plugin with --plugin", b.Name)
	}
	return nil
}

// bot is the bot that a transcript uses.
func (x *player) bot(t *plugintest.Transcript, plugin string, log *slog.Logger) (b plugintest.Bot, err error) {
	path := filepath.Join(t.Folder(), filepath.FromSlash(t.Use.File))
	cfg, err := load(path, x.options(path))
	if err != nil {
		return b, err
	}
	of, err := botIn(cfg, t.Use.Bot)
	if err != nil {
		return b, err
	}
	found := *of
	var p bots.Plugin
	if plugin != "" {
		p, err = x.plugin(plugin, t.Folder(), log)
	} else if err = signed(found); err == nil {
		p, err = makePlugin(found, filepath.Dir(path), x.known, host.Settings{Log: log})
	}
	if err != nil {
		return b, err
	}
	b.Spec, b.Arrive, b.Hear = specOf(found, p), arriving(found), hearing(found)
	b.Spec.Suits = suits(found, log)
	b.Schedules, err = schedulesOf(found, cfg.Calendars)
	return b, err
}

// botIn finds a bot of a configuration by its name.
func botIn(c *config.Config, name string) (*config.Bot, error) {
	var names []string
	for i, b := range c.Bots {
		if string(b.Name) == name {
			return &c.Bots[i], nil
		}
		names = append(names, string(b.Name))
	}
	return nil, fmt.Errorf("%s has no bot %q; %s", c.File, name, haveOr(name, names))
}

// arriving reads webhooks as the bot's triggers say.
func arriving(b config.Bot) func(*bots.Bot, plugintest.Webhook) (chat.Arrival, string, error) {
	return func(bot *bots.Bot, in plugintest.Webhook) (a chat.Arrival, refusal string, err error) {
		i := slices.IndexFunc(b.Triggers, func(t config.Trigger) bool { return t.Name == in.Trigger && t.Webhook != nil })
		if i < 0 {
			return a, "", fmt.Errorf("bot %s has no webhook %s", b.Name, in.Trigger)
		}
		w := *b.Triggers[i].Webhook
		sender, ok := w.Sender(in.Credential)
		if !ok {
			return a, "", fmt.Errorf("hook %s takes no credential %s; it %s", w.Hook, in.Credential, credentialsIn(&w))
		}
		if a, err = arrivalOf(bot, in.Trigger, w, sender, webhooks.Delivery{Type: in.Type, Payload: in.Payload}); err == nil {
			return a, "", nil
		}
		if told := webhooks.Refusal(err); told.Status < http.StatusInternalServerError {
			return a, fmt.Sprintf("%d: %s", told.Status, told.Detail), nil
		}
		return a, "", err
	}
}

// hearing finds the triggers of a bot that wait for what is written, by the rules that a
// running botd decides by.
func hearing(b config.Bot) func(plugintest.Line) []plugintest.Hearing {
	var rules []callbacks.Rule
	for _, t := range b.Triggers {
		if t.Callback != nil {
			rules = append(rules, ruleOf(b, t))
		}
	}
	return func(l plugintest.Line) (all []plugintest.Hearing) {
		m := callbacks.Message{Via: l.Via, From: l.By.ID, Text: l.Text}
		role := func(chat.UserID) (chat.Role, bool) { return l.By.Role, true }
		j := callbacks.Judge(rules, l.Group, m, role)
		for _, r := range j.Rules {
			h := plugintest.Hearing{Trigger: r.Trigger, Text: j.Text, Near: r.Near}
			if r.Mask != nil {
				h.Masked = j.Masked
			}
			all = append(all, h)
		}
		return all
	}
}

func schedulesOf(b config.Bot, calendars schedules.Calendars) (map[chat.TriggerName]plugintest.Schedule, error) {
	all := map[chat.TriggerName]plugintest.Schedule{}
	for _, t := range b.Triggers {
		if t.Schedule == nil {
			continue
		}
		s, err := schedules.Read(t.Schedule.Timing, time.Time{}, calendars)
		if err != nil {
			return nil, fmt.Errorf("bot %q, trigger %q: %w", b.Name, t.Name, err)
		}
		all[t.Name] = s
	}
	return all, nil
}
