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
	defaultTyped      = 600
	mostTyped         = 60_000
)

var defaultLimits = Limits{Recipients: defaultRecipients, Messages: defaultMessages, Timeout: defaultTimeout, Timers: defaultTimers,
	RoleMaxAge: defaultRoleMaxAge, SurgeFactor: chat.DefaultSurgeFactor, Typed: defaultTyped}

// maxGroupID is the longest id of a group, in bytes (product/1047/34381).
const maxGroupID = 48

// botsReader reads the bots, with what they have in common.
type botsReader struct {
	*reader
	apps  []chat.AppName        // nil when they are not known
	hooks map[string]place      // where each hook's name was given away
	told  map[chat.AppName]bool // the apps that have callbacks
}

// bots reads the bots, each of which names its application, so that those have
// been read.
func (r *reader) bots(p place, c *Config) {
	if len(c.Apps) == 0 && r.opt.Apps != nil {
		a := r.opt.Apps(onlyApp)
		a.Name = onlyApp
		c.Apps = []App{a}
	}
	b := botsReader{reader: r, hooks: map[string]place{}, told: map[chat.AppName]bool{}}
	if p.schema == nil {
		for _, a := range c.Apps {
			b.apps = append(b.apps, a.Name)
			b.told[a.Name] = a.Callbacks.Path != ""
		}
	}
	r.named(p, "at least one bot, such as quiz:", func(name string, v place) {
		if name == "all" {
			r.problem(place{node: v.key, key: v.key, path: p.path}, `a bot cannot be called all, which means every bot, as in "botd pause all"`, "give it another name")
		}
		c.Bots = append(c.Bots, b.bot(v, chat.BotName(name)))
	})
	p.describes(func(s *schema) { s.PropertyNames.Not = &schema{Enum: []any{"all"}} })
}

// unusedApps reports each application that no bot is at work in. Where a bot
// could not be read, or its app is not known, it may be any.
func (r *reader) unusedApps(apps, bots place, c *Config) {
	if apps.node == nil || bots.node == nil || len(c.Bots) == 0 || len(c.Bots) != len(bots.node.Content)/2 {
		return
	}
	for name, v := range apps.entries() {
		used := func(b Bot) bool { return b.App == "" || b.App == chat.AppName(name) }
		if plainName.MatchString(name) && !slices.ContainsFunc(c.Bots, used) {
			r.problem(v.atKey(), "no bot uses this app", "remove it, or name it in a bot: app: "+name)
		}
	}
}

func (r *botsReader) bot(p place, name chat.BotName) Bot {
	b := Bot{
		Name: name, Options: []byte("{}"), Unknown: chat.UnknownHold,
		Newcomers: chat.NewcomersExclude, Surge: chat.SurgeSend, Limits: defaultLimits,
	}
	there := r.mapping(p, mapping{
		keys: keys{
			{"app", "Which of the applications it is at work in, by its name under apps:. Only where there are several.", func(v place) { oneOf(r.reader, v, &b.App, "app", r.apps) }},
			{"account", "The account that is shown as the sender of its messages.", func(v place) { r.user(v, &b.Account) }},
			{"groups", "The ids of the groups it works in: Work, Public or Meeting. A Community cannot hide messages.", func(v place) { b.Groups = distinct(r.reader, v, r.group) }},
			{"on", "What makes its events: triggers, each under a name that the plugin knows.", func(v place) { b.Triggers = r.triggers(v, b.Groups) }},
			{"plugin", "What decides what is said, and to whom: a plugin that botd has in it; a program and its arguments, which botd starts in the folder of this file, and which other users of the machine can see; or where a plugin answers that somebody else runs, whose key stands beside unless it is on this machine.", func(v place) { r.placed(v, &b) }},
			{"isolate", "Whether botd runs the plugin in a process of its own, which is killed when it does not answer in time or takes too much memory.", func(v place) { r.truth(v, &b.Isolate) }},
			{"rules", "In place of a plugin: rules that say when something is said, to whom, and what.", func(v place) { r.rules(v, b.Triggers) }},
			{"vars", "What expressions in the rules find under vars.", func(v place) { v.describes(anObject) }},
			{"options", "The plugin's own settings.", func(v place) { v.describes(anObject) }},
			{"limits", "What bounds it.", func(v place) { b.Limits = r.limits(v, &b.Memory) }},
			{"audience", "The widest it can ever reach. A plugin can narrow it and never widen it.", func(v place) { b.Audience = r.audience(v, 0) }},
			{"push", "The text that is pushed to whoever is offline; never the message itself. No push when left out.", func(v place) { b.Push, _ = r.text(v) }},
			{"unknown", "What becomes of a message that may have been delivered and is not found: hold it for a person, resend it once, or assume_sent.", func(v place) { oneOf(r.reader, v, &b.Unknown, "rule for unknown outcomes", chat.UnknownRules) }},
			{"newcomers", "Whether those who come to qualify while a message is being sent get it, too.", func(v place) { oneOf(r.reader, v, &b.Newcomers, "rule for newcomers", chat.NewcomerRules) }},
			{"surge", "What becomes of a message for far more people than the last time: send it, or hold it and ask first.", func(v place) { oneOf(r.reader, v, &b.Surge, "rule for a surge", chat.SurgeRules) }},
			{"quiet", "Hours of the day in which its schedules do not strike.", func(v place) { b.Quiet = r.quiet(v) }},
		},
		need: botNeeds,
		one:  []choice{{[]string{"plugin", "rules"}, "name the plugin that answers its events, such as plugin: notice, or write rules:"}},
		beside: []pair{
			{"options", "plugin", "are those of a plugin, and there is none", "rules have vars: in their place"},
			{"vars", "rules", "are for rules, and there are none", "a plugin has options: in their place"},
		},
		later: botLater,
	})
	if there == nil {
		p.describes(r.pluginSchemas)
		return b
	}
	r.appOf(p, there, &b)
	if _, ok := there["rules"]; ok && b.Plugin == "" {
		r.ruled(there, &b)
	}
	r.pluginOf(there, &b)
	r.walls(there, &b)
	if on, ok := there["on"]; ok {
		r.ceilings(on, b)
		r.untold(on, b)
		r.reviewed(on, b)
		if b.Quiet != nil {
			r.hushed(on, there["quiet"], b)
		}
	}
	if audience, ok := there["audience"]; ok {
		r.reach(audience, b)
	}
	if limits, ok := there["limits"]; ok && b.Surge == chat.SurgeSend {
		r.idleFactor(limits)
	}
	return b
}

var botNeeds = map[string]string{
	"account":  "name the account that is shown as the sender, such as account: quizbot",
	"groups":   `name the groups it works in, such as groups: ["@TGS#2QUIZROOM1"]`,
	"on":       "add at least one trigger: a webhook, a schedule, or what members write",
	"audience": "say who it can reach at most, such as audience: {roles: [owner, admin]}",
}

var botLater = map[string]string{
	"if_nobody": "remove it; a message for nobody is recorded and not sent",
	"enabled":   "remove it; to switch a bot off, comment it out",
}

// appOf finds the bot's app: the one it names, or the only one.
func (r *botsReader) appOf(p place, there map[string]place, b *Bot) {
	_, named := there["app"]
	switch {
	case !named && len(r.apps) == 1:
		b.App = r.apps[0]
	case !named && len(r.apps) > 1:
		r.problem(p, "app is missing, and there are several", "name one of them, such as app: "+string(r.apps[0]))
	}
}

// group reads the id of a group that can have targeted messages.
func (r *reader) group(p place) (chat.GroupID, bool) {
	if p.describes(func(s *schema) {
		orVariable(s, &schema{Type: "string", Pattern: "^[ -~]+$", MaxLength: count(maxGroupID), Not: &schema{Pattern: "^@TGS#_"}})
	}) {
		return "", false
	}
	g, ok := checked(r, p, func(g chat.GroupID) error {
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

func (r *reader) limits(p place, memory *int64) Limits {
	l := defaultLimits
	r.mapping(p, mapping{
		keys: keys{
			{"recipients", "Members that one message can reach. A message for more is refused, not cut.", func(v place) { r.number(v, &l.Recipients, 1, mostRecipients) }},
			{"messages_per_event", "Messages that the plugin can answer one event with.", func(v place) { r.number(v, &l.Messages, 1, mostMessages) }},
			{"timeout", "How long the plugin can take over an event.", func(v place) { r.duration(v, &l.Timeout, leastTimeout, mostTimeout) }},
			{"timers", "Timers that the plugin can have pending in one group.", func(v place) { r.number(v, &l.Timers, 1, mostTimers) }},
			{"role_max_age", "How old the roles can be by which a message is sent. With 0s they are read for each attempt.", func(v place) { r.duration(v, &l.RoleMaxAge, 0, chat.MaxRoleAge) }},
			{"surge_factor", "With surge: hold, how many times as many people as the last time are too many.", func(v place) { r.number(v, &l.SurgeFactor, leastSurgeFactor, mostSurgeFactor) }},
			{"typed_per_minute", "Events that what members write can make in one group in a minute. What comes beyond is dropped, or, where it would be held, refused: its sender is told to try again.", func(v place) { r.number(v, &l.Typed, 1, mostTyped) }},
			{"memory", "How much data a plugin can hold that botd runs in a process of its own. One that takes more is ended. When nothing is said: 256MB with isolate, and 1GB of a program.", func(v place) {
				*memory = r.size(v, leastMemory, mostMemory, "512MB")
			}},
		},
	})
	return l
}

// reach reports an audience that does not fit the rest of the bot.
func (r *botsReader) reach(p place, b Bot) {
	if at, ok := senderIn(p); ok && !slices.ContainsFunc(b.Triggers, Trigger.sent) && len(b.Triggers) > 0 {
		r.problem(at, "no trigger of this bot says who the sender is", "add sender: to a webhook, such as sender: payload.user, or leave this out")
	}
	typed := slices.ContainsFunc(b.Triggers, func(t Trigger) bool { return t.Kind() == chat.Typed })
	if typed && !answers(b.Audience) && !b.Audience.IsNobody() {
		r.warn(p, "does not have the sender in it, so that whoever writes to the bot is not answered, unless they are in it otherwise", "add sender: true")
	}
	if n := len(b.Audience.Users); n > b.Limits.Recipients && b.Limits.Recipients > 0 {
		r.warn(p, fmt.Sprintf("names %d users, and a message can have %d recipients", n, b.Limits.Recipients), "raise limits: recipients, or name fewer")
	}
}

// answers reports whether an audience has the sender of an event in it, or all who are
// no more than members.
func answers(a chat.Audience) bool {
	return a.Everyone || a.Sender || slices.Contains(a.Roles, chat.Normal) || slices.ContainsFunc(a.AnyOf, answers)
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
		if key == "within" {
			if at, ok := senderIn(v); ok {
				return at, true
			}
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
