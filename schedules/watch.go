package schedules

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
)

// WatchStore is what a [Watch] needs of the store.
type WatchStore interface {
	Schedules(ctx context.Context) ([]chat.ScheduleRecord, error)
	// SettleFirings looks which firings are over, stores that, and returns them.
	SettleFirings(ctx context.Context, limit int) ([]chat.Firing, error)
	// LateFirings marks the firings that were not done by their deadline, each once, and
	// returns them.
	LateFirings(ctx context.Context, limit int) ([]chat.Firing, error)
}

// Late is a time of a schedule of which nothing, or not all, was out by its deadline.
type Late struct {
	Schedule chat.ScheduleID
	Bot      chat.BotName
	Name     chat.TriggerName
	Meant    time.Time
	Deadline time.Time
	Reason   string // for a person
}

// Watch sees to it that somebody is told when what a schedule was to bring is not out by
// its deadline, also when the scheduler hangs, or another botd's: it asks the store and
// the clock, and nobody else. Fill in the fields, then call [Watch.Run] once. Store and
// Times are required.
type Watch struct {
	Store WatchStore
	Times func(chat.ScheduleRecord) (Times, error) // as in [Options]
	Clock clockwork.Clock                          // nil: the real one
	Log   *slog.Logger                             // nil: nowhere
	// Late, if set, is told of each time that is late, once.
	Late func(Late)
	// Settled, if set, is told of each firing that is over.
	Settled func(chat.Firing)

	mu     sync.Mutex
	marks  map[chat.ScheduleID]mark
	looked time.Time // when records were read last, by the wall clock
	took   time.Duration
	found  []Late // then: undecided times that were late
	lines  int    // that were logged in this look
}

// mark is when the first undecided time of a schedule is late.
type mark struct {
	record          chat.ScheduleRecord
	meant, deadline time.Time
	reason          string      // why it is not decided
	told            []time.Time // the last times about which somebody was told
}

const (
	// watching is how often is looked.
	watching = 10 * time.Second
	// mostSettled is how many firings are settled, or found late, in one transaction.
	mostSettled = 500
	// mostLines is how many times are logged by themselves that are found late in one look.
	mostLines = 100
	// mostTold is how many times of a schedule are remembered that somebody was told of. One
	// comes twice: while it is undecided, and when it is found late in the store.
	mostTold = 16
)

// Run watches until ctx ends.
func (w *Watch) Run(ctx context.Context) error {
	if w.Store == nil || w.Times == nil {
		return errors.New("a watch needs a store and times")
	}
	if w.Clock == nil {
		w.Clock = clockwork.NewRealClock()
	}
	if w.Log == nil {
		w.Log = slog.New(slog.DiscardHandler)
	}
	tick := w.Clock.NewTicker(watching)
	defer tick.Stop()
	for {
		w.look(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.Chan():
		}
	}
}

// look does not stop at what fails: it reads before it writes, so that a store that
// stores nothing is told of, too.
func (w *Watch) look(ctx context.Context) {
	w.lines = 0
	w.heed(ctx, "schedules cannot be watched", func(ctx context.Context) error {
		list, err := w.undecided(ctx)
		for _, l := range list {
			w.late(l)
		}
		return err
	})
	w.heed(ctx, "it is not known which firings of schedules are over", func(ctx context.Context) error {
		return each(ctx, w.Store.SettleFirings, w.Settled)
	})
	w.heed(ctx, "it is not known which firings of schedules are late", func(ctx context.Context) error {
		return each(ctx, w.Store.LateFirings, func(f chat.Firing) { w.late(ofFiring(f)) })
	})
	if w.lines > mostLines {
		w.Log.Error("more of what schedules were to bring is not out by its deadline", "more", w.lines-mostLines)
	}
}

func (w *Watch) heed(ctx context.Context, what string, f func(context.Context) error) {
	call, cancel := context.WithTimeout(ctx, calling)
	defer cancel()
	err := guarded(func() error { return f(call) })
	if err != nil && ctx.Err() == nil {
		w.Log.Error(what, "error", err)
	}
}

// each has the store do something until nothing of it is left.
func each(ctx context.Context, do func(context.Context, int) ([]chat.Firing, error), told func(chat.Firing)) error {
	for {
		list, err := do(ctx, mostSettled)
		if err != nil {
			return err
		}
		for _, f := range list {
			if told != nil {
				told(f)
			}
		}
		if len(list) < mostSettled {
			return nil
		}
	}
}

func ofFiring(f chat.Firing) Late {
	l := Late{Schedule: f.Schedule, Bot: f.Bot, Name: f.Name, Meant: f.Meant, Deadline: f.Deadline, Reason: string(f.Outcome)}
	if f.Reason != "" {
		l.Reason += ": " + f.Reason
	}
	return l
}

// late tells of a time that is late, once.
func (w *Watch) late(l Late) {
	w.mu.Lock()
	m, there := w.marks[l.Schedule]
	known := slices.ContainsFunc(m.told, l.Meant.Equal)
	if there && !known {
		m.told = append(m.told[max(0, len(m.told)-mostTold+1):], l.Meant)
		w.marks[l.Schedule] = m
	}
	w.mu.Unlock()
	if known {
		return
	}
	if w.lines++; w.lines <= mostLines {
		w.Log.Error("what a schedule was to bring is not out by its deadline", "schedule", l.Schedule, "bot", l.Bot, "name", l.Name,
			"meant", l.Meant, "deadline", l.Deadline, "reason", l.Reason)
	}
	if w.Late != nil {
		w.Late(l)
	}
}
