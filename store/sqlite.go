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
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"github.com/gofrs/flock"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// file is an SQLite file that this process alone has open: one connection
// that writes, and a few that only read.
type file struct {
	path  string // behind all links
	lock  *flock.Flock
	write *conn
	reads *sql.DB
}

const readers = 4 // views at the same time; one more connection prepares and pings

// openFile opens and migrates the file of a URL like sqlite:botd.db.
func openFile(ctx context.Context, rawURL string) (_ *file, err error) {
	path, err := pathOf(rawURL)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("open store %s: %w", path, remedied(err))
		}
	}()
	real, err := create(path)
	if err != nil {
		return nil, err
	}
	f := &file{path: real}
	if f.lock, err = lock(real); err != nil {
		return nil, err
	}
	if err := f.connect(ctx, real); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

func (f *file) connect(ctx context.Context, path string) (err error) {
	// Where it exists, fdatasync keeps as much as fsync for less.
	if _, err := sqlite.Fdatasync(true); err != nil && !errors.Is(err, sqlite.ErrFdatasyncUnavailable) {
		return err
	}
	if err := prepare(ctx, path); err != nil {
		return err
	}
	if f.write, err = openConn(path); err != nil {
		return err
	}
	if f.reads, err = sql.Open("sqlite", dsn(path, reading)); err != nil {
		return err
	}
	f.reads.SetMaxOpenConns(readers + 1)
	f.reads.SetMaxIdleConns(readers + 1)
	return f.reads.PingContext(ctx)
}

// prepare makes the file a store, or brings it up to date.
func prepare(ctx context.Context, path string) (err error) {
	db, err := sql.Open("sqlite", dsn(path, preparing))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	if err := ours(ctx, db); err != nil {
		return err
	}
	return migrate(ctx, db)
}

// applicationID is what migrations/sqlite writes into the file's head.
const applicationID = 0x626f7464

// errNoStore is about a file whose first page already makes no sense.
var errNoStore = errors.New("it is damaged, or is no store")

// ours refuses a file that is no SQLite file, or somebody else's.
func ours(ctx context.Context, db *sql.DB) error {
	var id, tables int
	err := db.QueryRowContext(ctx, `
SELECT (SELECT application_id FROM pragma_application_id),
	(SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%')`).Scan(&id, &tables)
	if c := code(err); c == sqlite3.SQLITE_NOTADB || c == sqlite3.SQLITE_CORRUPT {
		return fmt.Errorf("%w; restore a backup, or name another file: %w", errNoStore, err)
	}
	if err == nil && id != applicationID && tables > 0 {
		err = errors.New("it belongs to another program; name another file")
	}
	return err
}

func (f *file) close() error {
	var errs []error
	if f.reads != nil {
		errs = append(errs, f.reads.Close())
	}
	if f.write != nil {
		errs = append(errs, f.write.close())
	}
	return errors.Join(append(errs, f.lock.Close())...)
}

func pathOf(rawURL string) (string, error) {
	path, ok := strings.CutPrefix(rawURL, "sqlite:")
	if !ok || path == "" || strings.HasPrefix(path, ":") {
		scheme, _, _ := strings.Cut(rawURL, ":") // what follows may hold a password
		return "", fmt.Errorf("no store %.20q; a store is given as sqlite:FILE, for example sqlite:botd.db", scheme)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("store %s: %w", rawURL, err)
	}
	return path, nil
}

// create makes the file where there is none, so that nobody but its owner can
// read it; SQLite gives the files beside it the same mode. It returns the
// file's own name behind all links, since the lock goes by the name.
func create(path string) (string, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) //nolint:gosec // the operator names the file
	switch {
	case errors.Is(err, fs.ErrExist):
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("its folder is not there; create %s, or name another", filepath.Dir(path))
	case err != nil:
		return "", err
	default:
		if err := errors.Join(f.Close(), flushFolder(filepath.Dir(path))); err != nil {
			return "", err
		}
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(real); err == nil && info.IsDir() {
		return "", errors.New("it is a folder; name a file in it")
	}
	return real, nil
}

// remedied says what to do about an error that the system or SQLite reported
// while the file was opened.
func remedied(err error) error {
	remedy := ""
	switch c := code(err); {
	case err == nil:
	case errors.Is(err, syscall.EROFS):
		remedy = "its disk is mounted read-only; mount it for writing, or name a file on another"
	case errors.Is(err, fs.ErrPermission), c == sqlite3.SQLITE_READONLY, c == sqlite3.SQLITE_CANTOPEN, c == sqlite3.SQLITE_PERM:
		remedy = "the account that botd runs as may not write it; let that account own the file, the files beside it and their folder"
	case errors.Is(err, syscall.ENOSPC), c == sqlite3.SQLITE_FULL, extended(err) == sqlite3.SQLITE_IOERR_SHMSIZE:
		remedy = "there is no room left on its disk; make room and start again"
	case c == sqlite3.SQLITE_CORRUPT:
		remedy = "it is damaged; restore a backup"
	}
	if remedy == "" || errors.Is(err, errNoStore) {
		return err
	}
	return fmt.Errorf("%s: %w", remedy, err)
}

// withRemedy says what to do about a disk that takes no writes. botd goes on by
// itself once it does.
func withRemedy(err error) error {
	switch {
	case code(err) == sqlite3.SQLITE_FULL:
		return fmt.Errorf("there is no room left on the store's disk; make room: %w", err)
	case extended(err) == sqlite3.SQLITE_IOERR_WRITE:
		return fmt.Errorf("the store's disk takes no writes; look whether it is full, failing or mounted read-only: %w", err)
	}
	return err
}

// flushFolder puts a new file's name on disk. A file that is not in its folder
// after a power cut is lost with all its content. Windows has no such thing.
func flushFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(path) //nolint:gosec // the operator names it
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// lock keeps a second process out. The lock file stays when the process ends:
// removing it would let two processes lock two files of the same name.
func lock(path string) (*flock.Flock, error) {
	name := path + ".lock"
	l := flock.New(name, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, err
	}
	if !ok {
		pid, _ := os.ReadFile(name) //nolint:gosec // beside the operator's file
		return nil, fmt.Errorf("another process has it open%s; stop that one, or give this one a store of its own", describe(pid))
	}
	if err := os.WriteFile(name, []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

func describe(pid []byte) string {
	if n, err := strconv.Atoi(string(pid)); err == nil {
		return fmt.Sprintf(" (process %d)", n)
	}
	return ""
}

// How the connections are set up that bring a file up to date and that read.
// The order matters: auto_vacuum can be chosen only before the first page is
// written, which journal_mode does.
var (
	preparing = url.Values{
		"_busy_timeout": {"5000"},
		"_auto_vacuum":  {"INCREMENTAL"},
		"_pragma": {
			"journal_mode(WAL)", "synchronous(FULL)", "fullfsync(1)", "temp_store(MEMORY)",
		},
		"_defensive": {"1"},
		"_dqs":       {"0"},
		"_error_rc":  {"1"},
	}
	reading = url.Values{
		"mode":          {"ro"},
		"_busy_timeout": {"5000"},
		"_pragma":       {"temp_store(MEMORY)"},
		"_query_only":   {"1"},
		"_dqs":          {"0"},
		"_error_rc":     {"1"},
	}
)

func dsn(path string, how url.Values) string {
	if whole, err := filepath.Abs(path); err == nil {
		path = whole // the name in a file: URL begins at the root
	}
	path = "/" + strings.TrimPrefix(filepath.ToSlash(path), "/") // C:\botd.db is /C:/botd.db here
	u := url.URL{Scheme: "file", Path: path, RawQuery: how.Encode()}
	return u.String()
}

// forSQLite takes out of a statement what only PostgreSQL needs. Here one
// transaction writes at a time, so there is nothing to lock or to skip.
var forSQLite = strings.NewReplacer(" FOR UPDATE SKIP LOCKED", "", " FOR UPDATE", "")

// isFatal reports errors after which it is not known what is on disk: a failed
// flush above all, which must not be tried again, because the second try
// reports success for pages the system has already dropped.
func isFatal(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return true
	case sqlite3.SQLITE_IOERR:
		full := extended(err)
		return full == sqlite3.SQLITE_IOERR_FSYNC || full == sqlite3.SQLITE_IOERR_DIR_FSYNC
	}
	return false
}

// isPassing reports errors of a COMMIT that say only "not now": there was no
// room to write, or the file was locked. Nothing was flushed that could be
// lost, and the transaction can be rolled back.
func isPassing(err error) bool {
	switch code(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY:
		return true
	}
	return extended(err) == sqlite3.SQLITE_IOERR_WRITE
}

func code(err error) int { return extended(err) & 0xff }

func extended(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return codeOf(err)
}
