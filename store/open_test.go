package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/botd-chat/botd/chat"
)

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "with space & question? 100%.db")
	s := openAt(t, path, nil)
	accept(t, s, arrival("k", "g"))

	t.Run("how the file is kept", func(t *testing.T) {
		for pragma, want := range map[string]string{
			"journal_mode": "wal", "synchronous": "2", "auto_vacuum": "2", "wal_autocheckpoint": "0", "application_id": fmt.Sprint(applicationID),
		} {
			var got string
			must(t, s.tx(t.Context(), func(q *tx) error { return q.one("PRAGMA " + pragma).Scan(&got) }))
			if got != want {
				t.Errorf("%s is %s, not %s", pragma, got, want)
			}
		}
	})
	t.Run("nobody else can read its files", func(t *testing.T) {
		list, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
		must(t, err)
		if len(list) != 4 {
			t.Errorf("files: %q", list)
		}
		for _, name := range list {
			info, err := os.Stat(name)
			must(t, err)
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %o", name, info.Mode().Perm())
			}
		}
	})
	t.Run("readers cannot write", func(t *testing.T) {
		if _, err := s.reader.db.ExecContext(t.Context(), `DELETE FROM event`); err == nil {
			t.Error("a reader deleted events")
		}
	})
	t.Run("closed, then asked", func(t *testing.T) {
		must(t, s.Close())
		if _, err := s.Accept(t.Context(), arrival("l", "g")); !errors.Is(err, ErrClosed) {
			t.Errorf("accept: %v", err)
		}
		if err := s.Ping(t.Context()); err == nil {
			t.Error("it can be pinged")
		}
		must(t, s.Close())
	})
	t.Run("opened again, it has what it had", func(t *testing.T) {
		if r := accept(t, openAt(t, path, nil), arrival("k", "g")); !r.Repeated {
			t.Errorf("receipt %+v", r)
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	other := filepath.Join(dir, "other.db")
	db, err := sql.Open("sqlite", other)
	must(t, err)
	_, err = db.ExecContext(t.Context(), `CREATE TABLE customers (name TEXT)`)
	must(t, errors.Join(err, db.Close()))
	text := filepath.Join(dir, "notes.txt")
	must(t, os.WriteFile(text, []byte(strings.Repeat("shopping list\n", 100)), 0o600))
	newer := filepath.Join(dir, "newer.db")
	s := openAt(t, newer, nil)
	must(t, s.tx(t.Context(), func(q *tx) error {
		_, err := q.exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
		return err
	}))
	must(t, s.Close())

	damaged, headless := filepath.Join(dir, "damaged.db"), filepath.Join(dir, "headless.db")
	ruin(t, damaged, "lane")
	ruin(t, headless, "sqlite_schema")

	for _, tt := range []struct {
		name, url string
		says      []string
	}{
		{"a URL of another kind", "postgres://user:hunter2@db/botd", []string{`"postgres"`, "sqlite:botd.db"}},
		{"no scheme", "botd.db", []string{"sqlite:botd.db"}},
		{"a store in memory, which would be lost", "sqlite::memory:", []string{"sqlite:botd.db"}},
		{"no folder", "sqlite:" + dir + "/missing/botd.db", []string{"missing/botd.db", "create " + dir + "/missing"}},
		{"a folder", "sqlite:" + dir, []string{dir, "it is a folder", "name a file in it"}},
		{"a store of which pages are damaged", "sqlite:" + damaged, []string{damaged, "damaged", "restore a backup"}},
		{"a store of which the first page is damaged", "sqlite:" + headless, []string{headless, "damaged", "restore a backup"}},
		{"another program's file", "sqlite:" + other, []string{other, "another program", "name another file"}},
		{"a file that is no store", "sqlite:" + text, []string{text, "restore a backup"}},
		{"tables of a newer program", "sqlite:" + newer, []string{newer, "version 99", "newer program"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Open(t.Context(), Options{URL: tt.url})
			if err == nil {
				must(t, s.Close())
				t.Fatal("it was opened")
			}
			for _, want := range tt.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error tells a password: %v", err)
			}
		})
	}
	if text, err := os.ReadFile(text); err != nil || !strings.HasPrefix(string(text), "shopping list") {
		t.Errorf("the file that is no store was changed: %v", err)
	}
}

// ruin makes a store and overwrites the page at which one of its tables begins,
// apart from the file's own head.
func ruin(t *testing.T, path, table string) {
	t.Helper()
	s := openUnwatched(t, path, nil)
	var size, page int
	must(t, s.tx(t.Context(), func(q *tx) error {
		return q.one(`SELECT (SELECT page_size FROM pragma_page_size), (SELECT COALESCE(MAX(rootpage), 1) FROM sqlite_schema WHERE name = $1)`, table).Scan(&size, &page)
	}))
	must(t, s.Close())
	b, err := os.ReadFile(path)
	must(t, err)
	for i := max((page-1)*size, 100); i < page*size; i++ {
		b[i] = 0xa5
	}
	must(t, os.WriteFile(path, b, 0o600))
}

func TestWhatTheSystemSaysAtTheOpeningHasARemedy(t *testing.T) {
	for err, want := range map[error]string{
		&fs.PathError{Op: "open", Path: "botd.db", Err: syscall.EACCES}:  "let that account own the file",
		&fs.PathError{Op: "open", Path: "botd.db", Err: syscall.EROFS}:   "mount it for writing",
		&fs.PathError{Op: "write", Path: "botd.db", Err: syscall.ENOSPC}: "make room",
	} {
		got := remedied(err)
		if !strings.Contains(got.Error(), want) || !errors.Is(got, err) {
			t.Errorf("%v: %v", err, got)
		}
	}
	if got := remedied(io.ErrNoProgress); got.Error() != io.ErrNoProgress.Error() || remedied(nil) != nil {
		t.Error("what has no remedy was changed")
	}
}

func TestOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	link := path + ".link"
	must(t, os.Symlink(path, link))
	refused := func(t *testing.T, path string) {
		t.Helper()
		s, err := Open(t.Context(), Options{URL: "sqlite:" + path})
		if err == nil {
			must(t, s.Close())
			t.Fatal("it was opened a second time")
		}
		for _, want := range []string{path, "another process has it open", "stop that one"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error does not say %q: %v", want, err)
			}
		}
	}
	c := startChild(t, "hold", path)
	if line := c.next(t); line != "open" {
		t.Fatalf("the child said %q", line)
	}
	t.Run("opened by another process", func(t *testing.T) { refused(t, path) })
	t.Run("by another name", func(t *testing.T) {
		if _, err := Open(t.Context(), Options{URL: "sqlite:" + link}); err == nil || !strings.Contains(err.Error(), fmt.Sprint(c.cmd.Process.Pid)) {
			t.Errorf("opened, or without the other's process: %v", err)
		}
	})
	t.Run("killed, and open to the next", func(t *testing.T) {
		c.kill(t)
		s := openAt(t, path, nil)
		refused(t, path) // the same process, a second time
		must(t, s.Close())
	})
}

// hold is a child that has the store open.
func hold(path string) error {
	s, err := Open(context.Background(), Options{URL: "sqlite:" + path})
	if err != nil {
		return err
	}
	say("open")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return s.Close()
}

// A process that dies leaves leases; nobody else can have them.
func TestOpenTakesUpWork(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	clock := newHand()
	s := openAt(t, path, clock.now)
	accept(t, s, arrival("", "g"))
	before := takeEvents(t, s, 1)[0]
	if again := takeEvents(t, s, 1); len(again) != 0 {
		t.Fatalf("taken twice: %+v", again)
	}
	must(t, s.Close())

	s = openAt(t, path, clock.now)
	after := takeEvents(t, s, 1)
	if len(after) != 1 || after[0].Event.ID != before.Event.ID || after[0].Event.Attempts != 2 {
		t.Fatalf("took %+v", after)
	}
	if err := s.EndEvent(t.Context(), done(before)); !errors.Is(err, chat.ErrLeaseLost) {
		t.Errorf("an ending from before the restart: %v", err)
	}
	must(t, s.EndEvent(t.Context(), done(after[0])))
}
