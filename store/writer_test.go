package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
)

// busy runs f while the writer is held up, so that all that f asks for in other
// goroutines waits for the same next transaction.
func busy(t *testing.T, s *Store, f func()) {
	t.Helper()
	open, held := make(chan struct{}), make(chan error, 1)
	go func() { held <- s.tx(context.Background(), func(*tx) error { <-open; return nil }) }()
	synctest.Wait()
	f()
	synctest.Wait()
	close(open)
	must(t, <-held)
}

// inBubble runs f on a store in a synctest bubble, where one can know that
// everybody waits.
func inBubble(t *testing.T, f func(*testing.T, *Store)) {
	path := filepath.Join(t.TempDir(), "botd.db")
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(context.Background(), Options{URL: "sqlite:" + path})
		must(t, err)
		defer func() { must(t, s.Close()) }()
		f(t, s)
	})
}

func TestGroupCommit(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Store) {
		const callers = 50
		before := s.writer.commits.Load()
		errs := make(chan error, callers)
		busy(t, s, func() {
			for i := range callers {
				go func() {
					_, err := s.Accept(context.Background(), arrival(fmt.Sprint(i), "g"))
					errs <- err
				}()
			}
		})
		for range callers {
			must(t, <-errs)
		}
		if n := s.writer.commits.Load() - before; n != 1 {
			t.Errorf("%d callers and the one that held them up took %d commits", callers, n)
		}
		before = s.writer.commits.Load()
		accept(t, s, arrival("alone", "g"))
		if n := s.writer.commits.Load() - before; n != 1 {
			t.Errorf("one caller took %d commits", n)
		}
	})
}

func TestFailingCallerHurtsNobodyElse(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Store) {
		mine := errors.New("mine")
		put := func(q *tx, name string) error {
			_, err := q.exec(`INSERT INTO budget (name, next_at) VALUES ($1, 1)`, name)
			return err
		}
		got := map[string]chan any{}
		run := func(name string, f func(*tx) error) {
			ch := make(chan any, 1)
			got[name] = ch
			go func() {
				defer func() {
					if v := recover(); v != nil {
						ch <- v
					}
				}()
				ch <- s.tx(context.Background(), func(q *tx) error { return errors.Join(put(q, name), f(q)) })
			}()
			synctest.Wait() // so that they come in this order
		}
		busy(t, s, func() {
			run("first", func(*tx) error { return nil })
			run("fails", func(*tx) error { return mine })
			run("breaks a constraint", func(q *tx) error { return put(q, "first") })
			run("panics", func(*tx) error { panic("a bug") })
			run("last", func(*tx) error { return nil })
		})
		for name, want := range map[string]any{"first": nil, "last": nil, "panics": "a bug"} {
			if v := <-got[name]; v != want {
				t.Errorf("%s: %v", name, v)
			}
		}
		if err, _ := (<-got["fails"]).(error); !errors.Is(err, mine) {
			t.Errorf("the failing caller got %v", err)
		}
		if err, _ := (<-got["breaks a constraint"]).(error); err == nil {
			t.Error("a broken constraint was no error")
		}
		var names []string
		must(t, s.reader.view(context.Background(), func(v view) error {
			return v.each(func(row scanner) error {
				var name string
				names = append(names, name)
				err := row.Scan(&name)
				names[len(names)-1] = name
				return err
			}, `SELECT name FROM budget ORDER BY name`)
		}))
		if fmt.Sprint(names) != "[first last]" {
			t.Errorf("stored: %q", names)
		}
		must(t, s.Ping(context.Background()))
	})
}

func TestAloneAndFailing(t *testing.T) {
	s, _ := newStore(t)
	mine := errors.New("mine")
	err := s.tx(t.Context(), func(q *tx) error {
		if _, err := q.exec(`INSERT INTO budget (name, next_at) VALUES ('x', 1)`); err != nil {
			return err
		}
		return mine
	})
	if !errors.Is(err, mine) {
		t.Errorf("got %v", err)
	}
	must(t, s.tx(t.Context(), func(q *tx) error {
		var n int
		if err := q.one(`SELECT COUNT(*) FROM budget`).Scan(&n); err != nil || n != 0 {
			return fmt.Errorf("%d rows stayed: %w", n, err)
		}
		return nil
	}))
}

func TestCallerGoesAway(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Store) {
		ctx, cancel := context.WithCancel(context.Background())
		gone, ran := make(chan error, 1), false
		busy(t, s, func() {
			go func() { gone <- s.tx(ctx, func(*tx) error { ran = true; return nil }) }()
			synctest.Wait()
			cancel()
		})
		if err := <-gone; !errors.Is(err, context.Canceled) || ran {
			t.Errorf("it ran: %v; it got %v", ran, err)
		}
	})
}

func TestCloseWhileBusy(t *testing.T) {
	inBubble(t, func(t *testing.T, s *Store) {
		waiting, closed := make(chan error, 1), make(chan error, 1)
		busy(t, s, func() {
			go func() { closed <- s.Close() }()
			synctest.Wait()
			go func() { waiting <- s.tx(context.Background(), func(*tx) error { return nil }) }()
		})
		if err := <-waiting; err != nil && !errors.Is(err, ErrClosed) {
			t.Errorf("who waited got %v", err)
		}
		must(t, <-closed)
	})
}

// The log must not grow without end, and its copying is ours to do.
func TestCheckpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	s := openUnwatched(t, path, nil)
	big := arrival("", "g")
	big.Payload = json.RawMessage(`"` + strings.Repeat("x", 1<<19) + `"`)
	const all = 32
	for range all {
		accept(t, s, big)
	}
	info, err := os.Stat(path + "-wal")
	must(t, err)
	if info.Size() > all<<19/2 {
		t.Errorf("after %d bytes the log is %d bytes long", all<<19, info.Size())
	}
	if got := len(takeEvents(t, s, 1)[0].Event.Payload); got != len(big.Payload) {
		t.Errorf("a payload came back with %d bytes of %d", got, len(big.Payload))
	}
}
