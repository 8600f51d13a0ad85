// Command kill shows what botd's second and third promise are worth: it posts
// signed webhooks to a real `botd serve`, kills that with SIGKILL again and
// again while it works, starts it on the same file, and judges from the outside
// alone. Every webhook that was answered with 2xx must have reached exactly its
// recipients, each of them once.
//
// The sender behaves as senders do: what is not answered with 2xx is sent again
// under the same id. The judge is the inbox of the simulated chat service,
// which shares no code with botd.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"
)

type plan struct {
	rate    int           // webhooks a second
	length  time.Duration // of the sending
	kills   int
	groups  int
	seed    uint64
	binary  string // of botd; empty: built from this module
	folder  string // for the store, the log and the configuration
	workers int    // senders at the same time
}

func main() {
	var p plan
	flag.IntVar(&p.rate, "rate", 200, "webhooks a second")
	flag.DurationVar(&p.length, "for", 20*time.Second, "how long to send")
	flag.IntVar(&p.kills, "kills", 5, "how often to kill botd")
	flag.IntVar(&p.groups, "groups", 20, "over how many groups the webhooks are spread")
	flag.Uint64Var(&p.seed, "seed", uint64(time.Now().UnixNano()), "of the moments of the kills, to repeat a run as nearly as time allows")
	flag.StringVar(&p.binary, "botd", "", "a built botd; without it this module's is built")
	flag.IntVar(&p.workers, "workers", 16, "senders at the same time")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	figures, err := run(ctx, p)
	fmt.Print(figures)
	if err != nil {
		fmt.Fprintln(os.Stderr, "kill:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, p plan) (figures, error) {
	folder, err := os.MkdirTemp("", "botd-kill-")
	if err != nil {
		return figures{}, err
	}
	p.folder = folder
	f, err := attack(ctx, p)
	if err == nil {
		err = f.verdict()
	}
	if err != nil {
		return f, fmt.Errorf("%w; everything botd left is in %s", err, folder)
	}
	return f, os.RemoveAll(folder)
}

// attack sends, kills, waits until nothing moves any more, and counts.
func attack(ctx context.Context, p plan) (figures, error) {
	service, err := startService(p.groups)
	if err != nil {
		return figures{}, err
	}
	defer service.close()
	victim, err := prepare(ctx, p, service.url)
	if err != nil {
		return figures{}, err
	}
	if err := victim.start(ctx); err != nil {
		return figures{}, err
	}
	defer victim.kill()

	sent := make(chan ledger, 1)
	began := time.Now()
	go func() { sent <- send(ctx, p, victim) }()
	if err := killOften(ctx, p, victim); err != nil {
		return figures{}, err
	}
	book := <-sent
	f := figures{plan: p, sending: time.Since(began), acknowledged: len(book.acknowledged), repeated: book.repeated, posts: book.posts, restarts: victim.restarts}
	drained := time.Now()
	f.settled = service.settle(ctx, book, time.Minute)
	f.draining = time.Since(drained)
	f.judge(service, book)
	return f, victim.stop()
}

// killOften kills and restarts botd at random moments of the sending.
func killOften(ctx context.Context, p plan, v *victim) error {
	random := rand.New(rand.NewPCG(p.seed, 1))
	slice := p.length / time.Duration(p.kills+1)
	for range p.kills {
		pause := slice/2 + time.Duration(random.Int64N(int64(slice)))
		select {
		case <-ctx.Done():
			return errors.New("interrupted")
		case <-time.After(pause):
		}
		v.kill()
		if err := v.start(ctx); err != nil {
			return fmt.Errorf("after a kill: %w", err)
		}
		v.restarts++
	}
	return nil
}
