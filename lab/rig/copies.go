package rig

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	_ "modernc.org/sqlite" // the driver
)

// Copies fills a store with copies of the events that are in it, with all that
// came of them: faster than botd could make them, and in the same rows.
type Copies struct {
	url  string
	base map[string]int64 // how many ids of each table are of the first ones
	made int              // how many times the first ones are there
}

// copied are the tables with what refers to rows of others: in a copy that is
// moved as far as the row it refers to. The first column is the row's own id.
var copied = map[string]map[string]string{
	"event":    {"id": "event"},
	"message":  {"id": "message", "event_id": "event"},
	"delivery": {"id": "delivery", "message_id": "message"},
	"attempt":  {"delivery_id": "delivery"},
	"seen":     {"event_id": "event"},
}

// In a copy some things are others: a key is there once, and one event in 500
// has failed.
var otherwise = map[string]string{
	"event.receipt": `receipt || '-' || nth`,
	"event.status":  `CASE WHEN id % 500 = 3 AND status = 'done' THEN 'dead' ELSE status END`,
	"event.outcome": `CASE WHEN id % 500 = 3 AND status = 'done' THEN 'failed' ELSE outcome END`,
	"seen.key":      `key || '-' || nth || '-LAST'`,
}

// NewCopies begins with what is in a store that nobody has open.
func NewCopies(ctx context.Context, store string) (*Copies, error) {
	c := &Copies{made: 1, url: "file:" + store + "?_pragma=synchronous(OFF)&_pragma=cache_size(-200000)&_pragma=journal_mode(WAL)"}
	var err error
	c.base, err = c.last(ctx)
	return c, err
}

// last are the last ids that were given out.
func (c *Copies) last(ctx context.Context) (map[string]int64, error) {
	db, err := sql.Open("sqlite", c.url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	last := map[string]int64{}
	for table, columns := range copied {
		if columns["id"] == "" {
			continue
		}
		var n int64
		if err := db.QueryRowContext(ctx, `SELECT COALESCE(MAX(id), 0) FROM `+table).Scan(&n); err != nil {
			return nil, fmt.Errorf("looking at %s: %w", table, err)
		}
		last[table] = n
	}
	return last, nil
}

// Add adds so many copies of each of the first events. Nobody may have the
// store open.
func (c *Copies) Add(ctx context.Context, copies int) (err error) {
	last, err := c.last(ctx)
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite", c.url)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	for table := range copied {
		text, err := c.statement(ctx, db, table, last, copies)
		if err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("copying %s: %w", table, err)
		}
	}
	c.made += copies
	_, err = db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	return err
}

// statement copies the first rows of a table behind its last ones.
func (c *Copies) statement(ctx context.Context, db *sql.DB, table string, last map[string]int64, copies int) (string, error) {
	names, err := columns(ctx, db, table)
	if err != nil {
		return "", err
	}
	values := slices.Clone(names)
	first := ""
	for i, name := range names {
		of := copied[table][name]
		switch other := otherwise[table+"."+name]; {
		case of != "":
			values[i] = fmt.Sprintf("%s + %d + (nth - 1) * %d", name, last[of], c.base[of])
			first = fmt.Sprintf("%s <= %d", name, c.base[of])
		case other != "":
			values[i] = strings.ReplaceAll(other, "LAST", fmt.Sprint(last["event"]))
		}
	}
	return fmt.Sprintf(`CREATE TEMP TABLE first_%[1]s AS SELECT * FROM %[1]s WHERE %[4]s;
WITH RECURSIVE copy (nth) AS (SELECT 1 UNION ALL SELECT nth + 1 FROM copy WHERE nth < %[5]d)
INSERT INTO %[1]s (%[2]s) SELECT %[3]s FROM copy CROSS JOIN first_%[1]s`,
		table, strings.Join(names, ", "), strings.Join(values, ", "), first, copies), nil
}

func columns(ctx context.Context, db *sql.DB, table string) (names []string, err error) {
	rows, err := db.QueryContext(ctx, `SELECT name FROM pragma_table_info($1)`, table)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// Missing is how many copies it takes until a store that had only copies added
// holds about so many events.
func (c *Copies) Missing(events int) int {
	n := events/int(c.base["event"]) - c.made
	return max(n, 0)
}
