package store

import (
	"database/sql"
	"fmt"
	"reflect"
	"time"

	"zombiezen.com/go/sqlite"
)

// conn is the connection that writes. It is SQLite's own interface and not that
// of database/sql, which takes longer than most statements do. Its statements
// are kept prepared, by their text.
type conn struct {
	*sqlite.Conn
	known map[string]*sqlite.Stmt
}

// How the connection that writes is set up. Its checkpoints are made by
// [writer.checkpoint], which looks at their errors; SQLite's own would swallow
// them.
var writingPragmas = []string{
	"PRAGMA synchronous = FULL", "PRAGMA fullfsync = 1", "PRAGMA wal_autocheckpoint = 0",
	"PRAGMA cache_size = -16000", "PRAGMA temp_store = MEMORY",
}

func openConn(path string) (*conn, error) {
	c, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, err
	}
	w := &conn{c, map[string]*sqlite.Stmt{}}
	c.SetBusyTimeout(5 * time.Second)
	if err := c.SetDefensive(true); err != nil {
		return nil, err
	}
	for _, text := range writingPragmas {
		if _, err := w.exec(text); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (c *conn) statement(text string, args []any) (*sqlite.Stmt, error) {
	stmt := c.known[text]
	if stmt == nil {
		var err error
		if stmt, _, err = c.PrepareTransient(forSQLite.Replace(text)); err != nil {
			return nil, err
		}
		c.known[text] = stmt
	}
	if n := stmt.BindParamCount(); n != len(args) {
		return nil, fmt.Errorf("%d values for %d places of %s", len(args), n, text)
	}
	for i, a := range args {
		if err := bind(stmt, i+1, a); err != nil {
			return nil, fmt.Errorf("value %d of %s: %w", i+1, text, err)
		}
	}
	return stmt, nil
}

// exec runs a statement to its end and returns how many rows it changed.
func (c *conn) exec(text string, args ...any) (int64, error) {
	err := c.each(func(scanner) error { return nil }, text, args...)
	return int64(c.Changes()), err
}

// insert adds a row and returns its id. RETURNING would cost as much as all the
// rest of it.
func (c *conn) insert(text string, args ...any) (int64, error) {
	_, err := c.exec(text, args...)
	return c.LastInsertRowID(), err
}

// each runs a statement and calls scan for every row of the answer.
func (c *conn) each(scan func(scanner) error, text string, args ...any) error {
	stmt, err := c.statement(text, args)
	if err != nil {
		return err
	}
	for {
		there, err := stmt.Step()
		if err != nil {
			return err // it has been reset
		}
		if !there {
			return stmt.Reset()
		}
		if err := scan(row{stmt}); err != nil {
			_ = stmt.Reset() // reports what was reported
			return err
		}
	}
}

// one runs a statement that answers with at most one row; sql.ErrNoRows if
// there is none. Scan must be called.
func (c *conn) one(text string, args ...any) scanner {
	stmt, err := c.statement(text, args)
	if err != nil {
		return failed{err}
	}
	there, err := stmt.Step()
	switch {
	case err != nil:
		return failed{err}
	case !there:
		if err := stmt.Reset(); err != nil {
			return failed{err}
		}
		return failed{sql.ErrNoRows}
	}
	return single{stmt}
}

func (c *conn) close() error {
	for _, stmt := range c.known {
		_ = stmt.Finalize() // reports what its last step reported
	}
	return c.Close()
}

// single is the only row of an answer.
type single struct{ *sqlite.Stmt }

func (s single) Scan(into ...any) error {
	err := row(s).Scan(into...)
	if reset := s.Reset(); err == nil {
		err = reset
	}
	return err
}

// row is where a statement stands.
type row struct{ *sqlite.Stmt }

func (r row) Scan(into ...any) error {
	return r.from(0, r.ColumnCount()).Scan(into...)
}

// from is count neighbouring columns of the row, or as many as there are.
func (r row) from(first, count int) stretch {
	return stretch{r, first, min(count, r.ColumnCount()-first)}
}

// stretch is some neighbouring columns of a row.
type stretch struct {
	row
	first, count int
}

func (p stretch) Scan(into ...any) error {
	if p.count != len(into) {
		return fmt.Errorf("%d places for %d columns", len(into), p.count)
	}
	for i, x := range into {
		if err := p.scan(p.first+i, x); err != nil {
			return fmt.Errorf("column %s: %w", p.ColumnName(p.first+i), err)
		}
	}
	return nil
}

func (r row) scan(i int, into any) error {
	switch p := into.(type) {
	case *int64:
		return r.integer(i, p)
	case *string:
		return r.text(i, p)
	case *[]byte:
		*p = r.bytes(i)
		return nil
	case sql.Scanner:
		return p.Scan(r.value(i))
	}
	v := reflect.ValueOf(into).Elem()
	switch v.Kind() { //nolint:exhaustive // the others are refused
	case reflect.String:
		var s string
		err := r.text(i, &s)
		v.SetString(s)
		return err
	case reflect.Bool:
		var n int64
		err := r.integer(i, &n)
		v.SetBool(n != 0)
		return err
	case reflect.Int, reflect.Int64:
		var n int64
		err := r.integer(i, &n)
		v.SetInt(n)
		return err
	case reflect.Uint32:
		var n int64
		err := r.integer(i, &n)
		if err == nil && (n < 0 || n > 1<<32-1) {
			err = fmt.Errorf("%d is out of range", n)
		}
		v.SetUint(uint64(uint32(n))) //nolint:gosec // in range, or an error
		return err
	}
	return fmt.Errorf("nothing is read into a %T", into)
}

func (r row) integer(i int, into *int64) error {
	if t := r.ColumnType(i); t != sqlite.TypeInteger {
		return fmt.Errorf("it is no integer but %v", t)
	}
	*into = r.ColumnInt64(i)
	return nil
}

func (r row) text(i int, into *string) error {
	if r.ColumnIsNull(i) {
		return fmt.Errorf("it is no text but NULL")
	}
	*into = r.ColumnText(i)
	return nil
}

// bytes is nil for NULL.
func (r row) bytes(i int) []byte {
	if r.ColumnIsNull(i) {
		return nil
	}
	b := make([]byte, r.ColumnLen(i))
	r.ColumnBytes(i, b)
	return b
}

// value is as a [sql.Scanner] wants it.
func (r row) value(i int) any {
	switch r.ColumnType(i) {
	case sqlite.TypeInteger:
		return r.ColumnInt64(i)
	case sqlite.TypeText:
		return r.ColumnText(i)
	case sqlite.TypeFloat:
		return r.ColumnFloat(i)
	case sqlite.TypeBlob:
		return r.bytes(i)
	case sqlite.TypeNull:
	}
	return nil
}

func bind(stmt *sqlite.Stmt, i int, a any) error {
	switch a := a.(type) {
	case string:
		stmt.BindText(i, a)
		return nil
	case int64:
		stmt.BindInt64(i, a)
		return nil
	case []byte:
		stmt.BindBytes(i, a)
		return nil
	case nil:
		stmt.BindNull(i)
		return nil
	}
	v := reflect.ValueOf(a)
	switch v.Kind() {
	case reflect.String:
		stmt.BindText(i, v.String())
	case reflect.Bool:
		stmt.BindBool(i, v.Bool())
	case reflect.Int, reflect.Int64:
		stmt.BindInt64(i, v.Int())
	case reflect.Uint32:
		stmt.BindInt64(i, int64(v.Uint())) //nolint:gosec // 32 bits
	default:
		return fmt.Errorf("a %T cannot be stored", a)
	}
	return nil
}

// codeOf is SQLite's extended result code of an error of a conn; 1, which says
// nothing, for other errors.
func codeOf(err error) int { return int(sqlite.ErrCode(err)) }
