package receipts

import (
	"cmp"
	"slices"
)

// lane is how far a chain was followed.
type lane struct {
	Chain
	part  Part
	shown int64
	gaps  map[int64]bool // those passed over, to which others may still come
}

// enter finds the lane of a receipt. Each lane stands together, in the order of
// the header.
func (v *verifier) enter(r Line) *lane {
	l := v.lane(r.Lane)
	switch {
	case v.current == l:
	case l.part.First == 0 && v.header:
		v.say(l, r.N, Changed, "is of a lane that the header does not have")
	case v.current != nil && v.place(l) < v.place(v.current):
		v.say(l, r.N, Apart, "stands among those of another lane")
	}
	v.current = l
	return l
}

func (v *verifier) place(l *lane) int { return slices.Index(v.order, l) }

// next says whether a receipt stands where it should. What is passed over is a
// gap, which is only missing if it does not come later.
func (l *lane) next(n int64) Kind {
	switch {
	case l.Last == 0:
		if l.part.First != 0 && n < l.part.First {
			return Apart
		}
		l.First = cmp.Or(l.part.First, n)
		l.Last = l.First - 1
	case n <= l.Last && l.gaps[n]:
		delete(l.gaps, n)
		return Apart
	case n <= l.Last:
		return Twice
	}
	l.skip(n)
	l.Last = n
	return ""
}

// maxGap bounds what is remembered of a gap, since the number comes from outside.
const maxGap = 100_000

func (l *lane) skip(n int64) {
	for i := l.Last + 1; i < n && i <= l.Last+maxGap; i++ {
		l.gaps[i] = true
	}
}

// follow says whether a receipt goes on from the one before it.
func (v *verifier) follow(l *lane, r Line) {
	switch {
	case r.N == 1 && r.Prev != "":
		v.say(l, r.N, Changed, "is the first of its lane, and goes on from %s", short(r.Prev))
	case r.N == l.First:
		l.After = r.Prev
	case !l.gaps[r.N-1] && r.Prev != l.Head:
		v.say(l, r.N, Changed, "goes on from %s, and the one before it has %s: one of them was made anew", short(r.Prev), short(l.Head))
	}
	l.Head = r.Hash
}

func (v *verifier) compareHeads(l *lane, r Line) {
	for _, h := range v.heads[l.Lane] {
		known := r.Hash
		switch h.N {
		case r.N:
		case r.N - 1:
			known = r.Prev
		default:
			continue
		}
		if h.Hash != known {
			v.say(l, h.N, Changed, "has the hash %s, and its noted head is %s: the chain was made anew", short(known), short(h.Hash))
			continue
		}
		l.Noted = max(l.Noted, h.N)
	}
}
