package schedules

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/botd-chat/botd/chat"
)

// shots are the calls of Fire: for each entry one at a time, in order.
type shots struct {
	runner *Runner
	places chan struct{} // bounds the calls under way, not those that wait to be repeated
	mu     sync.Mutex
	lanes  map[lane][]time.Time // absent: nobody works on it
	all    sync.WaitGroup
}

// lane is whose times are fired one after the other, whatever its schedule was
// changed to meanwhile.
type lane struct {
	bot     chat.BotName
	trigger chat.TriggerName
}

func (e Entry) lane() lane { return lane{e.Bot, e.Trigger} }

const (
	maxCalls    = 64
	callTimeout = 10 * time.Second
	firstRetry  = time.Second
	lastRetry   = time.Minute
)

func newShots(r *Runner) *shots {
	return &shots{runner: r, places: make(chan struct{}, maxCalls), lanes: map[lane][]time.Time{}}
}

func (s *shots) wait() { s.all.Wait() }

func (s *shots) add(ctx context.Context, e Entry, meant time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, busy := s.lanes[e.lane()]
	s.lanes[e.lane()] = append(s.lanes[e.lane()], meant)
	if !busy {
		s.all.Go(func() { s.work(ctx, e) })
	}
}

// work fires an entry's times until there are none left or ctx ends.
func (s *shots) work(ctx context.Context, e Entry) {
	for {
		s.mu.Lock()
		waiting := s.lanes[e.lane()]
		if len(waiting) == 0 {
			delete(s.lanes, e.lane())
			s.mu.Unlock()
			return
		}
		s.lanes[e.lane()] = waiting[1:]
		s.mu.Unlock()
		if !s.fire(ctx, e, waiting[0]) {
			s.runner.Log.Warn("stopping with times of a schedule not fired", "bot", e.Bot, "trigger", e.Trigger,
				"first", waiting[0], "times", len(waiting))
			return
		}
	}
}

// fire calls until the firing is kept, or can never be. It is false when ctx
// ended before.
func (s *shots) fire(ctx context.Context, e Entry, meant time.Time) bool {
	for retry := firstRetry; ; retry = min(2*retry, lastRetry) {
		select {
		case <-ctx.Done():
			return false
		case s.places <- struct{}{}:
		}
		err := s.call(ctx, e, meant)
		<-s.places
		switch {
		case err == nil:
			return true
		case errors.Is(err, ErrNever):
			s.runner.Log.Error("a time of a schedule is given up", "bot", e.Bot, "trigger", e.Trigger, "meant", meant, "error", err)
			return true
		}
		s.runner.Log.Warn("a time of a schedule could not be stored; it is tried again", "bot", e.Bot, "trigger", e.Trigger,
			"meant", meant, "in", retry, "error", err)
		s.runner.sleep(ctx, retry, nil)
	}
}

// call makes one call of Fire. It does not end with ctx: a firing that is being
// stored when the program stops is stored.
func (s *shots) call(ctx context.Context, e Entry, meant time.Time) (err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	late := s.runner.now().Sub(meant)
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
		if s.runner.Fired != nil {
			s.runner.Fired(e, late, err)
		}
	}()
	return s.runner.Fire(ctx, e, meant)
}
