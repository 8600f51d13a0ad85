package main

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/lab/rig"
)

// crowd is one group of ten thousand, of whom a hundred are admins.
func crowd(ctx context.Context, r *run) (rig.Figures, error) {
	lab, err := r.lab(ctx, 1)
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	if err := fillGroup(lab.Service, pick(r, 1_000, 10_000), 98); err != nil {
		return rig.Figures{}, err
	}
	before, _, err := lab.Botd.Memory()
	if err != nil {
		return rig.Figures{}, err
	}
	began := time.Now()
	_, took, err := lab.Botd.Ask(ctx, "/v1/bots/lab/audience?group="+url.QueryEscape(rig.GroupID(0)))
	if err != nil {
		return rig.Figures{}, err
	}
	explained, asked := callsOf(lab.Service), time.Since(began)
	senders := lab.Send(ctx, 5)
	rig.Wait(ctx, pick(r, 2*time.Second, 10*time.Second))
	f, err := lab.Settled(ctx, senders)
	if err != nil {
		return f, err
	}
	_, most, err := lab.Botd.Memory()
	if err != nil {
		return f, err
	}
	n := f.Acknowledged
	if f.Once != n {
		return f, fmt.Errorf("%d of %d messages reached all admins of the group", f.Once, n)
	}
	f.Note("who is in the audience, with a reason for each: %s and %d calls; %d messages to 101 people took %d calls; memory %d MB before and at most %d MB",
		rig.Round(max(took, asked)), explained, n, callsOf(lab.Service)-explained, before>>20, most>>20)
	if grew := most - before; grew > crowdMemory {
		return f, fmt.Errorf("the group took %d MB of memory, want at most %d", grew>>20, crowdMemory>>20)
	}
	_, err = lab.Botd.Stop(inTime)
	return f, err
}

// crowdMemory is what a group of ten thousand may take, in bytes.
const crowdMemory = 96 << 20

// fillGroup has so many members in the group, and so many admins more.
func fillGroup(s *rig.Service, members, admins int) error {
	group := rig.GroupID(0)
	for n := range members {
		m := simulator.Member{ID: fmt.Sprintf("crowd%05d", n)}
		if n < admins {
			m.Role = simulator.Admin
		}
		if err := s.Qualify(group, m.ID, n < admins, func() error { return s.Join(group, m) }); err != nil {
			return err
		}
	}
	return nil
}

// callsOf is how many calls the service has had, of all APIs.
func callsOf(s *rig.Service) (n int) {
	for _, c := range s.Counts() {
		n += c.Calls
	}
	return n
}
