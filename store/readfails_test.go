package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
)

// unreadable makes reads of a file that is open here fail until mended.
func unreadable(t *testing.T, path string) (mend func()) {
	t.Helper()
	broken, err := os.OpenFile(filepath.Join(t.TempDir(), "x"), os.O_CREATE|os.O_WRONLY, 0o600)
	must(t, err)
	saved := map[int]int{}
	list, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	for _, e := range list {
		to, _ := os.Readlink("/proc/self/fd/" + e.Name())
		if to != path && to != path+"-wal" {
			continue
		}
		var fd int
		fmt.Sscan(e.Name(), &fd)
		flags, _, _ := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFL, 0)
		if flags&syscall.O_RDWR == 0 {
			continue // a reader's
		}
		saved[fd], err = syscall.Dup(fd)
		must(t, err)
		must(t, syscall.Dup3(int(broken.Fd()), fd, syscall.O_CLOEXEC))
	}
	return func() {
		for fd, old := range saved {
			must(t, syscall.Dup3(old, fd, syscall.O_CLOEXEC))
			must(t, syscall.Close(old))
		}
		broken.Close()
	}
}

func TestAReadThatFailsTakesNobodyWithIt(t *testing.T) {
	for _, last := range []string{"and all is well", "and then one fails"} {
		t.Run(last, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "botd.db")
			synctest.Test(t, func(t *testing.T) {
				s, err := Open(context.Background(), Options{URL: "sqlite:" + path})
				must(t, err)
				defer func() { s.Close() }()
				read, accepted, failed := make(chan error, 1), make(chan error, 1), make(chan error, 1)
				busy(t, s, func() {
					broken := false
					go func() {
						read <- s.tx(context.Background(), func(q *tx) error {
							if !broken {
								broken = true
								_, _ = q.conn.exec(`PRAGMA shrink_memory`)
								defer unreadable(t, path)()
							}
							var n int
							return q.one(`SELECT COUNT(*) FROM act`).Scan(&n)
						})
					}()
					synctest.Wait()
					go func() { _, err := s.Accept(context.Background(), arrival("", "g")); accepted <- err }()
					synctest.Wait()
					go func() {
						failed <- s.tx(context.Background(), func(q *tx) error {
							if strings.Contains(last, "well") {
								return nil
							}
							_, err := q.exec(`INSERT INTO budget (name, next_at) VALUES ('half', 1)`)
							return errors.Join(err, errors.New("mine"))
						})
					}()
				})
				t.Log("read:", <-read)
				err = <-accepted
				t.Log("accept:", err)
				t.Log("other:", <-failed)
				t.Log("ping:", s.Ping(context.Background()))
				want, events, half := 1, 0, 0
				if err != nil {
					want = 0
				}
				count := func(q asker) error {
					return errors.Join(q.one(`SELECT COUNT(*) FROM budget WHERE name = 'half'`).Scan(&half), q.one(`SELECT COUNT(*) FROM event`).Scan(&events))
				}
				refusal := s.Refusal()
				s.Close()
				s, err = Open(context.Background(), Options{URL: "sqlite:" + path})
				must(t, err)
				must(t, s.reader.view(context.Background(), func(v view) error { return count(v) }))
				if events != want {
					t.Errorf("%d events of %d accepted", events, want)
				}
				if half != 0 {
					t.Errorf("half of what failed was stored")
				}
				if err := refusal; err != nil {
					t.Errorf("%v", err)
				}
			})
		})
	}
}
