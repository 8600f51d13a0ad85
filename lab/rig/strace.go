package rig

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// ErrNoTracer says that this machine has no strace, or does not let it attach.
var ErrNoTracer = errors.New("strace cannot be used here; install Debian's package strace, or run as root")

// Tracer makes system calls of a running botd fail, or kill it.
type Tracer struct {
	cmd *exec.Cmd
	out io.Reader
}

// KillAt is a fault that kills at the nth such system call of a thread.
func KillAt(call string, n int) string { return fmt.Sprintf("%s:signal=SIGKILL:when=%d", call, n) }

// LaunchTraced runs botd with a fault from its first moment on. It is the
// process itself that is waited for, and not strace.
func (b *Botd) LaunchTraced(fault string) error {
	if _, err := exec.LookPath("strace"); err != nil {
		return ErrNoTracer
	}
	return b.Launch(append([]string{"strace", "-D"}, faultArgs(fault)...)...)
}

func faultArgs(fault string) []string {
	call, _, _ := strings.Cut(fault, ":")
	return []string{"-f", "-o", "/dev/null", "-e", "trace=" + call, "-e", "inject=" + fault}
}

// Trace puts a fault, in the words of strace's inject, in force in the botd
// that runs. It returns once that is so.
func (b *Botd) Trace(ctx context.Context, fault string) (*Tracer, error) {
	path, err := exec.LookPath("strace")
	if err != nil {
		return nil, ErrNoTracer
	}
	cmd := exec.Command(path, append(faultArgs(fault), "-p", fmt.Sprint(b.process.Process.Pid))...)
	out, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	t := &Tracer{cmd: cmd, out: out}
	return t, t.attach(ctx)
}

// attach reads what strace says until it has attached, and goes on reading.
func (t *Tracer) attach(ctx context.Context) error {
	attached := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(t.out)
		yes := false
		for !yes && lines.Scan() {
			yes = strings.Contains(lines.Text(), " attached")
		}
		attached <- yes
		_, _ = io.Copy(io.Discard, t.out)
	}()
	select {
	case yes := <-attached:
		if yes {
			return nil
		}
		_ = t.cmd.Wait()
		return ErrNoTracer
	case <-ctx.Done():
		t.End()
		return ctx.Err()
	case <-time.After(10 * time.Second):
		t.End()
		return errors.New("strace does not attach")
	}
}

// End ends the fault; botd goes on without it.
func (t *Tracer) End() {
	_ = t.cmd.Process.Signal(os.Interrupt) // it detaches; fails only when botd is gone, and it with it
	_ = t.cmd.Wait()
}

// Frozen sends botd to sleep for d, all its threads, and wakes it.
func (b *Botd) Frozen(ctx context.Context, d time.Duration) error {
	if err := b.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	Wait(ctx, d)
	return b.Signal(syscall.SIGCONT)
}
