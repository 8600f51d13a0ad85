package main

import (
	"context"
	"slices"
	"time"

	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/lab/rig"
)

// spoilt are answers that tell nothing, whether the call had its effect or not.
var spoilt = []string{simulator.BadStatus, simulator.HangUp, simulator.Slow, simulator.Truncated, simulator.Empty}

// Codes after which the call may have had its effect, and codes that say for
// certain that it had none.
var (
	unclear  = []int{10002, 60008, 90994, 20004}
	definite = []int{60007, 10023}
	// Codes about the signature. botd renews it once, and pauses for a minute when
	// that does not help: which the short form has no time for.
	renewing = []int{70001, 70003}
)

// fault is a random one.
func (r *run) fault() simulator.Fault {
	f := simulator.Fault{API: one(r, []string{"send_group_msg", "send_group_msg", "get_role_in_group", "get_group_member_info", ""}),
		When: one(r, []string{simulator.Before, simulator.After}), Probability: 0.05 + 0.4*r.random.Float64()}
	switch r.random.IntN(6) {
	case 0:
		f.Kind, f.Code = simulator.ErrorCode, one(r, unclear)
	case 1:
		f.Kind, f.When, f.Code = simulator.ErrorCode, simulator.Before, one(r, definite)
	case 2:
		f.Kind, f.When, f.Code, f.Probability, f.Count = simulator.ErrorCode, simulator.Before, one(r, renewing), 0, 1
	case 3:
		f.Kind, f.When, f.API = simulator.Dropped, simulator.Before, "send_group_msg"
	default:
		f.Kind, f.Delay = one(r, spoilt), r.between(0, 200*time.Millisecond)
		if f.Kind == simulator.Slow {
			f.Delay = r.between(100*time.Millisecond, pick(r, 2*time.Second, 14*time.Second))
		}
	}
	return f
}

// mixture is up to three faults.
func (r *run) mixture() []simulator.Fault {
	var all []simulator.Fault
	for range r.random.IntN(4) {
		if f := r.fault(); !r.short || !slices.Contains(renewing, f.Code) {
			all = append(all, f)
		}
	}
	return all
}

func one[T any](r *run, of []T) T { return of[r.random.IntN(len(of))] }

// mixtures puts other faults in force every so often, up to three at a time and
// sometimes none, until d is over or ctx ends. between runs after each change.
func (r *run) mixtures(ctx context.Context, s *rig.Service, d time.Duration, between func() error, more ...simulator.Fault) error {
	defer s.ClearFaults()
	for ends := time.Now().Add(d); time.Now().Before(ends); {
		s.ClearFaults()
		if len(more) > 0 && r.random.IntN(2) == 0 {
			if err := s.Inject(one(r, more)); err != nil {
				return err
			}
		}
		if err := s.Inject(r.mixture()...); err != nil {
			return err
		}
		if !rig.Wait(ctx, r.between(100*time.Millisecond, 600*time.Millisecond)) {
			return errInterrupted
		}
		if err := between(); err != nil {
			return err
		}
	}
	return nil
}
