// Command torture tries to break botd's promises: it kills it at chosen system
// calls, lets the chat service answer as badly as it can, fills its disk, puts
// it to sleep, changes who may see a message while it is sent, and then counts,
// from the outside alone, what was lost, doubled, or shown to the wrong people.
//
// The experiments stand in one table, in table.go. Each prints its figures, and
// the command that repeats it: a seed chooses the moments and the faults, and a
// repeat is as near to the first run as time allows.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/botd-chat/botd/lab/rig"
)

type options struct {
	only   string // the name of an experiment; empty: all
	short  bool
	seed   uint64
	rounds int    // of each experiment; 0: as its row says
	binary string // of botd; empty: built from this module
	write  string // the page to write the figures into; empty: none
}

func main() {
	var o options
	flag.StringVar(&o.only, "only", "", "run this experiment alone")
	flag.BoolVar(&o.short, "short", false, "the short form, as in the tests")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano())>>16, "of everything that is left to chance")
	flag.IntVar(&o.rounds, "rounds", 0, "how often to run each experiment, each time with the next seed; 0: as planned")
	flag.StringVar(&o.binary, "botd", "", "a built botd; without it this module's is built")
	flag.StringVar(&o.write, "write", "", "write the figures into this page; with -only, that experiment's into the page of the others, with their seed")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := torture(ctx, os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "torture:", err)
		os.Exit(1)
	}
}

// torture makes all experiments that are wanted, also after one has failed.
func torture(ctx context.Context, out io.Writer, o options) error {
	wanted, err := choose(o)
	if err != nil {
		return err
	}
	if o.write != "" && o.only != "" {
		if o.seed, err = seedOfPage(o.write); err != nil {
			return err
		}
	}
	if o.binary == "" {
		folder, err := os.MkdirTemp("", "botd-torture-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(folder) }()
		if o.binary, err = rig.Build(ctx, folder); err != nil {
			return err
		}
	}
	var results []result
	var failed error
	for _, e := range wanted {
		r, err := e.make(ctx, out, o)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s: %w", e.name, err))
		}
		results = append(results, r)
		if ctx.Err() != nil {
			return errors.Join(failed, ctx.Err())
		}
	}
	if o.write != "" && failed == nil {
		failed = writePage(filepath.Clean(o.write), o.seed, o.only != "", results)
	}
	return failed
}

func choose(o options) ([]experiment, error) {
	if o.write != "" && o.short {
		return nil, errors.New("a page has all experiments in their long form: leave out -short")
	}
	var names []string
	var wanted []experiment
	for _, e := range table {
		names = append(names, e.name)
		if o.only == e.name || o.only == "" && (!o.short || !e.long) {
			wanted = append(wanted, e)
		}
	}
	if wanted == nil {
		return nil, fmt.Errorf("no experiment %q; have %q", o.only, names)
	}
	return wanted, nil
}

// result is what the rounds of one experiment came to.
type result struct {
	experiment
	rig.Figures
	rounds  int
	skipped string // why it could not be made here; empty: it was
}

// make runs one experiment as often as planned, up to its first failure.
func (e experiment) make(ctx context.Context, out io.Writer, o options) (result, error) {
	r := result{experiment: e}
	rounds := o.rounds
	if rounds == 0 && !o.short {
		rounds = e.rounds
	}
	for n := range max(rounds, 1) {
		seed := o.seed + uint64(n)
		fmt.Fprintf(out, "%s: seed %d\n", e.name, seed)
		f, err := e.once(ctx, o.binary, seed, o.short)
		switch {
		case errors.Is(err, rig.ErrNoTracer), errors.Is(err, errNoRoom):
			r.skipped = err.Error()
			fmt.Fprintf(out, "  left out: %v\n", err)
			return r, nil
		case err != nil:
			fmt.Fprintf(out, "%s  FAILED: %v\n  again: %s\n", f, err, again(e.name, seed, o.short))
			return r, err
		}
		fmt.Fprint(out, f)
		r.Figures, r.rounds = r.Add(f), r.rounds+1
	}
	return r, nil
}

// again is the command that repeats a run.
func again(name string, seed uint64, short bool) string {
	command := fmt.Sprintf("go run ./lab/torture -only %s -rounds 1 -seed %d", name, seed)
	if short {
		command += " -short"
	}
	return command
}

// once runs an experiment in a folder of its own, which is kept if it fails.
func (e experiment) once(ctx context.Context, binary string, seed uint64, short bool) (rig.Figures, error) {
	folder, err := os.MkdirTemp("", "botd-torture-")
	if err != nil {
		return rig.Figures{}, err
	}
	f, err := e.run(ctx, newRun(binary, folder, seed, short))
	if err == nil {
		err = f.Verdict()
	}
	if err != nil && !errors.Is(err, rig.ErrNoTracer) && !errors.Is(err, errNoRoom) {
		return f, fmt.Errorf("%w; everything botd left is in %s", err, folder)
	}
	return f, errors.Join(err, os.RemoveAll(folder))
}
