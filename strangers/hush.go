package strangers

import (
	"cmp"
	"sync"
	"time"
)

// Hush keeps those who are refused from filling the log: it has a few lines for
// each door in a minute, and then the number of all that came beside them. The zero
// value works.
type Hush struct {
	Most  int // lines about a door in a minute; zero is [LinesAMinute]
	mu    sync.Mutex
	doors map[string]*told
}

// told is what was told of a door in the minute that runs.
type told struct{ lines, beside int }

// What a [Hush] lets through.
const (
	LinesAMinute = 5
	HushFor      = time.Minute
)

// Line reports whether there is room for another line about a door. When the
// minute is over in which there was none, summary is told how many were left out.
func (h *Hush) Line(door string, summary func(n int)) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.doors[door]
	if t == nil {
		if h.doors == nil {
			h.doors = map[string]*told{}
		}
		t = new(told)
		h.doors[door] = t
		time.AfterFunc(HushFor, func() { h.over(door, summary) })
	}
	if t.lines == cmp.Or(h.Most, LinesAMinute) {
		t.beside++
		return false
	}
	t.lines++
	return true
}

func (h *Hush) over(door string, summary func(n int)) {
	h.mu.Lock()
	n := h.doors[door].beside
	delete(h.doors, door)
	h.mu.Unlock()
	if n > 0 {
		summary(n)
	}
}
