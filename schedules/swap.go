package schedules

import "sync"

// Swap puts other entries in place of all, also while the runner runs. What came
// before is struck by the old entries and what comes after by the new ones, so
// that an entry that is in both misses nothing and strikes once. Times that could
// not be fired yet are still fired, in order, also those of an entry that is gone:
// whether there is something to do then, Fire knows.
func (r *Runner) Swap(entries []Entry) { r.swap.put(entries) }

// swap hands over the entries to go on with. The zero value works.
type swap struct {
	mu    sync.Mutex
	there bool
	next  []Entry
	wake  chan struct{}
}

func (s *swap) put(entries []Entry) {
	wake := s.asked()
	s.mu.Lock()
	s.there, s.next = true, entries
	s.mu.Unlock()
	select {
	case wake <- struct{}{}:
	default: // it was asked before and has not looked yet
	}
}

// asked can be read from after entries were put.
func (s *swap) asked() chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wake == nil {
		s.wake = make(chan struct{}, 1)
	}
	return s.wake
}

// take returns the entries that were put last, once.
func (s *swap) take() ([]Entry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	there, next := s.there, s.next
	s.there, s.next = false, nil
	return next, there
}
