package rig

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Figures are what a run came to.
type Figures struct {
	Acknowledged int // webhooks botd answered with 2xx
	Once         int // of those: at all who had to get it, once, and at nobody else
	Unknown      int // of those: not arrived, and botd says that it does not know
	GivenUp      int // of those: not arrived, and botd says so, and why
	Lost         int // of those: missing at somebody who had to get it, and botd does not say so
	Doubled      int // copies beyond the first, at one person
	Outsiders    int // copies at somebody who did not qualify then or shortly before
	Unasked      int // messages of webhooks that were never acknowledged
	Misreported  int // told as not sent, and somebody has it

	Posts    int // requests to botd, repeats included
	Repeated int // of those: answered as known already
	Refused  int // of those: answered with 503
	Kills    int
	Faults   int // calls of the API that met a fault
	Marks    int // how often recovery was measured
	// From the end of a fault, or from the restart, until the first of what
	// waited arrived, and until the last of it had; the worst of them.
	Moving, Drained time.Duration

	Notes []string // what an experiment measured besides
}

// Add puts two runs' figures together.
func (f Figures) Add(g Figures) Figures {
	f.Acknowledged += g.Acknowledged
	f.Once += g.Once
	f.Unknown += g.Unknown
	f.GivenUp += g.GivenUp
	f.Lost += g.Lost
	f.Doubled += g.Doubled
	f.Outsiders += g.Outsiders
	f.Unasked += g.Unasked
	f.Misreported += g.Misreported
	f.Posts += g.Posts
	f.Repeated += g.Repeated
	f.Refused += g.Refused
	f.Kills += g.Kills
	f.Faults += g.Faults
	f.Marks += g.Marks
	f.Moving, f.Drained = max(f.Moving, g.Moving), max(f.Drained, g.Drained)
	f.Notes = append(f.Notes, g.Notes...)
	return f
}

// Note adds a line to what was measured besides.
func (f *Figures) Note(format string, args ...any) {
	f.Notes = append(f.Notes, fmt.Sprintf(format, args...))
}

// Verdict is nil when every promise was kept.
func (f Figures) Verdict() error {
	if f.Acknowledged == 0 {
		return errors.New("nothing was acknowledged, so nothing was tested")
	}
	var wrong []string
	for _, bad := range []struct {
		n    int
		what string
	}{
		{f.Lost, "lost"}, {f.Doubled, "doubled"}, {f.Outsiders, "shown to outsiders"},
		{f.Unasked, "sent although never acknowledged"}, {f.Misreported, "told as not sent although they were"},
	} {
		if bad.n > 0 {
			wrong = append(wrong, fmt.Sprintf("%d %s", bad.n, bad.what))
		}
	}
	if wrong != nil {
		return fmt.Errorf("promises broken: %s", strings.Join(wrong, ", "))
	}
	return nil
}

func (f Figures) String() string {
	if f.Acknowledged == 0 {
		return ""
	}
	var b strings.Builder
	line := func(what string, n int, more string) {
		if more != "" {
			more = "   (" + more + ")"
		}
		fmt.Fprintf(&b, "  %-20s%7d%s\n", what, n, more)
	}
	line("acknowledged", f.Acknowledged, fmt.Sprintf("%d posts, %d known already, %d answered with 503", f.Posts, f.Repeated, f.Refused))
	line("delivered once", f.Once, fmt.Sprintf("%d kills, %d calls met a fault", f.Kills, f.Faults))
	line("unknown, told so", f.Unknown, "")
	line("given up, told so", f.GivenUp, "")
	line("lost", f.Lost, "")
	line("doubled", f.Doubled, "")
	line("outsiders", f.Outsiders, "")
	line("sent unasked", f.Unasked, "")
	line("told wrongly", f.Misreported, "")
	if f.Marks > 0 {
		fmt.Fprintf(&b, "  recovery, the worst of %d: moves after %s, drained after %s\n", f.Marks, Round(f.Moving), Round(f.Drained))
	}
	for _, n := range f.Notes {
		fmt.Fprintf(&b, "  %s\n", n)
	}
	return b.String()
}

// Round is a duration as people read it.
func Round(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(10 * time.Millisecond).String()
}
