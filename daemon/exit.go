package daemon

import (
	"context"
	"errors"
	"fmt"
)

// The exit codes. They are part of the interface: scripts decide by them.
const (
	exitFine        = 0
	exitFailed      = 1   // it was tried and did not work
	exitUsage       = 2   // the command line makes no sense
	exitConfig      = 3   // the configuration is invalid
	exitInterrupted = 130 // ended by a signal before it was done
)

// coded is an error that knows which exit code it asks for.
type coded struct {
	error
	code int
}

func (c coded) Unwrap() error { return c.error }

func usage(format string, args ...any) error {
	return coded{fmt.Errorf(format, args...), exitUsage}
}

func exitCode(err error) int {
	var c coded
	switch {
	case err == nil:
		return exitFine
	case errors.As(err, &c):
		return c.code
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	}
	return exitFailed
}
