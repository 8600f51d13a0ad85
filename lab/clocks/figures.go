package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// figures are what came of a run.
type figures struct {
	Outages int
	Meant   int // times
	Struck  int
	MadeUp  int // of those, later than a minute
	LeftOut map[chat.FiringOutcome]int
	Events  int
	Arrived int // at all of their recipients, once
	TooLate int // struck, and not sent for being too late
	Lost    int
	Doubled int
	Wrong   []string

	late []time.Duration // of those that were struck on time
}

func (f *figures) wrong(format string, args ...any) {
	f.Wrong = append(f.Wrong, fmt.Sprintf(format, args...))
}

func (f *figures) left(x chat.Firing) {
	if f.LeftOut == nil {
		f.LeftOut = map[chat.FiringOutcome]int{}
	}
	f.LeftOut[x.Outcome]++
	if x.Reason == "" {
		f.wrong("%s at %s is left out without a reason", x.Name, x.Meant)
	}
}

func (f *figures) struck(x chat.Firing) {
	f.Struck++
	if late := x.Struck.Sub(x.Meant); late <= punctual {
		f.late = append(f.late, late)
	}
}

// verdict is nil if botd kept its word.
func (f figures) verdict() error {
	if f.Lost+f.Doubled == 0 && len(f.Wrong) == 0 && f.Struck > 0 {
		return nil
	}
	return errors.New("botd did not keep its word:\n" + strings.Join(f.Wrong[:min(20, len(f.Wrong))], "\n"))
}

func (f figures) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d outages; %d times meant: %d struck, of which %d made up", f.Outages, f.Meant, f.Struck, f.MadeUp)
	for _, o := range chat.FiringOutcomes {
		if n := f.LeftOut[o]; n > 0 {
			fmt.Fprintf(&b, ", %d recorded %s", n, o)
		}
	}
	fmt.Fprintf(&b, "\n%d events: %d at all their recipients once, %d too late to be sent; %d lost, %d doubled\n", f.Events, f.Arrived, f.TooLate, f.Lost, f.Doubled)
	fmt.Fprintf(&b, "struck on time: %s after the time meant\n", spread(f.late))
	return b.String()
}

// spread is the median, the 99th of 100 and the most.
func spread(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	slices.Sort(all)
	return fmt.Sprintf("%s at the median, %s at the 99th of 100 and %s at the most",
		all[len(all)/2].Round(time.Millisecond), all[len(all)*99/100].Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond))
}
