package daemon

import (
	"slices"
	"sync"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/webhooks"
)

// rates remembers, for each credential that may make so many events a minute, when
// it made the last of them. It forgets them when botd ends. The zero value is ready.
type rates struct {
	mu   sync.Mutex
	made map[string][]time.Time // by the rule, the oldest first
}

// within stores what a webhook brought if its credential may make so many events
// now. What was known already, or could not be stored, does not count.
func (r *rates) within(c ceiling, list []chat.Arrival, now func() time.Time, store func() ([]chat.Receipt, error)) ([]chat.Receipt, error) {
	if c.PerMinute == 0 {
		return store()
	}
	n := 0
	for _, a := range list {
		n += len(a.Groups)
	}
	rule := c.rule + ".per_minute"
	if wait := r.take(rule, n, c.PerMinute, now); wait > 0 {
		return nil, &webhooks.TooOften{Rule: rule, Wait: wait}
	}
	receipts, err := store()
	for i, a := range list {
		if i < len(receipts) && !receipts[i].Repeated {
			n -= len(a.Groups)
		}
	}
	r.giveBack(rule, n)
	return receipts, err
}

// take counts n events more, or says how long it is until it can. More than fit
// into a minute wait for a whole one.
func (r *rates) take(rule string, n, most int, clock func() time.Time) (wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// It is read in turn: to one who had read it earlier, what others have made since
	// would lie ahead.
	now := clock()
	counts := func(t time.Time) bool { return now.Sub(t) < time.Minute && !t.After(now) } // a clock that was set back forgets
	made := slices.DeleteFunc(r.made[rule], func(t time.Time) bool { return !counts(t) })
	if r.made == nil {
		r.made = map[string][]time.Time{}
	}
	r.made[rule] = made
	if over := len(made) + n - most; over > 0 {
		if over > len(made) {
			return time.Minute
		}
		return made[over-1].Add(time.Minute).Sub(now)
	}
	for range n {
		r.made[rule] = append(r.made[rule], now)
	}
	return 0
}

// giveBack takes back the last n.
func (r *rates) giveBack(rule string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	made := r.made[rule]
	r.made[rule] = made[:max(0, len(made)-n)]
}
