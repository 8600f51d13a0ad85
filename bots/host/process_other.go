//go:build !linux && !darwin

package host

import "syscall"

const supported = false

func apart() *syscall.SysProcAttr { return nil }

func killGroup(int) {}

func self() string { return "" }

func nameProcess(string) {}
