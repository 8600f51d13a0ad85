//go:build linux || darwin

package host

import "syscall"

// supported says whether programs can be started here.
const supported = true

// apart has a keeper be in a process group of its own, so that the keyboard's interrupt
// is for botd alone.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// killGroup kills a process group.
func killGroup(pid int) {
	if pid > 0 {
		_ = syscall.Kill(-pid, syscall.SIGKILL)
	}
}
