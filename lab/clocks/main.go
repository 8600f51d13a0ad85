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
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
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
	file := flag.String("figures", "", "write the figures into this file, as JSON")
	flag.Parse()
	ctx, end := signal.NotifyContext(context.Background(), os.Interrupt)
	defer end()
	f, err := run(ctx, p, *many)
	fmt.Println(strings.Join(f.Notes, "\n"))
	if *file != "" {
		text, encoded := json.Marshal(f)
		err = errors.Join(err, encoded, os.WriteFile(filepath.Clean(*file), text, 0o600))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "clocks:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, p plan, many int) (f rig.Figures, err error) {
	if p.folder, err = os.MkdirTemp("", "botd-clocks-"); err != nil {
		return f, err
	}
	if p.binary == "" {
		if p.binary, err = rig.Build(ctx, p.folder); err != nil {
			return f, err
		}
	}
	if many > 0 {
		f, err = measure(ctx, p, many)
	} else {
		var seen figures
		seen, err = attack(ctx, p)
		f, err = seen.told(), errors.Join(err, seen.verdict())
	}
	if err != nil {
		return f, fmt.Errorf("%w; everything botd left is in %s", err, p.folder)
	}
	return f, os.RemoveAll(p.folder)
}
