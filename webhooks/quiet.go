package webhooks

import (
	"sync"
	"time"
)

// quiet keeps those who are refused from filling the log: it has a few lines for
// each hook in a minute, and then the number of all that came beside them.
type quiet struct {
	most  int // lines about a hook in a minute
	mu    sync.Mutex
	hooks map[string]*told
}

// told is what was told of a hook in the minute that runs.
type told struct{ lines, beside int }

const (
	linesAMinute = 5
	quietFor     = time.Minute
)

// line reports whether there is room for another line about a hook. When the
// minute is over in which there was none, summary is told how many were left out.
func (q *quiet) line(hook string, summary func(n int)) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := q.hooks[hook]
	if t == nil {
		if q.hooks == nil {
			q.hooks = map[string]*told{}
		}
		t = new(told)
		q.hooks[hook] = t
		time.AfterFunc(quietFor, func() { q.over(hook, summary) })
	}
	if t.lines == q.most {
		t.beside++
		return false
	}
	t.lines++
	return true
}

func (q *quiet) over(hook string, summary func(n int)) {
	q.mu.Lock()
	n := q.hooks[hook].beside
	delete(q.hooks, hook)
	q.mu.Unlock()
	if n > 0 {
		summary(n)
	}
}
