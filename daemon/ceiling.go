package daemon

import (
	"fmt"
	"slices"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/webhooks"
)

// ceiling is what the sender of a webhook may ask for at most. What can be seen
// when it arrives is refused then, and the sender is told by which rule. The rest
// goes with the event ([chat.Ceiling]) and is held against each message that comes
// of it, whatever its plugin says.
type ceiling struct {
	rule string // where it is written
	config.Allow
}

// ceilingOf is that of a hook's sender.
func ceilingOf(bot *bots.Bot, trigger chat.TriggerName, sender config.Credential) ceiling {
	if sender.Name == "" {
		return ceiling{fmt.Sprintf("bots.%s.on.%s.allow", bot.Name, trigger), sender.Allow}
	}
	return ceiling{"credentials." + sender.Name + ".allow", sender.Allow}
}

// originOf says which sender an arrival is from and what bounds it, or that it asks
// for more.
func originOf(bot *bots.Bot, a chat.Arrival, w config.Webhook, sender config.Credential) (*chat.Origin, error) {
	c := ceilingOf(bot, a.Trigger, sender)
	if err := c.check(bot, a); err != nil {
		return nil, err
	}
	return &chat.Origin{Hook: w.Hook, Scheme: string(w.Verify.Scheme), Credential: sender.Name, Ceiling: c.over(a.Sender)}, nil
}

// check reports what a webhook asks for beyond the ceiling.
func (c ceiling) check(bot *bots.Bot, a chat.Arrival) error {
	refuse := func(rule, format string, args ...any) error {
		return &webhooks.Forbidden{Rule: c.rule + "." + rule, What: "the credential " + fmt.Sprintf(format, args...)}
	}
	if c.Bots != nil && !slices.Contains(c.Bots, bot.Name) {
		return refuse("bots", "may not be used for bot %s", bot.Name)
	}
	if c.Groups != nil && slices.ContainsFunc(a.Groups, func(g chat.GroupID) bool { return !slices.Contains(c.Groups, g) }) {
		return refuse("groups", "may not be used for a group that the webhook is for")
	}
	if n := len(a.Groups); c.PerMinute > 0 && n > c.PerMinute {
		return refuse("per_minute", "may make %d events a minute, and the webhook makes %d at once", c.PerMinute, n)
	}
	within := c.over(a.Sender)
	all, err := bot.Asked(a.Trigger, a.Payload, a.Sender)
	if err != nil {
		return err
	}
	for _, asked := range all {
		if within != nil && within.Audience != nil {
			if what := audience.Beyond(asked, *within.Audience); what != "" {
				return refuse("audience", "may reach %s, and the webhook asks for %s", audience.Describe(*c.Audience), what)
			}
		}
		if n := len(asked.Users); c.Recipients > 0 && n > c.Recipients && asked.Within == nil && asked.Where == "" && len(asked.Except) == 0 {
			return refuse("recipients", "may reach %d people with one message, and the webhook asks for %d", c.Recipients, n)
		}
	}
	return nil
}

// over is what goes with an event that this member caused. It is bound to them:
// what comes of the event later, such as a timer's, may be about somebody else.
func (c ceiling) over(sender chat.UserID) *chat.Ceiling {
	if c.Audience == nil && c.Recipients == 0 {
		return nil
	}
	bounds := &chat.Ceiling{Recipients: c.Recipients}
	if c.Audience != nil {
		audience := c.Audience.Bind(sender)
		bounds.Audience = &audience
	}
	return bounds
}
