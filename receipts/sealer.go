package receipts

import (
	"context"
	"log/slog"
	"time"

	"github.com/jonboulle/clockwork"
)

// Store is what a Sealer asks of the store.
type Store interface {
	// Seal gives receipts to up to limit deliveries that have news, and returns to
	// how many. What it has stored for one is stored with it, or neither is.
	Seal(ctx context.Context, limit int) (int, error)
}

// Options are what a Sealer is made of.
type Options struct {
	Store  Store
	Clock  clockwork.Clock
	Log    *slog.Logger
	Sealed func(n int) // is told how many receipts were made; may be nil
}

// Sealer makes receipts beside the work.
type Sealer struct {
	Options
	one chan struct{} // one at a time makes receipts
}

// New returns a Sealer that does nothing yet.
func New(o Options) *Sealer {
	if o.Sealed == nil {
		o.Sealed = func(int) {}
	}
	return &Sealer{Options: o, one: make(chan struct{}, 1)}
}

const (
	batch = 100 // receipts in one transaction

	// gather is how often it looks for what has ended. What ends in between is
	// sealed together, and nobody has to tell it: a transaction costs as much as
	// a good many receipts.
	gather = time.Second
	// patience is how long it waits after a failure.
	patience = 5 * time.Second
	// finishing is how long it may go on after a stop.
	finishing = 3 * time.Second
)

// Run makes receipts until ctx ends, and then of what has ended by then. What it
// does not come to is found at the next start.
func (s *Sealer) Run(ctx context.Context) error {
	for wait := gather; s.wait(ctx, wait); {
		wait = gather
		if err := s.Seal(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("making receipts failed; they are made later, and nothing is lost", "error", err, "again_in", patience)
			wait = patience
		}
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishing)
	defer cancel()
	if err := s.Seal(last); err != nil {
		s.Log.Warn("some receipts are made at the next start", "error", err)
	}
	return nil
}

// wait lets time pass; false says that ctx has ended.
func (s *Sealer) wait(ctx context.Context, d time.Duration) bool {
	timer := s.Clock.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.Chan():
		return true
	}
}

// Seal makes receipts of all that has news now.
func (s *Sealer) Seal(ctx context.Context) error {
	select {
	case s.one <- struct{}{}:
		defer func() { <-s.one }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for {
		n, err := s.Store.Seal(ctx, batch)
		s.Sealed(n)
		if err != nil || n < batch {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}
