package strangers

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// strangers are those who come without proof, and how often. It remembers the
// latest of them alone, so that not even many could fill the memory.
type strangers struct {
	perMinute int

	mu      sync.Mutex
	failing Recent[Caller, *rate.Limiter]
	known   *friends
}

// mostCallers is how many are remembered at least.
const mostCallers = 4096

func newStrangers(perMinute int) *strangers {
	return &strangers{perMinute: perMinute, known: new(friends)}
}

// wait is how long a caller has to wait until it may try again; zero for one who
// may.
func (s *strangers) wait(c Caller, now time.Time) time.Duration {
	if s.known.have(c) {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l, failing := s.failing.Get(c)
	if !failing {
		return 0
	}
	if lacking := 1 - l.TokensAt(now); lacking > 0 {
		return time.Duration(lacking / float64(l.Limit()) * float64(time.Second))
	}
	return 0
}

// failed counts a request without proof.
func (s *strangers) failed(c Caller, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, ok := s.failing.Get(c)
	if !ok {
		l = rate.NewLimiter(rate.Limit(float64(s.perMinute)/60), s.perMinute)
		s.failing.Put(c, l)
	}
	l.AllowN(now, 1)
}

// friends are those who proved once who they are. They outlive the strangers
// beside whom they are known: requests that began under other rules still end.
type friends struct {
	mu   sync.Mutex
	last Recent[Caller, bool]
}

func (f *friends) have(c Caller) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	known, _ := f.last.Get(c)
	return known
}

func (f *friends) add(c Caller) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if known, _ := f.last.Get(c); !known {
		f.last.Put(c, true)
	}
}

// Recent is a map that keeps the last [mostCallers] things that were used, and
// up to as many more. The zero value is empty. It is not for several at a time.
type Recent[K comparable, V any] struct{ young, old map[K]V }

// Get returns what stands there, and has it used.
func (r *Recent[K, V]) Get(k K) (v V, ok bool) {
	if v, ok = r.young[k]; ok {
		return v, true
	}
	if v, ok = r.old[k]; ok {
		r.Put(k, v)
	}
	return v, ok
}

// Put has something stand there.
func (r *Recent[K, V]) Put(k K, v V) {
	if len(r.young) >= mostCallers || r.young == nil {
		r.young, r.old = map[K]V{}, r.young
	}
	r.young[k] = v
}
