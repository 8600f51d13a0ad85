package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/lab/rig"
)

// rule is one of the schedules of a run.
type rule struct {
	name   chat.TriggerName
	every  time.Duration // between its times, which are listed; zero: each minute, by a line
	says   string        // in the configuration
	missed chat.MissedRule
	expire time.Duration
}

var rules = []rule{
	{name: "each", every: time.Second, says: "missed: all, max_age: 1h", missed: chat.MissedAll},
	{name: "latest", every: 2 * time.Second, says: "missed: once", missed: chat.MissedOnce},
	{name: "skipped", every: 3 * time.Second, says: "missed: skip", missed: chat.MissedSkip},
	{name: "fresh", every: 2 * time.Second, says: "missed: all, expires: 1m", missed: chat.MissedAll, expire: time.Minute},
	{name: "minute", says: "missed: all", missed: chat.MissedAll},
}

// world is a service and two botds that may work with it, on one store.
type world struct {
	service *rig.Service
	store   string
	botds   [2]*rig.Botd
	serving int // which of them
	first   time.Time
	last    time.Time // no time is meant after it
	outages []outage
	kills   int
}

// outage is a span in which nobody could strike.
type outage struct{ from, to time.Time }

// newWorld makes one whose times begin at first and go on for this long.
func newWorld(p plan, first time.Time, length time.Duration) (*world, error) {
	service, err := rig.NewFastService(p.groups, 1)
	if err != nil {
		return nil, err
	}
	w := &world{service: service, store: filepath.Join(p.folder, "botd.db"), first: first, last: first.Add(length)}
	for n := range w.botds {
		folder := filepath.Join(p.folder, fmt.Sprint("botd", n))
		if err = os.MkdirAll(folder, 0o700); err == nil {
			w.botds[n], err = rig.Configure(p.binary, folder, nil, func(l rig.Listen) string { return w.configuration(l, p.groups) })
		}
		if err != nil {
			service.Close()
			return nil, err
		}
	}
	return w, nil
}

func (w *world) close() {
	for _, b := range w.botds {
		b.Kill()
	}
	w.service.Close()
}

func (w *world) configuration(l rig.Listen, groups int) string {
	var rooms, triggers, answers strings.Builder
	for n := range groups {
		fmt.Fprintf(&rooms, "%q, ", rig.GroupID(n))
	}
	for _, r := range rules {
		when := `schedule: "* * * * *"`
		if r.every > 0 {
			var list []string
			for _, t := range w.meant(r) {
				list = append(list, fmt.Sprintf("%q", t.Format(time.RFC3339)))
			}
			when = "at: [" + strings.Join(list, ", ") + "]"
		}
		fmt.Fprintf(&triggers, "      %s: {%s, %s}\n", r.name, when, r.says)
		fmt.Fprintf(&answers, "      - {on: %s, to: owner or admin, say: \"{{on}} {{string(time.Unix())}}\"}\n", r.name)
	}
	return fmt.Sprintf(`
apps:
  main:
%s
    calls_per_second: 10000
    group_messages_per_second: 1000
store: sqlite:%s
%s
bots:
  clocks:
    account: %s
    groups: [%s]
    on:
%s    rules:
%s    audience: {roles: [owner, admin]}
    limits: {recipients: 200}
`, w.service.App(), w.store, l.YAML(), rig.Account, rooms.String(), triggers.String(), answers.String())
}

// meant lists a rule's times.
func (w *world) meant(r rule) (list []time.Time) {
	every, t := r.every, w.first
	if every == 0 {
		every, t = time.Minute, w.first.Truncate(time.Minute).Add(time.Minute)
	}
	for ; !t.After(w.last); t = t.Add(every) {
		list = append(list, t.UTC())
	}
	return list
}

func (w *world) botd() *rig.Botd { return w.botds[w.serving] }

// kill ends the botd that works.
func (w *world) kill() {
	w.botd().Kill()
	w.kills++
}

// out notes that nobody strikes while f is done.
func (w *world) out(f func() error) error {
	from := time.Now()
	err := f()
	w.outages = append(w.outages, outage{from, time.Now()})
	return err
}

// settle waits until all that was struck is over.
func (w *world) settle(ctx context.Context, patience time.Duration) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		n, err := w.botd().Waiting(ctx)
		if err == nil && n == 0 {
			return nil
		}
		if !rig.Wait(ctx, 200*time.Millisecond) {
			return ctx.Err()
		}
	}
	return fmt.Errorf("something still waits after %s; see %s", patience, w.botd().Log)
}
