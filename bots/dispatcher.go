package bots

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/fail"
	"github.com/botd-chat/botd/pump"
)

// Lease is how long a lane is the dispatcher's: a run at its longest, the
// reading of a group before it, and storing the answer after it.
const Lease = MaxTimeout + 30*time.Second

// reading is the longest a reading of a group may take before the event waits.
const reading = 10 * time.Second

// LongLease is [Lease] where a bot is [Spec.Untimed].
const LongLease = debugging + Lease

// storing is how long the end of an event may take to be stored.
const storing = 10 * time.Second

// DefaultWorkers is how many events are handled at the same time.
const DefaultWorkers = 64

// Options are what a dispatcher works with. Store, Bots and Directory are
// required.
type Options struct {
	Store Store
	// Bots finds a bot as it is configured now; nil when there is none.
	Bots func(chat.BotName) *Bot
	// Directory knows the groups of an application; nil when there is none.
	Directory func(chat.AppName) Directory
	Wake      <-chan struct{} // something became due; nil: found by looking
	Clock     clockwork.Clock // nil: the real one
	Log       *slog.Logger    // nil: nowhere
	Observe   Observer
	Workers   int           // zero: DefaultWorkers
	Grace     time.Duration // how long runs may go on after a stop; zero: none
	Lease     time.Duration // how long a lane is the dispatcher's; zero: [Lease]
}

// Dispatcher hands events to the plugins of their bots.
type Dispatcher struct {
	Options
	pump  *pump.Pump[chat.EventWork]
	mu    sync.Mutex
	waits map[chat.EventID]int // looks in vain at what it waits for, for the pauses between them
	turns turns
	quiet quiet
}

// NewDispatcher returns a dispatcher that does nothing until it is run.
func NewDispatcher(o Options) *Dispatcher {
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Workers == 0 {
		o.Workers = DefaultWorkers
	}
	if o.Lease == 0 {
		o.Lease = Lease
	}
	return &Dispatcher{
		Options: o, pump: &pump.Pump[chat.EventWork]{}, waits: map[chat.EventID]int{},
		turns: turns{most: max(min(AtATime, o.Workers/4), 1)}, quiet: quiet{told: map[wait]time.Time{}},
	}
}

// Run handles events until ctx ends, then finishes those in flight.
func (d *Dispatcher) Run(ctx context.Context) error {
	p := d.pump
	p.Take, p.Work, p.Wake, p.Workers, p.Grace, p.Clock = d.Take, d.Handle, d.Wake, d.Workers, d.Grace, d.Clock
	p.Failed = func(err error) { d.Log.Error("events cannot be taken from the store", "error", err) }
	return p.Run(ctx)
}

// Hands take events that were leased for [Lease] as they were stored.
func (d *Dispatcher) Hands() *pump.Pump[chat.EventWork] { return d.pump }

// Take claims up to limit events that are due.
func (d *Dispatcher) Take(ctx context.Context, limit int) ([]chat.EventWork, time.Time, error) {
	return d.Store.TakeEvents(ctx, limit, d.Lease)
}

// Handle takes one event to its end, or to its next try, and stores that.
func (d *Dispatcher) Handle(ctx context.Context, work chat.EventWork) {
	fail.Here(fail.Leased)
	log := d.Log.With("event", work.Event.ID, "bot", work.Event.Bot, "trigger", work.Event.Trigger, "group", work.Event.Group)
	answer, err := d.answer(ctx, log, work)
	end := conclude(work, answer, err, d.looks(work.Event.ID, err), ctx.Err() != nil, d.Clock.Now())
	if end, stored := d.store(context.WithoutCancel(ctx), log, work, end, err); stored && d.Observe.Ended != nil {
		d.Observe.Ended(work.Event, end, answer.took)
	}
}

// answer checks the event, runs the plugin and checks what it says. Panics of
// ours end here too: one event must not take the others with it.
func (d *Dispatcher) answer(ctx context.Context, log *slog.Logger, work chat.EventWork) (a answer, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = caught(v)
			log.Error("handling an event panicked", "error", err, "stack", stack(err))
		}
	}()
	if err := d.fresh(work.Event); err != nil {
		return answer{}, err
	}
	bot, err := d.held(ctx, work.Event)
	if err != nil {
		return answer{}, err
	}
	defer bot.release()
	if work.Event.Attempts > maxRuns {
		return answer{}, errDeadly
	}
	leave, err := d.turn(ctx, work.Event)
	if err != nil {
		return answer{}, err
	}
	defer leave()
	if work.Event.Trigger == ReviewTrigger {
		return d.decision(ctx, bot, work.Event)
	}
	event, err := d.event(ctx, bot, work)
	if err != nil {
		return answer{}, err
	}
	began := d.Clock.Now()
	if a, err = d.call(ctx, log, bot, work, event); err == nil {
		err = a.check(bot, work.Event)
	}
	a.took = d.Clock.Since(began)
	if d.ran(bot, a, err, a.took); err == nil {
		err = d.review(ctx, log, bot, work.Event, &a)
	}
	return a, waitsIfAway(err)
}

// looks counts the looks in vain at what an event waits for, the one that ended
// with err included, and forgets them when it goes on.
func (d *Dispatcher) looks(id chat.EventID, err error) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, waits := errors.AsType[*waiting](err); !waits {
		delete(d.waits, id)
		return 0
	}
	d.waits[id]++
	return d.waits[id]
}

// store keeps how a run ended, and returns that as it was kept, if it was.
func (d *Dispatcher) store(ctx context.Context, log *slog.Logger, work chat.EventWork, end chat.EventEnd, cause error) (_ chat.EventEnd, stored bool) {
	ctx, cancel := context.WithTimeout(ctx, storing)
	defer cancel()
	end.Pending = d.pending(work.Event.Bot)
	err := d.Store.EndEvent(ctx, end)
	if many, ok := errors.AsType[*chat.TooManyTimers](err); ok {
		end, cause = refused(end, many), many
		d.hit(d.Bots(work.Event.Bot), many)
		err = d.Store.EndEvent(ctx, end)
	}
	if errors.Is(err, chat.ErrDecided) { // between the look and the end; what became of the drafts is told instead
		if end, err = d.late(ctx, work, end); err == nil {
			err = d.Store.EndEvent(ctx, end)
		}
	}
	switch {
	case errors.Is(err, chat.ErrLeaseLost):
		log.Debug("the event is somebody else's now; this run counts for nothing")
		return end, false
	case err != nil:
		log.Error("the end of an event was not stored; it will be handled again when its lease ends", "error", err)
		d.unstored(ctx, log, end, err)
		return end, false
	}
	fail.Here(fail.EventEnded)
	if d.Observe.Event != nil {
		d.Observe.Event(work.Event.Bot, end.Status, end.Outcome)
	}
	d.report(ctx, log, work.Event.Bot, end, cause)
	return end, true
}

// unstored has a run whose end the store would not take held against nobody, if
// the store takes that much.
func (d *Dispatcher) unstored(ctx context.Context, log *slog.Logger, end chat.EventEnd, why error) {
	err := d.Store.EndEvent(ctx, chat.EventEnd{Lease: end.Lease, Event: end.Event, Status: chat.Ready, Unrun: true,
		Due: d.Clock.Now().Add(around(longestWait)), Reason: "what came of the run could not be stored; it begins anew: " + why.Error()})
	if err != nil {
		log.Debug("nor could it be stored that the run does not count", "error", err)
	}
}

// report logs an end as loudly as it deserves.
func (d *Dispatcher) report(ctx context.Context, log *slog.Logger, bot chat.BotName, end chat.EventEnd, cause error) {
	attrs := []any{"status", end.Status, "outcome", end.Outcome, "messages", len(end.Messages)}
	if len(end.Timers) > 0 {
		attrs = append(attrs, "timers", len(end.Timers))
	}
	if end.Reason != "" {
		attrs = append(attrs, "reason", end.Reason)
	}
	if !end.Due.IsZero() {
		attrs = append(attrs, "due", end.Due)
	}
	switch end.Status {
	case chat.Dead, chat.Held:
		if s := stack(cause); s != "" {
			attrs = append(attrs, "stack", s)
		}
		log.Error("event given up", attrs...)
	case chat.Ready:
		level := slog.LevelWarn
		if _, waits := errors.AsType[*waiting](cause); waits && !d.quiet.news(bot, end.Reason, d.Clock.Now()) {
			level = slog.LevelDebug
		}
		log.Log(ctx, level, "event will be tried again", attrs...)
	case chat.Done:
		log.Info("event handled", attrs...)
	}
}

// Bots is a set of bots that can be exchanged as a whole while it is used.
type Bots struct {
	mu     sync.RWMutex
	byName map[chat.BotName]*Bot
}

// Replace puts these bots in place of all others. Two of one name are an error
// and change nothing.
func (s *Bots) Replace(all []*Bot) error {
	byName := make(map[chat.BotName]*Bot, len(all))
	for _, b := range all {
		if byName[b.Name] != nil {
			return fmt.Errorf("two bots are called %q", string(b.Name))
		}
		byName[b.Name] = b
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byName = byName
	return nil
}

// All are the bots there are, in no order.
func (s *Bots) All() []*Bot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Collect(maps.Values(s.byName))
}

// Bot is the bot of that name; nil when there is none.
func (s *Bots) Bot(name chat.BotName) *Bot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byName[name]
}
