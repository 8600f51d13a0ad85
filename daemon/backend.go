package daemon

import (
	"context"
	"errors"
	"fmt"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/store"
)

// backend introduces the rest of botd to the console.
type backend struct{ *system }

// Ready reports what keeps botd from accepting.
func (b backend) Ready(ctx context.Context) error { return b.store.Ping(ctx) }

// Events lists events, newest first.
func (b backend) Events(ctx context.Context, q console.EventQuery) ([]chat.EventRecord, chat.EventID, error) {
	list, next, err := b.store.Events(ctx, store.Filter{Bot: q.Bot, Group: q.Group, Status: q.Status, Before: q.Before, Limit: q.Limit})
	for i := range list {
		list[i].Now = list[i].Told(b.clock.Now())
	}
	return list, next, err
}

// History is an event with all that came of it.
func (b backend) History(ctx context.Context, id chat.EventID) (chat.EventHistory, error) {
	h, err := b.store.History(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return h, fmt.Errorf("no event %s: %w", id, console.ErrNotFound)
	}
	return h.WithTold(b.clock.Now()), err
}

// Explain holds a rule against a group by the code that sends.
func (b backend) Explain(ctx context.Context, name chat.BotName, group chat.GroupID, rule *chat.Audience, sender chat.UserID) (x console.Explanation, err error) {
	bot := b.bots.Bot(name)
	if bot == nil {
		return x, fmt.Errorf("no bot %q: %w", name, console.ErrNotFound)
	}
	if group == "" && len(bot.Groups) == 1 {
		group = bot.Groups[0]
	}
	if !bot.In(group) {
		return x, fmt.Errorf("group %q is not one of bot %q's, which has %v: %w", group, name, bot.Groups, console.ErrNotFound)
	}
	ceiling := bot.Audience.Bind(sender)
	bound := ceiling
	if rule != nil {
		bound = rule.Bind(sender)
	}
	return b.explain(ctx, bot, group, bound, ceiling, nil)
}

// Strike makes a schedule's event now, by the way its clock would.
func (b backend) Strike(ctx context.Context, name chat.BotName, trigger chat.TriggerName) (chat.Receipt, error) {
	bot := b.bots.Bot(name)
	if bot == nil {
		return chat.Receipt{}, fmt.Errorf("no bot %q: %w", name, console.ErrNotFound)
	}
	for _, t := range b.triggers[name] {
		if t == trigger {
			return b.strike(ctx, name, trigger, b.clock.Now())
		}
	}
	return chat.Receipt{}, fmt.Errorf("bot %q has no schedule %q, but %v: %w", name, trigger, b.triggers[name], console.ErrNotFound)
}
