package main

import (
	"context"
	"fmt"
	"time"

	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/lab/rig"
)

// restless are members who are promoted and demoted, leave and come back.
func restless() []string {
	all := make([]string, 10)
	for i := range all {
		all[i] = fmt.Sprintf("restless%d", i)
	}
	return all
}

// turmoil changes who may see a message while messages are on their way.
func turmoil(ctx context.Context, r *run) (rig.Figures, error) {
	const groups = 5
	lab, err := r.lab(ctx, groups, restless()...)
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	senders := lab.Send(ctx, 60)
	unrest := r.unrest(ctx, lab.Service, groups)
	lab.Trouble()
	lies := []simulator.Fault{{API: "get_group_member_info", Kind: simulator.AllRoles}, {API: "get_group_member_info", Kind: simulator.BlankRole}}
	err = r.mixtures(ctx, lab.Service, pick(r, 10*time.Second, 40*time.Second), func() error { return nil }, lies...)
	lab.Trouble()
	lab.Over()
	changes, changing := unrest()
	if err != nil || changing != nil {
		return rig.Figures{}, fmt.Errorf("making turmoil: %w, %w", err, changing)
	}
	f, err := lab.Finish(ctx, senders)
	f.Note("%d changes of who may see what", changes)
	return f, err
}

// unrest changes roles and members until the returned function is called, which
// says how many changes it made.
func (r *run) unrest(ctx context.Context, s *rig.Service, groups int) (end func() (int, error)) {
	own := newRun("", "", r.seed+1<<32, r.short)
	ctx, stop := context.WithCancel(ctx)
	type told struct {
		n   int
		err error
	}
	ended := make(chan told, 1)
	go func() {
		n := 0
		var err error
		for err == nil && rig.Wait(ctx, own.between(10*time.Millisecond, 120*time.Millisecond)) {
			err = own.change(s, rig.GroupID(own.random.IntN(groups)), one(own, restless()))
			n++
		}
		ended <- told{n, err}
	}()
	return func() (int, error) { stop(); t := <-ended; return t.n, t.err }
}

// change makes somebody something else than they were.
func (r *run) change(s *rig.Service, group, who string) error {
	role, member := roleOf(s, group, who)
	switch {
	case !member && r.random.IntN(2) == 0:
		return s.Qualify(group, who, true, func() error { return s.Join(group, simulator.Member{ID: who, Role: simulator.Admin}) })
	case !member:
		return s.Qualify(group, who, false, func() error { return s.Join(group, simulator.Member{ID: who}) })
	case r.random.IntN(3) == 0:
		return s.Qualify(group, who, false, func() error { return s.Leave(group, who) })
	case role == simulator.Admin:
		return s.Qualify(group, who, false, func() error { return s.SetRole(group, who, simulator.Ordinary) })
	}
	return s.Qualify(group, who, true, func() error { return s.SetRole(group, who, simulator.Admin) })
}

func roleOf(s *rig.Service, group, who string) (role string, member bool) {
	for _, g := range s.Groups() {
		for _, m := range g.Members {
			if g.ID == group && m.ID == who {
				return m.Role, true
			}
		}
	}
	return "", false
}
