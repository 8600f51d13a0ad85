package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/botd-chat/botd/lab/rig"
)

// experiment is one way of trying to break botd.
type experiment struct {
	name   string
	what   string // is done, for the page
	rounds int    // in the long form, each with its own seed
	long   bool   // too long for the short form
	run    func(context.Context, *run) (rig.Figures, error)
}

// table has all of them.
var table = []experiment{
	{"placed-kills", "kill -9 at the Nth flush, write, send or connect of a thread, from the start on and while it works; restart on the same file", 1, false, placedKills},
	{"named-steps", "kill -9 at each step of the line from a webhook to the service's answer, the first, second and fifth time; restart on the same file", 1, false, steps},
	{"api-faults", "502, hang-ups, slow, cut and empty answers and error codes, before and after the effect, in random mixtures under load, with kills", 3, false, apiFaults},
	{"turmoil", "members promoted, demoted, leaving and joining under load, with API faults and a list that lies about roles", 2, false, turmoil},
	{"disk-full", "every write answers that the disk is full, for a while", 2, false, diskFull},
	{"disk-small", "a real file system that fills up, and is made larger", 1, false, diskSmall},
	{"disk-broken", "a flush fails (EIO)", 2, false, diskBroken},
	{"disk-read-only", "every write answers that the file system is read-only, then botd is started on one that is", 1, false, diskReadOnly},
	{"damaged-page", "a page of the store overwritten with nothing or nonsense, each in a fresh copy, while messages wait", 1, false, damagedPages},
	{"power-cut", "all that botd does to its disk recorded, and the power cut at any moment of it: what was not flushed is lost or torn; opened, and started again", 1, false, powerCut},
	{"schedules", "random schedules of the whole line, in one process and in virtual time, each from a seed: death at any step, loss of power, faults of the service, clocks that are set, members who come and go; many webhooks are on purpose for nobody, from strangers, or too late", 1, false, schedules},
	{"held-answers", "members type what is to be held, while the service's callbacks are up to 3 s late, lost, repeated and overtaken, botd is killed with kill -9 and started again, and forgers write to it; then verdicts, with the plugin awake and asleep", 1, true, held},
	{"clocks", "times of schedules each second, while botd is killed with kill -9, frozen for longer than a time may be late, away, stopped, and replaced by another process, of which two contend for the store; each time has to be struck once in each group, or left out by its schedule's rule; then, without trouble, a hundred thousand schedules", 1, true, clocks},
	{"frozen", "SIGSTOP for 70 s, longer than a lane is leased, then SIGCONT", 1, true, frozen},
	{"hanging-stop", "SIGTERM under load while the service hangs; restart", 1, false, hangingStop},
	{"scale", "a hundred groups, and up to a million events in the store: what a sender and an operator wait for, at the median and the 99th of 100", 1, false, scale},
	{"drain", "a hundred thousand messages that wait for the service, which then comes back and keeps to no rate", 1, false, drain},
	{"crowd", "a group of ten thousand with a hundred admins", 1, false, crowd},
	{"backlog", "the service away under 200 webhooks a second, then back", 1, false, backlog},
}

// run is one run of an experiment.
type run struct {
	binary, folder string
	seed           uint64
	short          bool
	random         *rand.Rand
}

func newRun(binary, folder string, seed uint64, short bool) *run {
	return &run{binary: binary, folder: folder, seed: seed, short: short, random: rand.New(rand.NewPCG(seed, 1))}
}

var errInterrupted = errors.New("interrupted")

// lab makes a lab with a botd that runs.
func (r *run) lab(ctx context.Context, groups int, others ...string) (*rig.Lab, error) {
	lab, err := rig.New(ctx, rig.Plan{Binary: r.binary, Folder: r.folder, Groups: groups, Seed: r.seed, Others: others})
	if err != nil {
		return nil, err
	}
	if err := lab.Botd.Start(ctx); err != nil {
		lab.Close()
		return nil, err
	}
	return lab, nil
}

// pick is the first in the short form, the second in the long one.
func pick[T any](r *run, short, long T) T {
	if r.short {
		return short
	}
	return long
}

// between is a random time from one to another.
func (r *run) between(from, to time.Duration) time.Duration {
	return from + time.Duration(r.random.Int64N(int64(to-from)))
}
