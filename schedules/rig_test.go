package schedules_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/schedules"
	"github.com/botd-chat/botd/store"
)

// wall is the clock of a machine, which can be set; timers do not notice, as they do not
// on a real one.
type wall struct {
	clockwork.Clock
	ahead atomic.Int64 // nanoseconds
}

func newWall(now string) *wall {
	w := &wall{Clock: clockwork.NewRealClock()}
	w.set(at(now))
	return w
}

func (w *wall) Now() time.Time                  { return w.Clock.Now().Add(time.Duration(w.ahead.Load())) }
func (w *wall) Since(t time.Time) time.Duration { return w.Now().Sub(t) }
func (w *wall) set(t time.Time)                 { w.ahead.Add(int64(t.Sub(w.Now()))) }
func (w *wall) step(d time.Duration)            { w.ahead.Add(int64(d)) }

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// disk is the store, which can be out of order, or hang for a scheduler that has its own
// way to it.
type disk struct {
	*store.Store
	broken atomic.Pointer[func([]chat.Strike) error] // nil: it is not
	hangs  atomic.Bool
}

// breaks puts what is wrong with the disk in place of what was; nil mends it.
func (d *disk) breaks(f func([]chat.Strike) error) {
	if f == nil {
		d.broken.Store(nil)
		return
	}
	d.broken.Store(&f)
}

func (d *disk) Strike(ctx context.Context, list []chat.Strike) ([]chat.Struck, error) {
	if d.hangs.Load() {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if broken := d.broken.Load(); broken != nil {
		if err := (*broken)(list); err != nil {
			return nil, err
		}
	}
	return d.Store.Strike(ctx, list)
}

// rig is a scheduler and a watch over a real store. It lives in a bubble.
type rig struct {
	t     *testing.T
	clock *wall
	store *store.Store
	disk  *disk
	quiet schedules.Times
	stop  func()

	arrival func(chat.ScheduleRecord) error // nil: every one arrives
	times   func(chat.ScheduleRecord) error

	mu     sync.Mutex
	log    bytes.Buffer
	lates  []string
	struck []chat.Firing
}

func (r *rig) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.Write(b)
}

func (r *rig) logged() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.log.String()
}

// inBubble runs a test in a bubble of its own.
func inBubble(t *testing.T, name, now string, f func(r *rig)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		dir := t.TempDir()
		synctest.Test(t, func(t *testing.T) {
			r := &rig{t: t, clock: newWall(now)}
			var err error
			r.store, err = store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(dir, "botd.db"), Clock: r.clock.Now})
			r.must(err)
			r.disk = &disk{Store: r.store}
			defer func() { r.end(); r.must(r.store.Close()) }()
			f(r)
		})
	})
}

func (r *rig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// have puts schedules in the store, each with its name, and starts.
func (r *rig) have(specs ...chat.ScheduleSpec) {
	r.t.Helper()
	r.sync(specs)
	r.start()
}

func (r *rig) sync(specs []chat.ScheduleSpec) []chat.ScheduleRecord {
	r.t.Helper()
	list, err := r.store.SyncSchedules(r.t.Context(), specs)
	r.must(err)
	return list
}

func spec(name, line string, change ...func(*chat.ScheduleSpec)) chat.ScheduleSpec {
	s := chat.ScheduleSpec{Bot: "standup", Name: chat.TriggerName(name), Trigger: chat.TriggerName(name), Timing: chat.Timing{Line: line}}
	for _, c := range change {
		c(&s)
	}
	return s
}

func (r *rig) options(s schedules.Store, c clockwork.Clock) schedules.Options {
	return schedules.Options{
		Store: s, Changed: r.store.SchedulesChanged(), Times: r.timesOf, Arrival: r.arrive, Clock: c,
		Log: slog.New(slog.NewTextHandler(r, nil)), Struck: func(_ chat.ScheduleRecord, f chat.Firing) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.struck = append(r.struck, f)
		},
	}
}

func (r *rig) timesOf(s chat.ScheduleRecord) (schedules.Times, error) {
	if r.times != nil {
		if err := r.times(s); err != nil {
			return schedules.Times{}, err
		}
	}
	read, err := schedules.Read(s.Timing, s.Started, nil)
	if _, past := errors.AsType[*schedules.PastError](err); past {
		err = nil
	}
	return schedules.Times{Schedule: read, Quiet: r.quiet.Quiet, Then: r.quiet.Then}, err
}

func (r *rig) arrive(s chat.ScheduleRecord, meant time.Time) (chat.Arrival, error) {
	if r.arrival != nil {
		if err := r.arrival(s); err != nil {
			return chat.Arrival{}, err
		}
	}
	return chat.Arrival{App: "main", Bot: s.Bot, Trigger: s.Trigger, Kind: chat.Schedule, Groups: []chat.GroupID{"@TGS#2ROOM"}, Time: meant,
		Key: fmt.Sprintf("schedule/%s/%s/%s", s.Bot, s.Name, meant.Format(time.RFC3339))}, nil
}

// start runs a scheduler and a watch, and waits until they sleep.
func (r *rig) start() {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	watch := &schedules.Watch{Store: r.store, Times: r.timesOf, Clock: r.clock, Log: slog.New(slog.NewTextHandler(r, nil)), Late: func(l schedules.Late) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.lates = append(r.lates, fmt.Sprintf("%s %s", l.Name, l.Meant.Format("15:04")))
	}}
	all.Go(func() { _ = schedules.New(r.options(r.disk, r.clock)).Run(ctx) })
	all.Go(func() { _ = watch.Run(ctx) })
	r.stop = func() { cancel(); all.Wait() }
	synctest.Wait()
}

func (r *rig) end() {
	if r.stop != nil {
		r.stop()
		r.stop = nil
	}
}

// run lets time pass.
func (r *rig) run(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// until lets time pass until the clock shows this.
func (r *rig) until(text string) {
	r.t.Helper()
	d := at(text).Sub(r.clock.Now())
	if d < 0 {
		r.t.Fatalf("it is %s", r.clock.Now())
	}
	r.run(d)
}

// firings are all there are, the first meant first, of one schedule or of all.
func (r *rig) firings(name string) (list []string) {
	r.t.Helper()
	all, _, err := r.store.Firings(r.t.Context(), store.FiringQuery{Limit: 500})
	r.must(err)
	slices.SortStableFunc(all, func(a, b chat.Firing) int { return a.Meant.Compare(b.Meant) })
	for _, f := range all {
		if string(f.Name) != name {
			continue
		}
		text := f.Meant.Format("02 15:04")
		if f.Count > 1 {
			text += fmt.Sprintf("..%s x%d", f.Last.Format("02 15:04"), f.Count)
		}
		if f.Receipt == "" {
			text += " " + string(f.Outcome)
		} else if late := f.Struck.Sub(f.Meant); late >= time.Second {
			text += " +" + late.Truncate(time.Second).String()
		}
		list = append(list, text)
	}
	return list
}

func (r *rig) want(name string, want ...string) {
	r.t.Helper()
	if got := r.firings(name); !slices.Equal(got, want) {
		r.t.Errorf("%s: %s\nwant %s\n%s", name, strings.Join(got, ", "), strings.Join(want, ", "), r.logged())
	}
}

// events is how many there are, and none has the same time as another.
func (r *rig) events(want int) {
	r.t.Helper()
	list, _, err := r.store.Events(r.t.Context(), store.Filter{Limit: 500})
	r.must(err)
	seen := map[string]bool{}
	for _, e := range list {
		key := string(e.Trigger) + e.Time.String()
		if seen[key] {
			r.t.Errorf("two events of %s at %s", e.Trigger, e.Time)
		}
		seen[key] = true
	}
	if len(list) != want {
		r.t.Errorf("%d events, want %d", len(list), want)
	}
}

func (r *rig) late(want ...string) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.lates, want) {
		r.t.Errorf("late: %v, want %v", r.lates, want)
	}
}
