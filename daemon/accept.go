package daemon

import (
	"context"
	"fmt"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/schedules"
)

// strike stores the event of a schedule. However often and wherever it is
// called for the same intended time, there is one event for each group.
func (s *system) strike(ctx context.Context, name chat.BotName, trigger chat.TriggerName, intended time.Time) (chat.Receipt, error) {
	intended = intended.UTC().Truncate(time.Second)
	key := fmt.Sprintf("schedule/%s/%s/%s", name, trigger, intended.Format(time.RFC3339))
	receipt, err := s.accept(ctx, name, trigger, nil, key, intended)
	if err == nil && !receipt.Repeated {
		s.log.Info("schedule struck", "receipt", receipt.ID, "events", receipt.Events, "bot", name, "trigger", trigger, "intended", intended)
	}
	return receipt, err
}

func (s *system) accept(ctx context.Context, name chat.BotName, trigger chat.TriggerName, payload []byte, key string, at time.Time) (chat.Receipt, error) {
	bot := s.bots.Bot(name)
	if bot == nil {
		return chat.Receipt{}, fmt.Errorf("no bot %q", name)
	}
	arrival, err := bot.Arrival(trigger, payload, key, at)
	if err != nil {
		return chat.Receipt{}, err
	}
	receipts, err := s.keep(ctx, []chat.Arrival{arrival})
	if err != nil {
		return chat.Receipt{}, err
	}
	return receipts[0], nil
}

// keep stores arrivals that came together, all of them or none.
func (s *system) keep(ctx context.Context, list []chat.Arrival) ([]chat.Receipt, error) {
	receipts, err := s.store.AcceptAll(ctx, list)
	if err != nil {
		return nil, fmt.Errorf("storing the event: %w", err)
	}
	for i, a := range list {
		if r := receipts[i]; !r.Repeated {
			s.metrics.received(a.Kind, a.Bot, len(r.Events))
		}
	}
	return receipts, nil
}

// makeSchedules makes the clocks of all bots.
func (s *system) makeSchedules(c *config.Config, clock clockwork.Clock) error {
	s.schedules = &schedules.Runner{Clock: clock, Log: s.log, Fired: s.metrics.fired,
		Fire: func(ctx context.Context, e schedules.Entry, intended time.Time) error {
			_, err := s.strike(ctx, e.Bot, e.Trigger, intended)
			return err
		}}
	s.triggers = map[chat.BotName][]chat.TriggerName{}
	for _, bot := range c.Bots {
		for _, t := range bot.Triggers {
			if t.Schedule == nil {
				continue
			}
			schedule, err := schedules.Parse(t.Schedule.Line, t.Schedule.Zone)
			if err != nil {
				return fmt.Errorf("bot %q, trigger %q: %w", bot.Name, t.Name, err)
			}
			s.schedules.Entries = append(s.schedules.Entries, schedules.Entry{Bot: bot.Name, Trigger: t.Name, Schedule: schedule})
			s.triggers[bot.Name] = append(s.triggers[bot.Name], t.Name)
		}
	}
	return nil
}
