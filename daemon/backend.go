package daemon

import (
	"context"
	"errors"

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
	list, next, err := b.store.Events(ctx, store.Filter{Bot: q.Bot, Group: q.Group, Status: q.Status, Outcome: q.Outcome, Before: q.Before, Limit: q.Limit})
	if err != nil {
		return nil, next, err
	}
	stopped, err := b.stopped(ctx)
	for i := range list {
		list[i].Now = stopped(list[i].Bot, list[i].Status, list[i].Told(b.clock.Now()))
	}
	return list, next, err
}

// stopped adds to what is told of something that waits that its bot is paused,
// which its next try waits for as well.
func (s *system) stopped(ctx context.Context) (func(chat.BotName, chat.Status, string) string, error) {
	paused := map[chat.BotName]bool{}
	list, err := s.store.Pauses(ctx)
	for _, p := range list {
		paused[p.Bot] = true
	}
	return func(bot chat.BotName, status chat.Status, now string) string {
		if status == chat.Ready && (paused[bot] || paused[""]) {
			return now + "; its bot is paused"
		}
		return now
	}, err
}

// told fills in what people read of a message and its deliveries.
func (s *system) told(ctx context.Context, m chat.MessageHistory) (chat.MessageHistory, error) {
	stopped, err := s.stopped(ctx)
	m = m.WithTold(s.clock.Now())
	m.Now = stopped(m.Bot, m.Status, m.Now)
	for i, d := range m.Deliveries {
		m.Deliveries[i].Now = stopped(m.Bot, d.Status, d.Now)
	}
	return m, err
}

// History is an event with all that came of it.
func (b backend) History(ctx context.Context, id chat.EventID) (chat.EventHistory, error) {
	h, err := b.store.History(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return h, missing("no event %s", id)
	}
	if err != nil {
		return h, err
	}
	stopped, err := b.stopped(ctx)
	h.Event.Heard = heardIn(h.Event)
	h.Event.Now = stopped(h.Event.Bot, h.Event.Status, h.Event.Told(b.clock.Now()))
	for i := range h.Messages {
		if err == nil {
			h.Messages[i], err = b.told(ctx, h.Messages[i])
		}
	}
	return h, err
}

// Explain holds a rule against a group by the code that sends.
func (b backend) Explain(ctx context.Context, name chat.BotName, group chat.GroupID, rule *chat.Audience, sender chat.UserID) (x console.Explanation, err error) {
	bot := b.bot(name)
	if bot == nil {
		return x, b.noBot(name)
	}
	if group == "" && len(bot.Groups) == 1 {
		group = bot.Groups[0]
	}
	if !bot.In(group) {
		return x, missing("group %q is not one of bot %q's, which has %v", group, name, bot.Groups)
	}
	ceiling := bot.Audience.Bind(sender)
	bound := ceiling
	if rule != nil {
		bound = rule.Bind(sender)
	}
	return b.explain(ctx, bot, group, chat.Message{To: bound}, ceiling, nil)
}

// Strike makes a schedule's event now, by the way its clock would.
func (b backend) Strike(ctx context.Context, name chat.BotName, trigger chat.TriggerName) (chat.Receipt, error) {
	if b.bot(name) == nil {
		return chat.Receipt{}, b.noBot(name)
	}
	return b.strikeNamed(ctx, name, trigger, chat.By{Who: "the admin API"})
}
