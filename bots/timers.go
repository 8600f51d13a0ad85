package bots

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/pump"
)

// checkTimers holds the timers of an answer against what a timer can be, what
// the plugin would know again, and how many the bot may have.
func (a answer) checkTimers(b *Bot, sender chat.UserID) error {
	if err := plugins.CheckTimers(b.handler, a.timers, sender); err != nil {
		return err
	}
	set := 0
	for _, l := range a.timers {
		if !l.Cancel {
			set++
		}
	}
	if set > b.Limits.Timers {
		return &chat.TooManyTimers{Pending: set, Limit: b.Limits.Timers}
	}
	return nil
}

// pending is how many timers a bot may have in one group; zero, any number, for
// a bot that is gone: its answer was checked while it was there.
func (d *Dispatcher) pending(name chat.BotName) int {
	if b := d.Bots(name); b != nil {
		return b.Limits.Timers
	}
	return 0
}

// refused is how an event ends whose answer the store would not take.
func refused(end chat.EventEnd, why error) chat.EventEnd {
	return chat.EventEnd{Lease: end.Lease, Event: end.Event, Status: chat.Dead, Outcome: chat.Refused,
		Reason: fmt.Errorf("%w: %w", errAnswer, why).Error()}
}

// wouldPend is how many timers of a bot would be pending in a group with those
// of an answer; zero if the answer has none.
func (d *Dispatcher) wouldPend(ctx context.Context, b *Bot, g chat.GroupID, list []chat.Later) (int, error) {
	if len(list) == 0 {
		return 0, nil
	}
	had, err := d.Store.TimersOf(ctx, b.Name, g)
	if err != nil {
		return 0, err
	}
	var before []string
	for _, t := range had {
		before = append(before, t.Label())
	}
	return chat.Pending(before, list), nil
}

// TimerStore is what an [Alarm] needs of the store.
type TimerStore interface {
	// FireTimers turns up to limit timers that are due into events, those that
	// are due longest first, and returns them. next is when the earliest other
	// one falls due; zero is none.
	FireTimers(ctx context.Context, limit int) (fired []chat.TimerRecord, next time.Time, err error)
}

// Alarm turns timers into events when their time has come. Store is required.
type Alarm struct {
	Store TimerStore
	Wake  <-chan struct{} // a timer was set; nil: found by looking
	Clock clockwork.Clock // nil: the real one
	Log   *slog.Logger    // nil: nowhere
	// Fired, if set, is told of each timer that became an event, and how long
	// after the time it meant. It is called from several goroutines.
	Fired func(t chat.TimerRecord, late time.Duration)
}

const (
	// fireBatch is how many timers become events in one transaction.
	fireBatch = 64
	// longestSleep is how long an alarm sleeps at most: a machine that slept too,
	// or a clock that is set forward, wakes nobody.
	longestSleep = 5 * time.Second
)

// Run watches the clock until ctx ends.
func (a Alarm) Run(ctx context.Context) error {
	if a.Clock == nil {
		a.Clock = clockwork.NewRealClock()
	}
	if a.Log == nil {
		a.Log = slog.New(slog.DiscardHandler)
	}
	if a.Store == nil {
		return errors.New("an alarm needs a store")
	}
	p := pump.Pump[chat.TimerRecord]{
		Take: a.Store.FireTimers, Work: a.tell, Wake: a.Wake, Workers: fireBatch, Poll: longestSleep, Clock: a.Clock,
		Failed: func(err error) { a.Log.Error("timers cannot be turned into events", "error", err) },
	}
	return p.Run(ctx)
}

// tell says that a timer became an event, which is all that is left to do.
func (a Alarm) tell(_ context.Context, t chat.TimerRecord) {
	late := max(t.Ended.Sub(t.Due), 0)
	a.Log.Info("a timer came", "timer", t.ID, "event", t.Made, "bot", t.Bot, "name", t.Name, "group", t.Group, "set_by", t.Event, "late", late)
	if a.Fired != nil {
		a.Fired(t, late)
	}
}
