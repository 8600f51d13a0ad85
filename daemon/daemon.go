// Package daemon wires botd together and holds its verbs. It is the only
// package that knows all the others.
//
// A team's own botd, with plugins of its own compiled in, is this:
//
//	package main
//
//	import (
//		"github.com/botd-chat/botd/daemon"
//		"github.com/botd-chat/botd/plugins/quiz"
//		"example.com/team/oncall"
//	)
//
//	func main() { daemon.Main(quiz.Plugin, oncall.Plugin) }
//
// The line through it: webhooks and schedules make arrivals, the store keeps
// them as events, the dispatcher hands these to their bots' plugins and keeps
// the messages, and delivery sends those through im to the members that
// audience found (see assemble.go). What starts also stops, in the order of the
// line, so that nothing is taken in that is not worked on (see lifecycle.go).
package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/plugins"
)

// Main runs botd with these plugins, by the arguments the process was given,
// and ends the process. In a process that botd started for a plugin it is that alone.
func Main(list ...plugins.Plugin) {
	host.Child(list...)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := Run(ctx, Process{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv}, list...)
	stop()
	os.Exit(code)
}

// collectAt is how many per cent the heap may grow before garbage is collected.
// What botd keeps in memory is little, so that Go's 100 would have it collect
// many times a second under load to save a few dozen megabytes.
const collectAt = 400

// Process is what a run of botd has of the world around it. All of it is
// required.
type Process struct {
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
}

// Run runs one verb of botd until it is done or ctx ends, and returns the exit
// code: 0 fine, 1 failed, 2 usage, 3 configuration invalid, 130 interrupted.
func Run(ctx context.Context, p Process, list ...plugins.Plugin) int {
	root := command(p, plugins.NewRegistry(list...))
	root.SetArgs(p.Args)
	ran, err := root.ExecuteContextC(ctx)
	if err != nil {
		explain(p.Stderr, ran.Name(), err)
	}
	return exitCode(err)
}

func explain(w io.Writer, verb string, err error) {
	var problems config.Problems
	var kept *notTaken
	switch {
	case errors.As(err, &kept):
		_, _ = fmt.Fprintf(w, "%v\nbotd: %s\n", kept.mistakes, kept.detail)
	case errors.As(err, &problems):
		for _, problem := range problems {
			_, _ = fmt.Fprintln(w, problem)
		}
		came := ""
		if verb == "serve" || verb == "demo" {
			came = "; nothing was started"
		}
		_, _ = fmt.Fprintf(w, "botd: %d in the configuration%s\n", count(len(problems), "problem"), came)
	case errors.Is(err, context.Canceled):
	default:
		_, _ = fmt.Fprintln(w, "botd:", err)
	}
}

type counted struct {
	n    int
	noun string
}

func count(n int, noun string) counted { return counted{n, noun} }

// Format writes "1 problem" or "2 problems", whatever the verb.
func (c counted) Format(f fmt.State, _ rune) {
	plural := "s"
	if c.n == 1 {
		plural = ""
	}
	_, _ = fmt.Fprintf(f, "%d %s%s", c.n, c.noun, plural)
}
