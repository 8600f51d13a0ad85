package bots

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Limits bound what a bot may do at a time. Zero is the default, but for
// RoleMaxAge.
type Limits struct {
	Recipients  int           // of one message; more are refused, never cut off
	Messages    int           // of one event
	Timeout     time.Duration // of one run of the plugin
	Timers      int           // that may be pending in one group
	RoleMaxAge  time.Duration // of a reading of a group that is acted on; zero: it is read each time
	SurgeFactor int           // how many times as many people as the last time are too many, with [chat.SurgeHold]
	Typed       int           // events by what members write, in one group in a minute; whoever hears them holds to it
}

// What limits are when nothing is said, and the longest time a plugin can get:
// a lane is leased for a little longer than that.
const (
	DefaultRecipients = 50
	DefaultMessages   = 10
	DefaultTimeout    = 10 * time.Second
	DefaultTimers     = 100
	DefaultTyped      = 600
	MaxTimeout        = 30 * time.Second
)

func (l Limits) orDefault() Limits {
	if l.Recipients == 0 {
		l.Recipients = DefaultRecipients
	}
	if l.Messages == 0 {
		l.Messages = DefaultMessages
	}
	if l.Timeout == 0 {
		l.Timeout = DefaultTimeout
	}
	if l.Timers == 0 {
		l.Timers = DefaultTimers
	}
	if l.Typed == 0 {
		l.Typed = DefaultTyped
	}
	if l.SurgeFactor == 0 {
		l.SurgeFactor = chat.DefaultSurgeFactor
	}
	return l
}

func (l Limits) validate() error {
	if l.Recipients < 1 || l.Messages < 1 || l.Timers < 1 || l.Timeout <= 0 || l.Timeout > MaxTimeout {
		return fmt.Errorf("limits: at least 1 recipient, 1 message and 1 timer, and a timeout above 0 and up to %v", MaxTimeout)
	}
	if l.RoleMaxAge < 0 || l.RoleMaxAge > chat.MaxRoleAge || l.SurgeFactor < 2 {
		return fmt.Errorf("limits: a reading of roles may be 0s to %v old, and a surge factor is at least 2", chat.MaxRoleAge)
	}
	return nil
}

// Plugin is what a bot needs of its plugin, wherever that lives. A [plugins.Plugin]
// is one, and package host makes others.
type Plugin interface {
	Name() string
	Version() string
	// Needs reports whether the plugin needs this, such as [plugins.Members]. One that
	// is not known before it is asked says so by its handler instead, as a [Distant].
	Needs(what string) bool
	// New makes a handler from options. If that is an io.Closer, it is closed once.
	New(options json.RawMessage) (plugins.Handler, error)
}

// Spec is a bot as an operator describes it.
type Spec struct {
	Name     chat.BotName
	App      chat.AppName
	Account  chat.UserID // shown as sender
	Groups   []chat.GroupID
	Audience chat.Audience // the widest this bot can ever reach; may say Sender
	Limits   Limits
	Push     string           // a neutral text for lock screens; empty pushes nothing
	Unknown  chat.UnknownRule // what becomes of messages that may or may not have been delivered
	// Newcomers says whether a message also goes to those who come to qualify
	// while it is being sent; empty: it does not.
	Newcomers chat.NewcomerRule
	// Surge says what becomes of a message for far more people than the last
	// time; empty: it is sent.
	Surge    chat.SurgeRule
	Plugin   Plugin
	Options  json.RawMessage // of the plugin
	Triggers []Trigger
	// Untimed says that somebody looks at the plugin with a debugger: it may take a day.
	Untimed bool
	// Suits reports what is wrong with the bot by what a plugin elsewhere says of
	// itself; events wait until nothing is. It is asked when that changes. Nil finds
	// nothing.
	Suits func(plugins.Manifest) error
}

// Bot is a checked Spec, ready to work. It does not change; another takes its place,
// and then it is retired.
type Bot struct {
	Spec
	handler  plugins.Handler
	triggers map[chat.TriggerName]trigger
	stuck    atomic.Int32 // runs that were given up and have not come back
	holds    holds
	suited   suited
}

// New checks spec, compiles its expressions and makes its plugin's handler.
// All that is wrong is reported at once.
func New(spec Spec) (*Bot, error) {
	spec.Limits = spec.Limits.orDefault()
	spec.Groups = slices.Clone(spec.Groups)
	b := &Bot{Spec: spec, triggers: map[chat.TriggerName]trigger{}}
	errs := []error{b.Limits.validate(), spec.Account.Validate(), spec.Audience.Validate(), b.checkGroups(), b.makeHandler()}
	if spec.Untimed {
		b.Limits.Timeout = debugging
	}
	for _, t := range spec.Triggers {
		errs = append(errs, b.addTrigger(t))
	}
	b.hearDecisions()
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("bot %q: %w", string(spec.Name), errors.Join(err, b.Close()))
	}
	return b, nil
}

// debugging is how long somebody may look at a plugin with a debugger.
const debugging = 24 * time.Hour

func (b *Bot) makeHandler() (err error) {
	if b.handler, err = b.Plugin.New(b.Options); err != nil {
		return fmt.Errorf("plugin %s: %w", b.Plugin.Name(), err)
	}
	return nil
}

func (b *Bot) checkGroups() error {
	if len(b.Groups) == 0 {
		return errors.New("it has no group to speak in")
	}
	for _, g := range b.Groups {
		if g.IsCommunity() {
			return fmt.Errorf("group %s is a Community, where a message cannot be restricted to some members", g)
		}
	}
	return nil
}

// Asked lists whom a payload of a trigger asks the plugin to address, bound to the
// sender, as far as the plugin says so by its types ([plugins.Asked]). A bot that
// is retired makes a handler of its own for it, which may fail.
func (b *Bot) Asked(trigger chat.TriggerName, payload json.RawMessage, sender chat.UserID) (all []chat.Audience, err error) {
	if !b.hold() {
		own, err := New(b.Spec)
		if err != nil {
			return nil, fmt.Errorf("making the plugin's handler: %w", err)
		}
		all, err = own.Asked(trigger, payload, sender)
		return all, errors.Join(err, own.Close())
	}
	defer b.release()
	for _, a := range plugins.Asked(b.handler, trigger, payload) {
		if a.Validate() == nil { // the plugin or its answer is refused for it
			all = append(all, a.Bind(sender))
		}
	}
	return all, nil
}

// In reports whether group is one of the bot's.
func (b *Bot) In(group chat.GroupID) bool { return slices.Contains(b.Groups, group) }
