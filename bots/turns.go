package bots

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/botd-chat/botd/chat"
)

const (
	// AtATime is how many events of one bot are handled at a time, wherever its plugin
	// lives, of the [DefaultWorkers] that there are for all bots; of fewer, a quarter. One
	// that hangs holds no more than so many, and one that takes its events one by one does
	// not have the last of a row come too late.
	AtATime = 16
	// queueing is how long one more waits beside them. When that was in vain it comes
	// again, with pauses that double from the first to the longest.
	queueing     = 30 * time.Millisecond
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
)

// turns bound how many events of each bot are handled at a time. They go by the bot's
// name, so that one that is configured anew does not get as many again.
type turns struct {
	most int
	of   sync.Map // of chat.BotName: *turn
}

// turn is one bot's.
type turn struct {
	taken   chan struct{}
	stalled atomic.Bool // somebody waited in vain, and since then nobody came back
}

// enter waits for an event's turn, which has to be given back. After one waited in vain
// the others do not, until somebody comes back: who waits has a worker.
func (s *turns) enter(ctx context.Context, bot chat.BotName) (leave func(), full bool) {
	got, ok := s.of.Load(bot)
	if !ok {
		got, _ = s.of.LoadOrStore(bot, &turn{taken: make(chan struct{}, s.most)})
	}
	t := got.(*turn)
	select {
	case t.taken <- struct{}{}:
		return t.leave, false
	default:
	}
	if t.stalled.Load() {
		return nil, true
	}
	ctx, cancel := context.WithTimeout(ctx, queueing)
	defer cancel()
	select {
	case t.taken <- struct{}{}:
		return t.leave, false
	case <-ctx.Done():
		t.stalled.Store(true)
		return nil, true
	}
}

func (t *turn) leave() {
	<-t.taken
	t.stalled.Store(false)
}

// turn waits for an event's turn. Without one it waits, and counts for nothing.
func (d *Dispatcher) turn(ctx context.Context, e chat.EventRecord) (leave func(), err error) {
	leave, full := d.turns.enter(ctx, e.Bot)
	if !full {
		return leave, nil
	}
	d.mu.Lock()
	looks := d.waits[e.ID]
	d.mu.Unlock()
	return nil, &waiting{
		err: fmt.Errorf("bot %q has %d events to answer, and gets no more at a time", string(e.Bot), d.turns.most),
		due: d.Clock.Now().Add(around(min(firstPause<<min(looks, 10), longestPause))),
	}
}
