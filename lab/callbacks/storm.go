package main

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/botd-chat/botd/lab/rig"
)

// storm has members type in bad weather while botd is killed again and again, and
// judges.
func storm(ctx context.Context, p plan) (f rig.Figures, err error) {
	w, err := newWorld(p, "storm", rules)
	if err != nil {
		return f, err
	}
	defer w.close()
	if err := w.start(ctx); err != nil {
		return f, err
	}
	var l ledger
	letters, err := w.trouble(ctx, p, &l)
	if err != nil {
		return f, err
	}
	if err := w.settle(ctx); err != nil {
		return f, err
	}
	leaks, err := w.botd.Leaks(ctx)
	if err != nil {
		return f, err
	}
	f = w.judge(&l, leaks)
	log, err := w.botd.LogSince(0)
	if err != nil {
		return f, err
	}
	// A botd that lives knows what it has not voided, and says so.
	if n := strings.Count(log, "was kept after its sender had been told to write it again"); n > 0 {
		f.Note("%d times botd told its operator that something was kept although it had not been in time", n)
	}
	f.Kills = len(w.deaths)
	if w.slowed == 0 {
		f.Note("no disk was slow: %v", rig.ErrNoTracer)
	}
	f.Note("%d forged callbacks, of which %d proved nothing and were refused", letters.all, letters.refused)
	_, err = w.botd.Stop(25 * time.Second)
	return f, err
}

// letters are how many forged callbacks were answered.
type letters struct{ all, refused int }

// trouble is all that goes on at the same time, until enough was typed.
func (w *world) trouble(ctx context.Context, p plan, l *ledger) (n letters, err error) {
	beside, enough := context.WithCancel(ctx)
	defer enough()
	var all sync.WaitGroup
	failed := make([]error, 3)
	all.Go(func() { failed[0] = w.weather(beside, randomOf(p.seed, 1)) })
	all.Go(func() { failed[1] = w.killing(beside, p, l) })
	all.Go(func() { n, failed[2] = w.forging(beside, randomOf(p.seed, 3)) })
	err = w.typing(ctx, p, l)
	enough()
	all.Wait()
	return n, errors.Join(append(failed, err)...)
}

// settle waits until all callbacks and at least one sweep have been through, and nothing
// waits any more. Whatever is missing then, the judge tells.
func (w *world) settle(ctx context.Context) error {
	wait(ctx, sweep+worst+slack)
	quiet := 0
	for range 600 {
		n, err := w.botd.Waiting(ctx)
		if err != nil {
			return err
		}
		if quiet++; n > 0 {
			quiet = 0
		}
		if quiet > 15 {
			return nil
		}
		if !wait(ctx, 100*time.Millisecond) {
			return ctx.Err()
		}
	}
	return errors.New("botd has not come to an end with what it has to do, a minute after the last message")
}
