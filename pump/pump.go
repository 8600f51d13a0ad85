// Package pump moves work from a queue to workers: it takes what there is room
// for, runs each piece on its own goroutine, and sleeps until there is more.
// Work that nothing has to wait for can be handed to it directly, past the
// queue ([Pump.Reserve]).
//
// It knows nothing of what it moves. Events and messages wait in lanes of the
// store, which leases them; a [Pump] over each is all that runs.
package pump

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jonboulle/clockwork"
)

// DefaultPoll is how long a pump sleeps at most. Work that became due in this
// process wakes it earlier; the poll is for work that others made due.
const DefaultPoll = 250 * time.Millisecond

// Pump says what to move and how. Take, Work, Workers and Clock are required.
// It is not to be copied once it runs.
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

	places places
}

// Run moves work until ctx ends. Then it takes no more, waits for what is in
// flight, cancels that after Grace, and returns when the last piece is done.
// The error is nil after an orderly end. It is called once.
func (p *Pump[W]) Run(ctx context.Context) error {
	if err := p.check(); err != nil {
		return err
	}
	working, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	p.places.open(working, p.Workers)
	for ctx.Err() == nil {
		full, next := p.fill(ctx)
		p.sleep(ctx, full, next)
	}
	grace := p.Clock.AfterFunc(p.Grace, cancel)
	defer grace.Stop()
	p.places.close()
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

// Reserve asks for a place for one piece of work that is not in the queue. It
// is false when there is none: all are taken, something waits in the queue for
// the next, or the pump does not run. With true, [Pump.Give] or [Pump.Cancel]
// must follow soon.
func (p *Pump[W]) Reserve() bool { return p.places.reserve() }

// Cancel gives a reserved place back.
func (p *Pump[W]) Cancel() { p.places.free(1) }

// Give has a piece of work done in a reserved place. It does not wait for it.
func (p *Pump[W]) Give(w W) {
	go func() {
		defer p.places.free(1)
		p.Work(p.places.working, w)
	}()
}

// fill takes what there is room for and starts it. full says that there may be
// more than there was room for.
func (p *Pump[W]) fill(ctx context.Context) (full bool, next time.Time) {
	room := p.places.all()
	if room == 0 {
		return true, time.Time{}
	}
	work, next, err := p.Take(ctx, room)
	full = err == nil && len(work) >= room
	p.places.waits(full)
	for _, w := range work {
		p.Give(w)
	}
	p.places.free(room - len(work))
	if err != nil && ctx.Err() == nil && p.Failed != nil {
		p.Failed(fmt.Errorf("taking work: %w", err))
	}
	return full, next
}

// sleep waits for a reason to look again. When the last look was cut short by
// a lack of room, the end of a piece is such a reason.
func (p *Pump[W]) sleep(ctx context.Context, full bool, next time.Time) {
	var room <-chan struct{}
	if full {
		room = p.places.freed
	}
	timer := p.Clock.NewTimer(p.pause(next))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-p.Wake:
	case <-timer.Chan():
	case <-room:
	}
}

// pause is how long to sleep when the next piece is due then.
func (p *Pump[W]) pause(next time.Time) time.Duration {
	if next.IsZero() {
		return p.Poll
	}
	return min(max(next.Sub(p.Clock.Now()), time.Millisecond), p.Poll)
}
