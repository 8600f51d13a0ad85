package config

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/botd-chat/botd/chat"
)

// What limits are when nothing is said, and the most that can be.
const (
	defaultRecipients = 50
	mostRecipients    = 6000 // members of the largest group that has targeted messages (product/1047/33529)
	defaultMessages   = 10
	mostMessages      = 1000
	defaultTimeout    = 10 * time.Second
	leastTimeout      = 100 * time.Millisecond
	mostTimeout       = 30 * time.Second
	defaultTimers     = 100
	mostTimers        = 1000
	defaultRoleMaxAge = 5 * time.Second
	leastSurgeFactor  = 2
	mostSurgeFactor   = 1000
)

var defaultLimits = Limits{Recipients: defaultRecipients, Messages: defaultMessages, Timeout: defaultTimeout, Timers: defaultTimers,
	RoleMaxAge: defaultRoleMaxAge, SurgeFactor: chat.DefaultSurgeFactor}

// maxGroupID is the longest id of a group, in bytes (product/1047/34381).
const maxGroupID = 48

// botsReader reads the bots, with what they have in common.
type botsReader struct {
	*reader
	apps  []string
	hooks map[string]place // where each hook's name was given away
	used  map[chat.AppName]bool
}

func (r *botsReader) bots(p place, c *Config) {
	r.named(p, "at least one bot, such as quiz:", func(name string, v place) {
		if name == "all" {
			r.problem(place{v.key, v.key, p.path}, `a bot cannot be called all, which means every bot, as in "botd pause all"`, "give it another name")
		}
		b := r.bot(v, chat.BotName(name))
		r.used[b.App] = true
		c.Bots = append(c.Bots, b)
	})
}

// unused reports whether no bot is at work in the app. Where a bot could not be
// read, or its app is not known, it may be any.
func (r *botsReader) unused(bots place, app string, read int) bool {
	return read > 0 && read == len(bots.node.Content)/2 && !r.used[""] && !r.used[chat.AppName(app)]
}

func (r *botsReader) bot(p place, name chat.BotName) Bot {
	b := Bot{
		Name: name, Options: []byte("{}"), Unknown: chat.UnknownHold,
		Newcomers: chat.NewcomersExclude, Surge: chat.SurgeSend, Limits: defaultLimits,
	}
	var on, plugin, options, audience, limits place
	there := r.mapping(p, mapping{
		keys: keys{
			"app":       func(v place) { b.App = chat.AppName(r.oneOf(v, "app", r.apps)) },
			"account":   func(v place) { b.Account = r.user(v) },
			"groups":    func(v place) { b.Groups = distinct(r.reader, v, r.group) },
			"on":        func(v place) { on = v },
			"plugin":    func(v place) { plugin = v; b.Plugin = r.oneOf(v, "plugin", r.opt.Plugins) },
			"options":   func(v place) { options = v },
			"audience":  func(v place) { audience = v; b.Audience = r.audience(v, 0) },
			"limits":    func(v place) { limits = v; b.Limits = r.limits(v) },
			"push":      func(v place) { b.Push, _ = r.text(v) },
			"unknown":   func(v place) { b.Unknown = rule(r.reader, v, "rule for unknown outcomes", chat.UnknownRules) },
			"newcomers": func(v place) { b.Newcomers = rule(r.reader, v, "rule for newcomers", chat.NewcomerRules) },
			"surge":     func(v place) { b.Surge = rule(r.reader, v, "rule for a surge", chat.SurgeRules) },
		},
		need:  botNeeds,
		later: botLater,
	})
	if there == nil {
		return b
	}
	r.appOf(p, there, &b)
	if on.node != nil {
		b.Triggers = r.triggers(on, b.Groups)
	}
	if plugin.node != nil {
		if r.options(plugin, options, &b) {
			r.suited(on, options, b)
		}
	}
	if audience.node != nil {
		r.reach(audience, b)
	}
	if b.Surge == chat.SurgeSend && limits.node != nil {
		r.idleFactor(limits)
	}
	return b
}

var botNeeds = map[string]string{
	"account":  "name the account that is shown as the sender, such as account: quizbot",
	"groups":   `name the groups it works in, such as groups: ["@TGS#2QUIZROOM1"]`,
	"on":       "add at least one trigger: a webhook or a schedule",
	"plugin":   "name the plugin that answers its events, such as plugin: notice",
	"audience": "say who it can reach at most, such as audience: {roles: [owner, admin]}",
}

var botLater = map[string]string{
	"rules":     "name a plugin instead, such as plugin: notice",
	"isolate":   "remove it; the plugin runs inside botd",
	"if_nobody": "remove it; a message for nobody is recorded and not sent",
	"enabled":   "remove it; to switch a bot off, comment it out",
}

// rule reads one of a few words.
func rule[T ~string](r *reader, p place, thing string, all []T) T {
	var known []string
	for _, word := range all {
		known = append(known, string(word))
	}
	return T(r.oneOf(p, thing, known))
}

// appOf finds the bot's app: the one it names, or the only one.
func (r *botsReader) appOf(p place, there map[string]place, b *Bot) {
	_, named := there["app"]
	switch {
	case !named && len(r.apps) == 1:
		b.App = chat.AppName(r.apps[0])
	case !named && len(r.apps) > 1:
		r.problem(p, "app is missing, and there are several", "name one of them, such as app: "+r.apps[0])
	}
}

// group reads the id of a group that can have targeted messages.
func (r *botsReader) group(p place) (chat.GroupID, bool) {
	g, ok := checked(r.reader, p, func(g chat.GroupID) error {
		if len(g) > maxGroupID {
			return fmt.Errorf("is longer than %d bytes, so it is no group's id", maxGroupID)
		}
		for _, c := range []byte(g) {
			if c < ' ' || c > '~' {
				return errors.New("holds other characters than printable ASCII, so it is no group's id")
			}
		}
		return nil
	}, "copy the id from the console or from get_appid_group_list")
	if ok && g.IsCommunity() {
		r.problem(p, "is a Community, where a message cannot be restricted to some members", "use a Work, Public or Meeting group")
		return "", false
	}
	return g, ok
}

func (r *reader) limits(p place) Limits {
	l := defaultLimits
	r.mapping(p, mapping{
		keys: keys{
			"recipients":         func(v place) { l.Recipients = r.number(v, 1, mostRecipients) },
			"messages_per_event": func(v place) { l.Messages = r.number(v, 1, mostMessages) },
			"timeout":            func(v place) { l.Timeout = r.duration(v, leastTimeout, mostTimeout) },
			"timers":             func(v place) { l.Timers = r.number(v, 1, mostTimers) },
			"role_max_age":       func(v place) { l.RoleMaxAge = r.duration(v, 0, chat.MaxRoleAge) },
			"surge_factor":       func(v place) { l.SurgeFactor = r.number(v, leastSurgeFactor, mostSurgeFactor) },
		},
		later: map[string]string{"memory": "remove it; it needs a plugin in a process of its own"},
	})
	return l
}

// reach reports an audience that does not fit the rest of the bot.
func (r *botsReader) reach(p place, b Bot) {
	hasSender := slices.ContainsFunc(b.Triggers, func(t Trigger) bool { return t.Sender != "" })
	if at, ok := senderIn(p); ok && !hasSender && len(b.Triggers) > 0 {
		r.problem(at, "no trigger of this bot says who the sender is", "add sender: to a webhook, such as sender: payload.user, or leave this out")
	}
	if n := len(b.Audience.Users); n > b.Limits.Recipients && b.Limits.Recipients > 0 {
		r.warn(p, fmt.Sprintf("names %d users, and a message can have %d recipients", n, b.Limits.Recipients), "raise limits: recipients, or name fewer")
	}
}

// idleFactor warns of a factor that nothing asks for.
func (r *botsReader) idleFactor(limits place) {
	if limits.node.Kind != yaml.MappingNode {
		return
	}
	for key, v := range limits.entries() {
		if key == "surge_factor" {
			r.warn(v, "has no effect, since every message is sent, however many it is for", "add surge: hold to the bot, or leave this out")
		}
	}
}

// senderIn finds sender: true in an audience.
func senderIn(p place) (place, bool) {
	if p.node.Kind != yaml.MappingNode {
		return place{}, false
	}
	for key, v := range p.entries() {
		if key == "sender" && v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!bool" && v.node.Value[0]|' ' == 't' {
			return v, true
		}
		if key != "any_of" || v.node.Kind != yaml.SequenceNode {
			continue
		}
		for i, n := range v.node.Content {
			if at, ok := senderIn(v.item(i, n)); ok {
				return at, true
			}
		}
	}
	return place{}, false
}
