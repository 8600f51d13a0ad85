package main

import (
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/jonboulle/clockwork"
)

// clock is a machine's clock that can be set. As with a real one, setting it
// moves what its readings say and not what passes between two of them: each
// reading has a monotonic part as well, and timers go by that.
type clock struct {
	clockwork.Clock
	began  time.Time
	offset atomic.Int64 // nanoseconds
}

func newClock() *clock { return &clock{Clock: clockwork.NewRealClock(), began: time.Now()} }

// set moves the clock.
func (c *clock) set(by time.Duration) { c.offset.Add(int64(by)) }

// right sets the clock right, without which no service takes a signature for
// long.
func (c *clock) right() { c.offset.Store(0) }

func (c *clock) Now() time.Time {
	now := time.Now()
	return reading(now.Add(time.Duration(c.offset.Load())), now.Sub(c.began))
}

// Since goes by the monotonic part where t has one.
func (c *clock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

// Until goes by the monotonic part where t has one.
func (c *clock) Until(t time.Time) time.Duration { return t.Sub(c.Now()) }

// layout is that of [time.Time] with a monotonic part: a mark, 33 bits of
// seconds since 1885 and 30 bits of nanoseconds, then the monotonic part. The
// package time can tell such readings apart, and makes them of the machine's
// clock alone; TestASetClockMovesWhatItSaysAndNotWhatPasses holds the layout.
type layout struct {
	wall uint64
	ext  int64
	loc  *time.Location
}

var since1885 = time.Date(1885, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

// reading is a time that says wall and has a monotonic part.
func reading(wall time.Time, monotonic time.Duration) time.Time {
	t := wall.UTC().Round(0)
	l := (*layout)(unsafe.Pointer(&t)) //nolint:gosec // a reading of a clock that was set cannot be had otherwise
	l.wall = 1<<63 | uint64(wall.Unix()-since1885)<<30 | uint64(wall.Nanosecond())
	l.ext = int64(monotonic) + 1
	return t
}
