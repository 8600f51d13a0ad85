package schedules

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
)

// Entry is a bot's trigger and when it strikes.
type Entry struct {
	Bot      chat.BotName
	Trigger  chat.TriggerName
	Schedule Schedule
}

// ErrNever says that a firing would fail however often it were repeated. It is
// logged and given up, so that it does not stand in the way of later ones.
var ErrNever = errors.New("this firing can never succeed")

// Runner calls Fire whenever an entry strikes. Fill in the fields, then call
// [Runner.Run] once.
type Runner struct {
	Entries []Entry // to begin with; each of a bot's triggers once
	// Fire keeps the firing. Intended, in UTC, is the time that was meant, which
	// is earlier than now by a little, or by more when the machine slept. It may
	// be called with the same time again, by a clock that was set back or after
	// an error, and must then do nothing more. An error is tried again until it
	// is none or wraps [ErrNever]; meanwhile later times of this entry wait, and
	// those of others do not.
	Fire func(ctx context.Context, e Entry, intended time.Time) error
	// Since is the time after which strikes count; zero is when Run begins. What
	// was missed since then is made up as for a machine that slept.
	Since time.Time
	Clock clockwork.Clock // nil: the real one
	Log   *slog.Logger    // nil: nothing is logged
	// Fired, if set, is called after each call of Fire with how late the call
	// began, from several goroutines at once.
	Fired func(e Entry, late time.Duration, err error)

	swap swap
}

// A sleeping machine does not tick, and a clock that is set does not wake
// anybody: so the wall clock is read at least this often.
const longestWait = 30 * time.Second

// A step back by less than this leaves out no time of a line, since lines count
// in minutes.
const smallStep = time.Minute

// Run watches the clock until ctx ends, and then waits for calls of Fire that
// are under way, which have ten seconds at most.
func (r *Runner) Run(ctx context.Context) {
	if r.Clock == nil {
		r.Clock = clockwork.NewRealClock()
	}
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	shots := newShots(r)
	defer shots.wait()

	last := r.now()
	since := r.Since
	if since.IsZero() {
		since = last
	}
	entries := r.Entries
	due := newQueue(entries, since)
	for ctx.Err() == nil {
		now := r.now()
		if back := last.Sub(now); back >= smallStep {
			r.Log.Warn("the clock was set back; times that come again are fired again and stored once", "by", back)
			due = newQueue(entries, now)
		}
		last = now
		r.strike(ctx, due, now, shots)
		if others, ok := r.swap.take(); ok { // and all that came before it has been struck
			entries, due = others, newQueue(others, now)
		}
		r.sleep(ctx, due.wait(now), r.swap.asked())
	}
}

// strike hands on all that is due.
func (r *Runner) strike(ctx context.Context, due *queue, now time.Time, shots *shots) {
	for !due.empty() && !due.first().next.After(now) {
		i := due.first()
		meant := latest(i.entry.Schedule, i.next, now)
		if !meant.Equal(i.next) {
			r.Log.Warn("times of a schedule were missed; the latest of them is made up", "bot", i.entry.Bot,
				"trigger", i.entry.Trigger, "first", i.next.UTC(), "made_up", meant.UTC())
		}
		shots.add(ctx, i.entry, meant.UTC())
		due.again(i.entry.Schedule.Next(meant))
	}
}

// sleep ends early with ctx, or when awake can be read from; nil never can.
func (r *Runner) sleep(ctx context.Context, d time.Duration, awake <-chan struct{}) {
	timer := r.Clock.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.Chan():
	case <-awake:
	}
}

// now is the wall clock alone. With the monotonic reading that Go adds, a step
// of the clock would not be seen.
func (r *Runner) now() time.Time { return r.Clock.Now().Round(0) }

// latest is the last time of the schedule from first on that is not after now.
// It looks back from now in growing strides, since first may lie decades back
// when a machine finds out the date only after its start.
func latest(s Schedule, first, now time.Time) time.Time {
	for back := time.Hour; ; back *= 2 {
		t := first
		if start := now.Add(-back); start.After(first) {
			t = s.Next(start)
		}
		if t.After(now) {
			continue
		}
		for next := s.Next(t); !next.IsZero() && !next.After(now); next = s.Next(t) {
			t = next
		}
		return t
	}
}
