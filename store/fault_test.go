package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/need"
)

func TestFull(t *testing.T) {
	s, _ := newStore(t)
	accept(t, s, arrival("first", "g"))
	limit := func(pages int) {
		must(t, s.tx(t.Context(), func(q *tx) error {
			var n int
			if err := q.one(`PRAGMA page_count`).Scan(&n); err != nil {
				return err
			}
			_, err := q.exec(fmt.Sprintf(`PRAGMA max_page_count = %d`, n+pages))
			return err
		}))
	}
	limit(8)
	var mu sync.Mutex
	accepted, refused := map[string]chat.Receipt{"first": {}}, 0
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			key := fmt.Sprint(i)
			r, err := s.Accept(t.Context(), arrival(key, "g"))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				accepted[key] = r
			} else if refused++; !strings.Contains(err.Error(), "full") {
				t.Errorf("accept: %v", err)
			}
		})
	}
	all.Wait()
	if len(accepted) < 2 || refused == 0 {
		t.Fatalf("%d accepted, %d refused: the file was not full in the middle", len(accepted), refused)
	}
	must(t, s.Ping(t.Context()))
	limit(10_000)
	for key := range accepted {
		if r := accept(t, s, arrival(key, "g")); !r.Repeated {
			t.Errorf("%s was accepted, and is not there", key)
		}
	}
	accept(t, s, arrival("last", "g"))
	if c, err := s.Counts(t.Context()); err != nil || c.Events.Ready != len(accepted)+1 {
		t.Errorf("%d events are ready of %d accepted (%v)", c.Events.Ready, len(accepted)+1, err)
	}
}

// fill is a child that does as it is told, line by line: "accept KEY", or
// "limit BYTES" for the size of its files.
func fill(path string) error {
	signal.Ignore(syscall.SIGXFSZ) // or reaching the limit ends the process
	s, err := Open(context.Background(), Options{URL: "sqlite:" + path})
	if err != nil {
		return err
	}
	say("open")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var key string
		var bytes uint64
		if n, _ := fmt.Sscanf(in.Text(), "limit %d", &bytes); n == 1 {
			if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: bytes, Max: math.MaxUint64}); err != nil {
				return err
			}
			continue
		}
		if _, err := fmt.Sscanf(in.Text(), "accept %s", &key); err != nil {
			return err
		}
		switch r, err := s.Accept(context.Background(), arrival(key, "g")); {
		case errors.Is(err, ErrRefusing) && s.Ping(context.Background()) != nil:
			say("refusing %v", err)
		case err != nil && s.Ping(context.Background()) == nil:
			say("pretending to store, but %v", err)
		case err != nil:
			say("failed %v", err)
		default:
			say("accepted %v", r.Events[0])
		}
	}
	return s.Close()
}

// ask has the child accept, and returns what came of it in a word.
func (c *child) ask(t *testing.T, key string) string {
	t.Helper()
	_, err := fmt.Fprintf(c.in, "accept %s\n", key)
	must(t, err)
	line := c.next(t)
	t.Log(line)
	word, _, _ := strings.Cut(line, " ")
	return word
}

func (c *child) expect(t *testing.T, want string, keys ...string) {
	t.Helper()
	for _, key := range keys {
		if got := c.ask(t, key); got != want {
			t.Errorf("%s: %s, not %s", key, got, want)
		}
	}
}

func filler(t *testing.T) (*child, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "botd.db")
	c := startChild(t, "fill", path)
	if line := c.next(t); line != "open" {
		t.Fatalf("the child said %q", line)
	}
	return c, path
}

// kept checks that a store holds these keys.
func kept(t *testing.T, path string, keys ...string) {
	t.Helper()
	s := openAt(t, path, nil)
	for _, key := range keys {
		if r := accept(t, s, arrival(key, "g")); !r.Repeated {
			t.Errorf("%s was accepted, and is not there", key)
		}
	}
}

func TestNoRoomToWrite(t *testing.T) {
	c, path := filler(t)
	c.expect(t, "accepted", "a", "b")
	info, err := os.Stat(path + "-wal")
	must(t, err)
	_, err = fmt.Fprintf(c.in, "limit %d\n", info.Size()+100)
	must(t, err)
	c.expect(t, "failed", "c", "d")
	_, err = fmt.Fprintf(c.in, "limit %d\n", uint64(math.MaxUint64))
	must(t, err)
	c.expect(t, "accepted", "c", "e")
	c.stop()
	kept(t, path, "a", "b", "c", "e")
}

// inject makes system calls of a running process fail until it is stopped; on
// some files only, if any are named.
func inject(t *testing.T, c *child, fault string, files ...string) (stop func()) {
	t.Helper()
	strace := need.Program(t, "strace", "strace")
	what, _, _ := strings.Cut(fault, ":")
	args := []string{"-f", "-e", "trace=" + what, "-e", "inject=" + fault, "-o", "/dev/null", "-p", fmt.Sprint(c.cmd.Process.Pid)}
	for _, f := range files {
		args = append(args, "-P", f)
	}
	cmd := exec.Command(strace, args...)
	out, err := cmd.StderrPipe()
	must(t, err)
	must(t, cmd.Start())
	attached := make(chan bool, 2)
	go func() {
		in := bufio.NewScanner(out)
		for in.Scan() && !strings.Contains(in.Text(), "attached") {
			if strings.Contains(in.Text(), "attach:") {
				attached <- false
			}
		}
		attached <- true
		for in.Scan() { // until it ends
		}
	}()
	select {
	case ok := <-attached:
		if !ok {
			_ = cmd.Wait()
			need.Skip(t, "strace may not attach to a process here")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("strace does not attach")
	}
	return sync.OnceFunc(func() {
		must(t, cmd.Process.Signal(os.Interrupt)) // it detaches
		_ = cmd.Wait()
	})
}

func TestDiskFullForAWhile(t *testing.T) {
	c, path := filler(t)
	c.expect(t, "accepted", "a")
	mend := inject(t, c, "pwrite64:error=ENOSPC")
	c.expect(t, "failed", "b", "c")
	mend()
	c.expect(t, "accepted", "b", "d")
	c.stop()
	kept(t, path, "a", "b", "d")
}

// A flush that failed is not tried again: the second one would report success
// for pages that the system has already dropped.
func TestFlushFails(t *testing.T) {
	c, path := filler(t)
	c.expect(t, "accepted", "a")
	mend := inject(t, c, "fdatasync:error=EIO")
	c.expect(t, "failed", "b")
	c.expect(t, "refusing", "c")
	mend()
	c.expect(t, "refusing", "d", "a")
	c.stop()
	kept(t, path, "a")
}

// The log is copied into the file now and then, after the callers have their
// answers. If that cannot be flushed, the log is all there is, and must not be
// written over.
func TestFlushOfTheFileFails(t *testing.T) {
	c, path := filler(t)
	c.expect(t, "accepted", "a")
	mend := inject(t, c, "fdatasync:error=EIO", path)
	defer mend()
	accepted := []string{"a"}
	for i := range 2000 {
		key := fmt.Sprint(i)
		_, err := fmt.Fprintf(c.in, "accept %s\n", key)
		must(t, err)
		if line := c.next(t); !strings.HasPrefix(line, "accepted") {
			t.Logf("after %d: %s", i, line)
			break
		}
		accepted = append(accepted, key)
	}
	c.expect(t, "refusing", "b")
	mend()
	c.stop()
	kept(t, path, accepted...)
}
