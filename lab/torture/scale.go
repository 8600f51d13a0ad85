package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/lab/rig"
	"github.com/botd-chat/botd/store"
)

// scale measures botd with more and more events in its store. What an operator
// and a sender feel must not grow with it.
func scale(ctx context.Context, r *run) (rig.Figures, error) {
	lab, err := r.fastLab(ctx, 100)
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	if err := fill(ctx, lab, pick(r, 100, 500)); err != nil {
		return rig.Figures{}, err
	}
	copies, err := rig.NewCopies(ctx, lab.Botd.Store())
	if err != nil {
		return rig.Figures{}, err
	}
	var all []measures
	for _, size := range pick(r, []int{200, 5_000}, []int{500, 10_000, 100_000, 1_000_000}) {
		m, err := measureAt(ctx, r, lab, copies, size)
		if err != nil {
			return rig.Figures{}, fmt.Errorf("with %d events: %w", size, err)
		}
		all = append(all, m)
	}
	if err := lab.Restart(ctx); err != nil {
		return rig.Figures{}, err
	}
	f, err := lab.Finish(ctx)
	for _, m := range all {
		f.Note("%s", m)
	}
	if err == nil {
		err = flat(all[pick(r, 0, 1)], all[len(all)-1])
	}
	return f, err
}

// fill has n webhooks go their whole way, and stops botd.
func fill(ctx context.Context, lab *rig.Lab, n int) error {
	if err := lab.Botd.Start(ctx); err != nil {
		return err
	}
	if _, err := post(ctx, lab, n); err != nil {
		return err
	}
	if err := lab.Settle(ctx, time.Minute); err != nil {
		return err
	}
	_, err := lab.Botd.Stop(inTime)
	return err
}

// post posts about n webhooks at a hundred a second and returns how long each
// took to be acknowledged.
func post(ctx context.Context, lab *rig.Lab, n int) ([]time.Duration, error) {
	const rate = 100
	before := lab.Ledger.Acknowledged()
	senders := lab.Send(ctx, rate)
	rig.Wait(ctx, time.Duration(n)*time.Second/rate)
	if err := senders.Halt(); err != nil {
		return nil, err
	}
	var took []time.Duration
	for n, a := range lab.Ledger.Acknowledged() {
		if _, old := before[n]; !old {
			took = append(took, a.Known.Sub(a.Posted))
		}
	}
	return took, nil
}

// fastLab makes a lab that is not held back by rates, and does not start it.
func (r *run) fastLab(ctx context.Context, groups int) (*rig.Lab, error) {
	return rig.New(ctx, rig.Plan{Binary: r.binary, Folder: r.folder, Groups: groups, Seed: r.seed, Fast: true})
}

// measures are what was measured at one size.
type measures struct {
	events       int
	file, memory int64 // bytes
	started      time.Duration
	took         []timing
}

// timing is how long one kind of question took.
type timing struct {
	what     string
	p50, p99 time.Duration
}

func (m measures) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d events: file %d MB, memory %d MB, ready after %s", m.events, m.file>>20, m.memory>>20, rig.Round(m.started))
	for _, t := range m.took {
		fmt.Fprintf(&b, "; %s %.1f/%.1f ms", t.what, milliseconds(t.p50), milliseconds(t.p99))
	}
	return b.String()
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }

// measureAt fills the store up to a size with botd stopped, and measures botd
// with it.
func measureAt(ctx context.Context, r *run, lab *rig.Lab, copies *rig.Copies, size int) (m measures, err error) {
	if err := grow(ctx, lab, copies, size); err != nil {
		return m, err
	}
	began := time.Now()
	if err := lab.Botd.Start(ctx); err != nil {
		return m, err
	}
	m.events, m.started = size, time.Since(began)
	took, err := post(ctx, lab, pick(r, 100, 300))
	if err != nil {
		return m, err
	}
	m.took = append(m.took, timed("accept", took))
	for _, q := range questions(size) {
		took, err := ask(ctx, lab, q.path, pick(r, 20, 50))
		if err != nil {
			return m, err
		}
		m.took = append(m.took, timed(q.what, took))
	}
	if m.memory, _, err = lab.Botd.Memory(); err != nil {
		return m, err
	}
	if err := lab.Settle(ctx, time.Minute); err != nil {
		return m, err
	}
	_, err = lab.Botd.Stop(inTime)
	if info, failed := os.Stat(lab.Botd.Store()); failed == nil {
		m.file = info.Size()
	}
	return m, err
}

// grow makes copies until there are so many events.
func grow(ctx context.Context, lab *rig.Lab, copies *rig.Copies, size int) error {
	if n := copies.Missing(size); n > 0 {
		if err := copies.Add(ctx, n); err != nil {
			return err
		}
	}
	return sound(ctx, lab)
}

// sound looks whether the store is one that botd could have made. Nobody may
// have it open.
func sound(ctx context.Context, lab *rig.Lab) error {
	findings, err := store.Examine(ctx, "sqlite:"+lab.Botd.Store(), time.Now())
	for _, f := range findings {
		if f.Problem != "" {
			err = errors.Join(err, fmt.Errorf("the copies are no store of botd's: %s: %s", f.Check, f.Problem))
		}
	}
	return err
}

// questions are what operators ask, each of a place that has much around it.
func questions(size int) []struct{ what, path string } {
	group := strings.NewReplacer("#", "%23", "@", "%40").Replace(rig.GroupID(7))
	return []struct{ what, path string }{
		{"events", "/v1/events"},
		{"of a bot", "/v1/events?bot=lab"},
		{"of a group", "/v1/events?group=" + group},
		{"that wait", "/v1/events?status=ready"},
		{"that failed", "/v1/events?status=dead"},
		{"a later page", fmt.Sprintf("/v1/events?before=e%d", size/2)},
		{"dead letters", "/v1/dead-letters"},
		{"an event", fmt.Sprintf("/v1/events/e%d", size/2)},
		{"why", fmt.Sprintf("/v1/deliveries/d%d/why?user=%s", size/2, rig.Steady[1])},
		{"metrics", "/metrics"},
	}
}

func ask(ctx context.Context, lab *rig.Lab, path string, n int) (took []time.Duration, err error) {
	for range n {
		_, d, err := lab.Botd.Ask(ctx, path)
		if err != nil {
			return nil, err
		}
		took = append(took, d)
	}
	return took, nil
}

func timed(what string, took []time.Duration) timing {
	slices.Sort(took)
	return timing{what, took[len(took)/2], took[len(took)*99/100]}
}

// flat wants nothing to take three times as long with many events as with few,
// unless that is less than 20 ms more. It is the medians that are held to it: the
// slowest of a hundred tells of the machine's other work too, and is on the page.
func flat(few, many measures) error {
	var grown []string
	for i, t := range few.took {
		if now := many.took[i].p50; now > max(3*t.p50, t.p50+20*time.Millisecond) {
			grown = append(grown, fmt.Sprintf("%s took %.1f ms and takes %.1f ms", t.what, milliseconds(t.p50), milliseconds(now)))
		}
	}
	if grown != nil {
		return fmt.Errorf("with %d events instead of %d: %s", many.events, few.events, strings.Join(grown, "; "))
	}
	return nil
}
