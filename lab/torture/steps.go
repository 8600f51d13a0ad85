package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/internal/fail"
	"github.com/botd-chat/botd/lab/rig"
)

// ofWebhooks are the steps that a webhook can come to: nothing of it is stored too late.
var ofWebhooks = slices.DeleteFunc(slices.Clone(fail.Points), func(p fail.Point) bool { return p == fail.Late })

// steps kills botd at each step of the line that has a name, from its first
// moment on, at the first time that it comes there and at later ones.
func steps(ctx context.Context, r *run) (rig.Figures, error) {
	binary, err := rig.Build(ctx, r.folder, "-tags", "failpoints")
	if err != nil {
		return rig.Figures{}, err
	}
	r.binary = binary
	lab, err := r.lab(ctx, 10)
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	if err := lab.WatchMoves(ctx); err != nil {
		return rig.Figures{}, err
	}
	senders := lab.Send(ctx, 60)
	times := []int{1, 2, 5}
	reached, placed := map[fail.Point]int{}, 0
	for _, p := range ofWebhooks {
		for _, n := range pick(r, []int{one(r, times)}, times) {
			died, err := killAtStep(ctx, lab, p, n)
			if err != nil {
				return rig.Figures{}, fmt.Errorf("killing at %s, time %d: %w", p, n, err)
			}
			placed++
			if died {
				reached[p]++
			}
		}
	}
	f, err := lab.Finish(ctx, senders)
	err = judgeSteps(&f, reached, placed, err)
	if err == nil {
		err = lab.JudgeMoves(ctx, &f)
	}
	return f, err
}

// judgeSteps wants every step to have been reached.
func judgeSteps(f *rig.Figures, reached map[fail.Point]int, placed int, err error) error {
	died := 0
	var never []string
	for _, p := range ofWebhooks {
		if died += reached[p]; reached[p] == 0 {
			never = append(never, string(p))
		}
	}
	f.Note("%d steps, %d kills placed at them, %d of them reached", len(ofWebhooks), placed, died)
	if err == nil && len(never) > 0 {
		slices.Sort(never)
		err = fmt.Errorf("botd never came to %s, so nothing was tried there", strings.Join(never, ", "))
	}
	return err
}

func killAtStep(ctx context.Context, lab *rig.Lab, p fail.Point, n int) (died bool, err error) {
	lab.Trouble()
	lab.Botd.Kill()
	lab.Killed()
	if err := lab.Botd.Launch("env", fmt.Sprintf("BOTD_DIE_AT=%s:%d", p, n)); err != nil {
		return false, err
	}
	if died, err = provoke(ctx, lab); err != nil {
		return died, err
	}
	return died, restart(ctx, lab)
}

// provoke waits until botd has died by itself. Some steps come only when a
// message is tried again after a while, so the service fails for that long if
// nothing happens.
func provoke(ctx context.Context, lab *rig.Lab) (died bool, err error) {
	defer lab.Killed()
	defer lab.Trouble()
	defer lab.Botd.Kill() // which says nothing to one that is dead
	if dies(ctx, lab, patience) {
		return true, nil
	}
	broken := simulator.Fault{API: "send_group_msg", Kind: simulator.HangUp, When: simulator.Before}
	if err := lab.Service.Inject(broken); err != nil {
		return false, err
	}
	died = dies(ctx, lab, longer)
	lab.Service.ClearFaults()
	return died || dies(ctx, lab, 2*patience), nil
}

// longer than what is known about a group may be used for.
const longer = 6 * time.Second

func dies(ctx context.Context, lab *rig.Lab, within time.Duration) bool {
	select {
	case <-lab.Botd.Exited():
		return true
	case <-ctx.Done():
	case <-time.After(within):
	}
	return false
}
