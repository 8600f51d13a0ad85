// Package pump moves work from a queue to workers: it takes what there is room
// for, runs each piece on its own goroutine, and sleeps until there is more.
//
// It knows nothing of what it moves. Events and messages wait in lanes of the
// store, which leases them; a [Pump] over each is all that runs.
package pump

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
)

// DefaultPoll is how long a pump sleeps at most. Work that became due in this
// process wakes it earlier; the poll is for work that others made due.
const DefaultPoll = 250 * time.Millisecond

// Pump says what to move and how. Take, Work, Workers and Clock are required.
type Pump[W any] struct {
	// Take claims up to limit pieces of work. next is when the earliest piece
	// that is not yet due will be; zero is not known.
	Take func(ctx context.Context, limit int) (work []W, next time.Time, err error)
	// Work does one piece. It must come back soon after its context ended, and
	// must not panic: whoever wrote it knows what a panic means.
	Work func(context.Context, W)
	// Wake tells that something became due. Nil never does.
	Wake <-chan struct{}
	// Failed is told of each error of Take; the pump goes on. Nil ignores them.
	Failed  func(error)
	Workers int           // pieces in work at the same time
	Poll    time.Duration // longest sleep; zero is DefaultPoll
	Grace   time.Duration // how long work in flight may go on after the end of ctx; zero cancels it at once
	Clock   clockwork.Clock
}

// Run moves work until ctx ends. Then it takes no more, waits for what is in
// flight, cancels that after Grace, and returns when the last piece is done.
// The error is nil after an orderly end.
func (p Pump[W]) Run(ctx context.Context) error {
	if err := p.check(); err != nil {
		return err
	}
	working, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	r := running[W]{Pump: p, ctx: working, done: make(chan struct{}, p.Workers)}
	for ctx.Err() == nil {
		full, next := r.fill(ctx)
		r.sleep(ctx, full, next)
	}
	r.drain(cancel)
	return nil
}

func (p *Pump[W]) check() error {
	if p.Take == nil || p.Work == nil || p.Clock == nil || p.Workers < 1 {
		return errors.New("a pump needs Take, Work, Clock and at least one worker")
	}
	if p.Poll <= 0 {
		p.Poll = DefaultPoll
	}
	return nil
}

// running is a pump at work. Its loop alone touches inFlight.
type running[W any] struct {
	Pump[W]
	ctx      context.Context // of the work; outlives the pump's by Grace
	done     chan struct{}   // one for each piece that ended; never blocks the worker
	inFlight int
	wg       sync.WaitGroup
}

// fill takes what there is room for and starts it. full says that there may be
// more than there was room for.
func (r *running[W]) fill(ctx context.Context) (full bool, next time.Time) {
	r.collect()
	room := r.Workers - r.inFlight
	if room == 0 {
		return true, time.Time{}
	}
	work, next, err := r.Take(ctx, room)
	if err != nil {
		if ctx.Err() == nil && r.Failed != nil {
			r.Failed(fmt.Errorf("taking work: %w", err))
		}
		return false, time.Time{}
	}
	for _, w := range work {
		r.start(w)
	}
	return len(work) >= room, next
}

func (r *running[W]) start(w W) {
	r.inFlight++
	r.wg.Go(func() {
		defer func() { r.done <- struct{}{} }()
		r.Work(r.ctx, w)
	})
}

// collect counts the pieces that have ended.
func (r *running[W]) collect() {
	for {
		select {
		case <-r.done:
			r.inFlight--
		default:
			return
		}
	}
}

// sleep waits for a reason to look again. When the last look was cut short by
// a lack of room, the end of a piece is such a reason.
func (r *running[W]) sleep(ctx context.Context, full bool, next time.Time) {
	var room <-chan struct{}
	if full {
		room = r.done
	}
	timer := r.Clock.NewTimer(r.pause(next))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-r.Wake:
	case <-timer.Chan():
	case <-room:
		r.inFlight--
	}
}

// pause is how long to sleep when the next piece is due then.
func (r *running[W]) pause(next time.Time) time.Duration {
	if next.IsZero() {
		return r.Poll
	}
	return min(max(next.Sub(r.Clock.Now()), time.Millisecond), r.Poll)
}

// drain waits for the pieces in flight and cancels them when the grace is over.
func (r *running[W]) drain(cancel func()) {
	grace := r.Clock.AfterFunc(r.Grace, cancel)
	defer grace.Stop()
	r.wg.Wait()
}
