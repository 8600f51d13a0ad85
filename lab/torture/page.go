package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/botd-chat/botd/lab/rig"
)

// before and after are what the page says around the figures.
const (
	before = `# What was tried to break botd

A laboratory tries to break what botd promises: that nobody else sees a message, that nothing acknowledged is lost, that nothing is sent twice, and that what is not
known is called so. It runs a real ` + "`botd serve`" + ` against a simulated chat service, posts signed webhooks as senders do, makes trouble, and counts from the outside
alone: what was acknowledged is held against the inboxes of the service, which shares no code with botd, and against who had which role at which moment.

This page is written by it, with ` + "`go run ./lab/torture -write docs/reliability.md`" + `, and not by hand.

`
	after = `
- **Delivered once**: at everybody who had to get it, once, and at nobody else. Somebody had to get it who was owner or admin from some seconds before the webhook was posted
  until it was sent.
- **Unknown**: not arrived, and botd says that it does not know. It says so when somebody stopped being an admin after an attempt whose answer was lost: to repeat it
  would show it to them, and to change it could show it twice to the others.
- **Given up**: not arrived, and botd says so, with the reason.
- **Lost**: missing at somebody, and botd does not say so. **Doubled**: copies beyond the first, at one person.
- **Outsiders**: copies at somebody who was not owner or admin at any moment of the last 6 seconds. botd sends by a reading of at most 5, and an attempt takes its time.
- **Moves again** and **drained**: from the end of the trouble, or from the restart, until the first of what waited then had arrived, and until the last of it had; the worst
  of all measured. What restarts botd before all has drained ends the measurement.

## Repeat it

` + "```sh" + `
make torture                                         # all of it, some fifteen minutes
go run ./lab/torture -only turmoil -rounds 1 -seed 7 # one of them, with another seed
` + "```" + `

A seed chooses moments and faults, and a repeat is as near to the first run as time allows. Each run prints its seed and the command that repeats it. Those that place faults
at system calls need Debian's package strace, and the one with a small disk needs root. The tests run all but the longest in a short form.

The clock of the machine is not turned, and power is not cut: what was written and not flushed survives ` + "`kill -9`" + `. The tests of the store cut its files instead.
`
)

// page is the page with the figures of these results.
func page(seed uint64, results []result) string {
	var b strings.Builder
	b.WriteString(before)
	fmt.Fprintf(&b, "## Figures\n\nSeeds from %d on, on a machine with 2 cores.\n\n", seed)
	b.WriteString("| experiment | what is done | runs | kills | calls that met a fault | acknowledged | delivered once | unknown | given up | lost | doubled | outsiders |\n")
	b.WriteString("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, r := range results {
		fmt.Fprintf(&b, "| %s | %s |", r.name, r.what)
		for _, n := range []int{r.rounds, r.Kills, r.Faults, r.Acknowledged, r.Once, r.Unknown, r.GivenUp, r.Lost, r.Doubled, r.Outsiders} {
			fmt.Fprintf(&b, " %d |", n)
		}
		b.WriteByte('\n')
	}
	b.WriteString("\n| experiment | moves again after | drained after | measured besides |\n| --- | ---: | ---: | --- |\n")
	for _, r := range results {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.name, rig.Round(r.Moving), rig.Round(r.Drained), strings.ReplaceAll(strings.Join(r.Notes, "<br>"), "|", "\\|"))
	}
	b.WriteString(after)
	return b.String()
}

func writePage(path string, seed uint64, results []result) error {
	for _, r := range results {
		if r.skipped != "" {
			return fmt.Errorf("the page has all experiments, and %s could not be made: %s", r.name, r.skipped)
		}
	}
	return os.WriteFile(path, []byte(page(seed, results)), 0o644) //nolint:gosec // a page that everybody reads
}

// detail is the detail of an answer that tells of a problem.
func detail(body string) string {
	var p struct{ Detail string }
	if json.Unmarshal([]byte(body), &p) != nil || p.Detail == "" {
		return body
	}
	return p.Detail
}
