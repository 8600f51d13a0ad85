package main

import (
	"context"
	"time"

	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/lab/rig"
)

// frozen puts botd to sleep for longer than it may keep a lane to itself. It
// wakes in the middle of what it did, with answers that are long there.
func frozen(ctx context.Context, r *run) (rig.Figures, error) {
	lab, err := r.lab(ctx, 10)
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	if err := lab.Service.Inject(simulator.Fault{API: "send_group_msg", Kind: simulator.Slow, When: simulator.After, Delay: 50 * time.Millisecond}); err != nil {
		return rig.Figures{}, err
	}
	senders := lab.Send(ctx, 60)
	rig.Wait(ctx, r.between(time.Second, 3*time.Second))
	lab.Trouble()
	if err := lab.Botd.Frozen(ctx, 70*time.Second); err != nil {
		return rig.Figures{}, err
	}
	lab.Over()
	rig.Wait(ctx, 5*time.Second)
	return lab.Finish(ctx, senders)
}

// inTime is how long botd may take to end.
const inTime = 25 * time.Second

// hangingStop tells botd to end while no call comes back.
func hangingStop(ctx context.Context, r *run) (rig.Figures, error) {
	lab, err := r.lab(ctx, 10)
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	senders := lab.Send(ctx, 60)
	rig.Wait(ctx, time.Second)
	lab.Trouble()
	if err := lab.Service.Inject(
		simulator.Fault{Kind: simulator.Slow, When: simulator.Before, Delay: time.Minute, Probability: 0.5},
		simulator.Fault{Kind: simulator.Slow, When: simulator.After, Delay: time.Minute},
	); err != nil {
		return rig.Figures{}, err
	}
	rig.Wait(ctx, r.between(time.Second, 2*time.Second))
	took, err := lab.Botd.Stop(inTime)
	if err != nil {
		return rig.Figures{}, err
	}
	lab.Service.ClearFaults()
	if err := lab.Restart(ctx); err != nil {
		return rig.Figures{}, err
	}
	f, err := lab.Finish(ctx, senders)
	f.Note("ended %s after SIGTERM, with exit code 0", rig.Round(took))
	return f, err
}
