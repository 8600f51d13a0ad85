//go:build linux || darwin

package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// keeper stands between botd and a program, for one end: nothing of the program
// outlives botd, however botd ends. What botd does about a process that it started
// itself does not reach the children of that. A pipe from botd ends when botd does, by
// itself or by kill -9; then the keeper, which nobody has a reason to kill, ends the
// program's whole process group, and on Linux also what left it.
type keeper struct {
	out    *json.Encoder
	mu     sync.Mutex
	pid    int // the program's, which is also that of its process group
	reaped bool
}

// keep runs a program by orders and is the exit status.
func keep(text string, argv []string) int {
	// The signal that a program gets when its parent dies comes when the thread dies
	// that started it (golang/go#27505); this one lasts as long as the keeper.
	runtime.LockOSThread()
	k := keeper{out: json.NewEncoder(os.NewFile(fdReport, "report"))}
	syscall.CloseOnExec(fdReport)
	syscall.CloseOnExec(fdListener)
	// Whoever ends botd by a signal to all its processes leaves it to botd when its
	// plugins end. They are caught and not ignored: that the program would inherit.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	if err := k.start(text, argv); err != nil {
		_ = k.out.Encode(report{Failed: err.Error()})
		return 1
	}
	go k.obey()
	k.wait()
	return 0
}

func (k *keeper) start(text string, argv []string) error {
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil || len(argv) == 0 {
		return fmt.Errorf("%s is for botd itself to set", envKeeper)
	}
	if err := prepare(); err != nil {
		return err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	files := []uintptr{null.Fd(), 1, 1}
	if o.Listener {
		files = append(files, fdListener)
	}
	k.pid, err = restricted(o.Memory, func() (int, error) {
		return syscall.ForkExec(o.Path, argv, &syscall.ProcAttr{Dir: o.Dir, Env: os.Environ(), Files: files, Sys: bound()}) //nolint:gosec // what the operator wants to run
	})
	if err != nil {
		return err
	}
	if o.Listener {
		_ = syscall.Close(fdListener) // or connections would wait for a program that is gone
	}
	sacrifice(k.pid)
	return k.out.Encode(report{PID: k.pid})
}

// obey does what botd writes, and ends the program when botd writes no more.
func (k *keeper) obey() {
	one := make([]byte, 1)
	for {
		_, err := os.Stdin.Read(one)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil: // io.EOF, or there is nobody whom to ask
			k.signal(syscall.SIGKILL)
			return
		case one[0] == term:
			k.signal(syscall.SIGTERM)
		}
	}
}

// signal sends a signal to the program and its process group, as long as the number is
// theirs.
func (k *keeper) signal(s syscall.Signal) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.reaped {
		_ = syscall.Kill(-k.pid, s)
		_ = syscall.Kill(k.pid, s) // it may have gone into another group
	}
}

// wait waits for the program, tells of its end, and ends what it left behind.
func (k *keeper) wait() {
	for {
		var status syscall.WaitStatus
		var used syscall.Rusage
		pid, err := syscall.Wait4(-1, &status, 0, &used)
		if errors.Is(err, syscall.EINTR) || err == nil && pid != k.pid {
			continue // one that the program left to us
		}
		k.mu.Lock()
		k.reaped = true
		k.mu.Unlock()
		_ = syscall.Kill(-k.pid, syscall.SIGKILL)
		_, _ = syscall.Close(1), syscall.Close(2) // so that what the program wrote has an end
		_ = k.out.Encode(report{Ended: told(status), RSS: used.Maxrss * rssUnit})
		sweep(time.Now().Add(ending))
		return
	}
}

// told is a status as people know it.
func told(s syscall.WaitStatus) string {
	if s.Signaled() {
		return "signal: " + s.Signal().String()
	}
	return fmt.Sprintf("exit status %d", s.ExitStatus())
}
