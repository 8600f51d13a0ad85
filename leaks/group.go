package leaks

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	// hintFor is how long a message is looked for that a hint told of: the history may
	// be behind what the service tells.
	hintFor = 30 * time.Second
	// hints are kept of one group at a time: who knows the token can send any number.
	hints = 1000
	// between is the least time between two looks for hints, so that a busy group does
	// not use up the calls of all.
	between = 250 * time.Millisecond
	// The pauses after a look that failed, or found only some of what hints told of.
	leastPause = 250 * time.Millisecond
	mostPause  = time.Minute
	hintPause  = 5 * time.Second // at most, before the next look for a new hint
)

// group is one that is watched. What is not the looker's is guarded by the watch.
type group struct {
	Watched
	since time.Time // it is watched; its looker's alone once it is in the list
	gone  bool      // it is not any more
	busy  bool      // it is being looked through
	due   time.Time // the next sweep
	heed  time.Time // the next look for hints
	last  time.Time // when the last look began
	tries int       // looks in a row that failed
	vain  int       // looks in a row after which hints are left
	seen  uint32    // the mark, for who has no look
	told  int       // hints so far
	hints map[uint32]time.Time

	marks
}

// hint keeps that a message is to be looked for, and reports whether it is.
func (g *group) hint(seq uint32, now time.Time) bool {
	// Callbacks come late: what a look has found by then needs none of its own. A
	// number far below is of a group that was made anew, perhaps.
	const lately = 200
	if seq <= g.seen && seq+lately > g.seen || len(g.hints) >= hints {
		return false
	}
	if g.hints == nil {
		g.hints = map[uint32]time.Time{}
	}
	g.hints[seq] = now
	g.told++
	g.vain = 0
	g.heed = g.last.Add(between)
	if g.tries > 0 {
		g.heed = g.last.Add(min(pause(g.tries), hintPause))
	}
	return true
}

// look is a group to look through, as it was when that began.
type look struct {
	*group
	of    Watched
	told  int  // hints until then
	sweep bool // it is due, without a hint
}

// due returns groups whose turn it is, those with hints first.
func (w *Watch) due(_ context.Context, limit int) (list []look, next time.Time, err error) {
	now := w.Clock.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	for g := range w.hinted {
		switch {
		case g.busy: // it is looked through again when that is over
		case g.heed.After(now):
			next = sooner(next, g.heed)
		case len(list) < limit:
			list = append(list, w.begin(g, now, false))
		}
	}
	if !w.next.After(now) {
		list = w.sweeps(now, limit, list)
	}
	return list, sooner(next, w.next), nil
}

// sweeps adds groups that are due without a hint, as far as there is room, and notes
// when the first of the others is. For those that find none there is a wake-up when
// there is some.
func (w *Watch) sweeps(now time.Time, limit int, list []look) []look {
	w.next = time.Time{}
	for _, g := range w.groups {
		switch {
		case g.busy:
		case g.due.After(now):
			w.next = sooner(w.next, g.due)
		case len(list) < limit && w.sweeping < sweepers:
			w.sweeping++
			list = append(list, w.begin(g, now, true))
		}
	}
	return list
}

func (w *Watch) begin(g *group, now time.Time, sweep bool) look {
	delete(w.hinted, g)
	g.busy, g.last = true, now
	return look{group: g, of: g.Watched, told: g.told, sweep: sweep}
}

// sooner is the earlier of two times, of which zero is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// looked settles when a group is looked through next: soon, when there is more to see,
// or something that was told of is not there yet; after a growing pause, when it failed.
func (w *Watch) looked(l look, more bool, err error) {
	now, g := w.Clock.Now(), l.group
	w.mu.Lock()
	defer w.mu.Unlock()
	g.busy, g.seen = false, g.mark
	if l.sweep {
		w.sweeping--
	}
	w.next = time.Time{}
	wake(w.wakeLook)
	if g.gone {
		return
	}
	for seq, at := range g.hints {
		if g.passed(seq) || now.Sub(at) >= hintFor {
			delete(g.hints, seq)
		}
	}
	switch {
	case err != nil:
		g.tries++
		g.due = now.Add(pause(g.tries))
		g.heed = g.due
	case more:
		g.tries, g.due = 0, now.Add(between)
	default:
		g.tries, g.due = 0, now.Add(around(g.Every))
	}
	if len(g.hints) == 0 {
		return
	}
	w.hinted[g] = struct{}{}
	if err == nil && g.told == l.told { // nothing new came meanwhile
		g.vain++
		g.heed = now.Add(pause(g.vain))
	}
}

// pause is how long to wait after the nth time in a row.
func pause(n int) time.Duration {
	return min(leastPause<<min(n, 16), mostPause)
}

// around is about so long, so that groups which were looked through together are not
// for ever.
func around(d time.Duration) time.Duration {
	return d - d/10 + rand.N(d/5+1) //nolint:gosec // no secret
}
