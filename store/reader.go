package store

import (
	"context"
	"database/sql"
)

// reader answers questions from connections that cannot write.
type reader struct {
	db    *sql.DB
	stmts statements
	slots chan struct{} // taken by views: the last connection is never theirs
}

func newReader(db *sql.DB) *reader {
	return &reader{db: db, stmts: statements{prepare: db.PrepareContext, known: map[string]*sql.Stmt{}},
		slots: make(chan struct{}, readers)}
}

// view is a number of questions that see the same moment.
type view struct {
	ctx   context.Context
	tx    *sql.Tx
	stmts *statements
}

// view runs f on the store as it is now; what is stored meanwhile is not seen.
// There are never more views than readers, so that a statement that is asked
// for the first time has a connection to be prepared on: if each was held by a
// view that waits for that, none would ever come back.
func (r *reader) view(ctx context.Context, f func(view) error) error {
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-r.slots }()
	t, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = t.Rollback() }() // there is nothing to commit
	return f(view{ctx, t, &r.stmts})
}

func (v view) one(text string, args ...any) scanner {
	stmt, err := v.stmts.get(v.ctx, text)
	if err != nil {
		return failed{err}
	}
	return v.tx.StmtContext(v.ctx, stmt).QueryRowContext(v.ctx, args...) //nolint:sqlclosecheck // closed with the transaction
}

func (v view) each(scan func(scanner) error, text string, args ...any) error {
	stmt, err := v.stmts.get(v.ctx, text)
	if err != nil {
		return err
	}
	return eachRow(scan, func() (*sql.Rows, error) {
		return v.tx.StmtContext(v.ctx, stmt).QueryContext(v.ctx, args...) //nolint:sqlclosecheck // closed with the transaction
	})
}
