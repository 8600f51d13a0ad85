package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// part is something that runs until its context ends and then finishes what it
// has begun.
type part struct {
	name string
	run  func(context.Context) error
}

// stopping is how long the parts together may take to finish.
const stopping = 20 * time.Second

// runParts starts the parts and, when ctx ends or one of them fails, stops them
// one after the other in the order given, each after the one before it has
// finished. So intake is listed first, and what it feeds comes later.
func runParts(ctx context.Context, log *slog.Logger, parts ...part) error {
	type ended struct {
		i   int
		err error
	}
	over := make(chan ended, len(parts))
	cancels := make([]context.CancelFunc, len(parts))
	done := make([]chan struct{}, len(parts))
	for i := len(parts) - 1; i >= 0; i-- {
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		defer cancel()
		cancels[i], done[i] = cancel, make(chan struct{})
		go func() {
			err := parts[i].run(own)
			close(done[i])
			over <- ended{i, err}
		}()
	}
	var first error
	select {
	case <-ctx.Done():
		log.Info("stopping: finishing what is in flight")
	case e := <-over:
		first = fmt.Errorf("%s ended: %w", parts[e.i].name, orNothing(e.err))
	}
	late := time.After(stopping)
	for i, p := range parts {
		cancels[i]()
		select {
		case <-done[i]:
			log.Debug("stopped", "part", p.name)
		case <-late:
			for _, cancel := range cancels {
				cancel() // so that at least nothing more is begun
			}
			return errors.Join(first, fmt.Errorf("%s did not stop within %v; what was in flight is on disk and goes on at the next start", p.name, stopping))
		}
	}
	return first
}

// errNoReason stands for a part that ended by itself and said nothing.
var errNoReason = errors.New("without being asked to and without saying why")

func orNothing(err error) error {
	if err == nil {
		return errNoReason
	}
	return err
}
