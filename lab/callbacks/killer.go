package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/botd-chat/botd/lab/rig"
)

// killing kills botd at random moments, as often as planned, and starts it again after a
// while. How far the typing is says when. Between two deaths it makes botd slow.
func (w *world) killing(ctx context.Context, p plan, l *ledger) error {
	r := randomOf(p.seed, 2)
	for n := range p.kills {
		// Somewhere in its own part of the whole, without the very end.
		at := (float64(n) + r.Float64()*0.8) / float64(p.kills) * float64(p.answers)
		for float64(l.answers.Load()) < at {
			if !wait(ctx, between(r, 20*time.Millisecond, 5*time.Second)) {
				return nil
			}
			if err := w.slow(ctx, r); err != nil {
				return err
			}
		}
		w.rest()
		w.botd.Kill()
		w.deaths = append(w.deaths, time.Now())
		wait(ctx, between(r, 50*time.Millisecond, 3*time.Second))
		if err := w.start(context.WithoutCancel(ctx)); err != nil {
			return fmt.Errorf("starting botd again: %w", err)
		}
	}
	return nil
}

// slow has some seconds go by in which botd sleeps, or in which what it flushes to its
// disk takes longer than a verdict may.
func (w *world) slow(ctx context.Context, r *rand.Rand) error {
	w.rest()
	defer w.live()
	if r.IntN(2) == 0 {
		return w.botd.Frozen(ctx, between(r, 100*time.Millisecond, 2500*time.Millisecond))
	}
	t, err := w.botd.Trace(ctx, fmt.Sprintf("fdatasync,fsync:delay_exit=%d", between(r, time.Second, 2500*time.Millisecond).Microseconds()))
	switch {
	case errors.Is(err, rig.ErrNoTracer), ctx.Err() != nil:
		return nil
	case err != nil:
		return err
	}
	wait(ctx, between(r, time.Second, 5*time.Second))
	t.End()
	w.slowed++
	return nil
}
