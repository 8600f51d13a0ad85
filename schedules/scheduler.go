package schedules

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
)

// Store keeps schedules, and what was decided about their times.
type Store interface {
	// Schedules are all that are there.
	Schedules(ctx context.Context) ([]chat.ScheduleRecord, error)
	// Strike stores decisions with their events, each whole or not at all, and says of
	// those that somebody else was faster with that they are lost.
	Strike(ctx context.Context, list []chat.Strike) ([]chat.Struck, error)
	// SetSchedulesBack opens what was decided about times after now.
	SetSchedulesBack(ctx context.Context, now time.Time) error
}

// Options are what a [Scheduler] works with. Store, Times and Arrival are required.
type Options struct {
	Store   Store
	Changed <-chan struct{} // schedules were changed by hand; nil: found by looking
	// Times says when a schedule strikes, by the configuration as it is now.
	Times func(chat.ScheduleRecord) (Times, error)
	// Arrival is what a schedule's time makes. An error says for a person why nothing is
	// to come of it.
	Arrival func(r chat.ScheduleRecord, meant time.Time) (chat.Arrival, error)
	Clock   clockwork.Clock // nil: the real one
	Log     *slog.Logger    // nil: nowhere
	// Struck, if set, is told of each firing that this scheduler had stored.
	Struck func(r chat.ScheduleRecord, f chat.Firing)
}

// Scheduler has the times of schedules struck when they come, or left out where that is
// their rule. Several may work on one store.
type Scheduler struct {
	Options
	wake chan struct{}

	mu    sync.Mutex // held while something is decided or exchanged
	all   map[chat.ScheduleID]*item
	due   queue
	last  time.Time     // on the wall clock, when it was last read
	read  time.Time     // when the records were read; zero: they are to be read
	took  time.Duration // to read them
	stale bool          // somebody changed a record
	back  bool          // the clock was set back, and the store does not know yet
	hold  time.Time     // until when the store is left alone
	fails int           // of the store, in a row
	turn  int           // whose turn it is to find out what is wrong
}

// A sleeping machine does not tick, and a clock that is set does not wake anybody; and
// another botd may have changed something. So all is looked at this often.
const longestWait = 30 * time.Second

// longestRound is how long a round may take that is believed to be one.
const longestRound = 2 * time.Minute

// A step back by less than this leaves out no time, since times are full minutes.
const smallStep = time.Minute

// apart is how far clocks of several botds on one store may be from each other, at the
// most, before one takes what the others decided for a mistake of its clock.
const apart = 10 * time.Minute

// New returns a scheduler that does nothing until it is run.
func New(o Options) *Scheduler {
	if o.Clock == nil {
		o.Clock = clockwork.NewRealClock()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Scheduler{Options: o, wake: make(chan struct{}, 1)}
}

// Run strikes until ctx ends. What is being stored then is stored.
func (s *Scheduler) Run(ctx context.Context) error {
	if s.Store == nil || s.Times == nil || s.Arrival == nil {
		return errors.New("a scheduler needs a store, times and arrivals")
	}
	for ctx.Err() == nil {
		s.sleep(ctx, s.round(ctx))
	}
	return nil
}

// round does all that there is to do, and returns how long there is nothing.
func (s *Scheduler) round(ctx context.Context) time.Duration {
	asOf := s.now()
	for more := true; more && ctx.Err() == nil; {
		more = s.part(ctx, &asOf)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rest(s.now())
}

// part does some of what there was to do at a time, so that others can come between. What
// came in time is not missed because there is much of it; but a machine that slept
// meanwhile was not there.
func (s *Scheduler) part(ctx context.Context, asOf *time.Time) (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ready := s.refresh(ctx)
	if took := s.last.Sub(*asOf); took < 0 || took > longestRound {
		*asOf = s.last
	}
	return ready && s.batch(ctx, *asOf)
}

func (s *Scheduler) rest(now time.Time) time.Duration {
	d := longestWait
	if s.stale {
		d = min(d, s.read.Add(s.pause()).Sub(now))
	}
	if !s.due.empty() {
		d = min(d, s.due.first().look.Sub(now))
	}
	return max(d, s.hold.Sub(now), 0)
}

func (s *Scheduler) sleep(ctx context.Context, d time.Duration) {
	timer := s.Clock.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.Chan():
	case <-s.wake:
	case <-s.Changed:
		s.mu.Lock()
		s.stale = true
		s.mu.Unlock()
	}
}

// now is the wall clock alone. With the monotonic reading that Go adds, a step of the
// clock would not be seen.
func (s *Scheduler) now() time.Time { return s.Clock.Now().Round(0) }

// Exchange has everything struck that is due by the records as they are, and then others
// take their place: sync stores and returns them, and puts in effect by what Times and
// Arrival go. If it fails, all stays as it was.
func (s *Scheduler) Exchange(ctx context.Context, sync func(context.Context) ([]chat.ScheduleRecord, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.read.IsZero() {
		for s.batch(ctx, s.now()) && ctx.Err() == nil {
		}
	}
	records, err := sync(ctx)
	if err != nil {
		return err
	}
	if !s.read.IsZero() {
		s.overtaken(ctx, records)
	}
	s.take(records, true)
	select {
	case s.wake <- struct{}{}:
	default: // it was woken before and has not looked yet
	}
	return nil
}
