package rig

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"
)

// Plan is what a lab is made of.
type Plan struct {
	Binary string // of botd; empty: built from this module
	Folder string // for the configuration and the log
	Data   string // for the store; empty: Folder
	Groups int
	Seed   uint64
	Others []string // ordinary members of each group, besides those who are always there
	Fast   bool     // neither botd nor the service keeps to the rates of the real one
}

// Lab is a service, a botd that works with it, and senders.
type Lab struct {
	Plan
	Service *Service
	Botd    *Botd
	Ledger  *Ledger

	posted  *atomic.Int64 // the number of the next webhook
	senders []*Senders
	marks   []mark
	kills   int
	faults  int
}

// New makes a lab whose botd is not started yet.
func New(ctx context.Context, p Plan) (*Lab, error) {
	var err error
	if p.Binary == "" {
		if p.Binary, err = Build(ctx, p.Folder); err != nil {
			return nil, err
		}
	}
	// The process has its own working directory.
	if p.Binary, err = filepath.Abs(p.Binary); err != nil {
		return nil, err
	}
	if p.Data == "" {
		p.Data = p.Folder
	}
	service, err := newService(p)
	if err != nil {
		return nil, err
	}
	botd, err := prepare(p, service)
	if err != nil {
		service.Close()
		return nil, err
	}
	return &Lab{Plan: p, Service: service, Botd: botd, Ledger: newLedger(), posted: &atomic.Int64{}}, nil
}

// Close ends all that is left running.
func (l *Lab) Close() {
	for _, s := range l.senders {
		s.quit()
	}
	l.Botd.Kill()
	l.Service.Close()
}

// Kill kills botd and starts it again on the same file.
func (l *Lab) Kill(ctx context.Context) error {
	l.Trouble()
	l.Botd.Kill()
	l.kills++
	return l.Restart(ctx)
}

// Killed counts a kill that somebody else did.
func (l *Lab) Killed() { l.kills++ }

// Restart starts botd again, from when on the recovery counts.
func (l *Lab) Restart(ctx context.Context) error {
	l.Over()
	if err := l.Botd.Start(ctx); err != nil {
		return fmt.Errorf("starting botd again: %w", err)
	}
	return nil
}

// mark is when trouble ended, and when the next began, zero if it never did.
type mark struct{ over, next time.Time }

// Trouble says that from now on botd cannot do its work.
func (l *Lab) Trouble() {
	if n := len(l.marks); n > 0 && l.marks[n-1].next.IsZero() {
		l.marks[n-1].next = time.Now()
	}
	l.faults++
}

// Over says that botd could do its work again from now on.
func (l *Lab) Over() { l.marks = append(l.marks, mark{over: time.Now()}) }

// Settle waits until all that was acknowledged has arrived, or has another end
// that botd tells of, and nothing has moved for a moment; or until nothing has
// moved for as long as patience. The botd has to run.
func (l *Lab) Settle(ctx context.Context, patience time.Duration) error {
	last, moved := -1, time.Now()
	for time.Since(moved) < patience {
		switch n := l.Service.Arrived(); {
		case n != last:
			last, moved = n, time.Now()
		case time.Since(moved) > quiet && l.ended(ctx):
			return nil
		}
		if !Wait(ctx, 100*time.Millisecond) {
			return errors.New("interrupted")
		}
	}
	return nil // the judge says what is missing
}

// quiet is how long nothing must have moved, so that a second copy is seen.
const quiet = 1500 * time.Millisecond

// ended reports whether all that was acknowledged has an end, as botd tells.
func (l *Lab) ended(ctx context.Context) bool {
	open, err := l.Botd.Waiting(ctx)
	return err == nil && open == 0
}

// Settled ends the sending: no new webhooks, all that was begun acknowledged,
// all that was acknowledged ended; then the judgement. The botd has to run.
func (l *Lab) Settled(ctx context.Context, senders ...*Senders) (Figures, error) {
	for _, s := range senders {
		if err := s.Halt(); err != nil {
			return Figures{}, err
		}
	}
	if err := l.Settle(ctx, patience); err != nil {
		return Figures{}, err
	}
	return l.Judge(ctx)
}

// Finish ends an experiment: [Lab.Settled], and an end as it should be.
func (l *Lab) Finish(ctx context.Context, senders ...*Senders) (Figures, error) {
	f, err := l.Settled(ctx, senders...)
	if err != nil {
		return f, err
	}
	_, err = l.Botd.Stop(stopping)
	return f, err
}

const (
	// patience is longer than any pause of botd's, which is a minute.
	patience = 100 * time.Second
	// stopping is how long botd may take to end.
	stopping = 25 * time.Second
)
