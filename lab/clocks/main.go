// Command clocks shows what botd's word about times is worth. It runs a real `botd
// serve` with schedules whose times come each second, kills that with SIGKILL, has it
// sleep through more than a minute with SIGSTOP, ends it and starts it again, and lets
// two processes contend for one store. Then it judges: each time that was meant is one
// event for each group and one message for each recipient, or is left out by the rule of
// its schedule and recorded with the reason; none is missing and none is there twice.
//
// With -schedules it measures instead what so many of them cost in one process.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/botd-chat/botd/lab/rig"
)

// plan is what a run is made of.
type plan struct {
	groups   int
	troubles []trouble
	calm     time.Duration // between two troubles
	binary   string        // of botd; empty: built from this module
	folder   string        // for the store, the logs and the configurations
}

// long is the plan of a run by hand: also away for longer than a time may be late.
var long = []trouble{kill, freeze(5 * time.Second), contend, kill, freeze(80 * time.Second), takeOver, stop, down(85 * time.Second), kill, contend}

func main() {
	p := plan{troubles: long, calm: 8 * time.Second}
	flag.IntVar(&p.groups, "groups", 3, "in how many groups each time is to come")
	flag.StringVar(&p.binary, "botd", "", "a built botd; without it this module's is built")
	many := flag.Int("schedules", 0, "measure what so many schedules cost, made by hand, instead of making trouble")
	flag.Parse()
	ctx, end := signal.NotifyContext(context.Background(), os.Interrupt)
	defer end()
	if err := run(ctx, p, *many); err != nil {
		fmt.Fprintln(os.Stderr, "clocks:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, p plan, many int) (err error) {
	if p.folder, err = os.MkdirTemp("", "botd-clocks-"); err != nil {
		return err
	}
	if p.binary == "" {
		if p.binary, err = rig.Build(ctx, p.folder); err != nil {
			return err
		}
	}
	if many > 0 {
		err = measure(ctx, p, many)
	} else {
		var f figures
		f, err = attack(ctx, p)
		fmt.Print(f)
		err = errors.Join(err, f.verdict())
	}
	if err != nil {
		return fmt.Errorf("%w; everything botd left is in %s", err, p.folder)
	}
	return os.RemoveAll(p.folder)
}
