package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the tables up to date. It goes forward only, and refuses
// tables of a newer program, which it could not understand. Each migration is
// in a transaction with the record of it, so that one which is interrupted was
// not there at all.
func migrate(ctx context.Context, db *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	return migrateBy(ctx, db, dir)
}

func migrateBy(ctx context.Context, db *sql.DB, dir fs.FS) error {
	known, err := versionsIn(dir)
	if err != nil {
		return err
	}
	have, err := checkVersion(ctx, db, known)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bring its tables from version %d to %d: %w", have, slices.Max(known), err)
	}
	return nil
}

// versionsIn are the numbers of the migrations, in their order.
func versionsIn(dir fs.FS) ([]int64, error) {
	names, err := fs.Glob(dir, "*.sql")
	if err != nil || len(names) == 0 {
		return nil, errors.Join(err, errors.New("the program has no migrations"))
	}
	var list []int64
	for _, name := range names {
		v, err := goose.NumericComponent(name)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	slices.Sort(list)
	return list, nil
}

// The remedies of what is wrong with the record of versions.
const (
	newerRemedy   = "run the newer program that wrote it, or restore a backup from before"
	damagedRemedy = "keep the file, and restore a backup with botd restore"
)

// errRecord says that the record of versions cannot be believed.
var errRecord = errors.New("its record of how its tables were made (goose_db_version) is damaged")

// tooNew is about tables that this program does not understand.
type tooNew struct{ have, want int64 }

func (e tooNew) Error() string {
	return fmt.Sprintf("its tables are of version %d, and this program knows only up to %d", e.have, e.want)
}

// checkVersion reads what version the tables are of, 0 for none yet, before
// anything is done by it: a record that has lost a row would have that migration
// run again, over tables that are there.
func checkVersion(ctx context.Context, db *sql.DB, known []int64) (int64, error) {
	have, err := version(ctx, db, known)
	if _, is := errors.AsType[tooNew](err); is {
		return have, fmt.Errorf("%w: %s", err, newerRemedy)
	}
	if errors.Is(err, errRecord) {
		return have, fmt.Errorf("%w; %s", err, damagedRemedy)
	}
	return have, err
}

func version(ctx context.Context, db *sql.DB, known []int64) (int64, error) {
	var tables, recorded bool
	err := db.QueryRowContext(ctx, `
SELECT (SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'event') > 0,
	(SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'goose_db_version') > 0`).Scan(&tables, &recorded)
	if err != nil {
		return 0, fmt.Errorf("read the version of its tables: %w", err)
	}
	if !recorded {
		if tables {
			return 0, fmt.Errorf("%w: it is not there", errRecord)
		}
		return 0, nil
	}
	applied, err := applied(ctx, db)
	if err != nil {
		return 0, err
	}
	return versionOf(applied, known, tables)
}

func applied(ctx context.Context, db *sql.DB) (list []int64, err error) {
	rows, err := db.QueryContext(ctx, `SELECT version_id FROM goose_db_version WHERE is_applied = 1 AND version_id <> 0 ORDER BY version_id`)
	if err != nil {
		if strings.Contains(err.Error(), "no such column") {
			err = fmt.Errorf("%w: %w", errRecord, err)
		}
		return nil, fmt.Errorf("read the version of its tables: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var v int64
		if err := rows.Scan(&v); err != nil {
			return nil, fmt.Errorf("%w: a row of it is no number: %w", errRecord, err)
		}
		list = append(list, v)
	}
	return slices.Compact(list), rows.Err()
}

// versionOf says what version tables are of that were made so: the migrations that
// were applied are all of the known ones up to it.
func versionOf(applied, known []int64, tables bool) (int64, error) {
	want := slices.Max(known)
	if len(applied) == 0 {
		if tables {
			return 0, fmt.Errorf("%w: it says that there are no tables yet, and there are", errRecord)
		}
		return 0, nil
	}
	have := slices.Max(applied)
	if have > want {
		return have, tooNew{have, want}
	}
	if !tables {
		return have, fmt.Errorf("%w: it says that the tables are of version %d, and there are none", errRecord, have)
	}
	for _, v := range known {
		if v <= have && !slices.Contains(applied, v) {
			return have, fmt.Errorf("%w: it has version %d and lacks %d, which comes before it", errRecord, have, v)
		}
	}
	for _, v := range applied {
		if !slices.Contains(known, v) {
			return have, fmt.Errorf("%w: it has version %d, which never was", errRecord, v)
		}
	}
	return have, nil
}
