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
func schedules(ctx context.Context, r *run) (f rig.Figures, err error) {
	program, figures := filepath.Join(r.folder, "schedules"), filepath.Join(r.folder, "figures.json")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/botd-chat/botd/lab/schedules")
	if out, err := build.CombinedOutput(); err != nil {
		return f, fmt.Errorf("building the schedules: %w\n%s", err, out)
	}
	try := exec.CommandContext(ctx, program, "-figures", figures,
		"-seed", strconv.FormatUint(max(r.seed, 1), 10), "-seeds", strconv.Itoa(pick(r, 30, 1000)))
	out, failed := try.CombinedOutput()
	if failed != nil {
		failed = fmt.Errorf("trying the schedules: %w\n%s", failed, tail(out))
	}
	b, err := os.ReadFile(figures)
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
