package contract

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Level is how bad a finding is.
type Level string

// The levels. What has no finding is Fine.
const (
	Fine    Level = "ok"
	Skipped Level = "skip" // was not looked at; the finding says why
	Warning Level = "warn" // works, and will be regretted
	Failure Level = "FAIL" // breaks the contract
)

var order = []Level{Fine, Skipped, Warning, Failure}

// Finding is something that is not as it should be.
type Finding struct {
	Level  Level  `json:"level"`
	Place  string `json:"place"` // what was asked
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
}

// Result is what one check came to.
type Result struct {
	Check    string    `json:"check"`
	About    string    `json:"about"`
	Level    Level     `json:"level"` // the worst of the findings
	Findings []Finding `json:"findings,omitempty"`
}

// Report is what all checks came to.
type Report struct {
	Plugin   string        `json:"plugin,omitempty"` // as its manifest says
	Version  string        `json:"version,omitempty"`
	Requests int           `json:"requests"`
	Slowest  time.Duration `json:"slowest_ns"` // of a single request
	Results  []Result      `json:"results"`
}

// Count is how many checks came to this level.
func (r Report) Count(l Level) (n int) {
	for _, x := range r.Results {
		if x.Level == l {
			n++
		}
	}
	return n
}

// Fails reports whether anything breaks the contract.
func (r Report) Fails() bool { return r.Count(Failure) > 0 }

// maxShown is how many findings of one check are shown to people.
const maxShown = 3

// Write writes the report for people.
func (r Report) Write(w io.Writer) error {
	var b strings.Builder
	for _, x := range r.Results {
		fmt.Fprintf(&b, "%-4s  %-18s %s\n", x.Level, x.Check, x.About)
		for i, f := range x.Findings {
			if i == maxShown {
				fmt.Fprintf(&b, "      … and %d more like these\n", len(x.Findings)-maxShown)
				break
			}
			fmt.Fprintf(&b, "      %s: %s\n      → %s\n", f.Place, f.Reason, f.Remedy)
		}
	}
	fmt.Fprintf(&b, "\n%s: %d fine, %d warned of, %d failed, %d not looked at; %d requests, the slowest took %v\n", r.named(),
		r.Count(Fine), r.Count(Warning), r.Count(Failure), r.Count(Skipped), r.Requests, r.Slowest.Round(100*time.Microsecond))
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Report) named() string {
	if r.Plugin == "" {
		return "the plugin"
	}
	return r.Plugin + " " + r.Version
}
