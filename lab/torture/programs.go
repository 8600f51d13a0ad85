package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/botd-chat/botd/lab/rig"
)

// schedules runs random schedules of the line in virtual time, from the seed on.
func schedules(ctx context.Context, r *run) (rig.Figures, error) {
	return r.program(ctx, "schedules", "-seed", strconv.FormatUint(max(r.seed, 1), 10), "-seeds", strconv.Itoa(pick(r, 30, 1000)))
}

// held has members type what nobody else is to see.
func held(ctx context.Context, r *run) (rig.Figures, error) {
	return r.program(ctx, "callbacks", "-seed", strconv.FormatUint(r.seed, 10), "-botd", r.binary)
}

// clocks has schedules strike each second while botd is killed, frozen and replaced, and
// measures a hundred thousand of them, whose events say nothing.
func clocks(ctx context.Context, r *run) (rig.Figures, error) {
	f, err := r.program(ctx, "clocks", "-botd", r.binary)
	if err != nil {
		return f, err
	}
	many, err := r.program(ctx, "clocks", "-botd", r.binary, "-schedules", strconv.Itoa(pick(r, 1_000, 100_000)))
	return f.Add(many), err
}

// program runs another program of the laboratory, which writes its figures into a file.
func (r *run) program(ctx context.Context, name string, arguments ...string) (f rig.Figures, err error) {
	program, figures := filepath.Join(r.folder, name), filepath.Join(r.folder, "figures.json")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/botd-chat/botd/lab/"+name)
	if out, err := build.CombinedOutput(); err != nil {
		return f, fmt.Errorf("building the %s: %w\n%s", name, err, out)
	}
	try := exec.CommandContext(ctx, program, append(arguments, "-figures", figures)...)
	out, failed := try.CombinedOutput()
	if failed != nil {
		failed = fmt.Errorf("trying the %s: %w\n%s", name, failed, tail(out))
	}
	b, err := os.ReadFile(figures) //nolint:gosec // in the experiment's own folder
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if failed != nil {
		return f, failed
	}
	return f, err
}

// tail is the end of what a program printed.
func tail(out []byte) []byte { return out[max(0, len(out)-4000):] }
