package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/fail"
)

// dieNoted is the child that is killed between the commit and the void, when the time
// has passed after which its sender may have been told to write it again.
func dieNoted(path string) error {
	return lateThen(path, func() error {
		for {
			if _, err := os.Stat(path + "-late"); err == nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGKILL); err != nil {
			return err
		}
		select {} // until it comes
	})
}

func TestAKillAfterItsSenderMayHaveBeenTold(t *testing.T) {
	if _, err := os.Stat("/proc/sys/kernel/random/boot_id"); err != nil {
		t.Skip("this system does not name its boots")
	}
	killed := func(t *testing.T) string {
		path := filepath.Join(t.TempDir(), "botd.db")
		c := startChild(t, "die noted", path)
		if said := c.wait(); c.cmd.ProcessState.Exited() {
			t.Fatalf("it was not killed: %v, %q", c.cmd.ProcessState, said)
		}
		return path
	}
	t.Run("is voided at the start", func(t *testing.T) {
		path := killed(t)
		clock := newHand()
		clock.move(time.Hour)
		s := openAt(t, path, clock.now)
		soundLanes(t, s)
		if got := handed(t, s); got != "" {
			t.Errorf("handed out: %s", got)
		}
		h, err := s.History(t.Context(), 1)
		must(t, err)
		if h.Event.Outcome != chat.Voided || h.Messages[0].Outcome != chat.Voided || !strings.Contains(h.Event.Reason, "botd ended") {
			t.Errorf("it is %+v", h)
		}
		a := held("a", "g")
		list, err := s.AcceptBy(t.Context(), []chat.Arrival{a}, clock.now().Add(time.Second))
		must(t, err)
		if !list[0].Voided {
			t.Errorf("a repeat: %+v", list[0])
		}
		a.Revive = true // it was shown after all
		accept(t, s, a)
		if got := handed(t, s); got != "e2 m2" {
			t.Errorf("handed out: %s", got)
		}
		if _, err := os.Stat(path + "-late"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the note is still there: %v", err)
		}
	})
	t.Run("is kept after a power cut, when the note may be older than what it is about", func(t *testing.T) {
		path := killed(t)
		raw, err := os.ReadFile(path + "-late")
		must(t, err)
		boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
		must(t, err)
		other := strings.Replace(string(raw), strings.TrimSpace(string(boot)), "another", 1)
		if other == string(raw) {
			t.Fatalf("the note does not name the boot: %s", raw)
		}
		must(t, os.WriteFile(path+"-late", []byte(other), 0o600))
		keepsIt(t, path)
	})
}

// A note stands for as long as it is not known what became of it, and no longer.
func TestTheNoteOfWhatIsLate(t *testing.T) {
	for _, tt := range []struct {
		name  string
		wait  bool // until it is noted
		noted bool
	}{{"in time", false, false}, {"late", true, true}} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "botd.db")
			clock := newHand()
			s := openAt(t, path, clock.now)
			noted := false
			stop := fail.Watch(func(p fail.Point) {
				for p == fail.Committed && tt.wait && !noted {
					_, err := os.Stat(path + "-late")
					noted = err == nil
				}
			})
			_, err := s.AcceptBy(t.Context(), []chat.Arrival{held("a", "g")}, clock.now().Add(10*time.Millisecond))
			stop()
			must(t, err) // by the store's clock, which stands, it was in time
			if noted != tt.noted {
				t.Errorf("noted: %t", noted)
			}
			if _, err := os.Stat(path + "-late"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the note is still there: %v", err)
			}
			if got := handed(t, s); got != "e1 m1" {
				t.Errorf("handed out: %s", got)
			}
		})
	}
}
