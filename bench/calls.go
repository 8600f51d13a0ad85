package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// callRounds is how often each caller has its turn. They take turns in one run, so that
// what slows the machine slows all of them.
const callRounds = 15

// aSlice is how long a caller calls in its turn.
const aSlice = 150 * time.Millisecond

// calling measures what a call of a plugin costs wherever it lives, and says whether
// that is as little as it should be. The bare round trip carries the same bytes and does
// nothing with them; what one would write by hand reads and writes JSON and calls the
// function, and neither signs nor checks.
func calling(ctx context.Context, w io.Writer) error {
	var all [2]measuredCalls
	for i, members := range []bool{false, true} {
		list, stop, err := callers(ctx, members)
		if err == nil {
			all[i], err = takeTurns(ctx, list)
		}
		stop()
		if err != nil {
			return fmt.Errorf("calls of plugins: %w", err)
		}
	}
	return reportCalls(w, all)
}

// measuredCalls are the middle times of a call, of each caller in each round.
type measuredCalls struct {
	callers []caller
	times   map[string][]float64 // µs, by name
}

func takeTurns(ctx context.Context, list []caller) (measuredCalls, error) {
	m := measuredCalls{list, map[string][]float64{}}
	for round := range callRounds + 1 {
		for i := range list {
			c := list[(i+round)%len(list)]
			took, err := turn(ctx, c)
			if err != nil {
				return m, fmt.Errorf("%s: %w", c.name, err)
			}
			if round > 0 { // the first is to warm up
				m.times[c.name] = append(m.times[c.name], took)
			}
		}
	}
	return m, nil
}

// turn is the middle time of a call within a slice of time, in µs.
func turn(ctx context.Context, c caller) (float64, error) {
	var times []time.Duration
	for began := time.Now(); time.Since(began) < aSlice; {
		from := time.Now()
		if err := c.call(ctx); err != nil {
			return 0, err
		}
		times = append(times, time.Since(from))
	}
	slices.Sort(times)
	return float64(times[len(times)/2].Nanoseconds()) / 1000, nil
}

// floorRatio is how many times as long as its floor a caller takes, by pairs of rounds.
func (m measuredCalls) floorRatio(c caller) float64 {
	return middle(ratios(m.times[c.floor], m.times[c.name]))
}

// hand says how a caller by HTTP stands to what one would write by hand.
func (m measuredCalls) hand(c caller) string {
	if c.floor != roundTrip {
		return ""
	}
	return fmt.Sprintf(" (and %.2f times %s)", middle(ratios(m.times[byHand], m.times[c.name])), byHand)
}

func reportCalls(w io.Writer, all [2]measuredCalls) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintf(t, "a call of a plugin, 1 KB event, medians of %d rounds\taudience named\t× its floor\t200 members handed over\t× its floor\t\n", callRounds)
	for _, c := range all[0].callers {
		_, _ = fmt.Fprintf(t, "%s\t", c.name)
		for _, m := range all {
			ratio := "floor"
			if c.floor != "" {
				ratio = fmt.Sprintf("%.2f", m.floorRatio(c))
			}
			_, _ = fmt.Fprintf(t, "%.1f µs\t%s\t", middle(m.times[c.name]), ratio)
		}
		_, _ = fmt.Fprintln(t)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return verdict(w, all)
}

func verdict(w io.Writer, all [2]measuredCalls) error {
	for _, c := range all[0].callers {
		if c.most == 0 {
			continue
		}
		for i, what := range []string{"audience named", "200 members"} {
			word := "met"
			if all[i].floorRatio(c) > c.most {
				word = "MISSED"
			}
			if _, err := fmt.Fprintf(w, "%-6s %s, %s: %.2f times %s; at most %.1f%s\n", word, c.name, what, all[i].floorRatio(c), c.floor, c.most, all[i].hand(c)); err != nil {
				return err
			}
		}
	}
	return nil
}
