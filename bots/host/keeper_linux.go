package host

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// rssUnit is what the most memory of a process is counted in, in bytes.
const rssUnit = 1 << 10

// prepare has the keeper take in the orphans of its program, and leave it no descriptor
// that botd itself was started with.
func prepare() error {
	nameProcess("botd-keeper")
	_ = unix.CloseRange(fdReport, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) // an older kernel cannot
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("taking in orphans: %w", err)
	}
	return unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
}

// restricted starts something with a limit of memory, which it has from its first
// instruction on, since it inherits it, and cannot raise. The limit is that of data and
// not of address space, of which Go and Node take much that they do not use.
func restricted(memory int64, start func() (pid int, err error)) (pid int, err error) {
	if memory <= 0 {
		return start()
	}
	var own unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_DATA, &own); err != nil {
		return 0, err
	}
	limit := unix.Rlimit{Cur: min(uint64(memory), own.Max), Max: own.Max}
	if err := unix.Setrlimit(unix.RLIMIT_DATA, &limit); err != nil {
		return 0, fmt.Errorf("limiting its memory to %d bytes: %w", memory, err)
	}
	pid, err = start()
	if err == nil {
		limit.Max = limit.Cur
		err = unix.Prlimit(pid, unix.RLIMIT_DATA, &limit, nil)
	}
	return pid, errors.Join(err, unix.Setrlimit(unix.RLIMIT_DATA, &own))
}

// bound has the program lead a process group, and die when its keeper does.
func bound() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// sacrifice has the kernel, when the machine is out of memory, end the program before
// botd.
func sacrifice(pid int) {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", pid), []byte("500"), 0)
}

// sweep kills what the program left behind, also outside its process group: whose parent
// dies becomes a child of the keeper's.
func sweep(until time.Time) {
	for time.Now().Before(until) {
		for _, pid := range children() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		switch pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); {
		case errors.Is(err, syscall.ECHILD):
			return
		case pid == 0:
			time.Sleep(time.Millisecond) // they are dying
		}
	}
}

// children are the processes whose parent is this one.
func children() (pids []int) {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer func() { _ = proc.Close() }()
	names, _ := proc.Readdirnames(-1) //nolint:errcheck // what could be read is looked at
	own := strconv.Itoa(os.Getpid())
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && parent(name) == own {
			pids = append(pids, pid)
		}
	}
	return pids
}

// parent is the parent's number of a process; empty if it is gone.
func parent(pid string) string {
	stat, err := os.ReadFile("/proc/" + pid + "/stat") //nolint:gosec // a number, of the kernel's
	if err != nil {
		return ""
	}
	// The name of the program is in brackets and may have any character.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return ""
	}
	return string(fields[1])
}
