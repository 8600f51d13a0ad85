// Command callbacks shows what the promise is worth that nobody else sees what is held:
// members type answers in the groups of a simulated chat service, whose callbacks are
// late, lost, repeated and overtaken, while a real `botd serve` is killed with SIGKILL
// and started again, and forgers write to it beside. It judges from the outside alone,
// by what every member of the service received and what the members' apps were told.
//
// Then it measures how long a verdict takes under many clients, with a plugin that is
// awake and with one that sleeps.
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
	"time"

	"github.com/botd-chat/botd/lab/rig"
)

// plan is what a run is made of.
type plan struct {
	answers int // that are accepted
	groups  int
	typists int
	kills   int
	clients int           // that ask for verdicts at a time
	measure time.Duration // how long they do, for each plugin
	seed    uint64
	binary  string // of botd
	folder  string // for the stores, the logs and the configurations
}

func main() {
	var p plan
	var figures string
	flag.IntVar(&p.answers, "answers", 10_000, "how many held answers are typed that their senders are not told to write again")
	flag.IntVar(&p.groups, "groups", 10, "in how many groups")
	flag.IntVar(&p.typists, "typists", 200, "by how many members")
	flag.IntVar(&p.kills, "kills", 10, "how often to kill botd")
	flag.IntVar(&p.clients, "clients", 64, "how many clients ask for verdicts at a time")
	flag.DurationVar(&p.measure, "measure", 10*time.Second, "how long to measure verdicts with each plugin")
	flag.Uint64Var(&p.seed, "seed", uint64(time.Now().UnixNano())>>16, "of everything that is left to chance, to repeat a run as nearly as time allows")
	flag.StringVar(&p.binary, "botd", "", "a built botd; without it this module's is built")
	flag.StringVar(&figures, "figures", "", "write the figures into this file, as JSON")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	fmt.Printf("seed %d: %d answers by %d members of %d groups, %d kills\n", p.seed, p.answers, p.typists, p.groups, p.kills)
	f, err := run(ctx, p)
	fmt.Print(f)
	if figures != "" {
		text, encoded := json.Marshal(f)
		err = errors.Join(err, encoded, os.WriteFile(filepath.Clean(figures), text, 0o600))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "callbacks:", err)
		os.Exit(1)
	}
}

// run does all of it in a folder of its own, which is kept when something is wrong.
func run(ctx context.Context, p plan) (f rig.Figures, err error) {
	if p.folder, err = os.MkdirTemp("", "botd-callbacks-"); err != nil {
		return f, err
	}
	f, err = play(ctx, p)
	if err != nil {
		return f, fmt.Errorf("%w; everything botd left is in %s", err, p.folder)
	}
	return f, os.RemoveAll(p.folder)
}

// play is the storm, and after it the measurements in fair weather.
func play(ctx context.Context, p plan) (rig.Figures, error) {
	if p.binary == "" {
		var err error
		if p.binary, err = rig.Build(ctx, p.folder); err != nil {
			return rig.Figures{}, err
		}
	}
	f, err := storm(ctx, p)
	if err == nil {
		err = f.Verdict()
	}
	for _, asleep := range []bool{false, true} {
		if err == nil && p.measure > 0 {
			err = verdicts(ctx, p, asleep, &f)
		}
	}
	return f, err
}
