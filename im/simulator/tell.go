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
	var overtaken <-chan struct{}
	if p.luck.overtaken > 0 {
		overtaken = s.courier.queue.wait()
	}
	s.running.Go(func() {
		if overtaken != nil && !s.holdBack(overtaken, p.luck.overtaken) {
			return
		}
		s.repeat(p, attempts)
		for range p.luck.copies {
			s.repeat(p.unhurt(), attempts)
		}
		if overtaken == nil {
			s.courier.queue.passed()
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

// waiters are callbacks that let another one pass.
type waiters struct {
	mu   sync.Mutex
	next chan struct{}
}

func (w *waiters) wait() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next == nil {
		w.next = make(chan struct{})
	}
	return w.next
}

func (w *waiters) passed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.next != nil {
		close(w.next)
		w.next = nil
	}
}
