package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestShortAttack is the laboratory in its short form; make killtest is the
// long one.
func TestShortAttack(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts and kills real processes for some seconds")
	}
	p := plan{rate: 100, length: 3 * time.Second, kills: 2, groups: 5, seed: 1, workers: 8, folder: t.TempDir()}
	f, err := attack(t.Context(), p)
	if err == nil {
		err = f.verdict()
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, f)
	}
	if f.restarts != 2 || f.acknowledged != 300 || f.delivered != 300 {
		t.Errorf("not what was planned:\n%s", f)
	}
}

// TestTheJudgeSeesWhatIsWrong keeps the laboratory honest: each way of breaking
// a promise must show in its figures.
func TestTheJudgeSeesWhatIsWrong(t *testing.T) {
	all := map[string]int{"owner": 1, "admin1": 1, "admin2": 1}
	for _, c := range []struct {
		name   string
		copies map[string]int
		want   string // in the verdict; empty: nothing is wrong
	}{
		{"each of them once", all, ""},
		{"one of them missing", map[string]int{"owner": 1, "admin1": 1}, "1 lost"},
		{"nobody", nil, "1 lost"},
		{"one of them twice", map[string]int{"owner": 1, "admin1": 2, "admin2": 1}, "1 doubled"},
		{"somebody else too", map[string]int{"owner": 1, "admin1": 1, "admin2": 1, "member3": 1}, "1 shown to outsiders"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := figures{acknowledged: 1}
			f.add(c.copies)
			err := f.verdict()
			if got := fmt.Sprint(err); (c.want == "") != (err == nil) || !strings.Contains(got, c.want) {
				t.Errorf("verdict %q, want %q", got, c.want)
			}
			if (f.delivered == 1) != (c.want == "") {
				t.Errorf("%d delivered", f.delivered)
			}
		})
	}
	if (figures{acknowledged: 1, delivered: 1, unasked: 1}).verdict() == nil || (figures{}).verdict() == nil {
		t.Error("a message that nobody asked for, or no message at all, passes")
	}
}
