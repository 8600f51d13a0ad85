package main

import (
	"context"
	"fmt"
	"time"

	"github.com/botd-chat/botd/lab/rig"
)

// What the service allows without extras: calls of one API, and messages in one
// group, in a second (product/1047/34620, product/1047/34381).
const (
	perSecond      = 200
	groupPerSecond = 40
)

// backlog takes the service away while webhooks come in, and gives it back.
func backlog(ctx context.Context, r *run) (rig.Figures, error) {
	lab, err := r.lab(ctx, 60)
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	lab.Trouble()
	if err := lab.Service.Down(); err != nil {
		return rig.Figures{}, err
	}
	senders := lab.Send(ctx, perSecond)
	rig.Wait(ctx, pick(r, 5*time.Second, 30*time.Second))
	if err := senders.Halt(); err != nil {
		return rig.Figures{}, err
	}
	if err := lab.Service.Up(); err != nil {
		return rig.Figures{}, err
	}
	lab.Over()
	f, err := lab.Finish(ctx)
	if err != nil {
		return f, err
	}
	err = rates(&f, lab, pick(r, shared, alone))
	return f, err
}

// marks are what a run fails at, as shares of what the service takes.
type marks struct{ most, least float64 }

// botd sends at an even pace. On a machine that does other work, as when all
// tests run at the same time, calls that were held up on their way arrive
// together; the service refuses those, and botd then waits. Alone there is next to
// no such excuse, and the page tells if a call too many was seen.
var (
	aim    = marks{most: 1, least: 0.98}
	shared = marks{most: 1.1, least: 0.5}
	alone  = marks{most: 1.02, least: 0.95}
)

// rates measures how fast the backlog went: from when it went at full speed, up
// to the last hundredth, which is what happened to wait in few groups.
func rates(f *rig.Figures, lab *rig.Lab, m marks) error {
	const api = "send_group_msg"
	all, group := rig.Busiest(lab.Service.Calls(), api)
	sent := lab.Service.Messages()
	times := make([]time.Time, len(sent))
	for i, m := range sent {
		times[i] = m.Time
	}
	from, n := fullSpeed(times), len(sent)-1-len(sent)/100
	if from >= n {
		return fmt.Errorf("the backlog of %d messages never went at full speed", len(sent))
	}
	share := float64(n-from) / times[n].Sub(times[from]).Seconds() / perSecond
	f.Note("%d messages, at full speed %.1f s after the first, and then at %.1f %% of the %d a second that the service takes; at most %d calls in any one second, %d in one group; %d refused as too many",
		len(sent), times[from].Sub(times[0]).Seconds(), 100*share, perSecond, all, group, lab.Service.Counts()[api].Codes[60007])
	if float64(all) > aim.most*perSecond || share < aim.least {
		f.Note("this misses the aim of at least %.0f %% and never more than %d in a second", 100*aim.least, perSecond)
	}
	switch {
	case float64(all) > m.most*perSecond || float64(group) > m.most*groupPerSecond:
		return fmt.Errorf("%d calls in a second, and %d in one group: the service takes %d and %d", all, group, perSecond, groupPerSecond)
	case share < m.least:
		return fmt.Errorf("only %.0f %% of what the service takes was used", 100*share)
	}
	return nil
}

// fullSpeed is the first message after which a second saw nearly as many as the
// service takes. Until then lanes come back from their last look at a service
// that was away.
func fullSpeed(times []time.Time) int {
	for i := range times {
		if last := i + perSecond*9/10; last < len(times) && times[last].Sub(times[i]) <= time.Second {
			return i
		}
	}
	return len(times)
}
