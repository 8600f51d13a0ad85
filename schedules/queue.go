package schedules

import (
	"container/heap"
	"time"
)

// item is when an entry strikes next.
type item struct {
	entry Entry
	next  time.Time
}

// queue holds the entries, the one that strikes first in front. An entry that
// never strikes again is not in it.
type queue struct{ items items }

// newQueue asks each entry for its first time after since.
func newQueue(entries []Entry, since time.Time) *queue {
	q := &queue{}
	for _, e := range entries {
		if next := e.Schedule.Next(since); !next.IsZero() {
			q.items = append(q.items, item{e, next})
		}
	}
	heap.Init(&q.items)
	return q
}

func (q *queue) empty() bool { return len(q.items) == 0 }

func (q *queue) first() item { return q.items[0] }

// again puts the first one back for its next time.
func (q *queue) again(next time.Time) {
	if next.IsZero() {
		heap.Pop(&q.items)
		return
	}
	q.items[0].next = next
	heap.Fix(&q.items, 0)
}

// wait is how long to sleep before looking again.
func (q *queue) wait(now time.Time) time.Duration {
	if q.empty() {
		return longestWait
	}
	return min(longestWait, q.first().next.Sub(now))
}

type items []item

func (h items) Len() int           { return len(h) }
func (h items) Less(i, j int) bool { return h[i].next.Before(h[j].next) }
func (h items) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *items) Push(x any)        { *h = append(*h, x.(item)) }
func (h *items) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
