package config

import (
	"encoding/json"
	"net/netip"
	"regexp"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/schedules"
)

// Config is a whole configuration, checked, with every default filled in.
type Config struct {
	File  string // as given to Load
	Apps  []App  // in the order of the file; every one is used by a bot
	Store Store
	// Retention says for how long what is over is kept.
	Retention Retention
	// Listen says where botd is reached.
	Listen Listen
	// Calendars are those that schedules name; nil when there are none.
	Calendars schedules.Calendars
	Bots      []Bot // in the order of the file
	// Warnings are what is allowed and probably not meant, such as a secret
	// that everybody on the machine can read.
	Warnings Problems
}

// App is one application of Tencent Cloud Chat, one SDKAppID.
type App struct {
	Name          chat.AppName
	SDKAppID      uint32
	SecretKey     Secret      // signs UserSigs
	Administrator chat.UserID // an account that is an administrator of the application
	// Exactly one of Region and BaseURL is set.
	Region    string // one of Options.Regions
	BaseURL   string // scheme and host, without a path
	BackupURL string // beside BaseURL: tried when that cannot be reached; may be empty. A region has its own
	// CallsPerSecond bounds each REST API, 200 by default (product/1047/34620).
	CallsPerSecond int
	// GroupMessagesPerSecond bounds the messages of one group, 40 by default
	// (product/1047/34381).
	GroupMessagesPerSecond int
	// Callbacks says how the service tells us what happens in the groups. Path is
	// empty where it does not.
	Callbacks Callbacks
}

// Callbacks are what an application of the service tells us, without being asked
// (product/1047/34354).
type Callbacks struct {
	Path string // begins with /callbacks/; "/callbacks/tencent" by default
	// PathSecret, if there is one, is a further part of the path, which nobody knows
	// but the service and we.
	PathSecret Secret
	// Tokens sign: the console's authentication token, and beside it, while it is
	// changed, the next. Empty only with Insecure.
	Tokens   []Secret
	Insecure bool           // callbacks are not signed: whoever knows the path is believed
	Sources  []netip.Prefix // from where they may come; empty is anywhere
	// Sweep is how often the history of groups in which something is held is looked
	// through for what slipped out; 1m by default.
	Sweep time.Duration
}

// Store says where events and messages are kept.
type Store struct {
	// SQLite is the path of the database file. A relative one begins at the
	// folder botd runs in, which need not be that of the configuration.
	SQLite string
}

// Bot is a plugin at work in some groups, under one account.
type Bot struct {
	Name     chat.BotName
	App      chat.AppName
	Account  chat.UserID    // shown as the sender of its messages
	Groups   []chat.GroupID // at least one, each once
	Triggers []Trigger      // at least one, in the order of the file
	Plugin   string         // of those that botd has in it; empty where Program or URL is set
	Placement
	Options  json.RawMessage // an object, "{}" when there are none; keys sorted, no blanks
	Audience chat.Audience   // the widest the bot can ever reach
	Limits   Limits
	Push     string // neutral text for offline push; empty is no push
	// Unknown says what becomes of a message that may or may not have been
	// delivered; hold by default.
	Unknown chat.UnknownRule
	// Newcomers says whether those who come to qualify while a message is being
	// sent get it, too; exclude by default.
	Newcomers chat.NewcomerRule
	// Surge says what becomes of a message for far more people than the last
	// time; send by default.
	Surge chat.SurgeRule
	// Quiet are hours in which its schedules do not strike; nil is none.
	Quiet *chat.Quiet
}

// Limits bound what a bot can do.
type Limits struct {
	Recipients  int           // of one message; 50 by default
	Messages    int           // answers to one event; 10 by default
	Timeout     time.Duration // of the plugin; 10 s by default
	Timers      int           // that may be pending in one group; 100 by default
	RoleMaxAge  time.Duration // of the reading by which somebody sees a message; 5 s by default; zero: read for each attempt
	SurgeFactor int           // how many times as many people as the last time are too many; 3 by default
	// Typed is how many events what members write may make in one group in a
	// minute; 600 by default. It ends what two bots could tell each other for ever.
	Typed int
}

// Trigger is something that makes an event for a bot. Exactly one of Webhook,
// Schedule and Callback is set.
type Trigger struct {
	Name     chat.TriggerName
	Webhook  *Webhook
	Schedule *Schedule
	Callback *Callback
	// Group says which group an event is for: one of the bot's groups, written
	// out, or an expression over the payload. Empty is each of the bot's groups.
	Group string
	// Sender is an expression over the payload that says which member caused
	// the event. Empty is nobody.
	Sender string
	// Text is an expression over the payload that says what the sender wrote; only
	// with Sender. Empty is that nobody wrote anything.
	Text string
	// Review says who has to release what comes of it; nil is nobody. Not with a
	// Callback.
	Review *chat.Review
}

// Kind is what sort of events the trigger makes.
func (t Trigger) Kind() chat.Kind {
	switch {
	case t.Schedule != nil:
		return chat.Schedule
	case t.Text != "", t.Callback != nil && t.Callback.Via != "":
		return chat.Typed
	case t.Callback != nil:
		return chat.Callback
	}
	return chat.Webhook
}

// Callback is something that the chat service tells us of: what a member writes, or
// what happens to the group. Exactly one of Via and What is set.
type Callback struct {
	Via  chat.Via  // message: is ViaGroup, direct: is ViaDirect, mention: is ViaMention
	What chat.What // member_joined: true, and so on
	// Of what is written, which counts. Exactly one of them is set where there is a Via.
	Commands []string       // without the slash, in whatever case
	Pattern  *regexp.Regexp // of the text; matches anywhere in it unless it is anchored
	Any      bool
	// Roles is whose messages count; empty is everybody's.
	Roles []chat.Role
	// Hold takes the message out of the group before anybody sees it; only ViaGroup.
	Hold bool
	// Received is what its sender is told at once when it is held; empty is nothing.
	Received string
	// Again is what its sender is told when it could not be kept, and is shown to nobody.
	Again string
	// Relay says that what comes of it may go to others than its sender, although
	// what a callback shows may have been for some members alone.
	Relay bool
	// Mask, if not nil, has words replaced before anybody sees the message; only
	// ViaGroup and without Hold.
	Mask *Mask
}

// Mask is which words are replaced in what members write.
type Mask struct {
	Words    []string         // each as a word of its own, in whatever case
	Patterns []*regexp.Regexp // what they match
	With     string           // "***" by default
}

// Webhook is an address that other systems post to.
type Webhook struct {
	Hook   string // it is /hooks/{Hook}; no other trigger has it
	Verify Verify // where there are credentials, that of the first
	// Credentials are those with names, any of which is enough; nil: Verify alone.
	Credentials []Credential
	Allow       Allow // the ceiling of Verify; where there are credentials, each has its own
	MaxBody     int64 // the largest body in bytes; 0 is what the scheme has
	// SameBody says what becomes of a body that came before under another id,
	// where ids are not signed; empty is what suits the scheme.
	SameBody chat.SameBody
	// Retired says that the address is gone on purpose, which senders are told.
	Retired bool
}

// Sender is the credential of that name, and the first or only one for an empty name.
// Ok is false if there is none.
func (w Webhook) Sender(name string) (c Credential, ok bool) {
	if len(w.Credentials) == 0 {
		return Credential{Verify: w.Verify, Allow: w.Allow}, name == ""
	}
	for _, c := range w.Credentials {
		if name == "" || c.Name == name {
			return c, true
		}
	}
	return Credential{}, false
}

// Schedule is a clock that strikes, and what becomes of times that it cannot keep.
type Schedule struct {
	chat.Timing // its Zone is UTC by default
	chat.Lateness
}
