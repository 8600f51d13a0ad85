package store

import (
	"context"
	"database/sql"
	"strings"
	"sync"
)

// statements keeps statements prepared, by their text.
type statements struct {
	prepare func(context.Context, string) (*sql.Stmt, error)
	mu      sync.Mutex
	known   map[string]*sql.Stmt
}

func (s *statements) get(ctx context.Context, text string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt, ok := s.known[text]; ok {
		return stmt, nil
	}
	stmt, err := s.prepare(ctx, forSQLite.Replace(text)) //nolint:sqlclosecheck // kept, and closed in close
	if err != nil {
		return nil, err
	}
	s.known[text] = stmt
	return stmt, nil
}

func (s *statements) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, stmt := range s.known {
		_ = stmt.Close() // its connection is about to be closed as well
	}
}

// scanner is a row that can be read.
type scanner interface{ Scan(into ...any) error }

// tx is what a function that runs in a transaction can do. There is no context:
// interrupting one caller's statement would take the others' work with it.
type tx struct {
	conn    *conn
	wake    [kinds]bool
	wrote   bool // it may have changed something
	patient bool // its commit may wait a little, for others'
	hand    bool // what becomes due may be leased and handed on
	early   []handover
	after   []handover
	undo    *undo // what it takes to void what it stores; nil: that stays
}

// exec runs a statement and returns how many rows it changed.
func (q *tx) exec(text string, args ...any) (int64, error) {
	q.looked(text)
	return q.conn.exec(text, args...)
}

// insert runs a statement that adds a row, and returns its id.
func (q *tx) insert(text string, args ...any) (int64, error) {
	q.looked(text)
	return q.conn.insert(text, args...)
}

// one runs a statement that answers with at most one row; sql.ErrNoRows if
// there is none. Scan must be called.
func (q *tx) one(text string, args ...any) scanner {
	q.looked(text)
	return q.conn.one(text, args...)
}

// each runs a statement and calls scan for every row of the answer.
func (q *tx) each(scan func(scanner) error, text string, args ...any) error {
	q.looked(text)
	return q.conn.each(scan, text, args...)
}

// looked notes whether a statement does more than to look.
func (q *tx) looked(text string) {
	if !strings.HasPrefix(text, "SELECT") && !strings.HasPrefix(text, "\nSELECT") {
		q.wrote = true
	}
}

// awake says that a lane of this kind falls due now or later, once it is
// committed.
func (q *tx) awake(k kind) { q.wake[k] = true }

type failed struct{ err error }

func (f failed) Scan(...any) error { return f.err }

func eachRow(scan func(scanner) error, query func() (*sql.Rows, error)) error {
	rows, err := query()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
