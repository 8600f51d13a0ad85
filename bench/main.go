// Command bench measures the whole line of botd (64 keep-alive clients, bodies
// of 1 KB, on disk before the 202, through a plugin to a stub of the API)
// beside the least that could do the job: a bare echo+resty forwarder that
// keeps nothing. Both take turns in one run and each runs as a process of its
// own, so the ratio between them means something even on a busy machine; the
// absolute numbers do not. It also measures what it costs to check a signature,
// beside a hook that is open to all, and what a call of a plugin costs wherever that
// lives, beside a call of a function and a bare HTTP round trip.
//
// It needs Linux, for the CPU time of a process that still runs.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/plugins"
)

type settings struct {
	rounds  int
	events  int           // of a full-speed run
	clients int           // at full speed
	rate    int           // webhooks a second of the slow run
	slow    time.Duration // length of the slow run
	binary  string
	folder  string
	only    string // "verify": what checking signatures costs; "plugins": what a call of a plugin costs; empty: all
	profile string // file for botd's CPU profile at full speed; empty: none
}

func main() {
	host.Child(graders[false], graders[true])
	var s settings
	role := flag.String("role", "", "used by bench itself to run its parts")
	address := flag.String("address", "", "used by bench itself")
	api := flag.String("api", "", "used by bench itself")
	flag.IntVar(&s.rounds, "rounds", 3, "how often each candidate runs")
	flag.IntVar(&s.events, "events", 8000, "webhooks of a full-speed run")
	flag.IntVar(&s.clients, "clients", 64, "clients of a full-speed run")
	flag.IntVar(&s.rate, "rate", 200, "webhooks a second of the slow run")
	flag.DurationVar(&s.slow, "slow", 10*time.Second, "length of the slow run")
	flag.StringVar(&s.profile, "profile", "", "write botd's CPU profile of its last full-speed run to this file")
	flag.StringVar(&s.only, "only", "", `"verify" measures only what checking signatures costs, "plugins" what a call of a plugin costs`)
	flag.StringVar(&s.binary, "botd", "", "a built botd; without it this module's is built")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	switch *role {
	case "stub":
		err = serveStub(ctx, *address)
	case "forwarder":
		err = serveForwarder(ctx, *address, *api)
	case "echo":
		err = serveEcho(ctx)
	case "by hand " + graders[false].Name():
		err = serveByHand(ctx, graders[false])
	case "by hand " + graders[true].Name():
		err = serveByHand(ctx, graders[true])
	case graders[false].Name():
		plugins.Main(graders[false])
	case graders[true].Name():
		plugins.Main(graders[true])
	default:
		err = compare(ctx, s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func compare(ctx context.Context, s settings) error {
	if s.only == "plugins" {
		return calling(ctx, os.Stdout)
	}
	folder, err := os.MkdirTemp("", "botd-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	s.folder = folder
	if err := build(ctx, &s); err != nil {
		return err
	}
	if s.only == "verify" {
		return verifying(ctx, s)
	}
	results := map[string][]measured{}
	names := []string{"forwarder", "botd"}
	for round := range s.rounds {
		for _, name := range names {
			m, err := one(ctx, s, name)
			if err != nil {
				return fmt.Errorf("round %d of %s: %w", round+1, name, err)
			}
			results[name] = append(results[name], m)
		}
	}
	report(os.Stdout, s, names, results)
	if err := verifying(ctx, s); err != nil {
		return err
	}
	return calling(ctx, os.Stdout)
}

func verifying(ctx context.Context, s settings) error {
	signed, open, err := compareVerifying(ctx, s)
	if err != nil {
		return err
	}
	reportVerifying(os.Stdout, signed, open)
	return nil
}

// one starts the stub and a candidate afresh and measures it at full speed and
// at the slow rate.
func one(ctx context.Context, s settings, name string) (measured, error) {
	stub, err := startStub(ctx)
	if err != nil {
		return measured{}, err
	}
	defer stub.stop()
	c, err := startCandidate(ctx, s, name, stub)
	if err != nil {
		return measured{}, err
	}
	defer c.stop()
	var m measured
	if err := warm(ctx, c, stub); err != nil {
		return m, err
	}
	profiled := c.profile(ctx, s.profile)
	if m.full, err = fullSpeed(ctx, s, c, stub); err != nil {
		return m, fmt.Errorf("at full speed: %w", err)
	}
	if err := <-profiled; err != nil {
		return m, fmt.Errorf("profiling: %w", err)
	}
	if m.slow, err = slowRate(ctx, s, c, stub); err != nil {
		return m, fmt.Errorf("at %d a second: %w", s.rate, err)
	}
	return m, nil
}
