package callbacks

import (
	"regexp"

	"github.com/botd-chat/botd/chat"
)

// Rule is a trigger that waits for something of which the service tells. It is compiled
// when the configuration is read.
type Rule struct {
	App     chat.AppName
	Bot     chat.BotName
	Trigger chat.TriggerName
	Account chat.UserID // the bot's
	Groups  []chat.GroupID

	Via      chat.Via // what is written; empty where What is set
	What     chat.What
	Commands []string
	Pattern  *regexp.Regexp
	Any      bool
	Roles    []chat.Role // whose messages; empty: everybody's

	Hold  bool
	Again string // what the sender of what could not be kept is told
	Mask  *Mask
	// Typed is how many events the bot's rules make in one group in a minute.
	Typed int

	// Near is set by the [Receiver] alone, in what it hands to a [Sink]: what was written
	// is not the command but nearly, as /anwser is for /answer. It is held for safety's
	// sake, and its sender has not to be told that an answer has arrived.
	Near bool
}

// Mask replaces words.
type Mask struct {
	Words    []string
	Patterns []*regexp.Regexp
	With     string

	words []*regexp.Regexp // Words in whatever case, the longest first
	loose []*regexp.Regexp // the same, with what nobody sees between their letters
}
