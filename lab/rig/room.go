package rig

import (
	"fmt"
	"os/exec"
	"strings"
)

// Room is a file system of its own, so that a disk can be really full.
type Room struct{ folder string }

// NewRoom mounts an empty file system over a folder, which only root can.
func NewRoom(folder string, kilobytes int) (*Room, error) {
	return &Room{folder}, mount("-t", "tmpfs", "-o", fmt.Sprintf("size=%dk", kilobytes), "tmpfs", folder)
}

// Resize makes the file system larger.
func (r *Room) Resize(kilobytes int) error {
	return mount("-o", fmt.Sprintf("remount,size=%dk", kilobytes), r.folder)
}

// ReadOnly makes the file system refuse all writes, or no more.
func (r *Room) ReadOnly(yes bool) error {
	how := "remount,rw"
	if yes {
		how = "remount,ro"
	}
	return mount("-o", how, r.folder)
}

// Remove unmounts it; what was in it is gone.
func (r *Room) Remove() { _ = exec.Command("umount", "-l", r.folder).Run() } // a leftover mount goes with the machine

func mount(args ...string) error {
	if out, err := exec.Command("mount", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("mounting: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}
