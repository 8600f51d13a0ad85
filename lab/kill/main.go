// Command kill shows what botd's second and third promise are worth: it posts
// signed webhooks to a real `botd serve`, kills that with SIGKILL again and
// again while it works, starts it on the same file, and judges from the outside
// alone. Every webhook that was answered with 2xx must have reached exactly its
// recipients, each of them once. Command torture does worse things.
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

	"github.com/botd-chat/botd/lab/rig"
)

type plan struct {
	rate   int           // webhooks a second
	length time.Duration // of the sending
	kills  int
	groups int
	seed   uint64
	binary string // of botd; empty: built from this module
	folder string // for the store, the log and the configuration
}

func main() {
	var p plan
	flag.IntVar(&p.rate, "rate", 200, "webhooks a second")
	flag.DurationVar(&p.length, "for", 20*time.Second, "how long to send")
	flag.IntVar(&p.kills, "kills", 5, "how often to kill botd")
	flag.IntVar(&p.groups, "groups", 20, "over how many groups the webhooks are spread")
	flag.Uint64Var(&p.seed, "seed", uint64(time.Now().UnixNano()), "of the moments of the kills, to repeat a run as nearly as time allows")
	flag.StringVar(&p.binary, "botd", "", "a built botd; without it this module's is built")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	fmt.Printf("seed %d: %d webhooks a second for %s over %d groups, %d kills\n", p.seed, p.rate, p.length, p.groups, p.kills)
	figures, err := run(ctx, p)
	fmt.Print(figures)
	if err != nil {
		fmt.Fprintln(os.Stderr, "kill:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, p plan) (rig.Figures, error) {
	folder, err := os.MkdirTemp("", "botd-kill-")
	if err != nil {
		return rig.Figures{}, err
	}
	p.folder = folder
	f, err := attack(ctx, p)
	if err == nil {
		err = f.Verdict()
	}
	if err != nil {
		return f, fmt.Errorf("%w; everything botd left is in %s", err, folder)
	}
	return f, os.RemoveAll(folder)
}

// attack sends, kills, waits until nothing moves any more, and counts.
func attack(ctx context.Context, p plan) (rig.Figures, error) {
	lab, err := rig.New(ctx, rig.Plan{Binary: p.binary, Folder: p.folder, Groups: p.groups, Seed: p.seed})
	if err != nil {
		return rig.Figures{}, err
	}
	defer lab.Close()
	if err := lab.Botd.Start(ctx); err != nil {
		return rig.Figures{}, err
	}
	senders := lab.Send(ctx, p.rate)
	if err := killOften(ctx, p, lab); err != nil {
		return rig.Figures{}, err
	}
	return lab.Finish(ctx, senders)
}

// killOften kills and restarts botd at random moments of the sending.
func killOften(ctx context.Context, p plan, lab *rig.Lab) error {
	random := rand.New(rand.NewPCG(p.seed, 1))
	slice := p.length / time.Duration(p.kills+1)
	ends := time.Now().Add(p.length)
	for range p.kills {
		if !rig.Wait(ctx, slice/2+time.Duration(random.Int64N(int64(slice)))) {
			return errors.New("interrupted")
		}
		if err := lab.Kill(ctx); err != nil {
			return err
		}
	}
	rig.Wait(ctx, time.Until(ends))
	return nil
}
