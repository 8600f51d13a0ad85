package simulator

// ring keeps the newest max of what is put into it; with max 0 it keeps
// nothing.
type ring[T any] struct {
	items []T
	next  int // where the oldest is, once the ring is full
	max   int
}

func (r *ring[T]) put(v T) {
	switch {
	case r.max <= 0:
	case len(r.items) < r.max:
		r.items = append(r.items, v)
	default:
		r.items[r.next] = v
		r.next = (r.next + 1) % r.max
	}
}

// newest returns what was put in last, or that many places before.
func (r *ring[T]) newest(back int) (v T, ok bool) {
	if back < 0 || back >= len(r.items) {
		return v, false
	}
	return r.items[(r.next+len(r.items)-1-back)%len(r.items)], true
}

// all returns a copy, oldest first.
func (r *ring[T]) all() []T {
	out := make([]T, 0, len(r.items))
	out = append(out, r.items[r.next:]...)
	return append(out, r.items[:r.next]...)
}
