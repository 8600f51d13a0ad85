package pump

import (
	"context"
	"sync"
)

// places are where work is done. The zero value has none.
type places struct {
	mu      sync.Mutex
	left    int             // that nobody has
	running bool            // between open and close
	waiting bool            // something in the queue may wait for a place
	working context.Context // of the work; outlives the pump's by its Grace
	freed   chan struct{}   // has a value after a place became free
	taken   sync.WaitGroup  // counts each place that somebody has
}

func (p *places) open(working context.Context, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left, p.running, p.working, p.freed = n, true, working, make(chan struct{}, 1)
}

// close gives out no more places and waits until all are back.
func (p *places) close() {
	p.mu.Lock()
	p.running = false
	p.mu.Unlock()
	p.taken.Wait()
}

// reserve takes one place, unless something in the queue waits for it.
func (p *places) reserve() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running || p.waiting || p.left == 0 {
		return false
	}
	p.left--
	p.taken.Add(1)
	return true
}

// all takes all places that are left and returns how many. With none, what the
// queue has must wait, and goes before what is reserved from now on.
func (p *places) all() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.left
	p.left, p.waiting = 0, n == 0
	p.taken.Add(n)
	return n
}

// waits says whether something in the queue waits for the next free place.
func (p *places) waits(yes bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = yes
}

// free gives n places back.
func (p *places) free(n int) {
	if n == 0 {
		return
	}
	p.mu.Lock()
	p.left += n
	p.mu.Unlock()
	select {
	case p.freed <- struct{}{}:
	default:
	}
	p.taken.Add(-n)
}
