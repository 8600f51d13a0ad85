package schedules

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
)

// wallClock is a fake clock whose wall time can be set without its timers
// noticing, as it is on a real machine.
type wallClock struct {
	*clockwork.FakeClock
	ahead atomic.Int64 // nanoseconds
}

func (c *wallClock) Now() time.Time {
	return c.FakeClock.Now().Add(time.Duration(c.ahead.Load()))
}

func (c *wallClock) set(t time.Time) { c.ahead.Add(int64(t.Sub(c.Now()))) }

// strikes collects the firings; every call, and those that a store with a
// unique key would keep.
type strikes struct {
	mu    sync.Mutex
	calls []string
	kept  []string
	fail  func(e Entry, intended time.Time) error
	more  chan struct{}
}

func (s *strikes) fire(_ context.Context, e Entry, intended time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		select {
		case s.more <- struct{}{}:
		default:
		}
	}()
	key := fmt.Sprintf("%s %s", e.Trigger, intended.Format(time.RFC3339))
	s.calls = append(s.calls, key)
	if s.fail != nil {
		if err := s.fail(e, intended); err != nil {
			return err
		}
	}
	if !slices.Contains(s.kept, key) {
		s.kept = append(s.kept, key)
	}
	return nil
}

func (s *strikes) failWith(f func(e Entry, intended time.Time) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = f
}

// bench is a runner that runs on a fake clock.
type bench struct {
	t     *testing.T
	clock *wallClock
	strikes
	log  bytes.Buffer
	late sync.Map // trigger: the last lateness
	stop func()

	runner *Runner
}

func start(t *testing.T, from string, lines map[string]string) *bench {
	return startSince(t, from, time.Time{}, lines)
}

// startSince runs entries, each a trigger's name and "line;zone".
func startSince(t *testing.T, from string, since time.Time, lines map[string]string) *bench {
	t.Helper()
	b := &bench{t: t, clock: &wallClock{FakeClock: clockwork.NewFakeClockAt(at(from))}}
	b.more = make(chan struct{}, 1)
	r := &Runner{
		Fire: b.fire, Since: since, Clock: b.clock,
		Log:   slog.New(slog.NewTextHandler(&syncWriter{w: &b.log}, nil)),
		Fired: func(e Entry, late time.Duration, _ error) { b.late.Store(string(e.Trigger), late) },
	}
	for name, spec := range lines {
		line, zone, _ := strings.Cut(spec, ";")
		s, err := Parse(line, zone)
		if err != nil {
			t.Fatal(err)
		}
		r.Entries = append(r.Entries, Entry{Bot: "standup", Trigger: chat.TriggerName(name), Schedule: s})
	}
	b.runner = r
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	b.stop = sync.OnceFunc(func() { cancel(); <-done })
	t.Cleanup(b.stop)
	b.asleep(1)
	return b
}

type syncWriter struct {
	mu sync.Mutex
	w  *bytes.Buffer
}

func (s *syncWriter) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w.Write(p)
}

// asleep waits until so many wait for the clock: the runner, and each firing
// that is to be repeated.
func (b *bench) asleep(n int) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := b.clock.BlockUntilContext(ctx, n); err != nil {
		b.t.Fatalf("nobody sleeps: %v; calls %v", err, b.calls)
	}
}

// run lets time pass in steps.
func (b *bench) run(d, step time.Duration) {
	b.t.Helper()
	for ; d > 0; d -= step {
		b.clock.Advance(step)
		b.asleep(1)
	}
}

// want waits until the kept firings are these, in any order of entries.
func (b *bench) want(keys ...string) {
	b.t.Helper()
	b.wait("kept", func() []string { return b.kept }, keys)
}

func (b *bench) wantCalls(keys ...string) {
	b.t.Helper()
	b.wait("calls", func() []string { return b.calls }, keys)
}

func (b *bench) wait(what string, list func() []string, keys []string) {
	b.t.Helper()
	slices.Sort(keys)
	timeout := time.After(10 * time.Second)
	for {
		b.mu.Lock()
		got := slices.Sorted(slices.Values(list()))
		b.mu.Unlock()
		if slices.Equal(got, keys) {
			return
		}
		select {
		case <-b.more:
		case <-timeout:
			b.t.Fatalf("%s %v\nwant %v", what, got, keys)
		}
	}
}

func TestRunner(t *testing.T) {
	t.Run("each entry is fired with the time that was meant, in UTC", func(t *testing.T) {
		b := start(t, "2026-11-24T23:58:50Z", map[string]string{"nine": "0 9 * * *;Asia/Seoul", "often": "*/2 * * * *"})
		b.run(4*time.Minute, 10*time.Second)
		b.want("nine 2026-11-25T00:00:00Z", "often 2026-11-25T00:00:00Z", "often 2026-11-25T00:02:00Z")
	})
	t.Run("a time that is now is not fired at the start", func(t *testing.T) {
		b := start(t, "2026-11-24T09:00:00Z", map[string]string{"nine": "0 9 * * *"})
		b.run(24*time.Hour, 30*time.Minute)
		b.want("nine 2026-11-25T09:00:00Z")
	})
	t.Run("a runner that is to go on from a time makes up what came since", func(t *testing.T) {
		b := startSince(t, "2026-11-24T09:00:10Z", at("2026-11-24T08:59:00Z"), map[string]string{"nine": "0 9 * * *"})
		b.want("nine 2026-11-24T09:00:00Z")
	})
	t.Run("in New York each day has its half past two and its half past one once", func(t *testing.T) {
		lines := map[string]string{"gap": "30 2 * * *;America/New_York", "overlap": "30 1 * * *;America/New_York"}
		b := start(t, "2026-03-08T05:00:00Z", lines)
		b.run(26*time.Hour, 5*time.Minute)
		b.wantCalls("overlap 2026-03-08T06:30:00Z", "gap 2026-03-08T07:00:00Z", "overlap 2026-03-09T05:30:00Z", "gap 2026-03-09T06:30:00Z")
		b = start(t, "2026-11-01T04:00:00Z", lines)
		b.run(25*time.Hour, 5*time.Minute)
		b.wantCalls("overlap 2026-11-01T05:30:00Z", "gap 2026-11-01T07:30:00Z")
	})
	t.Run("a midnight that does not exist is not lost", func(t *testing.T) {
		b := start(t, "2024-03-30T20:00:00Z", map[string]string{"midnight": "0 0 * * *;Asia/Beirut"})
		b.run(26*time.Hour, 10*time.Minute)
		b.wantCalls("midnight 2024-03-30T22:00:00Z", "midnight 2024-03-31T21:00:00Z")
	})
	t.Run("after a sleep the latest missed time is made up, and the others are told", func(t *testing.T) {
		b := start(t, "2026-11-24T08:55:00Z", map[string]string{"often": "*/10 * * * *", "nine": "0 9 * * *", "ten": "0 10 * * *"})
		b.clock.set(at("2026-11-24T09:25:00Z"))
		b.run(30*time.Second, 30*time.Second)
		b.wantCalls("often 2026-11-24T09:20:00Z", "nine 2026-11-24T09:00:00Z")
		if late, _ := b.late.Load("nine"); late != 25*time.Minute+30*time.Second {
			t.Errorf("late by %v", late)
		}
		b.stop()
		if log := b.log.String(); !strings.Contains(log, "missed") || !strings.Contains(log, "made_up=2026-11-24T09:20:00.000Z") {
			t.Errorf("log: %s", log)
		}
	})
	t.Run("a clock that was decades behind makes up one time, at once", func(t *testing.T) {
		b := start(t, "1970-01-01T00:00:00Z", map[string]string{"minute": "* * * * *", "yearly": "0 0 1 1 *"})
		b.clock.set(at("2026-11-24T09:00:00Z"))
		b.run(30*time.Second, 30*time.Second)
		b.wantCalls("minute 2026-11-24T09:00:00Z", "yearly 2026-01-01T00:00:00Z")
	})
	t.Run("a clock set back fires the same times again, under the same key", func(t *testing.T) {
		b := start(t, "2026-11-24T08:59:30Z", map[string]string{"nine": "0 9 * * *"})
		b.run(time.Minute, 30*time.Second)
		b.wantCalls("nine 2026-11-24T09:00:00Z")
		b.clock.set(at("2026-11-24T08:00:00Z"))
		b.run(90*time.Minute, 30*time.Second)
		b.wantCalls("nine 2026-11-24T09:00:00Z", "nine 2026-11-24T09:00:00Z")
		b.want("nine 2026-11-24T09:00:00Z")
	})
	t.Run("a clock that was years ahead does not silence an entry", func(t *testing.T) {
		b := start(t, "2026-11-24T08:00:00Z", map[string]string{"nine": "0 9 * * *"})
		b.clock.set(at("2030-01-01T00:00:00Z"))
		b.run(30*time.Second, 30*time.Second)
		b.want("nine 2029-12-31T09:00:00Z")
		b.clock.set(at("2026-11-24T08:59:00Z"))
		b.run(2*time.Minute, 30*time.Second)
		b.want("nine 2029-12-31T09:00:00Z", "nine 2026-11-24T09:00:00Z")
	})
	t.Run("a step back of seconds fires nothing twice", func(t *testing.T) {
		b := start(t, "2026-11-24T08:59:50Z", map[string]string{"nine": "0 9 * * *"})
		b.run(10*time.Second, 10*time.Second)
		b.wantCalls("nine 2026-11-24T09:00:00Z")
		b.clock.set(at("2026-11-24T08:59:40Z"))
		b.run(2*time.Minute, 10*time.Second)
		b.wantCalls("nine 2026-11-24T09:00:00Z")
	})
	t.Run("no entries: it sleeps and stops", func(t *testing.T) {
		b := start(t, "2026-11-24T09:00:00Z", nil)
		b.run(time.Minute, 30*time.Second)
		b.wantCalls()
	})
}

func TestFailedFirings(t *testing.T) {
	t.Run("they are repeated until they are kept, in order, and hold up nobody else", func(t *testing.T) {
		b := start(t, "2026-11-24T08:59:50Z", map[string]string{"bad": "* * * * *", "good": "* * * * *"})
		b.failWith(func(e Entry, _ time.Time) error {
			if e.Trigger == "bad" {
				return errors.New("the disk is full")
			}
			return nil
		})
		b.clock.Advance(10 * time.Second)
		b.want("good 2026-11-24T09:00:00Z")
		b.asleep(2) // the runner, and the one that will be repeated
		b.clock.Advance(59 * time.Second)
		b.asleep(2)
		b.clock.Advance(time.Second)
		b.want("good 2026-11-24T09:00:00Z", "good 2026-11-24T09:01:00Z")
		b.asleep(2)
		b.failWith(nil)
		b.run(time.Minute, 10*time.Second)
		b.want("good 2026-11-24T09:00:00Z", "good 2026-11-24T09:01:00Z", "good 2026-11-24T09:02:00Z",
			"bad 2026-11-24T09:00:00Z", "bad 2026-11-24T09:01:00Z", "bad 2026-11-24T09:02:00Z")
		if i, j := slices.Index(b.kept, "bad 2026-11-24T09:00:00Z"), slices.Index(b.kept, "bad 2026-11-24T09:01:00Z"); i > j {
			t.Errorf("out of order: %v", b.kept)
		}
	})
	t.Run("the waits grow from one second to a minute", func(t *testing.T) {
		b := start(t, "2026-11-24T08:59:59Z", map[string]string{"nine": "0 9 * * *"})
		b.failWith(func(Entry, time.Time) error { return errors.New("busy") })
		b.clock.Advance(time.Second)
		b.asleep(2)
		tries := 1
		for _, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
			wait *= time.Second
			b.clock.Advance(wait - time.Millisecond)
			b.asleep(2)
			b.mu.Lock()
			got := len(b.calls)
			b.mu.Unlock()
			if got != tries {
				t.Fatalf("%d calls before the wait of %s is over, want %d", got, wait, tries)
			}
			b.clock.Advance(time.Millisecond)
			tries++
			b.wantCalls(slices.Repeat([]string{"nine 2026-11-24T09:00:00Z"}, tries)...)
			b.asleep(2)
		}
	})
	t.Run("one that can never succeed is given up", func(t *testing.T) {
		b := start(t, "2026-11-24T08:59:50Z", map[string]string{"minute": "* * * * *"})
		b.failWith(func(_ Entry, intended time.Time) error {
			if intended.Equal(at("2026-11-24T09:00:00Z")) {
				return fmt.Errorf("no such bot: %w", ErrNever)
			}
			return nil
		})
		b.run(2*time.Minute, 10*time.Second)
		b.want("minute 2026-11-24T09:01:00Z")
		b.wantCalls("minute 2026-11-24T09:00:00Z", "minute 2026-11-24T09:01:00Z")
	})
	t.Run("a panic is an error like any other", func(t *testing.T) {
		b := start(t, "2026-11-24T08:59:50Z", map[string]string{"minute": "* * * * *"})
		var once sync.Once
		b.failWith(func(Entry, time.Time) error {
			once.Do(func() { panic("out of order") })
			return nil
		})
		b.clock.Advance(10 * time.Second)
		b.asleep(2)
		b.clock.Advance(time.Second)
		b.want("minute 2026-11-24T09:00:00Z")
	})
	t.Run("a stop does not wait for the next try and says what was not fired", func(t *testing.T) {
		b := start(t, "2026-11-24T08:59:50Z", map[string]string{"nine": "0 9 * * *"})
		b.failWith(func(Entry, time.Time) error { return errors.New("down") })
		b.clock.Advance(10 * time.Second)
		b.asleep(2)
		b.stop()
		if !strings.Contains(b.log.String(), "not fired") {
			t.Errorf("log: %s", b.log.String())
		}
	})
}

// A firing that is being stored when the program stops is stored.
func TestStopLetsACallEnd(t *testing.T) {
	s, err := Parse("* * * * *", "")
	if err != nil {
		t.Fatal(err)
	}
	clock := clockwork.NewFakeClockAt(at("2026-11-24T08:59:59Z"))
	ctx, cancel := context.WithCancel(t.Context())
	began, let := make(chan struct{}), make(chan struct{})
	var stored atomic.Bool
	r := &Runner{Entries: []Entry{{Schedule: s}}, Clock: clock, Fire: func(ctx context.Context, _ Entry, _ time.Time) error {
		close(began)
		<-let
		stored.Store(ctx.Err() == nil)
		return nil
	}}
	done := make(chan struct{})
	go func() { defer close(done); r.Run(ctx) }()
	if err := clock.BlockUntilContext(ctx, 1); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Second)
	<-began
	cancel()
	close(let)
	<-done
	if !stored.Load() {
		t.Error("the call was cut off")
	}
}

func BenchmarkNext(b *testing.B) {
	for _, line := range []string{"* * * * *", "0 9 * * 1-5", "0 0 29 2 *"} {
		s, err := Parse(line, "America/New_York")
		if err != nil {
			b.Fatal(err)
		}
		b.Run(line, func(b *testing.B) {
			t := at("2026-11-24T09:00:00Z")
			for b.Loop() {
				t = s.Next(t)
				if t.Year() > 2100 {
					t = at("2026-11-24T09:00:00Z")
				}
			}
		})
	}
}
