package author

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// GoError is what the go command said when it failed.
type GoError struct {
	Doing  string // the first words of the command, such as "go build"
	Output string // its own words: for a compiler error file, line and column
}

// Error is both.
func (e *GoError) Error() string { return e.Doing + ":\n" + e.Output }

// Go runs the go command in a folder, whatever workspace that is in, and returns what
// it printed. What it says about mistakes is a [GoError].
func Go(ctx context.Context, dir string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, "go", args...) //nolint:gosec // which is go
	var out, errs bytes.Buffer
	c.Dir, c.Stdout, c.Stderr = dir, &out, &errs
	c.Env = append(os.Environ(), "GOWORK=off")
	err := c.Run()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return "", errors.New("there is no go command; Go is needed for this, see https://go.dev/dl")
	case err != nil && errs.Len() == 0:
		return "", fmt.Errorf("go %s: %w", args[0], err)
	case err != nil:
		return "", &GoError{"go " + args[0], strings.TrimSpace(errs.String())}
	}
	return strings.TrimSpace(out.String()), nil
}
