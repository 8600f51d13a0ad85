//go:build linux || darwin

package daemon

import "syscall"

// freeSpace is how many bytes are free for us on the disk that holds path.
func freeSpace(path string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil //nolint:gosec,unconvert // a block size is positive, and of another type elsewhere
}
