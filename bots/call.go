package bots

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/fail"
	"github.com/botd-chat/botd/internal/trace"
)

// afterDeadline is how long a plugin may take to notice that its time is over.
const afterDeadline = 100 * time.Millisecond

// panicked is a panic as an error, with where it happened.
type panicked struct {
	value string
	at    string // the line of the plugin
	stack string // of the plugin's frames
}

func (p *panicked) Error() string { return "panic: " + p.value }

// caught is called by the deferred function that recovered v.
func caught(v any) error {
	at, stack := trace.Panic()
	return &panicked{fmt.Sprintf("%.300v", v), at, stack}
}

// told is an error as a person reads it who looks for its cause.
func told(err error) string {
	if p, ok := errors.AsType[placed](err); ok && p.At() != "" {
		return fmt.Sprintf("%v, at %s", err, p.At())
	}
	return err.Error()
}

// placed is an error that knows the line of the plugin which it comes from, also in
// another process.
type placed interface {
	error
	At() string
}

// At is the line of the plugin.
func (p *panicked) At() string { return p.at }

// stack is where err panicked; empty if it did not.
func stack(err error) string {
	if p, ok := errors.AsType[*panicked](err); ok {
		return p.stack
	}
	return ""
}

// errTimeout says that a plugin did not answer within its time.
type errTimeout struct {
	limit     time.Duration
	ended     bool // its process was
	abandoned bool // and has not come back
}

func (e errTimeout) Error() string {
	text := fmt.Sprintf("the plugin did not answer within %v", e.limit)
	if e.ended {
		text += "; its process was ended"
	}
	if e.abandoned {
		text += " and does not heed its context: it was left behind, still running"
	}
	return text
}

// call runs the plugin on a goroutine of its own, because a deadline has to
// hold also for a plugin that does not heed it. A [Distant] one heeds it: what would
// not is in another process.
func (d *Dispatcher) call(ctx context.Context, log *slog.Logger, b *Bot, work chat.EventWork, e chat.Event) (answer, error) {
	ctx, cancel := clockwork.WithTimeout(ctx, d.Clock, b.Limits.Timeout)
	defer cancel()
	fail.Here(fail.PluginBegins)
	r := newRun(b, work)
	if _, distant := b.handler.(Distant); distant {
		r.do(ctx, e)
	} else {
		go r.do(ctx, e)
	}
	result := d.await(ctx, r)
	fail.Here(fail.PluginDone)
	if t, ok := errors.AsType[errTimeout](result.err); ok && t.abandoned {
		log.Error("a plugin hangs past its deadline", "plugin", b.Plugin.Name(), "timeout", b.Limits.Timeout, "hanging", b.stuck.Load(), "limit", maxStuck)
	}
	if s := stack(result.err); s != "" {
		log.Error("a plugin panicked", "plugin", b.Plugin.Name(), "version", b.Plugin.Version(), "error", told(result.err), "stack", s)
	}
	return result.answer, result.err
}

func (d *Dispatcher) await(ctx context.Context, r *run) result {
	select {
	case got := <-r.done:
		if !over(ctx) {
			return got
		}
		r.done <- got
	case <-ctx.Done():
	}
	// Everything that is not the deadline is the end of the process, which
	// gave its grace already.
	late := errTimeout{limit: r.bot.Limits.Timeout}
	select {
	case got := <-r.done:
		if got.err != nil && !errors.Is(got.err, ErrAway) {
			late.ended = errors.Is(got.err, ErrEnded)
			got.err = late
		}
		return got
	case <-time.After(afterDeadline):
	}
	late.abandoned = r.abandon()
	return result{err: late}
}

// over reports whether a context has ended. Its Err would wait for that with a clock
// that stands.
func over(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	default:
		return false
	}
}

// run is one call of a plugin.
type run struct {
	bot   *Bot
	work  chat.EventWork // what the event was made of, which the plugin does not see
	done  chan result    // holds one, so that the goroutine can always end
	state atomic.Int32
}

type result struct {
	answer answer
	err    error
}

// The states of a run: whoever moves it out of running decides.
const (
	running int32 = iota
	ended
	abandoned
)

// newRun holds the bot until it ends, which may be long after it was given up.
func newRun(b *Bot, work chat.EventWork) *run {
	b.share()
	return &run{bot: b, work: work, done: make(chan result, 1)}
}

// do calls the plugin and copies its answer, all of it here: what the plugin
// keeps pointers to must not be read by anybody else.
func (r *run) do(ctx context.Context, e chat.Event) {
	got := result{err: errors.New("the plugin ended its own goroutine")}
	defer func() {
		if v := recover(); v != nil {
			got = result{err: caught(v)}
		}
		r.end(got)
	}()
	messages, err := r.bot.handler.Handle(ctx, e)
	if err != nil {
		got = result{err: err}
		return
	}
	a, err := newAnswer(messages, e.Timers.List())
	a.state, a.session = changed(r.work.State, e.State), changed(r.work.Session, e.Session)
	got = result{a, err}
}

func (r *run) end(got result) {
	defer r.bot.release()
	r.done <- got
	if !r.state.CompareAndSwap(running, ended) {
		r.bot.stuck.Add(-1)
	}
}

// abandon leaves the run behind; false when it has just ended after all.
func (r *run) abandon() bool {
	r.bot.stuck.Add(1)
	if r.state.CompareAndSwap(running, abandoned) {
		return true
	}
	r.bot.stuck.Add(-1)
	return false
}
