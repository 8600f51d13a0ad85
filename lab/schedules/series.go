package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botd-chat/botd/lab/rig"
)

// series are many seeds, one after the other: the steps of the line are told of
// to one at a time.
type series struct {
	first uint64
	seeds int
	bug   bug
	out   io.Writer

	seen   cover
	sum    rig.Figures
	ran    int
	passed time.Duration // in the bubbles
	failed []uint64
}

// run runs all seeds. Each that fails is an error of the test, and the others
// are run all the same.
func (s *series) run(t *testing.T) {
	folder, template := room(t)
	for n := range s.seeds {
		if err := s.one(t, s.first+uint64(n), folder, template); err != nil { //nolint:gosec // not negative
			t.Errorf("seed %d: %v\nrepeat it with: go run ./lab/schedules -seed %[1]d", s.first+uint64(n), err) //nolint:gosec // not negative
		}
	}
}

// one runs a seed in a bubble of its own. The history of what is wrong is
// printed.
func (s *series) one(t *testing.T, seed uint64, folder string, template template) (verdict error) {
	_, _ = fmt.Fprintf(s.out, "seed %d\n", seed) // first, for one that hangs
	synctest.Test(t, func(t *testing.T) {
		r, err := newRun(newPlan(seed), s.bug, template, folder)
		if err != nil {
			t.Fatal(err)
		}
		verdict = r.make(context.Background()) //nolint:usetesting // t's context ends with the bubble, before what is in it
		r.disk.remove()
		s.ran++
		s.sum = s.sum.Add(r.figures)
		s.passed += time.Since(r.began)
		s.seen.take(&r.seen)
		_, _ = fmt.Fprint(s.out, r.stories.String())
	})
	if verdict != nil {
		s.failed = append(s.failed, seed)
	}
	return verdict
}

// room is where the stores of all seeds lie, in memory where the system has
// such a place: the laboratory takes the power away itself.
func room(t *testing.T) (string, template) {
	t.Helper()
	parent := "/dev/shm"
	if _, err := os.Stat(parent); err != nil {
		parent = ""
	}
	folder, err := os.MkdirTemp(parent, "botd-schedules-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	template, err := newTemplate(context.Background(), folder) //nolint:usetesting // as above
	if err != nil {
		t.Fatal(err)
	}
	return folder, template
}

func (s *series) figures() string {
	return fmt.Sprintf("%d seeds from %d on, %v of their time, %d failed\n%s", s.ran, s.first, s.passed.Round(time.Minute), len(s.failed), s.sum)
}

// write keeps the figures in a file; empty is none.
func (s *series) write(file string) error {
	if file == "" {
		return nil
	}
	f := s.sum
	f.Note("%d seeds, %d hours of their own time", s.ran, int(s.passed.Hours()))
	b, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("writing the figures: %w", err)
	}
	return os.WriteFile(file, b, 0o600)
}
