package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/botd-chat/botd/lab/rig"
)

// before and after are what the page says around the figures.
const (
	before = `# What was tried to break botd

A laboratory tries to break what botd promises: that nobody else sees a message, that nothing acknowledged is lost, that nothing is sent twice, and that what is not
known is called so. It runs a real ` + "`botd serve`" + ` against a simulated chat service, posts signed webhooks as senders do, has members type, makes trouble, and counts from the outside
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
- Of **held-answers**, acknowledged is what its sender was not told to write again, and an outsider is also whoever saw an answer that was not taken back, or not counted as a leak,
  by the next sweep, which there is every 10 s. A verdict is there when the answer is on disk.
- Of **clocks**, acknowledged is each time of a schedule that was struck, in each group. The schedules differ in what becomes of times that nobody could strike for more than a
  minute; each is decided once, and what is left out is recorded with the reason.
- **Moves again** and **drained**: from the end of the trouble, or from the restart, until the first of what waited then had arrived, and until the last of it had; the worst
  of all measured. What restarts botd before all has drained ends the measurement.

## Repeat it

` + "```sh" + `
make torture                                         # all of it, some forty minutes
go run ./lab/torture -only turmoil -rounds 1 -seed 7 # one of them, with another seed
` + "```" + `

A seed chooses moments and faults, and a repeat is as near to the first run as time allows. Each run prints its seed and the command that repeats it. Those that place faults
at system calls need Debian's package strace, and the one with a small disk needs root. The tests run all but the longest in a short form.

What was written and not flushed survives ` + "`kill -9`" + `, so the power is cut on a model of the disk: every system call of a whole run of botd is recorded, and for a moment of
that run the files are made as a power cut could have left them. A write that was not flushed may be lost, or be there in part, by sectors of 512 bytes; a new file's name
may be lost until its folder is flushed. The same cuts, made as if botd flushed nothing, have to find losses.
`
)

// rows are what the two tables of the page say of an experiment.
type rows struct{ figures, recovery string }

func (r result) rows() rows {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s | %s |", r.name, r.what)
	for _, n := range []int{r.rounds, r.Kills, r.Faults, r.Acknowledged, r.Once, r.Unknown, r.GivenUp, r.Lost, r.Doubled, r.Outsiders} {
		fmt.Fprintf(&b, " %d |", n)
	}
	notes := strings.ReplaceAll(strings.Join(r.Notes, "<br>"), "|", "\\|")
	return rows{b.String(), fmt.Sprintf("| %s | %s | %s | %s |", r.name, rig.Round(r.Moving), rig.Round(r.Drained), notes)}
}

// page is the page with these rows.
func page(seed uint64, all []rows) string {
	var b strings.Builder
	b.WriteString(before)
	fmt.Fprintf(&b, seeds+"\n\n", seed)
	b.WriteString("| experiment | what is done | runs | kills | calls that met a fault | acknowledged | delivered once | unknown | given up | lost | doubled | outsiders |\n")
	b.WriteString("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, r := range all {
		fmt.Fprintln(&b, r.figures)
	}
	b.WriteString("\n| experiment | moves again after | drained after | measured besides |\n| --- | ---: | ---: | --- |\n")
	for _, r := range all {
		fmt.Fprintln(&b, r.recovery)
	}
	b.WriteString(after)
	return b.String()
}

const seeds = "## Figures\n\nSeeds from %d on, on a machine with 2 cores."

// seedOf is the seed that a page is of.
func seedOf(text string) (seed uint64, err error) {
	_, rest, _ := strings.Cut(text, seeds[:strings.IndexByte(seeds, '%')])
	if _, err := fmt.Sscan(rest, &seed); err != nil {
		return 0, fmt.Errorf("the page does not say its seed: %w", err)
	}
	return seed, nil
}

func seedOfPage(path string) (uint64, error) {
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return 0, err
	}
	return seedOf(string(text))
}

// rowsOf are the rows of a page, by the experiment.
func rowsOf(text string) map[string]rows {
	all := map[string]rows{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		switch r := all[name]; {
		case !strings.HasPrefix(line, "| "):
		case r.figures == "":
			all[name] = rows{figures: line}
		default:
			r.recovery = line
			all[name] = r
		}
	}
	return all
}

// pageWith is an older page in which the rows of some experiments are these.
func pageWith(old string, results []result) (string, error) {
	seed, err := seedOf(old)
	if err != nil {
		return "", err
	}
	known := rowsOf(old)
	for _, r := range results {
		known[r.name] = r.rows()
	}
	var all []rows
	for _, e := range table {
		if r, ok := known[e.name]; ok {
			all = append(all, r)
		}
	}
	return page(seed, all), nil
}

// writePage writes the page of all results, or these of some into the page of
// the others.
func writePage(path string, seed uint64, some bool, results []result) error {
	for _, r := range results {
		if r.skipped != "" {
			return fmt.Errorf("the page has all experiments, and %s could not be made: %s", r.name, r.skipped)
		}
	}
	text := ""
	if some {
		old, err := os.ReadFile(path) //nolint:gosec // the page that was asked for
		if err != nil {
			return err
		}
		if text, err = pageWith(string(old), results); err != nil {
			return err
		}
	} else {
		var all []rows
		for _, r := range results {
			all = append(all, r.rows())
		}
		text = page(seed, all)
	}
	return os.WriteFile(path, []byte(text), 0o644) //nolint:gosec // a page that everybody reads
}

// detail is the detail of an answer that tells of a problem.
func detail(body string) string {
	var p struct{ Detail string }
	if json.Unmarshal([]byte(body), &p) != nil || p.Detail == "" {
		return body
	}
	return p.Detail
}
