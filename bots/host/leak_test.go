//go:build linux

package host_test

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
)

// held is what this process holds: open files, goroutines, and processes that it started.
type held struct{ files, goroutines, processes int }

func holds(t *testing.T) held {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return held{len(files), runtime.NumGoroutine(), len(childrenOf(t, os.Getpid()))}
}

// childrenOf are the processes that one started and did not wait for, also those that are
// dead.
func childrenOf(t *testing.T, parent int) (pids []string) {
	t.Helper()
	all, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		stat, err := os.ReadFile("/proc/" + p.Name() + "/stat")
		if err != nil {
			continue
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		if fields[1] == strconv.Itoa(parent) {
			pids = append(pids, p.Name())
		}
	}
	return pids
}

func TestAHundredEndsLeaveNothingBehind(t *testing.T) {
	const cycles = 100
	before := holds(t)
	h, err := host.Isolated(wild, host.Command{}).New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var steady held
	var took []time.Duration
	for i := range cycles {
		answers(t, h)
		does, within := "exit", 10*time.Second
		if i%2 == 0 {
			does, within = "loop", 20*time.Millisecond
		}
		if _, err := say(t, h, does, within); err == nil || errors.Is(err, bots.ErrAway) {
			t.Fatalf("cycle %d: %v", i, err)
		}
		began := time.Now()
		answers(t, h)
		took = append(took, time.Since(began))
		if i == 9 {
			steady = holds(t)
		}
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		now := holds(t)
		if now.files <= steady.files+5 && now.goroutines <= steady.goroutines+5 && now.processes <= 2 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("it holds %+v, and after ten ends %+v", now, steady)
		}
	}
	slices.Sort(took)
	t.Logf("from the end of a process to the next answer: %v, at most %v", took[cycles/2], took[cycles-1])
	if err := h.(interface{ Close() error }).Close(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		now := holds(t)
		if now.files <= before.files && now.goroutines <= before.goroutines && now.processes <= before.processes {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("it holds %+v, and held %+v before", now, before)
		}
	}
}

func TestAProgramGetsNoFileOfBotds(t *testing.T) {
	secret, err := os.CreateTemp(t.TempDir(), "secret")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = secret.Close() }()
	// As a descriptor is that botd was started with, by a shell or systemd.
	fd, err := syscall.Dup(int(secret.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(fd) }()
	h := python(t, server+`
def handle(e): return say(" ".join(os.readlink("/proc/self/fd/" + f) for f in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + f)))
serve()
`)
	if files := answers(t, h); strings.Contains(files, "secret") {
		t.Errorf("it has %s", files)
	}
}
