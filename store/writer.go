package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/fail"
)

// writer is the goroutine that owns the writing connection. Whoever asked while
// the last commit ran is in the next transaction (group commit). The functions
// of a group run one after the other; one may be run a second time when another
// of its group failed, so it sets its results anew.
type writer struct {
	conn   *conn
	clock  func() time.Time
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
	flushes  atomic.Int64          // waits for the disk, those of checkpoints among them
	unlooked int                   // commits since the last look at the write-ahead log

	seen   atomic.Int64  // what the wall clock showed at the last call, in nanoseconds; 0: there was none
	before int64         // and before this transaction
	moved  time.Duration // by how much this one follows a clock that was set back

	waiting []*call         // were put aside by an earlier transaction
	aside   []*call         // and by this one
	keys    map[string]bool // of what this one stores that may yet be voided; nil: nothing may
}

// call is one caller's share of a transaction.
type call struct {
	run   func(*tx) error
	by    time.Time      // when what it stores must be on disk to be of use; zero is never
	list  []chat.Arrival // that it stores
	takes bool           // it takes work, which others in the transaction may have stored
	tx    *tx            // of its last run
	err   error
	panic any
	done  chan struct{}
}

const (
	// maxGroup bounds how long the first of a group waits for the last.
	maxGroup = 256
	// patience is how long those wait for company who said that they may.
	patience = 10 * time.Millisecond
)

func newWriter(conn *conn, clock func() time.Time, signal func(kind), log *slog.Logger) *writer {
	w := &writer{
		conn:    conn,
		clock:   clock,
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
func (w *writer) do(ctx context.Context, f func(*tx) error) error { return w.ask(ctx, &call{run: f}) }

func (w *writer) ask(ctx context.Context, c *call) error {
	if err := w.refusal(); err != nil {
		return err
	}
	c.done = make(chan struct{})
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
	for {
		w.waiting, w.aside, w.keys = append(w.waiting, w.aside...), nil, nil
		if c := w.waits(); c != nil {
			w.serve(c)
			continue
		}
		select {
		case c := <-w.queue:
			w.serve(c)
		case <-w.stop:
			return
		}
	}
}

// serve stores what first and those who come meanwhile ask for, and tells them.
func (w *writer) serve(first *call) {
	group, err := w.transact(first)
	if err != nil {
		w.tell(group, err)
	} else {
		// Voiding takes as long as a commit does, on a disk that is slow just then. Who
		// was in time has not the time to wait for it.
		now := w.clock()
		inTime, late := parted(group, now)
		w.tell(inTime, nil)
		w.voidLate(late, now)
		w.tell(late, nil)
	}
	w.checkpoint()
}

// tell ends calls. An error is all of theirs; what only one did wrong is in its call.
func (w *writer) tell(group []*call, err error) {
	for _, c := range group {
		if err != nil {
			c.err = err
		}
		c.tx.end(c.err)
	}
	w.wake(group)
	for _, c := range group {
		close(c.done)
	}
}

func (w *writer) wake(group []*call) {
	for k := range kinds {
		for _, c := range group {
			if c.err == nil && c.tx.wake[k] {
				w.signal(k)
				break
			}
		}
	}
}

// transact runs a group in one transaction. An error is everybody's; what only
// one did wrong is in its call.
//
// Nobody is cut off from the others by a savepoint, which would cost more than
// most of what is stored: who fails has nearly always stored nothing by then.
// If not, all of it is done again with savepoints.
func (w *writer) transact(first *call) (group []*call, err error) {
	group = []*call{first}
	first.tx = &tx{}
	if err := w.refusal(); err != nil {
		return group, err
	}
	if err := w.begin(); err != nil {
		return group, w.lost("begin", err)
	}
	until := time.Now().Add(patience)
	for c, patient := first, true; c != nil; c = w.another(group, patient, until) {
		if c != first {
			group = append(group, c)
		}
		if err := w.heed(); err != nil {
			return group, w.lost("heed the clock in", err)
		}
		// A read that fails can end the transaction too, and then each statement
		// after it would be one of its own.
		if w.try(c, true); c.err != nil && c.tx.wrote || w.conn.AutocommitEnabled() {
			w.rollback()
			return group, w.again(group)
		}
		patient = patient && c.tx.patient && c.err == nil
	}
	if err := w.commit(); err != nil {
		return group, w.uncommitted(err)
	}
	w.count(group)
	return group, nil
}

func (w *writer) begin() error {
	w.before, w.moved = w.seen.Load(), 0
	if err := w.sql("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	fail.Here(fail.Begun)
	return nil
}

func (w *writer) commit() error {
	if err := w.sql("COMMIT"); err != nil {
		return err
	}
	fail.Here(fail.Committed)
	w.tellOfMove()
	return nil
}

// again runs a group of which one failed after it had stored something. What
// was handed on early in the first run has lost its lease, and nothing is
// handed on in this one.
func (w *writer) again(group []*call) error {
	for _, c := range group {
		c.tx.end(errors.New("rolled back"))
	}
	if len(group) == 1 && group[0].err != nil {
		return nil //nolint:nilerr // alone, it has failed, and that is in its call
	}
	if err := w.refusal(); err != nil {
		return err
	}
	if err := w.begin(); err != nil {
		return w.lost("begin", err)
	}
	for _, c := range group {
		if err := w.heed(); err != nil {
			return w.lost("heed the clock in", err)
		}
		if err := w.share(c); err != nil {
			// Some failures, such as a full disk, take the whole transaction with them.
			return w.lost("share", err)
		}
	}
	if err := w.commit(); err != nil {
		return w.uncommitted(err)
	}
	w.count(group)
	return nil
}

func (w *writer) share(c *call) error {
	if err := w.sql("SAVEPOINT share"); err != nil {
		return err
	}
	if w.try(c, false); c.err != nil {
		if err := w.sql("ROLLBACK TO share"); err != nil {
			return errors.Join(c.err, err)
		}
	}
	return w.sql("RELEASE share")
}

// try runs a caller's function. Its panic is its caller's.
func (w *writer) try(c *call, hand bool) {
	c.tx = &tx{conn: w.conn, hand: hand}
	if c.mayBeVoided() {
		c.tx.undo = &undo{}
		w.note(c.list)
	}
	c.panic = nil
	defer func() {
		if c.panic = recover(); c.panic != nil {
			c.err = fmt.Errorf("panic in a transaction: %v", c.panic)
		}
		w.refuseIf(c.err)
		if isPassing(c.err) {
			w.failing.Store(&c.err)
		}
		if c.err == nil {
			c.tx.giveEarly()
		}
	}()
	c.err = c.run(c.tx)
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
func (w *writer) rollback() {
	w.seen.Store(w.before)
	_ = w.sql("ROLLBACK")
}

func (w *writer) refuseIf(err error) {
	if isFatal(err) {
		w.refuse(err)
	}
}

func (w *writer) refuse(err error) {
	err = fmt.Errorf("%w; %s (%w)", ErrRefusing, afterRefusal(err), err)
	if w.refusing.CompareAndSwap(nil, &err) {
		close(w.refused)
		w.log.Error("the store takes nothing any more", "error", err)
	}
}

// afterRefusal is what to do about a disk that failed. A damaged page is still
// damaged after a restart.
func afterRefusal(err error) string {
	if c := code(err); c == sqlite3.SQLITE_CORRUPT || c == sqlite3.SQLITE_NOTADB {
		return "its file is damaged: check the disk, keep the file, and restore a backup with botd restore"
	}
	return "check the disk, then restart"
}

func (w *writer) count(group []*call) {
	w.commits.Add(1)
	if slices.ContainsFunc(group, func(c *call) bool { return c.tx.wrote }) {
		w.flushes.Add(1)
	}
	w.failing.Store(nil)
	for _, c := range group {
		if c.err == nil {
			w.calls.Add(1)
		}
	}
}

// sql runs a statement without parameters.
func (w *writer) sql(text string) error {
	_, err := w.conn.exec(text)
	return err
}
