package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/schedules"
)

// makeClock makes what strikes at the times of schedules, and what watches that.
func (s *system) makeClock() {
	s.schedules = schedules.New(schedules.Options{
		Store: s.store, Changed: s.store.SchedulesChanged(), Times: s.timesOf, Arrival: s.arrivalAt, Clock: s.clock, Log: s.log, Struck: s.struck})
	s.watch = &schedules.Watch{Store: s.store, Times: s.timesOf, Clock: s.clock, Log: s.log, Late: s.metrics.schedules.late}
}

// timesOf says when a schedule strikes, by the calendars and the quiet hours of now.
func (s *system) timesOf(r chat.ScheduleRecord) (schedules.Times, error) {
	n := s.now()
	read, err := schedules.Read(r.Timing, r.Started, n.config.Calendars)
	if _, past := errors.AsType[*schedules.PastError](err); past {
		err = nil // it has no times any more, which is no mistake
	}
	q := n.quiet[r.Bot]
	return schedules.Times{Schedule: read, Quiet: q.hours, Then: q.then}, err
}

// arrivalAt is what a time of a schedule brings. However often and wherever it is struck,
// there is one event for each group. An error says why nothing comes of it.
func (s *system) arrivalAt(r chat.ScheduleRecord, meant time.Time) (a chat.Arrival, err error) {
	name := string(r.Name)
	if r.Origin == chat.FromHand {
		name = "#" + r.ID.String() // which is the name of no trigger
		a, err = operator{s}.byHand(r.Bot, console.ByHand{Trigger: r.Trigger, Group: r.Group, Sender: r.Sender, Payload: r.Payload})
	} else {
		a, err = s.now().scheduled(r, meant)
	}
	if err != nil {
		return chat.Arrival{}, err
	}
	a.Key = fmt.Sprintf("schedule/%s/%s/%s", r.Bot, name, meant.UTC().Format(time.RFC3339Nano))
	a.Time = meant
	if r.Expires > 0 {
		a.Expires = meant.Add(time.Duration(r.Expires))
	}
	return a, nil
}

// scheduled is what a schedule of the configuration brings.
func (n *setup) scheduled(r chat.ScheduleRecord, meant time.Time) (chat.Arrival, error) {
	bot := n.bots.Bot(r.Bot)
	if bot == nil {
		return chat.Arrival{}, fmt.Errorf("there is no bot %q any more", r.Bot)
	}
	t, err := theTrigger(bot, r.Trigger)
	if err != nil {
		return chat.Arrival{}, err
	}
	if t.Kind != chat.Schedule {
		return chat.Arrival{}, fmt.Errorf("trigger %q of bot %q is no schedule any more", t.Name, bot.Name)
	}
	return bot.ArrivalOf(t.Name, nil, "", meant, bots.Given{Group: r.Group})
}

// strike has a schedule strike now, because somebody wants so.
func (s *system) strike(ctx context.Context, r chat.ScheduleRecord, by chat.By) (chat.Receipt, error) {
	meant := s.clock.Now().UTC().Truncate(time.Second)
	a, err := s.arrivalAt(r, meant)
	if err != nil {
		return chat.Receipt{}, err
	}
	all, err := s.store.Strike(ctx, []chat.Strike{{Schedule: r.ID, By: &by,
		Firings: []chat.Planned{{Meant: meant, Outcome: chat.FiringUnderway, Arrival: &a, Deadline: schedules.Deadline(r, meant)}}}})
	if err != nil {
		return chat.Receipt{}, fmt.Errorf("storing the event: %w", err)
	}
	if all[0].Lost {
		return chat.Receipt{}, missing("bot %q has no schedule %q any more", r.Bot, r.Name)
	}
	f := all[0].Firings[0]
	if !all[0].Repeated[0] {
		s.struck(r, f)
	}
	return chat.Receipt{ID: f.Receipt, Events: f.Events, Repeated: all[0].Repeated[0]}, nil
}

// strikeNamed is strike for a schedule of the configuration.
func (s *system) strikeNamed(ctx context.Context, bot chat.BotName, name chat.TriggerName, by chat.By) (chat.Receipt, error) {
	list, err := s.store.Schedules(ctx)
	if err != nil {
		return chat.Receipt{}, err
	}
	var have []chat.TriggerName
	for _, r := range list {
		switch {
		case r.Bot != bot || r.Origin != chat.FromFile:
		case r.Name == name:
			return s.strike(ctx, r, by)
		default:
			have = append(have, r.Name)
		}
	}
	return chat.Receipt{}, missing("bot %q has no schedule %q, but %v", bot, name, have)
}

// struck tells of a firing that was stored.
func (s *system) struck(r chat.ScheduleRecord, f chat.Firing) {
	log := s.log.With("schedule", r.ID, "bot", r.Bot, "name", r.Name, "meant", f.Meant)
	if f.Receipt != "" {
		s.metrics.received(s.kindOf(r), r.Bot, len(f.Events))
		s.metrics.schedules.struck(f)
		log.Info("schedule struck", "receipt", f.Receipt, "events", f.Events, "trigger", r.Trigger)
		return
	}
	s.metrics.schedules.leftOut(f)
	if say := log.Info; f.Outcome == chat.FiringPaused || f.Outcome == chat.FiringQuiet {
		say("a time of a schedule was left out", "times", f.Count, "outcome", f.Outcome, "reason", f.Reason)
	} else {
		log.Warn("a time of a schedule was left out", "times", f.Count, "outcome", f.Outcome, "reason", f.Reason)
	}
}

// kindOf is what sort of events a schedule makes.
func (s *system) kindOf(r chat.ScheduleRecord) chat.Kind {
	if bot := s.bot(r.Bot); bot != nil {
		if t, err := theTrigger(bot, r.Trigger); err == nil {
			return t.Kind
		}
	}
	return chat.Schedule
}
