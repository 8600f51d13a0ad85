package schedules

import (
	"container/heap"
	"time"

	"github.com/botd-chat/botd/chat"
)

// item is a schedule and when to look at it next.
type item struct {
	record chat.ScheduleRecord
	times  Times
	broken string    // why its times cannot be read; empty: they can
	look   time.Time // zero: not before the record changes
	fails  int       // in a row
}

// queue holds items, the one to look at first in front. One that is not to be looked at
// is not in it.
type queue struct{ items items }

func (q *queue) empty() bool { return len(q.items) == 0 }

func (q *queue) first() *item { return q.items[0] }

func (q *queue) pop() *item { return heap.Pop(&q.items).(*item) }

// put puts an item in that is not there.
func (q *queue) put(i *item, look time.Time) {
	if i.look = look; !look.IsZero() {
		heap.Push(&q.items, i)
	}
}

// fill puts these in place of all.
func (q *queue) fill(all map[chat.ScheduleID]*item) {
	q.items = q.items[:0]
	for _, i := range all {
		if !i.look.IsZero() {
			q.items = append(q.items, i)
		}
	}
	heap.Init(&q.items)
}

type items []*item

func (h items) Len() int { return len(h) }
func (h items) Less(i, j int) bool {
	if h[i].look.Equal(h[j].look) { // so that it does not depend on the order of a map
		return h[i].record.ID < h[j].record.ID
	}
	return h[i].look.Before(h[j].look)
}
func (h items) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *items) Push(x any)   { *h = append(*h, x.(*item)) }
func (h *items) Pop() any {
	old := *h
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return last
}
