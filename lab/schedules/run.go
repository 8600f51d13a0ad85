package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/internal/fail"
	"github.com/botd-chat/botd/lab/rig"
)

// run is one seed's schedule under way. Its time is the bubble's.
type run struct {
	plan
	bug    bug
	world  *world
	clock  *clock
	disk   *disk
	haste  haste
	began  time.Time
	random *rand.Rand // of what is left after a loss of power

	// What the judge knows.
	acks    acks
	seen    cover
	slow    atomic.Int64 // how long the next commit takes, in nanoseconds
	figures rig.Figures
	stories strings.Builder // what botd tells, when the judge found something

	mu     sync.Mutex
	life   *life // nil while botd is down
	failed []error

	senders sync.WaitGroup
	over    atomic.Bool // the trouble
}

// acks are what senders were told.
type acks struct {
	mu     sync.Mutex
	events map[int]chat.EventID // by the number of the order
	times  map[int]time.Time    // when it was first known to be acknowledged
	again  map[int]map[int]bool // by the number of the order: the tries of which was said to write it again
}

func newRun(p plan, b bug, t template, folder string) (*run, error) {
	w, err := newWorld(p)
	if err != nil {
		return nil, err
	}
	d, err := t.newDisk(folder)
	if err != nil {
		return nil, err
	}
	return &run{
		plan: p, bug: b, world: w, clock: newClock(), disk: d, began: time.Now(),
		random: rand.New(rand.NewPCG(p.seed, 2)), //nolint:gosec // a seed must repeat a run
		acks:   acks{events: map[int]chat.EventID{}, times: map[int]time.Time{}, again: map[int]map[int]bool{}},
	}, nil
}

// make lets the plan happen, and returns what the judge found.
func (r *run) make(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := r.begin(ctx, nil, 0); err != nil {
		return err
	}
	var living sync.WaitGroup
	living.Go(func() { r.live(ctx) })
	r.play(ctx)
	living.Wait() // the last life has begun
	r.senders.Wait()
	quiet := r.settle(ctx)
	last := r.current()
	r.world.sim.Close()
	if last == nil {
		return fmt.Errorf("botd did not come to life again: %v", r.failed)
	}
	verdict := r.judge(ctx, last, quiet)
	last.die()
	if err := last.end(); err != nil {
		r.fail("ending: %w", err)
	}
	return verdict
}

// play does what the plan says to the world, in the order of time.
func (r *run) play(ctx context.Context) {
	type deed struct {
		at time.Duration
		do func()
	}
	var deeds []deed
	for _, a := range r.arrive {
		deeds = append(deeds, deed{a.at, func() { r.senders.Go(func() { r.send(ctx, a) }) }})
	}
	for _, c := range r.changes {
		deeds = append(deeds, deed{c.at, func() { r.world.change(c) }}) //nolint:contextcheck // apps are told by the service, in its own time
	}
	for _, f := range r.faults {
		deeds = append(deeds, deed{f.from, r.weather}, deed{f.to, r.weather})
	}
	for _, l := range r.leaps {
		deeds = append(deeds, deed{l.at, func() { r.clock.set(l.by); r.seen.note("clock", "set while botd runs") }})
	}
	slices.SortStableFunc(deeds, func(a, b deed) int { return int(a.at - b.at) })
	for _, d := range deeds {
		time.Sleep(d.at - time.Since(r.began))
		d.do()
	}
	time.Sleep(r.length - time.Since(r.began))
	r.over.Store(true)
	r.world.sim.ClearFaults()
	r.clock.right()
}

// weather puts the faults in force that are to be now.
func (r *run) weather() {
	at := time.Since(r.began)
	var now []simulator.Fault
	for _, f := range r.faults {
		if f.from <= at && at < f.to && !r.over.Load() {
			now = append(now, f.fault)
		}
	}
	if err := r.world.refault(now); err != nil {
		r.fail("the weather: %w", err)
	}
}

// send is a sender who does not give up, as senders do not.
func (r *run) send(ctx context.Context, a arrival) {
	post := r.post
	if a.held {
		post = r.writer(a)
	}
	first := post(ctx, a.order)
	r.acks.mu.Lock()
	r.acks.events[a.order.N], r.acks.times[a.order.N] = first, time.Now()
	r.acks.mu.Unlock()
	if a.again == 0 {
		return
	}
	time.Sleep(a.again)
	if second := post(ctx, a.order); second != first {
		r.fail("order %d was posted twice and became events %s and %s", a.order.N, first, second)
	}
	r.seen.note("webhook", "posted twice")
}

// post posts until it is acknowledged.
func (r *run) post(ctx context.Context, o order) chat.EventID {
	for {
		if l := r.current(); l != nil {
			receipt, acknowledged, err := l.post(o)
			r.tally(func(f *rig.Figures) {
				f.Posts++
				if receipt.Repeated {
					f.Repeated++
				}
			})
			switch {
			case err != nil:
				r.fail("posting: %w", err)
				return 0
			case acknowledged && len(receipt.Events) == 1:
				return receipt.Events[0]
			case acknowledged:
				r.fail("order %d became %d events", o.N, len(receipt.Events))
				return 0
			}
			r.seen.note("webhook", "not acknowledged")
		}
		time.Sleep(time.Second)
		if ctx.Err() != nil || time.Since(r.began) > r.length+time.Hour {
			r.fail("order %d is not acknowledged after an hour without trouble", o.N)
			return 0
		}
	}
}

// live gives botd its deaths, one after the other, and a last life.
func (r *run) live(ctx context.Context) {
	for _, d := range r.deaths {
		if r.over.Load() {
			return
		}
		last := r.current()
		if last == nil {
			return
		}
		rest := r.await(last, d)
		if err := last.end(); err != nil && !last.dead.Load() {
			r.fail("ending: %w", err)
		}
		time.Sleep(d.down)
		if d.leap != 0 {
			r.clock.set(d.leap)
			r.seen.note("clock", "set while botd was down")
		}
		if err := r.begin(ctx, rest, d.down); err != nil {
			r.fail("coming to life after %v: %w", d, err)
			return
		}
	}
}

// await waits for a death and returns what is on the disk then; nil when it was
// an orderly stop, which leaves the disk as it is.
func (r *run) await(l *life, d death) *left {
	died := make(chan left, 1)
	var hits atomic.Int64
	stop := fail.Watch(func(p fail.Point) {
		r.passed(p)
		if p != d.point || hits.Add(1) != d.nth {
			return
		}
		l.die()
		rest, err := r.disk.look()
		if err != nil {
			r.fail("looking at the disk: %w", err)
		}
		died <- rest
	})
	timer := time.NewTimer(d.within)
	defer timer.Stop()
	select {
	case rest := <-died:
		stop()
		r.set(nil)
		r.seen.note("died", string(d.point))
		r.tally(func(f *rig.Figures) { f.Kills++ })
		r.seen.note("power", d.loss)
		rest = rest.lose(d.loss, r.random)
		if r.bug == unflushed {
			rest = rest.unflushed()
		}
		return &rest
	case <-timer.C:
	}
	r.watch()
	r.set(nil)
	r.seen.note("died", "stopped")
	return nil
}

// passed notes a step of the line.
func (r *run) passed(p fail.Point) {
	r.seen.note("step", string(p))
	if p != fail.Committed {
		return
	}
	r.disk.committed()
	time.Sleep(time.Duration(r.slow.Swap(0)))
	if r.haste.commit(time.Since(r.began)) == tooMany {
		r.circle()
	}
}

// circle ends a life in which no time would ever pass any more.
func (r *run) circle() {
	r.fail("%d transactions within a second from %v on: it runs in a circle", tooMany, time.Since(r.began).Truncate(time.Second))
	if l := r.current(); l != nil {
		l.cancel()
	}
}

// tooMany transactions within a second of the bubble's have no sense.
const tooMany = 5000

// haste counts the commits of a second. The writer alone touches it.
type haste struct {
	second time.Duration
	n      int
}

func (h *haste) commit(at time.Duration) int {
	if s := at.Truncate(time.Second); s != h.second {
		h.second, h.n = s, 0
	}
	h.n++
	return h.n
}

// watch has the steps noted, and nobody die.
func (r *run) watch() { fail.Watch(r.passed) }

// begin brings botd to life on what is left; nil is the disk as it is.
func (r *run) begin(ctx context.Context, rest *left, down time.Duration) error {
	if rest != nil {
		if err := r.disk.next(*rest); err != nil {
			return err
		}
	}
	r.watch()
	l, err := start(ctx, r.plan, r.world, r.disk, r.clock, r.bug)
	if err != nil {
		return fmt.Errorf("after %v: %w", down, err)
	}
	r.set(l)
	return nil
}

func (r *run) set(l *life) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.life = l
}

func (r *run) current() *life {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.life
}

func (r *run) tally(count func(*rig.Figures)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	count(&r.figures)
}

func (r *run) fail(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failed = append(r.failed, fmt.Errorf(format, args...))
}

// patience is how long all may take to be quiet after the trouble.
const patience = time.Hour

// settle waits until nothing is on its way any more, and says whether that came
// about in time.
func (r *run) settle(ctx context.Context) (quiet bool) {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Second) {
		l := r.current()
		if l == nil {
			return false
		}
		list, _, err := l.store.Events(ctx, readyOnes)
		if err != nil {
			r.fail("listing what is on its way: %w", err)
			return false
		}
		if len(list) == 0 {
			return true
		}
	}
	return false
}
