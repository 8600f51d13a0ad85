package delivery

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/fail"
)

// Work takes the message at the head of a lane, and those beside it, as far as
// they go now, stores what came of it, and gives the lane back.
func (w *Worker) Work(ctx context.Context, work chat.MessageWork) {
	fail.Here(fail.Taken)
	jobs := []*job{w.job(work.Lease, work.Message, work.Deliveries)}
	for _, m := range work.Beside {
		jobs = append(jobs, w.job(work.Lease, m.Message, m.Deliveries))
	}
	rounds, whole := w.rounds(ctx, jobs)
	if whole {
		w.store(context.WithoutCancel(ctx), jobs, rounds)
	}
}

// rounds takes all jobs through their steps, beside each other. It is not whole
// when the lane was lost: then nothing of it is stored.
func (w *Worker) rounds(ctx context.Context, jobs []*job) ([]chat.Round, bool) {
	rounds := make([]chat.Round, len(jobs))
	var broken atomic.Bool
	var wg sync.WaitGroup
	for i, j := range jobs[1:] {
		wg.Go(func() {
			if r, ok := j.whole(ctx); ok {
				rounds[i+1] = r
			} else {
				broken.Store(true)
			}
		})
	}
	var ok bool
	rounds[0], ok = jobs[0].whole(ctx)
	wg.Wait()
	return rounds, ok && !broken.Load()
}

// whole is a round. After a panic nothing of it is stored but that: the message
// is taken up again when the lease would have ended, and what was begun of it
// counts as unclear. Those beside it have their ends.
func (j *job) whole(ctx context.Context) (round chat.Round, ok bool) {
	defer func() {
		if v := recover(); v != nil {
			j.log.Error("delivering a message panicked; it is taken up again when its lease ends", "panic", v, "stack", string(debug.Stack()))
			round = chat.Round{Lease: j.lease, Message: j.message.ID, Keyed: j.message.Message.Collapse != "", Due: j.lease.Until,
				Waits: fmt.Sprintf("waits: delivering it panicked: %.300v", v)}
			ok = true
		}
		if j.probe {
			j.gate.leave(j.message.App)
		}
	}()
	return j.round(ctx)
}

// store keeps the rounds, then tells of them.
func (w *Worker) store(ctx context.Context, jobs []*job, rounds []chat.Round) {
	ctx, cancel := context.WithTimeout(ctx, storing)
	defer cancel()
	fail.Here(fail.RoundEnds)
	err := w.Store.EndRound(ctx, rounds...)
	log := jobs[0].log
	switch {
	case errors.Is(err, chat.ErrLeaseLost):
		log.Debug("the lane is somebody else's now; this round counts for nothing")
	case err != nil:
		log.Error("what came of a message was not stored; it is taken up again when its lease ends", "error", err)
	default:
		fail.Here(fail.RoundStored)
		for i, j := range jobs {
			j.report(ctx, rounds[i])
		}
	}
}
