package simulator

import (
	"context"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"
)

// Options describe the application that is simulated. The zero value of every
// field but SDKAppID and SecretKey is useful.
type Options struct {
	SDKAppID       int
	SecretKey      string   // signs UserSigs; empty: every call answers 70016
	Administrators []string // accounts that may call; none: "administrator"
	Edition        string   // trial, standard, pro, pro_plus or enterprise; "": pro
	Clock          clockwork.Clock
	Modes          Modes
	Limits         Limits
	Seed           uint64   // of shuffled lists and of faults with a probability
	Hosts          []string // Host names besides loopback that page and control API answer to
	Callbacks      Callbacks
	Line           http.RoundTripper // carries the callbacks; nil: a client of its own
}

// Simulator is one application with its accounts, groups and messages. It is
// made by New and safe for concurrent use.
type Simulator struct {
	app     application
	hosts   []string
	clock   *clock
	handler http.Handler
	hub     hub
	salt    maphash.Seed
	courier *courier
	done    <-chan struct{}
	cancel  func()
	running sync.WaitGroup // callbacks on their way

	mu        sync.Mutex // guards everything below
	closed    bool
	callbacks Callbacks
	modes     Modes
	limits    Limits
	random    *rand.Rand
	accounts  map[string]*account
	groups    map[string]*group
	order     []string // group ids as they were added
	sigs      sigCache
	lockout   lockout
	rates     map[string]*window // per API
	seen      duplicates
	letters   duplicates // one to one
	faults    faults
	log       ring[*Message]
	lastID    uint64
	record    record
	told      callbackRecord
	spoken    ring[Spoken]
	fates     map[string]int // of what was spoken
	unjudged  int            // messages delivered because a callback was not answered as it should be
}

// New returns a simulator with no groups and no accounts but the
// administrators. It fails when options name an unknown edition or mode.
func New(o Options) (*Simulator, error) {
	modes, err := o.Modes.complete()
	if err != nil {
		return nil, fmt.Errorf("make a simulator: %w", err)
	}
	app, err := newApplication(o)
	if err != nil {
		return nil, fmt.Errorf("make a simulator: %w", err)
	}
	if err := o.Callbacks.check(); err != nil {
		return nil, fmt.Errorf("make a simulator: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Simulator{
		app: app, hosts: o.Hosts, clock: newClock(o.Clock), salt: maphash.MakeSeed(),
		courier: newCourier(ctx, o.Line), done: ctx.Done(), cancel: cancel, callbacks: o.Callbacks,
		modes: modes, limits: o.Limits.complete(),
		random:   rand.New(rand.NewPCG(o.Seed, 1)), //nolint:gosec // a seed must repeat a run
		accounts: map[string]*account{}, groups: map[string]*group{},
		rates: map[string]*window{}, seen: newDuplicates(duplicateWindow), letters: newDuplicates(letterWindow),
		faults: newFaults(o.Seed), record: newRecord(), fates: map[string]int{},
	}
	s.told.counts = map[string]*CallbackCount{}
	s.log.max, s.record.calls.max = s.limits.Messages, s.limits.Calls
	s.spoken.max, s.told.kept.max = s.limits.Messages, s.limits.Calls
	for _, id := range app.administrators {
		s.account(id)
	}
	s.handler = s.routes()
	return s, nil
}

// Handler serves the REST API, the control API and the page.
func (s *Simulator) Handler() http.Handler { return s.handler }

// Close ends the live streams, the answers that a fault delays and the callbacks on
// their way, so that a server can shut down; call it before, or register it with
// http.Server.RegisterOnShutdown. The rest keeps working, without callbacks.
func (s *Simulator) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.running.Wait()
	s.courier.client.CloseIdleConnections()
}

// Now is the simulator's time.
func (s *Simulator) Now() time.Time { return s.clock.Now() }

// Advance moves the simulator's clock by d. A fake clock given in Options is
// itself advanced; a real one is seen through an offset from then on, which may
// also be negative. Answers that a fault delays wait for the clock given.
func (s *Simulator) Advance(d time.Duration) { s.clock.advance(d) }

// Modes returns the readings of the documents in force.
func (s *Simulator) Modes() Modes {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.modes
}

// SetModes replaces the readings in force; an empty field means its default.
func (s *Simulator) SetModes(m Modes) error {
	m, err := m.complete()
	if err != nil {
		return fmt.Errorf("set modes: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.modes = m
	return nil
}
