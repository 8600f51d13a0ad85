package main

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

const (
	appID     = 1400001001
	secretKey = "f1e2d3c4b5a697887766554433221100ffeeddccbbaa99887766554433221100"
)

// world is the chat service with its truth, which outlives every life of botd.
type world struct {
	sim *simulator.Simulator

	mu      sync.Mutex
	journal map[place][]stay
	runs    map[int]int // of the plugin, by the number of the order
}

// place is somebody in a group.
type place struct{ group, user string }

// stay is what somebody was from a time on; an empty role is no member.
type stay struct {
	since time.Time
	role  string
}

func newWorld(p plan) (*world, error) {
	sim, err := simulator.New(simulator.Options{SDKAppID: appID, SecretKey: secretKey, Seed: p.seed, Modes: p.modes})
	if err != nil {
		return nil, err
	}
	w := &world{sim: sim, journal: map[place][]stay{}, runs: map[int]int{}}
	for _, bot := range []chat.BotName{herald, usher} {
		if err := sim.AddAccount(string(bot)); err != nil {
			return nil, err
		}
	}
	for _, g := range p.groups {
		if err := sim.AddGroup(g); err != nil {
			return nil, err
		}
		for _, m := range g.Members {
			w.note(g.ID, m.ID, m.Role)
		}
	}
	return w, nil
}

func (w *world) note(group, user, role string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := place{group, user}
	w.journal[at] = append(w.journal[at], stay{time.Now(), role})
}

// change makes a change if it is one. Time stands still meanwhile.
func (w *world) change(c change) {
	if c.user == "" {
		w.destroy(c.group)
		return
	}
	err := w.sim.Leave(c.group, c.user)
	if c.role != "" {
		if err == nil {
			w.note(c.group, c.user, "")
		}
		err = w.sim.Join(c.group, simulator.Member{ID: c.user, Role: c.role})
	}
	if err == nil {
		w.note(c.group, c.user, c.role)
	}
}

func (w *world) destroy(group string) {
	if w.sim.Destroy(group) != nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for at, stays := range w.journal {
		if at.group == group {
			w.journal[at] = append(stays, stay{time.Now(), ""})
		}
	}
}

// during lists what somebody was at any moment from one time to another.
func (w *world) during(group, user string, from, to time.Time) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	roles := []string{""}
	for _, s := range w.journal[place{group, user}] {
		switch {
		case s.since.After(to):
			return roles
		case !s.since.After(from):
			roles = roles[:0]
		}
		roles = append(roles, s.role)
	}
	return roles
}

// always reports whether somebody was a member all the time.
func (w *world) always(group, user string, from, to time.Time) bool {
	return !slices.Contains(w.during(group, user, from, to), "")
}

// run counts a run of the plugin with an order, from 1.
func (w *world) run(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.runs[n]++
	return w.runs[n]
}

// fault makes the service fail.
func (w *world) fault(f simulator.Fault) error { return w.sim.Inject(f) }

// refault puts these faults in force and ends all others.
func (w *world) refault(list []simulator.Fault) error {
	w.sim.ClearFaults()
	var errs []error
	for _, f := range list {
		errs = append(errs, w.fault(f))
	}
	return errors.Join(errs...)
}
