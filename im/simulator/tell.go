package simulator

import (
	"sync"
	"time"
)

// attemptsAfter is how often a callback after the event is sent at most, where the
// mode after_retry repeats those that time out. The documents give no figure.
const attemptsAfter = 3

// tell sends a callback after the event, whose answer counts for nothing. The lock
// is held, so that callbacks set out in the order of what they tell of.
func (s *Simulator) tell(p *parcel) {
	if p == nil || s.closed {
		return
	}
	attempts := 1
	if s.modes.AfterRetry == "timeout" {
		attempts = attemptsAfter
	}
	place, overtaken := s.courier.queue.join(p.luck.overtaken > 0)
	s.running.Go(func() {
		if overtaken != nil && !s.holdBack(overtaken, p.luck.overtaken) {
			return
		}
		s.repeat(p, attempts)
		for range p.luck.copies {
			s.repeat(p.unhurt(), attempts)
		}
		if overtaken == nil {
			s.courier.queue.passed(place)
		}
	})
}

// repeat sends a callback until it is answered, or as often as it may.
func (s *Simulator) repeat(p *parcel, attempts int) {
	for range attempts {
		if r := s.ask(p); r.outcome != TimedOut {
			return
		}
		p = p.unhurt()
	}
}

// unhurt is the same callback once more: trouble befalls it once.
func (p *parcel) unhurt() *parcel {
	again := *p
	again.luck = luck{}
	return &again
}

// holdBack waits until a later callback has gone past, and no longer than most.
func (s *Simulator) holdBack(overtaken <-chan struct{}, most time.Duration) bool {
	timer := s.clock.inner.NewTimer(most)
	defer timer.Stop()
	select {
	case <-overtaken:
	case <-timer.Chan():
	case <-s.done:
		return false
	}
	return true
}

// queue is the order in which callbacks set out, and those that let a later one pass.
type queue struct {
	mu      sync.Mutex
	last    uint64
	waiting map[uint64]chan struct{} // by their place
}

// join gives a callback its place. overtaken is closed when a later one has passed; it
// is nil for one that does not wait.
func (q *queue) join(waits bool) (place uint64, overtaken <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.last++
	if !waits {
		return q.last, nil
	}
	if q.waiting == nil {
		q.waiting = map[uint64]chan struct{}{}
	}
	q.waiting[q.last] = make(chan struct{})
	return q.last, q.waiting[q.last]
}

// passed lets those go on that set out before this one.
func (q *queue) passed(place uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for other, overtaken := range q.waiting {
		if other < place {
			close(overtaken)
			delete(q.waiting, other)
		}
	}
}
