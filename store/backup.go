package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrExists says that a backup would have replaced a file.
var ErrExists = errors.New("it is there already")

// Backup writes the store as it is at one moment to a new file at path, which
// only its owner can read, and looks whether the copy is whole. The store goes
// on meanwhile. A file that is there is [ErrExists].
func (s *Store) Backup(ctx context.Context, path string) error {
	from := ""
	err := s.reader.view(ctx, func(v view) error {
		return v.one(`SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&from)
	})
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return copyStore(ctx, from, path)
}

// BackupFile is [Store.Backup] for a store that no process has open, or
// another one.
func BackupFile(ctx context.Context, rawURL, path string) error {
	from, err := pathOf(rawURL)
	if err != nil {
		return err
	}
	if _, err := os.Stat(from); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return copyStore(ctx, from, path)
}

func copyStore(ctx context.Context, from, path string) (err error) {
	if err := create600(path); err != nil {
		return fmt.Errorf("back up to %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("back up %s to %s: %w", from, path, err), os.Remove(path))
		}
	}()
	if err := copyPages(ctx, from, path); err != nil {
		return err
	}
	if err := CheckFile(ctx, path); err != nil {
		return err
	}
	return Flush(path)
}

func create600(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // the operator names the file
	if errors.Is(err, fs.ErrExist) {
		return ErrExists
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// Flush puts a file and its name on disk.
func Flush(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // the operator names the file
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return flushFolder(filepath.Dir(path))
}

// copyPages fills the empty file at path. All is read in one read transaction,
// so it is of one moment, and the writer does not wait; its log can only not be
// begun anew before that is over. SQLite's own copying by pages would begin
// again with every commit.
func copyPages(ctx context.Context, from, path string) error {
	how := url.Values{"mode": {"ro"}, "_busy_timeout": {"5000"}, "_pragma": {"temp_store(MEMORY)"}, "_error_rc": {"1"}}
	db, err := sql.Open("sqlite", dsn(from, how))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, path)
	return err
}

// CheckFile reads a whole file of a store and reports what is wrong with it. It
// changes nothing, and works while a process has it open.
func CheckFile(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err != nil {
		return err // SQLite says no more than that it cannot open it
	}
	db, err := openReading(path)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := ours(ctx, db); err != nil {
		return err
	}
	found, err := integrity(ctx, db)
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("it is damaged: %s", strings.Join(found, "; "))
	}
	return err
}

func openReading(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(path, reading))
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// integrity is what SQLite finds wrong with the file; nothing if it is whole.
func integrity(ctx context.Context, db *sql.DB) (found []string, err error) {
	rows, err := db.QueryContext(ctx, `PRAGMA integrity_check(10)`)
	if err != nil {
		return damageOr(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		if line != "ok" {
			found = append(found, line)
		}
	}
	if err := rows.Err(); err != nil {
		return damageOr(err)
	}
	return found, nil
}

// damageOr tells an error that is the answer to the question from one that is
// none.
func damageOr(err error) ([]string, error) {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		if c := e.Code() & 0xff; c == sqlite3.SQLITE_CORRUPT || c == sqlite3.SQLITE_NOTADB {
			return []string{e.Error()}, nil
		}
	}
	return nil, err
}
