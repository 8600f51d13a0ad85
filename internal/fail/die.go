//go:build failpoints

package fail

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

// Variable says where the process is to kill itself, as POINT:N: the Nth time
// that it comes to that point.
const Variable = "BOTD_DIE_AT"

func init() {
	text, set := os.LookupEnv(Variable)
	if !set {
		return
	}
	at, n, err := parse(text)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	Watch(dieAt(at, n, die))
}

func parse(text string) (at Point, n int64, err error) {
	name, count, _ := strings.Cut(text, ":")
	n, err = strconv.ParseInt(count, 10, 64)
	if at = Point(name); err != nil || n < 1 || !slices.Contains(Points, at) {
		return "", 0, fmt.Errorf("%s=%q: want POINT:N, N from 1 on, and POINT one of %v", Variable, text, Points)
	}
	return at, n, nil
}

// dieAt dies the nth time that the line comes to the point.
func dieAt(at Point, n int64, die func()) func(Point) {
	var hits atomic.Int64
	return func(p Point) {
		if p == at && hits.Add(1) == n {
			die()
		}
	}
}

// die is kill -9: nothing is flushed, closed or told. The caller does not come
// a step further while the signal is on its way.
func die() {
	_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
	select {}
}
