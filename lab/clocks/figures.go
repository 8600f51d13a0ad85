package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/lab/rig"
)

// figures are what came of a run.
type figures struct {
	Outages int
	Kills   int
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

	late []time.Duration // of those that came while botd was up
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

// verdict is nil if botd kept its word.
func (f figures) verdict() error {
	if f.Lost+f.Doubled == 0 && len(f.Wrong) == 0 && f.Struck > 0 {
		return nil
	}
	return errors.New("botd did not keep its word:\n" + strings.Join(f.Wrong[:min(20, len(f.Wrong))], "\n"))
}

// told are the figures as the laboratory tells them: an event of each group is what was
// promised.
func (f figures) told() rig.Figures {
	told := rig.Figures{Acknowledged: f.Events, Once: f.Arrived, GivenUp: f.TooLate, Lost: f.Lost, Doubled: f.Doubled, Kills: f.Kills}
	left := ""
	for _, o := range chat.FiringOutcomes {
		if n := f.LeftOut[o]; n > 0 {
			left += fmt.Sprintf(", %d recorded %s", n, o)
		}
	}
	told.Note("%d times meant, %d times that nobody could strike: %d struck, of which %d made up%s; none undecided and none decided twice", f.Meant, f.Outages, f.Struck, f.MadeUp, left)
	told.Note("those that came while botd was up were struck %s after the time meant", spread(f.late))
	return told
}

func (f figures) String() string { return f.told().String() + strings.Join(f.Wrong, "\n") }

// spread is the median, the 99th of 100 and the most.
func spread(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	slices.Sort(all)
	return fmt.Sprintf("%s at the median, %s at the 99th of 100 and %s at the most",
		all[len(all)/2].Round(time.Millisecond), all[len(all)*99/100].Round(time.Millisecond), all[len(all)-1].Round(time.Millisecond))
}
