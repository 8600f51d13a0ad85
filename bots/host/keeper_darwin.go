package host

import (
	"syscall"
	"time"
)

// rssUnit is what the most memory of a process is counted in, in bytes.
const rssUnit = 1

// prepare does nothing: orphans are not to be had here.
func prepare() error { return nil }

// restricted starts something with no limit: none of memory is held here.
func restricted(_ int64, start func() (int, error)) (int, error) { return start() }

// bound has the program lead a process group.
func bound() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// sacrifice does nothing here.
func sacrifice(int) {}

// sweep does nothing: what left the process group is out of reach.
func sweep(time.Time) {}
