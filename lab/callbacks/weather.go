package main

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/botd-chat/botd/im/simulator"
)

// worst is how late a callback can be: longer than the service waits for an answer.
const worst = 3 * time.Second

// spell is some seconds of one weather.
type spell struct {
	faults []simulator.Fault
	lasts  time.Duration
}

// forecast is a random spell. What it has in store for the callbacks before a message is
// what makes leaks; what it has for those after it hides them.
func forecast(r *rand.Rand) spell {
	s := spell{lasts: between(r, 500*time.Millisecond, 4*time.Second)}
	add := func(f simulator.Fault) {
		if f.Probability > 0 {
			f.Direction = simulator.OfCallbacks
			s.faults = append(s.faults, f)
		}
	}
	when := []string{simulator.Before, simulator.After}
	add(simulator.Fault{API: simulator.BeforeSendMsg, Kind: simulator.Slow, When: pick(r, when), Spread: worst, Probability: pick(r, []float64{0, 0.1, 0.5, 1})})
	add(simulator.Fault{API: simulator.BeforeSendMsg, Kind: simulator.Lost, When: pick(r, when), Probability: pick(r, []float64{0, 0, 0.05, 0.3})})
	// The API "" is that of all callbacks; those before a message are neither repeated
	// nor overtaken.
	add(simulator.Fault{Kind: simulator.Repeated, Probability: pick(r, []float64{0, 0.3, 1})})
	add(simulator.Fault{Kind: simulator.Reordered, Probability: pick(r, []float64{0, 0.3, 1})})
	add(simulator.Fault{API: simulator.AfterSendMsg, Kind: simulator.Slow, When: simulator.Before, Spread: worst, Probability: pick(r, []float64{0, 0.5})})
	add(simulator.Fault{API: simulator.AfterSendMsg, Kind: simulator.Lost, When: pick(r, when), Probability: pick(r, []float64{0, 0.3, 1})})
	return s
}

// weather has one spell follow the other until ctx ends, and then clears up.
func (w *world) weather(ctx context.Context, r *rand.Rand) error {
	defer w.service.ClearFaults()
	for {
		s := forecast(r)
		w.service.ClearFaults()
		if err := w.service.Inject(s.faults...); err != nil {
			return err
		}
		if !wait(ctx, s.lasts) {
			return nil
		}
	}
}

// randomOf is what is left to chance in one part of a run.
func randomOf(seed, part uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, part)) }

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func between(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int64N(int64(to-from)))
}
