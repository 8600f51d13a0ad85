package main

import (
	"context"
	"time"

	"github.com/botd-chat/botd/lab/rig"
)

// apiFaults lets the service answer as badly as it can while botd is killed now
// and then; then it behaves, and all has to drain.
func apiFaults(ctx context.Context, r *run) (rig.Figures, error) {
	lab, err := r.lab(ctx, 10)
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	senders := lab.Send(ctx, 60)
	lab.Trouble()
	err = r.mixtures(ctx, lab.Service, pick(r, 6*time.Second, 30*time.Second), func() error {
		if r.random.IntN(8) > 0 {
			return nil
		}
		return lab.Kill(ctx)
	})
	if err != nil {
		return rig.Figures{}, err
	}
	lab.Trouble()
	lab.Over()
	return lab.Finish(ctx, senders)
}
