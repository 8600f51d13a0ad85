package bots_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/moves"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/store"
)

// rig is a dispatcher over a real store, with one bot, and a directory that
// says what a test wants.
type rig struct {
	t          *testing.T
	clock      *clockwork.FakeClock
	path       string
	store      *store.Store
	bots       *bots.Bots
	directory  *directory
	dispatcher *bots.Dispatcher
	log        lockedBuffer
	keys       int
}

func newRig(t *testing.T, plugin plugins.Plugin, edits ...func(*bots.Spec)) *rig {
	t.Helper()
	clock := clockwork.NewFakeClockAt(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	r := &rig{
		t: t, clock: clock, path: filepath.Join(t.TempDir(), "botd.db"), bots: &bots.Bots{},
		directory: &directory{clock: clock, members: []chat.Member{{ID: "alice", Role: chat.Owner}, {ID: "carol", Role: chat.Normal, Name: "Carol"}}},
	}
	spec := specOf(plugin, bots.Trigger{Name: "answers", Kind: chat.Webhook}, bots.Trigger{Name: "strike", Kind: chat.Schedule})
	for _, edit := range edits {
		edit(&spec)
	}
	r.configure(spec)
	r.open()
	t.Cleanup(func() { must(t, r.store.Close()) })
	moves.In(t, r.path)
	return r
}

func (r *rig) configure(specs ...bots.Spec) {
	r.t.Helper()
	var all []*bots.Bot
	for _, s := range specs {
		b, err := bots.New(s)
		must(r.t, err)
		all = append(all, b)
	}
	must(r.t, r.bots.Replace(all))
}

func (r *rig) open() {
	r.t.Helper()
	s, err := store.Open(context.Background(), store.Options{URL: "sqlite:" + r.path, Clock: r.clock.Now})
	must(r.t, err)
	r.store = s
	r.dispatcher = bots.NewDispatcher(bots.Options{
		Store: s, Bots: r.bots.Bot, Wake: s.EventsReady(), Clock: r.clock, Grace: time.Minute,
		Log:       slog.New(slog.NewJSONHandler(&r.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Directory: func(chat.AppName) bots.Directory { return r.directory },
	})
}

// reopen starts botd anew, whatever it was doing.
func (r *rig) reopen() {
	r.t.Helper()
	must(r.t, r.store.Close())
	r.open()
}

// arrive stores an event from sender and returns its id.
func (r *rig) arrive(group chat.GroupID, sender chat.UserID, payload string) chat.EventID {
	r.t.Helper()
	r.keys++
	receipt, err := r.store.Accept(context.Background(), chat.Arrival{
		Key: fmt.Sprint("test/", r.keys), App: "main", Bot: "quiz", Trigger: "answers", Kind: chat.Webhook,
		Groups: []chat.GroupID{group}, Sender: sender, Payload: json.RawMessage(payload),
	})
	must(r.t, err)
	return receipt.Events[0]
}

// step handles what is due, once.
func (r *rig) step() (n int, next time.Time) {
	r.t.Helper()
	work, next, err := r.dispatcher.Take(context.Background(), 100)
	must(r.t, err)
	var wg sync.WaitGroup
	for _, w := range work {
		wg.Go(func() { r.dispatcher.Handle(context.Background(), w) })
	}
	wg.Wait()
	return len(work), next
}

// settle handles events until none is left or due within patience.
func (r *rig) settle(patience time.Duration) {
	r.t.Helper()
	for end := r.clock.Now().Add(patience); ; {
		n, next := r.step()
		if n > 0 {
			continue
		}
		if next.IsZero() || next.After(end) {
			return
		}
		r.clock.Advance(max(next.Sub(r.clock.Now()), time.Microsecond))
	}
}

func (r *rig) history(e chat.EventID) chat.EventHistory {
	r.t.Helper()
	h, err := r.store.History(context.Background(), e)
	must(r.t, err)
	return h
}

// ended checks how an event ended.
func (r *rig) ended(e chat.EventID, status chat.Status, outcome chat.Outcome) chat.EventHistory {
	r.t.Helper()
	h := r.history(e)
	if h.Event.Status != status || h.Event.Outcome != outcome {
		r.t.Errorf("event %s is %s, %s (%s); want %s, %s", e, h.Event.Status, h.Event.Outcome, h.Event.Reason, status, outcome)
	}
	return h
}

// directory is a group that can become unreadable.
type directory struct {
	clock   clockwork.Clock
	mu      sync.Mutex
	members []chat.Member // sorted
	fields  map[chat.UserID]map[string]string
	err     error
	age     time.Duration // of its readings
	reads   int
}

func (d *directory) Read(_ context.Context, g chat.GroupID, _ time.Duration, facts ...chat.Fact) (chat.Membership, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads++
	members := slices.Clone(d.members)
	for i := range members {
		if len(facts) > 0 {
			members[i].Profile = &chat.Profile{Told: facts, Fields: d.fields[members[i].ID]}
		}
	}
	return chat.Membership{Group: g, Type: chat.Public, Members: members, ReadAt: d.clock.Now().Add(-d.age)}, d.err
}

func (d *directory) set(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

// lockedBuffer is where logs go.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
