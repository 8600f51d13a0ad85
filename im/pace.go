package im

import (
	"context"
	"errors"
	"sync"
	"time"
)

// pace lets calls of one kind go so that no second, wherever it begins, sees more
// of them leave than are allowed. It has as many places as there may be calls in
// one window. A call takes a place and brings it back one window after it left,
// so what counts is when a call really left and not when it was allowed to: one
// that is late holds up those after it, and none catches up with another.
//
// Callers wait in the order in which they came; only the first of them looks at
// the clock.
type pace struct {
	began time.Time     // all times are counted from here, by the monotonic clock
	turn  chan struct{} // held by the caller who is next
	moved chan struct{} // tells that caller to look again

	mu     sync.Mutex
	places int
	window time.Duration
	gap    time.Duration // between two calls, so that they do not leave in one heap

	asked int             // callers who wait
	out   int             // places of calls that have not left yet
	left  []time.Duration // when those of the last window left, the oldest first
	last  time.Duration   // when the last place was given out
}

// margin is how much longer than a second a window is. It is for what lies behind
// the socket: two calls whose way to the service is of different length are
// closer together there than they were here.
const margin = 12 * time.Millisecond

// newPace is for so many calls a second.
func newPace(perSecond float64) *pace {
	p := &pace{began: time.Now(), turn: make(chan struct{}, 1), moved: make(chan struct{}, 1)}
	p.set(perSecond)
	p.last = -p.gap
	return p
}

// set makes p one for so many calls a second. A fraction is rounded down, but
// below one there is one call in a window that is longer for it.
func (p *pace) set(perSecond float64) {
	p.window = time.Second + margin
	if perSecond < 1 {
		p.window = time.Duration(float64(p.window) / perSecond)
	}
	p.places = max(1, int(perSecond))
	p.gap = p.window / 5 * 4 / time.Duration(p.places) // closer than even, so that lateness is made up for
}

// change makes p one for so many calls a second, while it is used. Where fewer
// are allowed than before, those that have left count until their window ends.
func (p *pace) change(perSecond float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.set(perSecond)
	p.look()
}

// errLate says that a turn would come after the caller's deadline.
var errLate = errors.New("more calls wait for their turn than can be made in time")

// join puts the caller at the end of the line; wait must follow.
func (p *pace) join(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if end, ok := ctx.Deadline(); ok && p.soonest() > time.Until(end) {
		return errLate
	}
	p.asked++
	return nil
}

// wait takes a place. It fails as soon as it is known that none comes in time,
// and then with errLate or the context's own error.
func (p *pace) wait(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return p.giveUp(ctx.Err())
	}
	defer func() { <-p.turn }()
	for {
		if err := ctx.Err(); err != nil {
			return p.giveUp(err)
		}
		again, ok := p.take()
		if ok {
			return nil
		}
		if end, ok := ctx.Deadline(); ok && again > time.Until(end) {
			return p.giveUp(errLate)
		}
		p.rest(ctx, again)
	}
}

// rest returns when it is worth looking again.
func (p *pace) rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-p.moved:
	case <-ctx.Done():
	}
}

func (p *pace) giveUp(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked--
	return err
}

// take is for the caller who is next: a place, or when to look again.
func (p *pace) take() (again time.Duration, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.forget()
	switch {
	case p.out+len(p.left) < p.places && now >= p.last+p.gap:
		p.asked--
		p.out++
		p.last = now
		return 0, true
	case p.out+len(p.left) < p.places:
		return p.last + p.gap - now, false
	case len(p.left) > 0:
		return p.left[0] + p.window - now, false
	}
	return p.window, false // one that is out has to leave first
}

// forget drops what left more than a window ago, and returns the time.
func (p *pace) forget() time.Duration {
	now := time.Since(p.began)
	n := 0
	for n < len(p.left) && now-p.left[n] >= p.window {
		n++
	}
	p.left = p.left[n:]
	return now
}

// soonest is the least that a caller has to wait who comes now.
func (p *pace) soonest() time.Duration {
	now := p.forget()
	behind := p.asked - (p.places - p.out - len(p.left)) // places that must come back first, but for ours
	if behind < 0 {
		return 0
	}
	rounds, n := behind/p.places, behind%p.places
	back := p.window
	if n < len(p.left) {
		back += p.left[n] - now
	}
	return back + time.Duration(rounds)*p.window
}

// gone says that a call that has a place has left.
func (p *pace) gone() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.forget()
	p.out--
	p.left = append(p.left, now)
	if len(p.left) == 1 {
		p.look()
	}
}

// unused gives back the place of a call that did not leave and never will.
func (p *pace) unused() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.out--
	p.look()
}

// look wakes whoever is next.
func (p *pace) look() {
	select {
	case p.moved <- struct{}{}:
	default:
	}
}

// atRest reports that nothing would be lost with p.
func (p *pace) atRest() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forget()
	return p.asked+p.out+len(p.left) == 0
}
