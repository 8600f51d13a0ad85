package pump

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jonboulle/clockwork"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// queue is work by number, each due at a time.
type queue struct {
	mu    sync.Mutex
	due   map[int]time.Time
	takes int
	fail  error
	wake  chan struct{}
}

func newQueue() *queue { return &queue{due: map[int]time.Time{}, wake: make(chan struct{}, 1)} }

func (q *queue) add(n int, due time.Time) {
	q.mu.Lock()
	q.due[n] = due
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *queue) take(_ context.Context, limit int) ([]int, time.Time, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.takes++
	if q.fail != nil {
		return nil, time.Time{}, q.fail
	}
	var work []int
	var next time.Time
	for n, due := range q.due {
		switch {
		case due.After(time.Now()):
			if next.IsZero() || due.Before(next) {
				next = due
			}
		case len(work) < limit:
			work = append(work, n)
			delete(q.due, n)
		}
	}
	slices.Sort(work)
	return work, next, nil
}

// run starts p in a bubble and returns how to stop it and wait for its end.
func run[W any](p *Pump[W]) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- p.Run(ctx) }()
	return func() {
		cancel()
		<-ended
	}
}

func TestPump(t *testing.T) {
	bubble := func(name string, f func(*testing.T)) {
		t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
	}
	bubble("work that becomes due later is done then, not at the next poll", func(t *testing.T) {
		q, start := newQueue(), time.Now()
		var at []time.Duration
		q.add(1, start)
		q.add(2, start.Add(70*time.Millisecond))
		stop := run(&Pump[int]{Take: q.take, Wake: q.wake, Workers: 4, Clock: clockwork.NewRealClock(),
			Work: func(context.Context, int) { at = append(at, time.Since(start)) }})
		time.Sleep(time.Second)
		stop()
		if want := []time.Duration{0, 70 * time.Millisecond}; !slices.Equal(at, want) {
			t.Errorf("work was done at %v, want %v", at, want)
		}
	})
	bubble("a wake-up is answered at once", func(t *testing.T) {
		q, start := newQueue(), time.Now()
		var at time.Duration
		stop := run(&Pump[int]{Take: q.take, Wake: q.wake, Workers: 1, Clock: clockwork.NewRealClock(),
			Work: func(context.Context, int) { at = time.Since(start) }})
		time.Sleep(10 * time.Millisecond)
		q.add(1, time.Now())
		synctest.Wait()
		stop()
		if at != 10*time.Millisecond {
			t.Errorf("work was done after %v, want 10ms", at)
		}
	})
	bubble("never more at a time than there are workers, and the next begins when one ends", func(t *testing.T) {
		q, start := newQueue(), time.Now()
		var mu sync.Mutex
		now, most, done := 0, 0, 0
		for n := range 10 {
			q.add(n, start)
		}
		stop := run(&Pump[int]{Take: q.take, Workers: 3, Clock: clockwork.NewRealClock(), Work: func(context.Context, int) {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(10 * time.Millisecond)
			mu.Lock()
			now, done = now-1, done+1
			mu.Unlock()
		}})
		time.Sleep(41 * time.Millisecond)
		stop()
		if most != 3 || done != 10 {
			t.Errorf("%d done, at most %d at a time; want 10 and 3 within 40ms", done, most)
		}
	})
	bubble("a queue that cannot be read is tried again at the poll, and told of", func(t *testing.T) {
		q := newQueue()
		q.fail = errors.New("disk on fire")
		var told error
		stop := run(&Pump[int]{Take: q.take, Workers: 1, Poll: time.Second, Clock: clockwork.NewRealClock(),
			Work: func(context.Context, int) {}, Failed: func(err error) { told = err }})
		time.Sleep(3500 * time.Millisecond)
		stop()
		if !errors.Is(told, q.fail) || q.takes != 4 {
			t.Errorf("took %d times and told %v", q.takes, told)
		}
	})
	bubble("the end waits for what is in flight and takes nothing more", func(t *testing.T) {
		q, start := newQueue(), time.Now()
		q.add(1, start)
		var ended time.Duration
		stop := run(&Pump[int]{Take: q.take, Wake: q.wake, Workers: 1, Grace: time.Minute, Clock: clockwork.NewRealClock(),
			Work: func(ctx context.Context, n int) {
				select {
				case <-ctx.Done():
				case <-time.After(5 * time.Second):
				}
				ended = time.Since(start)
			}})
		synctest.Wait()
		q.add(2, start)
		stop()
		if ended != 5*time.Second || len(q.due) != 1 {
			t.Errorf("work ended after %v with %d left in the queue; want 5s and 1", ended, len(q.due))
		}
	})
	bubble("work that outlasts the grace is cancelled", func(t *testing.T) {
		q, start := newQueue(), time.Now()
		q.add(1, start)
		var ended time.Duration
		stop := run(&Pump[int]{Take: q.take, Workers: 1, Grace: 2 * time.Second, Clock: clockwork.NewRealClock(),
			Work: func(ctx context.Context, _ int) { <-ctx.Done(); ended = time.Since(start) }})
		synctest.Wait()
		stop()
		if ended != 2*time.Second {
			t.Errorf("work was cancelled after %v, want 2s", ended)
		}
	})
	t.Run("a pump without workers does not start", func(t *testing.T) {
		if err := (&Pump[int]{}).Run(t.Context()); err == nil {
			t.Error("it ran")
		}
	})
}
