package store

import (
	"context"
	"errors"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/fail"
)

// lateThen is a child that accepts something which is on disk too late, and to which
// something happens before that is voided.
func lateThen(path string, happens func() error) error {
	clock := newHand()
	s, err := Open(context.Background(), Options{URL: "sqlite:" + path, Clock: clock.now})
	if err != nil {
		return err
	}
	e, m := &places[chat.EventWork]{free: 2}, &places[chat.MessageWork]{free: 2}
	s.HandOn(e, time.Minute, m, time.Minute)
	var failed error
	fail.Watch(func(p fail.Point) {
		switch p {
		case fail.Committed:
			clock.move(2 * time.Second)
		case fail.Late:
			failed = happens()
		default:
		}
	})
	list, err := s.AcceptBy(context.Background(), []chat.Arrival{held("a", "g")}, clock.now().Add(time.Second))
	say("accepted %d, late %t, error %v, handed on %d and %d", len(list), errors.Is(err, ErrLate), errors.Join(failed, err), len(e.got), len(m.got))
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: math.MaxUint64, Max: math.MaxUint64}); err != nil {
		return err
	}
	return s.Close()
}

// dieLate is the child that is killed between the commit and the void.
func dieLate(path string) error {
	return lateThen(path, func() error {
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGKILL); err != nil {
			return err
		}
		select {} // until it comes
	})
}

// fullLate is the child that has no room left to void anything.
func fullLate(path string) error {
	signal.Ignore(syscall.SIGXFSZ) // or reaching the limit ends the process
	return lateThen(path, func() error {
		info, err := os.Stat(path + "-wal")
		if err != nil {
			return err
		}
		return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: uint64(info.Size()), Max: math.MaxUint64}) //nolint:gosec // no file is so small
	})
}

// keepsIt checks that an event and what its sender is told are to be worked on, and that
// a repeat is told so.
func keepsIt(t *testing.T, path string) {
	t.Helper()
	clock := newHand()
	clock.move(time.Hour)
	s := openAt(t, path, clock.now)
	list, err := s.AcceptBy(t.Context(), []chat.Arrival{held("a", "g")}, clock.now().Add(time.Second))
	must(t, err)
	if r := list[0]; !r.Repeated || r.Voided || r.Events[0] != 1 {
		t.Errorf("a repeat: %+v", r)
	}
	if got := handed(t, s); got != "e1 m1" {
		t.Errorf("handed out: %s", got)
	}
	soundLanes(t, s)
}

func TestAKillBeforeTheVoid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	c := startChild(t, "die late", path)
	if said := c.wait(); c.cmd.ProcessState.Exited() {
		t.Fatalf("it was not killed: %v, %q", c.cmd.ProcessState, said)
	}
	keepsIt(t, path)
}

// What cannot be voided has been accepted: it is worked on, and nobody is told to write
// it again.
func TestNoRoomToVoid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	c := startChild(t, "full late", path)
	said := strings.Join(c.wait(), "\n")
	if said != "accepted 1, late false, error <nil>, handed on 1 and 1" {
		t.Errorf("it said %s", said)
	}
	keepsIt(t, path)
}
