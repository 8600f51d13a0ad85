// Package moves watches, in tests and in the laboratory, how things in a store
// move, and compares that with the table in package chat.
//
// The watch is in the file itself, as triggers: it sees what any process and any
// statement does, and it stays over restarts.
package moves

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver

	"github.com/botd-chat/botd/chat"
)

const table = `
CREATE TABLE IF NOT EXISTS moved (
	thing TEXT NOT NULL, from_status TEXT NOT NULL, from_outcome TEXT NOT NULL, to_status TEXT NOT NULL, to_outcome TEXT NOT NULL,
	example INTEGER NOT NULL, n INTEGER NOT NULL,
	PRIMARY KEY (thing, from_status, from_outcome, to_status, to_outcome)
) WITHOUT ROWID`

// A trigger counts a kind of move and keeps the first row that made it.
const trigger = `
CREATE TRIGGER IF NOT EXISTS %[1]s_%[2]s AFTER %[3]s ON %[1]s BEGIN
	INSERT INTO moved VALUES ('%[1]s', %[4]s, %[5]s, 1)
	ON CONFLICT DO UPDATE SET n = n + 1;
END`

// Watch begins to watch the store in a file, which botd has opened once.
func Watch(ctx context.Context, path string) error {
	return with(path, func(db *sql.DB) error {
		for _, text := range statements() {
			if _, err := db.ExecContext(ctx, text); err != nil {
				return fmt.Errorf("watch the moves in %s: %w", path, err)
			}
		}
		return nil
	})
}

func statements() []string {
	list := []string{table}
	for _, of := range chat.Things {
		for _, x := range []struct{ name, when, stands, row string }{
			{"comes", "INSERT", "'', '', new.status, new.outcome", "new.id"},
			{"moves", "UPDATE OF status, outcome", "old.status, old.outcome, new.status, new.outcome", "new.id"},
			{"goes", "DELETE", "old.status, old.outcome, '', ''", "old.id"},
		} {
			list = append(list, fmt.Sprintf(trigger, of, x.name, x.when, x.stands, x.row))
		}
	}
	return list
}

// Seen is a kind of move that was seen.
type Seen struct {
	Of       chat.Thing
	From, To chat.Stand
	Example  int64 // id of the first that made it
	Times    int
}

// String tells it: "message 7: ready → done: sent (3 times)".
func (s Seen) String() string {
	return fmt.Sprintf("%s %d: %s → %s (%d times)", s.Of, s.Example, s.From, s.To, s.Times)
}

// All lists what was seen in a store that is watched.
func All(ctx context.Context, path string) (list []Seen, err error) {
	err = with(path, func(db *sql.DB) error {
		rows, err := db.QueryContext(ctx, `SELECT thing, from_status, from_outcome, to_status, to_outcome, example, n FROM moved ORDER BY 1, 2, 3, 4, 5`)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s Seen
			if err := rows.Scan(&s.Of, &s.From.Status, &s.From.Outcome, &s.To.Status, &s.To.Outcome, &s.Example, &s.Times); err != nil {
				return err
			}
			list = append(list, s)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("read the moves in %s: %w", path, err)
	}
	return list, nil
}

// Check is an error that names every move in a store that is watched which is
// not in the table.
func Check(ctx context.Context, path string) error {
	list, err := All(ctx, path)
	if err != nil {
		return err
	}
	var strange []string
	for _, s := range list {
		if !chat.CanMove(s.Of, s.From, s.To) {
			strange = append(strange, s.String())
		}
	}
	if len(strange) == 0 {
		return nil
	}
	return fmt.Errorf("in %s something moved as it never should, or chat/moves.go lacks it: %s", filepath.Base(path), strings.Join(strange, "; "))
}

func with(path string, f func(*sql.DB) error) error {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: "mode=rw&_busy_timeout=10000"}
	db, err := sql.Open("sqlite", u.String())
	if err != nil {
		return err
	}
	return errors.Join(f(db), db.Close())
}
