package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/botd-chat/botd/internal/fail"
)

// writer is the goroutine that owns the writing connection. Whoever asked while
// the last commit ran is in the next transaction (group commit).
type writer struct {
	ctx    context.Context // never cancelled
	stmts  statements
	queue  chan *call // unbuffered: who waits here has not been begun
	stop   chan struct{}
	ended  chan struct{}
	signal func(kind)
	log    *slog.Logger

	refusing atomic.Pointer[error]
	refused  chan struct{}         // closed with it
	failing  atomic.Pointer[error] // why the last commit failed; nil: it did not
	commits  atomic.Int64          // that succeeded
	calls    atomic.Int64          // that succeeded; calls/commits is how many share one
	unlooked int                   // commits since the last look at the write-ahead log
}

// call is one caller's share of a transaction.
type call struct {
	run   func(*tx) error
	err   error
	panic any
	wake  [kinds]bool
	done  chan struct{}
}

// maxGroup bounds how long the first of a group waits for the last.
const maxGroup = 256

func newWriter(conn *sql.Conn, signal func(kind), log *slog.Logger) *writer {
	w := &writer{
		ctx:     context.Background(),
		stmts:   statements{prepare: conn.PrepareContext, known: map[string]*sql.Stmt{}},
		queue:   make(chan *call),
		stop:    make(chan struct{}),
		refused: make(chan struct{}),
		ended:   make(chan struct{}),
		signal:  signal,
		log:     log,
	}
	go w.loop()
	return w
}

// do runs f in a transaction and returns after its commit. ctx counts until f
// is begun; after that its fate is soon known, and is waited for.
func (w *writer) do(ctx context.Context, f func(*tx) error) error {
	if err := w.refusal(); err != nil {
		return err
	}
	c := &call{run: f, done: make(chan struct{})}
	select {
	case w.queue <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.stop:
		return ErrClosed
	}
	<-c.done
	if c.panic != nil {
		panic(c.panic)
	}
	return c.err
}

// close is called once.
func (w *writer) close() {
	close(w.stop)
	<-w.ended
}

// refusal is why nothing is stored any more; nil while all is well.
func (w *writer) refusal() error {
	if err := w.refusing.Load(); err != nil {
		return *err
	}
	return nil
}

func (w *writer) loop() {
	defer close(w.ended)
	defer w.stmts.close()
	for {
		select {
		case c := <-w.queue:
			w.serve(w.gather(c))
		case <-w.stop:
			return
		}
	}
}

// gather returns first and all who wait already.
func (w *writer) gather(first *call) []*call {
	group := []*call{first}
	for len(group) < maxGroup {
		select {
		case c := <-w.queue:
			group = append(group, c)
		default:
			return group
		}
	}
	return group
}

func (w *writer) serve(group []*call) {
	if err := w.transact(group); err != nil {
		for _, c := range group {
			c.err = err
		}
	}
	w.wake(group)
	for _, c := range group {
		close(c.done)
	}
	w.checkpoint()
}

func (w *writer) wake(group []*call) {
	for k := range kinds {
		for _, c := range group {
			if c.err == nil && c.wake[k] {
				w.signal(k)
				break
			}
		}
	}
}

// transact runs the group in one transaction. An error is everybody's; what
// only one did wrong is in its call.
func (w *writer) transact(group []*call) error {
	if err := w.refusal(); err != nil {
		return err
	}
	if err := w.sql("BEGIN IMMEDIATE"); err != nil {
		return w.lost("begin", err)
	}
	fail.Here(fail.Begun)
	if len(group) == 1 {
		// Alone, it needs no savepoint.
		if w.try(group[0]); group[0].err != nil {
			w.rollback()
			return nil //nolint:nilerr // it is the caller's own, in its call
		}
	} else if err := w.shares(group); err != nil {
		return w.lost("share", err)
	}
	if err := w.sql("COMMIT"); err != nil {
		return w.uncommitted(err)
	}
	fail.Here(fail.Committed)
	w.count(group)
	return nil
}

// shares runs each caller's part, cut off from the others by a savepoint. The
// error is for when the transaction itself is gone: some failures, such as a
// full disk, take all of it with them.
func (w *writer) shares(group []*call) error {
	for _, c := range group {
		if err := w.share(c); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) share(c *call) error {
	if err := w.sql("SAVEPOINT share"); err != nil {
		return err
	}
	if w.try(c); c.err != nil {
		if err := w.sql("ROLLBACK TO share"); err != nil {
			return errors.Join(c.err, err)
		}
	}
	return w.sql("RELEASE share")
}

// try runs a caller's function. Its panic is its caller's.
func (w *writer) try(c *call) {
	q := &tx{ctx: w.ctx, stmts: &w.stmts}
	defer func() {
		if c.panic = recover(); c.panic != nil {
			c.err = fmt.Errorf("panic in a transaction: %v", c.panic)
		}
		c.wake = q.wake
		w.refuseIf(c.err)
		if isPassing(c.err) {
			w.failing.Store(&c.err)
		}
	}()
	c.err = c.run(q)
}

// lost ends a transaction that can not go on.
func (w *writer) lost(doing string, err error) error {
	w.rollback()
	w.refuseIf(err)
	w.failing.Store(&err)
	return fmt.Errorf("store: %s a transaction: %w", doing, err)
}

// uncommitted ends a transaction whose commit failed. A full disk passes. After
// anything else nobody knows what is on the disk, and a second flush would
// report success for what the first one lost.
func (w *writer) uncommitted(err error) error {
	w.rollback()
	if !isPassing(err) {
		w.refuse(err)
	}
	w.failing.Store(&err)
	return fmt.Errorf("store: commit: %w", err)
}

// rollback has no error: when there is nothing left to roll back, all the
// better, and otherwise the next BEGIN fails.
func (w *writer) rollback() { _ = w.sql("ROLLBACK") }

func (w *writer) refuseIf(err error) {
	if isFatal(err) {
		w.refuse(err)
	}
}

func (w *writer) refuse(err error) {
	err = fmt.Errorf("%w (%w)", ErrRefusing, err)
	if w.refusing.CompareAndSwap(nil, &err) {
		close(w.refused)
		w.log.Error("the store takes nothing any more", "error", err)
	}
}

func (w *writer) count(group []*call) {
	w.commits.Add(1)
	w.failing.Store(nil)
	for _, c := range group {
		if c.err == nil {
			w.calls.Add(1)
		}
	}
}

// sql runs a statement without parameters.
func (w *writer) sql(text string) error {
	stmt, err := w.stmts.get(w.ctx, text) //nolint:sqlclosecheck // kept, and closed with the others
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(w.ctx)
	return err
}
