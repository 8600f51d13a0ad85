package main

import (
	"context"
	"fmt"
	"time"

	"github.com/botd-chat/botd/lab/rig"
)

// calls are where botd is killed: a flush, a write of the store, a write to a
// socket, and the beginning of a connection.
var calls = []string{"fdatasync", "pwrite64", "write", "connect"}

// placements are the ways to place a kill: counted from when it works, and from
// its first moment on.
var placements = []func(context.Context, *rig.Lab, string) (died bool, err error){killAtWork, killAtStart}

// placedKills kills botd at the Nth call of each of these by one of its threads.
func placedKills(ctx context.Context, r *run) (rig.Figures, error) {
	lab, err := r.lab(ctx, 10)
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	senders := lab.Send(ctx, 60)
	hit, placed := 0, 0
	for _, fault := range r.places() {
		for _, place := range placements {
			died, err := place(ctx, lab, fault)
			if err != nil {
				return rig.Figures{}, fmt.Errorf("killing by %s: %w", fault, err)
			}
			placed++
			if died {
				hit++
			}
		}
	}
	f, err := lab.Finish(ctx, senders)
	f.Note("%d of %d placed kills were reached before their time was up; the others were made then", hit, placed)
	if err == nil && 2*hit < placed {
		err = fmt.Errorf("only %d of %d kills happened where they were placed: that tests little", hit, placed)
	}
	return f, err
}

// places are where to kill: in the short form at one N, in the long at many.
func (r *run) places() []string {
	var all []string
	for _, n := range pick(r, []int{1 + r.random.IntN(8)}, []int{1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20}) {
		for _, call := range calls {
			all = append(all, rig.KillAt(call, n))
		}
	}
	return all
}

// patience is how long a kill is waited for: strace counts for each thread, and
// none may get so far.
const patience = 2 * time.Second

func killAtWork(ctx context.Context, lab *rig.Lab, fault string) (bool, error) {
	tracer, err := lab.Botd.Trace(ctx, fault)
	if err != nil {
		return false, err
	}
	died := die(ctx, lab)
	tracer.End()
	return died, restart(ctx, lab)
}

// killAtStart kills botd, starts it so that it dies, and starts it again.
func killAtStart(ctx context.Context, lab *rig.Lab, fault string) (bool, error) {
	lab.Trouble()
	lab.Botd.Kill()
	lab.Killed()
	if err := lab.Botd.LaunchTraced(fault); err != nil {
		return false, err
	}
	died := die(ctx, lab)
	return died, restart(ctx, lab)
}

// restart starts botd again and lets it work for a moment.
func restart(ctx context.Context, lab *rig.Lab) error {
	if err := lab.Restart(ctx); err != nil {
		return err
	}
	rig.Wait(ctx, 200*time.Millisecond)
	return nil
}

// die waits until botd has died, or kills it when it takes too long.
func die(ctx context.Context, lab *rig.Lab) (byItself bool) {
	defer lab.Killed()
	defer lab.Trouble()
	if dies(ctx, lab, patience) {
		return true
	}
	lab.Botd.Kill()
	return false
}
