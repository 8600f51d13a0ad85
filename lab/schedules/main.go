// Command schedules tries random schedules of the whole line, from webhooks to
// the members' inboxes, each under a clock of its own that runs as fast as the
// machine can, and judges what came of them by what can be seen from outside.
//
// A seed chooses groups and members, webhooks and what members write that is to be
// held, how slow the disk is then, what the plugin does about them, who comes and
// goes, what the service does wrong, when botd's clock is set, and where in its work
// botd dies: of the process alone, or of a loss of power that takes what was not
// flushed. All of it is in one process: the
// store on a file, the real receiver, dispatcher, workers and client, and the
// simulated service, joined by connections in memory, in a bubble of
// testing/synctest. There the time of the code's own timers, of contexts, of the
// HTTP library and of the service is one, and needs no place in the code to set
// it; a clock that is handed in would not move the time-outs of connections.
//
// What a seed does not choose is which of several goroutines that are ready
// goes first, and the numbers that botd draws: a repeat is near to the first run.
//
// Reading tour: plan.go is what a seed chooses, run.go lets it happen, judge.go
// says what is wrong about it, cover.go what many seeds have to meet, and
// bugs.go has mistakes that the judge must find. held.go is what members write.
package main

import (
	"flag"
	"fmt"
	"os"
	"testing"
	"time"
)

func main() {
	testing.Init() // bubbles are the testing package's
	seeds := flag.Int("seeds", 1000, "how many seeds to run")
	first := flag.Uint64("seed", 0, "run this seed alone; with -seeds, from this one on; 0: one of the clock's choosing")
	named := flag.String("bug", "", "put this mistake in, by its words")
	verbose := flag.Bool("cover", false, "print what was met")
	file := flag.String("figures", "", "write the figures into this file, as JSON")
	flag.Parse()
	s := series{first: *first, seeds: *seeds, bug: bug(*named), out: os.Stdout}
	if alone := *first != 0 && !given("seeds"); alone {
		s.seeds = 1
	}
	if s.first == 0 {
		s.first = uint64(time.Now().UnixNano()) >> 20
	}
	every := func(string, string) (bool, error) { return true, nil }
	testing.Main(every, []testing.InternalTest{{Name: "schedules", F: func(t *testing.T) {
		s.run(t)
		if *verbose {
			fmt.Print(&s.seen)
		}
		fmt.Print(s.figures())
		if err := s.write(*file); err != nil {
			t.Error(err)
		}
	}}}, nil, nil)
}

// given reports whether a flag was set.
func given(name string) (set bool) {
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == name })
	return set
}
