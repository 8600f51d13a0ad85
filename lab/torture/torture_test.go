package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/internal/need"
	"github.com/botd-chat/botd/lab/rig"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestShortForms makes all experiments but the longest; make torture is the
// long form.
func TestShortForms(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts, kills and starves real processes for most of a minute")
	}
	binary, err := rig.Build(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range table {
		if e.long {
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			const seed = 1
			f, err := e.once(t.Context(), binary, seed, true)
			switch {
			case errors.Is(err, rig.ErrNoTracer), errors.Is(err, errNoRoom):
				need.Skip(t, err.Error())
			case err != nil:
				t.Fatalf("%v\n%sagain: %s", err, f, again(e.name, seed, true))
			}
			t.Logf("\n%s", f)
		})
	}
}

const reliability = "../../docs/reliability.md"

// cells are those of one line of a table.
func cells(line string) []string {
	parts := strings.Split(strings.Trim(line, "| "), " | ")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return parts
}

func TestThePageHasARowForEveryExperiment(t *testing.T) {
	text, err := os.ReadFile(reliability)
	if err != nil {
		t.Fatal(err)
	}
	checkPage(t, string(text))
}

func TestThePageSaysWhatItWouldSayNow(t *testing.T) {
	text, err := os.ReadFile(reliability)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{before, after} {
		if !bytes.Contains(text, []byte(part)) {
			t.Error("the text around the figures is another one: run make torture")
		}
	}
}

func TestAPageThatIsWrittenIsAsItMustBe(t *testing.T) {
	var all []rows
	for _, e := range table {
		all = append(all, made(e, 7).rows())
	}
	checkPage(t, page(1, all))
}

func made(e experiment, n int) result {
	return result{experiment: e, rounds: 1, Figures: rig.Figures{Acknowledged: n, Once: n, Notes: []string{"a | b"}}}
}

func TestOneExperimentIsWrittenIntoThePageOfTheOthers(t *testing.T) {
	var all []rows
	for _, e := range table[1:] {
		all = append(all, made(e, 7).rows())
	}
	text, err := pageWith(page(5, all), []result{made(table[0], 8)})
	if err != nil {
		t.Fatal(err)
	}
	checkPage(t, text)
	if again, err := pageWith(text, []result{made(table[1], 9)}); err != nil || strings.Count(again, " 9 |") != 2 || strings.Count(again, " 8 |") != 2 {
		t.Errorf("%v: %s", err, again)
	}
	if seed, err := seedOf(text); seed != 5 || err != nil {
		t.Errorf("seed %d, %v", seed, err)
	}
}

// checkPage wants two rows for each experiment and no other, and that nothing
// was lost, doubled or shown to outsiders.
func checkPage(t *testing.T, text string) {
	t.Helper()
	first, second, _ := strings.Cut(text, "moves again after")
	row := regexp.MustCompile(`(?m)^\| [a-z][a-z-]* \| .*$`)
	first = strings.TrimSuffix(first, "| experiment | ") // of the second table
	figures, recovery := row.FindAllString(first, -1), row.FindAllString(second, -1)
	var names, again []string
	for _, line := range figures {
		c := cells(line)
		if len(c) != 12 {
			t.Errorf("%d cells: %s", len(c), line)
			continue
		}
		if c[0] == "experiment" {
			continue
		}
		names = append(names, c[0])
		if !slices.Equal(c[9:], []string{"0", "0", "0"}) || c[5] == "0" || c[6] == "0" {
			t.Errorf("not as it must be: %s", line)
		}
	}
	for _, line := range recovery {
		again = append(again, cells(line)[0])
	}
	var want []string
	for _, e := range table {
		want = append(want, e.name)
	}
	if !slices.Equal(names, want) || !slices.Equal(again, want) {
		t.Errorf("rows %q and %q, want %q: run make torture", names, again, want)
	}
}

// TestASeedRepeatsItself holds what a repeat hangs on: the same faults in the
// same order, for as long as time allows.
func TestASeedRepeatsItself(t *testing.T) {
	faults := func(seed uint64) (all []simulator.Fault) {
		r := newRun("", "", seed, false)
		for range 100 {
			all = append(all, r.mixture()...)
		}
		return all
	}
	if !slices.Equal(faults(7), faults(7)) {
		t.Error("the same seed makes other faults")
	}
	if slices.Equal(faults(7), faults(8)) {
		t.Error("every seed makes the same faults")
	}
}

// TestEveryKindOfFaultIsTried holds the mixture to what the service can do wrong,
// and to the service: one that it refuses ends an experiment.
func TestEveryKindOfFaultIsTried(t *testing.T) {
	s, err := rig.NewService(1, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	met := map[string]bool{}
	r := newRun("", "", 1, false)
	for range 1000 {
		for _, f := range r.mixture() {
			if err := s.Inject(f); err != nil {
				t.Fatal(err)
			}
			met[fmt.Sprint(f.Kind, " ", f.Code, " ", f.When)] = true
		}
	}
	for _, kind := range spoilt {
		for _, when := range []string{simulator.Before, simulator.After} {
			if !met[fmt.Sprint(kind, " 0 ", when)] {
				t.Errorf("%s %s was never tried", kind, when)
			}
		}
	}
	for _, code := range slices.Concat(unclear, definite, renewing) {
		if !met[fmt.Sprint(simulator.ErrorCode, " ", code, " ", simulator.Before)] {
			t.Errorf("code %d was never tried", code)
		}
	}
	if !met[simulator.Dropped+" 0 "+simulator.Before] {
		t.Error("success that delivers nothing was never tried")
	}
}

func TestChoosing(t *testing.T) {
	if all, err := choose(options{}); err != nil || len(all) != len(table) {
		t.Errorf("%d experiments: %v", len(all), err)
	}
	if one, err := choose(options{only: "frozen", short: true}); err != nil || len(one) != 1 {
		t.Errorf("by its name: %d, %v", len(one), err)
	}
	if _, err := choose(options{only: "fire"}); err == nil || !strings.Contains(err.Error(), "turmoil") {
		t.Errorf("an unknown one: %v", err)
	}
	if _, err := choose(options{write: "page.md", short: true}); err == nil {
		t.Error("a page of short forms")
	}
}

func TestWhatGrowsWithTheStoreIsFound(t *testing.T) {
	of := func(p50 ...time.Duration) (m measures) {
		for i, d := range p50 {
			m.took = append(m.took, timing{fmt.Sprint("question ", i), d, time.Second})
		}
		return m
	}
	const ms = time.Millisecond
	if err := flat(of(ms, 50*ms), of(20*ms, 140*ms)); err != nil {
		t.Error(err)
	}
	for _, many := range []measures{of(22*ms, 50*ms), of(ms, 151*ms)} {
		if flat(of(ms, 50*ms), many) == nil {
			t.Errorf("%v is taken for flat", many.took)
		}
	}
}
