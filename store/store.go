package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Options say where the store is. Only URL is needed.
type Options struct {
	URL   string           // sqlite:FILE; the file is created, its folder is not
	Clock func() time.Time // nil is time.Now
	Log   *slog.Logger     // nil is silent; content is never logged
}

// Store is the open store. Its methods may be called from many goroutines.
type Store struct {
	writer *writer
	reader *reader
	clock  func() time.Time
	log    *slog.Logger
	ready  map[kind]chan struct{}
	takes  atomic.Int64 // the last take of any lane
	turn   turn         // the writer's

	events   hands[chat.EventWork]
	messages hands[chat.MessageWork]

	close func() error

	settled atomic.Int64 // the last firing of which it was looked whether it is over

	lates    *lates
	sealing  guard                      // keeps receipts from being made while somebody is erased
	readings map[string]chat.Membership // those that receipts were made by lately; of whoever is sealing
}

// Errors that callers decide on.
var (
	// ErrNotFound says that there is nothing under that id.
	ErrNotFound = errors.New("not found")
	// ErrClosed says that the store was closed; nothing was stored.
	ErrClosed = errors.New("the store is closed")
	// ErrRefusing says that the disk failed in a way after which nobody knows
	// what is on it. Nothing is stored any more until the process is started
	// again, which reads from the disk what really is there.
	ErrRefusing = errors.New("the store refuses to write since the disk failed")
)

// Open opens the store, creates it where there is none, and brings its tables
// up to date. Only one process can have it open.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	f, err := openFile(ctx, o.URL)
	if err != nil {
		return nil, err
	}
	s := &Store{
		reader:  newReader(f.reads),
		clock:   o.Clock,
		log:     o.Log,
		sealing: make(guard, 1),
		ready:   map[kind]chan struct{}{events: make(chan struct{}, 1), messages: make(chan struct{}, 1), timers: make(chan struct{}, 1), schedules: make(chan struct{}, 1)},
	}
	s.close = sync.OnceValue(func() error {
		s.writer.close()
		s.reader.stmts.close()
		return f.close()
	})
	s.lates = newLates(f.path, o.Log)
	s.writer = newWriter(f.write, s.now, s.signal, o.Log)
	if err := s.takeUp(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: take up what was under way: %w", strings.TrimPrefix(o.URL, "sqlite:"), remedied(err)), s.Close())
	}
	return s, nil
}

// Close waits for what is being stored, then closes. Whatever asks later gets
// [ErrClosed].
func (s *Store) Close() error { return s.close() }

// Ping reports whether the store still stores.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.writer.refusal(); err != nil {
		return err
	}
	if s.writer.failing.Load() != nil { // ask the disk again, or nobody would when we are said not to be ready
		if err := s.tx(ctx, func(q *tx) error { _, err := q.exec(tryToStore); return err }); err != nil {
			return withRemedy(err)
		}
	}
	return s.reader.db.PingContext(ctx)
}

// tryToStore writes something that means nothing.
const tryToStore = `INSERT INTO budget (name, next_at) VALUES ('', 0) ON CONFLICT (name) DO UPDATE SET next_at = 0`

// Refusal is why the store stores nothing any more, and what to do about it; nil
// while all is well.
func (s *Store) Refusal() error { return s.writer.refusal() }

// Refused is closed when the store stores nothing any more ([ErrRefusing]).
func (s *Store) Refused() <-chan struct{} { return s.writer.refused }

// EventsReady has a value after something was stored that makes a lane of
// events due, now or later.
func (s *Store) EventsReady() <-chan struct{} { return s.ready[events] }

// MessagesReady has a value after something was stored that makes a lane of
// messages due, now or later.
func (s *Store) MessagesReady() <-chan struct{} { return s.ready[messages] }

func (s *Store) signal(k kind) {
	select {
	case s.ready[k] <- struct{}{}:
	default:
	}
}

// tx runs f in a transaction. f may run together with others', each cut off
// from the others' failures; when tx returns nil, what f stored is on disk.
func (s *Store) tx(ctx context.Context, f func(*tx) error) error {
	return s.ask(ctx, &call{run: f})
}

// ask is tx for a call that says more of itself.
func (s *Store) ask(ctx context.Context, c *call) error { return s.writer.ask(ctx, c) }

func (s *Store) now() time.Time { return s.clock().UTC() }

// micros is how times are stored: microseconds since 1970, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMicro(n).UTC()
}
