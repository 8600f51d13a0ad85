package delivery

import (
	"context"
	"log/slog"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/pump"
)

const (
	// Lease is how long a lane is a worker's: reading the group, waiting for a
	// place, sending and storing, each at its longest.
	Lease = time.Minute
	// reading is how long the group may take to be read or looked up again.
	reading = 15 * time.Second
	// horizon is how far ahead a place in the budgets may lie to be waited for
	// with the lane in hand.
	horizon = time.Second
	// attempting is how long one attempt may take, a renewed signature included.
	attempting = 12 * time.Second
	// storing is how long it may take to store what came of a round.
	storing = 10 * time.Second
)

// DefaultWorkers is how many messages are worked on at the same time. An answer
// of the service takes some 50 ms, and it takes 200 a second.
const DefaultWorkers = 64

// What the service allows without extras (product/1047/34959).
const (
	DefaultPerSecond      = 200
	DefaultGroupPerSecond = 40
)

// Options are what a worker works with. Store, Bots and Apps are required.
type Options struct {
	Store Store
	// Bots finds a bot as it is configured now; nil when there is none.
	Bots func(chat.BotName) *Bot
	// Apps finds an application; nil when there is none.
	Apps    func(chat.AppName) *App
	Wake    <-chan struct{} // something became due; nil: found by looking
	Clock   clockwork.Clock // nil: the real one
	Log     *slog.Logger    // nil: nowhere
	Observe Observer
	Gate    *Gate         // shared with whoever else calls the service; nil: its own
	Workers int           // zero: DefaultWorkers
	Grace   time.Duration // how long messages in hand may take after a stop; zero: none
}

// Observer is told what happens, for counting. Any of it may be nil.
type Observer struct {
	Attempt  func(app chat.AppName, result chat.Result, code int, took time.Duration)
	Delivery func(bot chat.BotName, outcome chat.Outcome) // ended or held
	Message  func(bot chat.BotName, outcome chat.Outcome) // left its lane
	// Crowd is a message that was refused because it is for more than it may be.
	Crowd func(bot chat.BotName)
	// Waits is a message that could not go on; why is one of a few words.
	Waits func(app chat.AppName, why string)
}

// Worker delivers messages.
type Worker struct {
	Options
	pump    *pump.Pump[chat.MessageWork]
	randoms *randoms
	gate    *Gate
	tally   *tally
}

// New returns a worker that does nothing until it is run.
func New(o Options) *Worker {
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Workers == 0 {
		o.Workers = DefaultWorkers
	}
	if o.Gate == nil {
		o.Gate = NewGate(o.Clock, o.Log)
	}
	o.Observe = o.Observe.orSilent()
	return &Worker{Options: o, pump: &pump.Pump[chat.MessageWork]{}, randoms: newRandoms(o.Clock), gate: o.Gate, tally: newTally()}
}

func (o Observer) orSilent() Observer {
	if o.Attempt == nil {
		o.Attempt = func(chat.AppName, chat.Result, int, time.Duration) {}
	}
	if o.Delivery == nil {
		o.Delivery = func(chat.BotName, chat.Outcome) {}
	}
	if o.Message == nil {
		o.Message = func(chat.BotName, chat.Outcome) {}
	}
	if o.Crowd == nil {
		o.Crowd = func(chat.BotName) {}
	}
	if o.Waits == nil {
		o.Waits = func(chat.AppName, string) {}
	}
	return o
}

// Run delivers messages until ctx ends, then finishes those in hand and gives
// their lanes back.
func (w *Worker) Run(ctx context.Context) error {
	p := w.pump
	p.Take, p.Work, p.Wake, p.Workers, p.Grace, p.Clock = w.Take, w.Work, w.Wake, w.Workers, w.Grace, w.Clock
	p.Failed = func(err error) { w.Log.Error("messages cannot be taken from the store", "error", err) }
	return p.Run(ctx)
}

// Hands take messages that were leased for [Lease] as they were stored.
func (w *Worker) Hands() *pump.Pump[chat.MessageWork] { return w.pump }

// Take claims up to limit lanes whose message is due.
func (w *Worker) Take(ctx context.Context, limit int) ([]chat.MessageWork, time.Time, error) {
	return w.Store.TakeMessages(ctx, limit, Lease)
}
