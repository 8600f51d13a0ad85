package webhooks

import (
	"sync"
	"time"
)

// hush keeps those who are refused from filling the log: it has a few lines for
// each hook in a minute, and then the number of all that came beside them.
type hush struct {
	most  int // lines about a hook in a minute
	mu    sync.Mutex
	hooks map[string]*told
}

// told is what was told of a hook in the minute that runs.
type told struct{ lines, beside int }

const (
	linesAMinute = 5
	hushFor      = time.Minute
)

// line reports whether there is room for another line about a hook. When the
// minute is over in which there was none, summary is told how many were left out.
func (h *hush) line(hook string, summary func(n int)) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.hooks[hook]
	if t == nil {
		if h.hooks == nil {
			h.hooks = map[string]*told{}
		}
		t = new(told)
		h.hooks[hook] = t
		time.AfterFunc(hushFor, func() { h.over(hook, summary) })
	}
	if t.lines == h.most {
		t.beside++
		return false
	}
	t.lines++
	return true
}

func (h *hush) over(hook string, summary func(n int)) {
	h.mu.Lock()
	n := h.hooks[hook].beside
	delete(h.hooks, hook)
	h.mu.Unlock()
	if n > 0 {
		summary(n)
	}
}
