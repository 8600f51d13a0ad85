package host

import "os"

// self is this program.
func self() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	return path
}
