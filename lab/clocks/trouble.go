package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/botd-chat/botd/lab/rig"
)

// trouble is something that happens to botd.
type trouble struct {
	do    func(ctx context.Context, w *world) error
	takes time.Duration // some of it, at the most
}

var (
	kill     = trouble{killed, 2 * time.Second}
	stop     = trouble{stopped, 4 * time.Second}
	takeOver = trouble{takenOver, 3 * time.Second}
	contend  = trouble{contended, 3 * time.Second}
)

func down(d time.Duration) trouble   { return trouble{away(d), d + 2*time.Second} }
func freeze(d time.Duration) trouble { return trouble{frozen(d), d} }

// killed ends botd as a loss of power would, and starts it again.
func killed(ctx context.Context, w *world) error {
	return w.out(func() error {
		w.kill()
		return w.botd().Start(ctx)
	})
}

// stopped ends botd as an operator does, and starts it again.
func stopped(ctx context.Context, w *world) error {
	return w.out(func() error {
		if _, err := w.botd().Stop(30 * time.Second); err != nil {
			return err
		}
		return w.botd().Start(ctx)
	})
}

// away leaves botd ended for a while.
func away(d time.Duration) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		return w.out(func() error {
			w.kill()
			rig.Wait(ctx, d)
			return w.botd().Start(ctx)
		})
	}
}

// frozen has the machine sleep, as far as a process can tell.
func frozen(d time.Duration) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		return w.out(func() error {
			if err := w.botd().Signal(syscall.SIGSTOP); err != nil {
				return err
			}
			rig.Wait(ctx, d)
			return w.botd().Signal(syscall.SIGCONT)
		})
	}
}

// takenOver starts the other botd on the store that is in use, which has to be refused,
// and then in place of the one that worked, which is killed.
func takenOver(ctx context.Context, w *world) error {
	other := w.botds[1-w.serving]
	if err := other.Start(ctx); !errors.Is(err, rig.ErrEnded) {
		return fmt.Errorf("a second botd on one store was not refused: %w", err)
	}
	return w.out(func() error {
		w.kill()
		w.serving = 1 - w.serving
		return other.Start(ctx)
	})
}

// contended kills botd and starts two in its place at once, of which one has to work.
func contended(ctx context.Context, w *world) error {
	return w.out(func() error {
		w.kill()
		for _, b := range w.botds {
			if err := b.Launch(); err != nil {
				return err
			}
		}
		lost := 0
		for n, b := range w.botds {
			switch err := b.AwaitReady(ctx, 20*time.Second); {
			case err == nil:
				w.serving = n
			case errors.Is(err, rig.ErrEnded):
				lost++
			default:
				return err
			}
		}
		if lost != 1 {
			return fmt.Errorf("of two botds that contend for a store, %d were refused", lost)
		}
		return nil
	})
}

// attack makes the trouble of a plan, waits until all is over, and judges.
func attack(ctx context.Context, p plan) (figures, error) {
	// The times are listed before the first process starts, so there are some for all
	// that the troubles may take.
	w, err := newWorld(p, time.Now().Truncate(time.Second).Add(3*time.Second), p.length())
	if err != nil {
		return figures{}, err
	}
	defer w.close()
	if err := w.botd().Start(ctx); err != nil {
		return figures{}, err
	}
	for _, t := range p.troubles {
		if !rig.Wait(ctx, p.calm) {
			return figures{}, ctx.Err()
		}
		if err := t.do(ctx, w); err != nil {
			return figures{}, err
		}
	}
	rig.Wait(ctx, time.Until(w.last.Add(3*time.Second)))
	if err := w.settle(ctx, time.Minute); err != nil {
		return figures{}, err
	}
	if _, err := w.botd().Stop(30 * time.Second); err != nil {
		return figures{}, err
	}
	return w.judge(ctx)
}

// length is for how long times are listed.
func (p plan) length() time.Duration {
	d := p.calm
	for _, t := range p.troubles {
		d += p.calm + t.takes
	}
	return d
}
