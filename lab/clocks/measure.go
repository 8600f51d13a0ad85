package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/lab/rig"
	"github.com/botd-chat/botd/store"
)

// crowd is very many schedules of one process, made by hand.
type crowd struct {
	name string
	many int
	line func(n int, due time.Time) string
	// minutes is how many are measured; the schedules of one are many/share.
	minutes, share int
}

// measure tells what many schedules cost: to start with, to keep, and to strike, all at
// one minute and spread over an hour.
func measure(ctx context.Context, p plan, many int) (f rig.Figures, err error) {
	for _, c := range []crowd{
		{"all at one minute", many, func(_ int, due time.Time) string { return due.Format("4 15 * * *") }, 1, 1},
		{"spread over an hour", many, func(n int, _ time.Time) string { return fmt.Sprintf("%d * * * *", n%60) }, 3, 60},
	} {
		told, err := c.measure(ctx, p)
		if err != nil {
			return f, fmt.Errorf("%s: %w", c.name, err)
		}
		f.Note("%d schedules, %s: %s", c.many, c.name, told)
	}
	return f, nil
}

func (c crowd) measure(ctx context.Context, p plan) (told string, err error) {
	service, err := rig.NewFastService(1, 1)
	if err != nil {
		return "", err
	}
	defer service.Close()
	folder := filepath.Join(p.folder, strconv.Itoa(c.share))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	file := filepath.Join(folder, "botd.db")
	botd, err := rig.Configure(p.binary, folder, nil, func(l rig.Listen) string { return crowdYAML(service, l, file) })
	if err != nil {
		return "", err
	}
	due := time.Now().Add(time.Duration(c.many)*time.Second/1000 + time.Minute).Truncate(time.Minute).Add(time.Minute)
	began := time.Now()
	if err := c.fill(ctx, file, due); err != nil {
		return "", err
	}
	if c.share > 1 {
		due = time.Now().Add(20 * time.Second).Truncate(time.Minute).Add(time.Minute)
	}
	told = "made in " + rig.Round(time.Since(began))
	began = time.Now()
	if err := botd.Launch(); err != nil {
		return "", err
	}
	defer botd.Kill()
	if err := botd.AwaitReady(ctx, 2*time.Minute); err != nil {
		return "", err
	}
	told += "; ready after " + rig.Round(time.Since(began))
	rig.Wait(ctx, min(10*time.Second, time.Until(due)))
	told += "; " + memory(ctx, botd, "memory at rest")
	if time.Now().After(due) {
		return "", fmt.Errorf("it was not ready in time, %s after", time.Since(due))
	}
	until := due.Add(time.Duration(c.minutes-1)*time.Minute + time.Second)
	rig.Wait(ctx, time.Until(until))
	for deadline := time.Now().Add(5 * time.Minute); ; {
		n, err := struckSoFar(ctx, botd)
		if err == nil && n >= c.many/c.share*c.minutes {
			break
		}
		if time.Now().After(deadline) || !rig.Wait(ctx, 100*time.Millisecond) {
			return "", fmt.Errorf("%d were struck: %w; see %s", n, err, botd.Log)
		}
	}
	told += "; " + memory(ctx, botd, "after it")
	if _, err := botd.Stop(time.Minute); err != nil {
		return "", err
	}
	late, err := lateness(ctx, file, due, until)
	return told + fmt.Sprintf("; %d times struck, %s late", len(late), spread(late)), err
}

// fill makes the schedules, with nobody else on the store.
func (c crowd) fill(ctx context.Context, file string, due time.Time) error {
	s, err := store.Open(ctx, store.Options{URL: "sqlite:" + file})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	makers, ctx := errgroup.WithContext(ctx)
	makers.SetLimit(256) // they share flushes
	for n := range c.many {
		makers.Go(func() error {
			_, err := s.CreateSchedule(ctx, chat.ScheduleSpec{Bot: "clocks", Name: chat.TriggerName(fmt.Sprint("n", n)), Trigger: "tick",
				Timing: chat.Timing{Line: c.line(n, due.UTC())}}, chat.By{Who: "the laboratory", Reason: "to measure"})
			return err
		})
	}
	return makers.Wait()
}

// crowdYAML is a botd whose events say nothing: what is measured is who strikes.
func crowdYAML(service *rig.Service, l rig.Listen, file string) string {
	return fmt.Sprintf(`
apps:
  main:
%s
store: sqlite:%s
%s
bots:
  clocks:
    account: %s
    groups: [%q]
    on:
      tick: {schedule: "0 0 1 1 *"}
    rules:
      - {on: tick, when: group == "none", to: owner or admin, say: nothing}
    audience: {roles: [owner, admin]}
`, service.App(), file, l.YAML(), rig.Account, rig.GroupID(0))
}

func memory(ctx context.Context, b *rig.Botd, when string) string {
	now, most, err := b.Memory()
	if err != nil {
		return err.Error()
	}
	heap, _ := metric(ctx, b, "go_memstats_heap_alloc_bytes") // 0 where it does not answer, which is seen
	return fmt.Sprintf("%s %d MB and at most %d MB, of which the heap is %d MB", when, now>>20, most>>20, int64(heap)>>20)
}

func struckSoFar(ctx context.Context, b *rig.Botd) (int, error) {
	n, err := metric(ctx, b, "botd_schedule_lateness_seconds_count")
	return int(n), err
}

// metric adds up the values of a metric.
func metric(ctx context.Context, b *rig.Botd, name string) (sum float64, err error) {
	text, _, err := b.Ask(ctx, "/metrics")
	for line := range strings.Lines(string(text)) {
		label, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if label == name || strings.HasPrefix(label, name+"{") {
			v, bad := strconv.ParseFloat(value, 64)
			if bad != nil {
				return 0, bad
			}
			sum += v
		}
	}
	return sum, err
}

// lateness is how long after the time meant each was struck.
func lateness(ctx context.Context, file string, from, until time.Time) (late []time.Duration, err error) {
	s, err := store.Open(ctx, store.Options{URL: "sqlite:" + file})
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }()
	for before, more := int64(0), true; more; more = before != 0 {
		list, next, err := s.Firings(ctx, store.FiringQuery{Before: before, Limit: 500, Struck: true, From: from, Until: until})
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			late = append(late, f.Struck.Sub(f.Meant))
		}
		before = next
	}
	return late, nil
}
