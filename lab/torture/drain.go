package main

import (
	"context"
	"fmt"
	"time"

	"github.com/botd-chat/botd/lab/rig"
	"github.com/botd-chat/botd/store"
)

// drain lets a hundred thousand messages wait for a service that is away, and
// gives it back without any limit of its rate.
func drain(ctx context.Context, r *run) (rig.Figures, error) {
	lab, err := r.fastLab(ctx, 100)
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	copies, err := pile(ctx, lab, 200)
	if err != nil {
		return rig.Figures{}, err
	}
	first := lab.Ledger.Count()
	made := pick(r, 2_000, 100_000) / first
	if err := multiply(ctx, lab, copies, made-1); err != nil {
		return rig.Figures{}, err
	}
	began := time.Now()
	if err := lab.Botd.Start(ctx); err != nil {
		return rig.Figures{}, err
	}
	started := time.Since(began)
	took, err := post(ctx, lab, 300)
	if err != nil {
		return rig.Figures{}, err
	}
	accepted := timed("accept", took)
	if err := lab.Service.Up(); err != nil {
		return rig.Figures{}, err
	}
	began = time.Now()
	total := made*first + len(took)
	if err := arrives(ctx, lab, total); err != nil {
		return rig.Figures{}, err
	}
	rate := float64(total) / time.Since(began).Seconds()
	if err := lab.Settle(ctx, time.Minute); err != nil { // a second copy may come yet
		return rig.Figures{}, err
	}
	_, most, err := lab.Botd.Memory()
	if err != nil {
		return rig.Figures{}, err
	}
	f := tally(lab, first, made)
	f.Note("%d messages waited; ready after %s; accept with the service away %.1f/%.1f ms at the median and the 99th of 100; then %.0f a second; memory at most %d MB",
		total, rig.Round(started), milliseconds(accepted.p50), milliseconds(accepted.p99), rate, most>>20)
	_, err = lab.Botd.Stop(inTime)
	return f, err
}

// pile lets n webhooks in while the service is away, and stops botd once their
// messages wait.
func pile(ctx context.Context, lab *rig.Lab, n int) (*rig.Copies, error) {
	if err := lab.Service.Down(); err != nil {
		return nil, err
	}
	if err := lab.Botd.Start(ctx); err != nil {
		return nil, err
	}
	if _, err := post(ctx, lab, n); err != nil {
		return nil, err
	}
	rig.Wait(ctx, time.Second) // until their plugin has run; where it has not, the events are copied
	if _, err := lab.Botd.Stop(inTime); err != nil {
		return nil, err
	}
	return rig.NewCopies(ctx, lab.Botd.Store())
}

// multiply makes copies, and has the lanes count them.
func multiply(ctx context.Context, lab *rig.Lab, copies *rig.Copies, n int) error {
	if err := copies.Add(ctx, n); err != nil {
		return err
	}
	if _, err := store.RepairLanes(ctx, "sqlite:"+lab.Botd.Store()); err != nil {
		return err
	}
	return sound(ctx, lab)
}

// arrives waits until so many messages have arrived.
func arrives(ctx context.Context, lab *rig.Lab, total int) error {
	last, moved := 0, time.Now()
	for n := lab.Service.Arrived(); n < total; n = lab.Service.Arrived() {
		if n > last {
			last, moved = n, time.Now()
		}
		if time.Since(moved) > time.Minute || !rig.Wait(ctx, 50*time.Millisecond) {
			return fmt.Errorf("after %d of %d messages nothing arrived for a minute", n, total)
		}
	}
	return nil
}

// tally holds what arrived against how often each text was accepted: as often
// as there are copies for the first webhooks, and once for those after.
func tally(lab *rig.Lab, first, made int) rig.Figures {
	f := lab.Count()
	arrived := lab.ArrivedByWebhook()
	for n := range lab.Ledger.Acknowledged() {
		want := 1
		if n < first {
			want = made
		}
		f.Acknowledged += want
		f.Once += min(want, arrived[n])
		f.Lost += max(0, want-arrived[n])
		f.Doubled += max(0, arrived[n]-want)
	}
	return f
}
