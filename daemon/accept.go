package daemon

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/schedules"
)

// strike stores the event of a schedule. However often and wherever it is
// called for the same intended time, there is one event for each group.
func (s *system) strike(ctx context.Context, name chat.BotName, trigger chat.TriggerName, intended time.Time) (chat.Receipt, error) {
	intended = intended.UTC().Truncate(time.Second)
	key := fmt.Sprintf("schedule/%s/%s/%s", name, trigger, intended.Format(time.RFC3339))
	bot := s.bot(name)
	if bot == nil {
		return chat.Receipt{}, fmt.Errorf("no bot %q", name)
	}
	arrival, err := bot.Arrival(trigger, nil, key, intended)
	if err != nil {
		return chat.Receipt{}, err
	}
	receipts, err := s.keep(ctx, []chat.Arrival{arrival})
	if err != nil {
		return chat.Receipt{}, err
	}
	receipt := receipts[0]
	if !receipt.Repeated {
		s.log.Info("schedule struck", "receipt", receipt.ID, "events", receipt.Events, "bot", name, "trigger", trigger, "intended", intended)
	}
	return receipt, nil
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

// makeClock makes what strikes at the times of schedules.
func (s *system) makeClock(first *setup) {
	s.schedules = &schedules.Runner{Entries: first.entries, Clock: s.clock, Log: s.log, Fired: s.metrics.fired,
		Fire: func(ctx context.Context, e schedules.Entry, intended time.Time) error {
			if !slices.Contains(s.now().triggers[e.Bot], e.Trigger) {
				return fmt.Errorf("bot %q has no schedule %q any more: %w", e.Bot, e.Trigger, schedules.ErrNever)
			}
			_, err := s.strike(ctx, e.Bot, e.Trigger, intended)
			return err
		}}
}
