package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/schedules"
	"github.com/botd-chat/botd/webhooks"
)

// makeHooks makes the public addresses of all bots.
func (s *system) makeHooks(c *config.Config) ([]webhooks.Hook, error) {
	var hooks []webhooks.Hook
	for _, bot := range c.Bots {
		for _, t := range bot.Triggers {
			if t.Webhook == nil {
				continue
			}
			verify, err := verifier(t.Webhook.Verify)
			if err != nil {
				return nil, fmt.Errorf("hook %q: %w", t.Webhook.Hook, err)
			}
			name, trigger, hook := bot.Name, t.Name, t.Webhook.Hook
			hooks = append(hooks, webhooks.Hook{Name: hook, Verify: verify,
				Accept: func(ctx context.Context, in webhooks.Received) (chat.Receipt, error) {
					return s.acceptWebhook(ctx, name, trigger, hook, in)
				}})
		}
	}
	return hooks, nil
}

func verifier(v config.Verify) (webhooks.Verifier, error) {
	secrets := make([]string, len(v.Secrets))
	for i, s := range v.Secrets {
		secrets[i] = s.Reveal()
	}
	switch v.Scheme {
	case config.StandardWebhooks:
		return webhooks.StandardWebhooks(secrets...)
	case config.Bearer:
		return webhooks.Bearer(secrets...)
	}
	return nil, fmt.Errorf("no scheme %q", v.Scheme)
}

// acceptWebhook stores a webhook whose sender is known. When it returns without
// an error, the webhook is on disk.
func (s *system) acceptWebhook(ctx context.Context, name chat.BotName, trigger chat.TriggerName, hook string, in webhooks.Received) (chat.Receipt, error) {
	key := ""
	if in.ID != "" {
		key = "hook/" + hook + "/" + in.ID
	}
	receipt, err := s.accept(ctx, name, trigger, in.Body, key, time.Time{})
	if errors.Is(err, bots.ErrPayload) {
		return receipt, &webhooks.Unfit{Reason: err}
	}
	return receipt, err
}

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
	receipt, err := s.store.Accept(ctx, arrival)
	if err != nil {
		return chat.Receipt{}, fmt.Errorf("storing the event: %w", err)
	}
	if !receipt.Repeated {
		s.metrics.received(arrival.Kind, name, len(receipt.Events))
	}
	return receipt, nil
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
