package simulator

import (
	"sync/atomic"
	"time"

	"github.com/jonboulle/clockwork"
)

// clock is the given clock seen through an offset, so that a page over a real
// clock can travel in time.
type clock struct {
	inner  clockwork.Clock
	offset atomic.Int64 // nanoseconds
}

func newClock(inner clockwork.Clock) *clock {
	if inner == nil {
		inner = clockwork.NewRealClock()
	}
	return &clock{inner: inner}
}

func (c *clock) Now() time.Time {
	return c.inner.Now().Add(time.Duration(c.offset.Load()))
}

// advance moves a fake clock itself, as whoever shares it expects; what cannot
// be moved, or not backwards, is seen through the offset.
func (c *clock) advance(d time.Duration) {
	if fake, ok := c.inner.(interface{ Advance(time.Duration) }); ok && d > 0 {
		fake.Advance(d)
		return
	}
	c.offset.Add(int64(d))
}
