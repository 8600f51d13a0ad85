package host

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
)

// checkListener reports that somebody else's processes listen on a port: whoever takes
// the port before the program does, or when it ends, would be told all that it is told.
// Whose they may be besides root and the user of botd says may. Nobody at all is no error
// unless there has to be somebody, to whom there is a connection already.
func checkListener(port int, some bool, may func(uid int) bool) error {
	uids, err := listeners(port)
	switch {
	case err != nil:
		return fmt.Errorf("it cannot be told whose process listens on port %d: %w", port, err)
	case some && len(uids) == 0:
		return fmt.Errorf("it cannot be told whose process listens on port %d: nobody does", port)
	}
	for _, uid := range uids {
		if uid != 0 && uid != os.Geteuid() && !may(uid) {
			return fmt.Errorf("a process of another user (%d) listens on its port, %d; a program that changes its user is to be run by itself, and its address given", uid, port)
		}
	}
	return nil
}

// listeners are the users whose processes listen on a port of this machine.
func listeners(port int) (uids []int, err error) {
	for _, name := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		table, err := os.Open(name) //nolint:gosec // one of these two
		if errors.Is(err, fs.ErrNotExist) && name == "/proc/self/net/tcp6" {
			continue // a machine without IPv6
		}
		if err != nil {
			return nil, err
		}
		some, err := listenersIn(table, port)
		_ = table.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		uids = append(uids, some...)
	}
	slices.Sort(uids)
	return slices.Compact(uids), nil
}

// listenersIn reads the kernel's table of sockets, one a line after the first: a number,
// where it is, where it leads to, its state (0A: it listens), three fields, and its user.
func listenersIn(table io.Reader, port int) (uids []int, err error) {
	end := fmt.Appendf(nil, ":%04X", port)
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		f := bytes.Fields(lines.Bytes())
		if len(f) < 8 || string(f[3]) != "0A" || !bytes.HasSuffix(f[1], end) {
			continue
		}
		uid, err := strconv.Atoi(string(f[7]))
		if err != nil {
			return nil, err
		}
		uids = append(uids, uid)
	}
	return uids, lines.Err()
}

// userOf is the user of a process; -1 if that is not known.
func userOf(pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return -1
	}
	for line := range bytes.Lines(status) {
		// Real, effective, saved, and that of files.
		if f := bytes.Fields(line); len(f) > 2 && string(f[0]) == "Uid:" {
			if uid, err := strconv.Atoi(string(f[2])); err == nil {
				return uid
			}
		}
	}
	return -1
}
