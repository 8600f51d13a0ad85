package receipts_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/receipts"
	"github.com/botd-chat/botd/store"
)

// rig is a store, a clock that is moved by hand, and a sealer that runs.
type rig struct {
	t      *testing.T
	path   string
	store  *store.Store
	clock  *clockwork.FakeClock
	sealer *receipts.Sealer
	stop   func()
	log    *safeBuffer
	made   chan int // how many receipts were made, when there were any
	n      int
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

type sealing struct{ *store.Store }

func (s sealing) Seal(ctx context.Context, limit int) (int, error) {
	return s.SealSome(ctx, limit, receipts.Maker{})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newRig(t *testing.T) *rig {
	r := &rig{t: t, path: filepath.Join(t.TempDir(), "botd.db"), clock: clockwork.NewFakeClockAt(time.Date(2026, 3, 4, 9, 0, 0, 0, time.UTC)), log: &safeBuffer{}}
	r.start()
	t.Cleanup(func() { r.stop() })
	return r
}

func (r *rig) start() {
	r.t.Helper()
	var err error
	r.store, err = store.Open(r.t.Context(), store.Options{URL: "sqlite:" + r.path, Clock: r.clock.Now})
	must(r.t, err)
	r.made = make(chan int, 100)
	made := r.made
	r.sealer = receipts.New(receipts.Options{Store: sealing{r.store}, Clock: r.clock, Log: slog.New(slog.NewTextHandler(r.log, nil)), Sealed: func(n int) {
		if n > 0 {
			made <- n
		}
	}})
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- r.sealer.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		must(r.t, <-over)
		must(r.t, r.store.Close())
	})
}

// end has a delivery end: nobody qualifies any more when its turn comes.
func (r *rig) end() {
	r.t.Helper()
	ctx := r.t.Context()
	r.n++
	_, err := r.store.Accept(ctx, chat.Arrival{Key: fmt.Sprint(r.n), App: "main", Bot: "quiz", Trigger: "answers", Kind: chat.Webhook, Groups: []chat.GroupID{"@TGS#1"}, Payload: []byte(`{}`)})
	must(r.t, err)
	events, _, err := r.store.TakeEvents(ctx, 1, time.Minute)
	must(r.t, err)
	must(r.t, r.store.EndEvent(ctx, chat.EventEnd{Lease: events[0].Lease, Event: events[0].Event.ID, Status: chat.Done, Outcome: chat.Handled, Messages: chat.Owners.Say("x")}))
	work, _, err := r.store.TakeMessages(ctx, 1, time.Minute)
	must(r.t, err)
	to, err := chat.NewRecipients([]chat.UserID{"ann"})
	must(r.t, err)
	group := chat.Membership{Group: "@TGS#1", Type: chat.Public, Members: []chat.Member{{ID: "ann", Role: chat.Owner}}, ReadAt: r.clock.Now()}
	must(r.t, r.store.EndRound(ctx, chat.Round{Lease: work[0].Lease, Message: work[0].Message.ID,
		Resolved:   &chat.Resolved{Ceiling: chat.Owners, Membership: group},
		Deliveries: []chat.Delivery{{Message: work[0].Message.ID, Part: 1, Recipients: to, Status: chat.Done, Outcome: chat.Dropped, Reason: "all its recipients ceased to qualify", Ended: r.clock.Now()}},
		End:        &chat.MessageEnd{Status: chat.Done, Outcome: chat.Dropped}}))
}

// pass lets time pass once the sealer waits for it.
func (r *rig) pass(d time.Duration) {
	r.t.Helper()
	must(r.t, r.clock.BlockUntilContext(r.t.Context(), 1))
	r.clock.Advance(d)
}

func (r *rig) expect(n int) {
	r.t.Helper()
	select {
	case got := <-r.made:
		if got != n {
			r.t.Errorf("%d receipts were made, want %d", got, n)
		}
	case <-time.After(10 * time.Second):
		r.t.Fatalf("no receipts were made:\n%s", r.log)
	}
}

func TestWhatEndsWithinASecondIsSealedTogether(t *testing.T) {
	r := newRig(t)
	r.end()
	r.pass(400 * time.Millisecond)
	r.end()
	r.pass(599 * time.Millisecond)
	if len(r.made) != 0 {
		t.Error("it did not wait for company")
	}
	r.pass(time.Millisecond)
	r.expect(2)
	r.end()
	r.pass(time.Second)
	r.expect(1)
}

func TestWhatHasEndedAtAStopHasItsReceiptAndTheChainGoesOn(t *testing.T) {
	r := newRig(t)
	r.end()
	must(t, r.clock.BlockUntilContext(t.Context(), 1))
	r.stop()
	r.expect(1)
	r.start()
	r.end()
	r.pass(time.Second)
	r.expect(1)
	heads, err := r.store.Receipts().Heads(t.Context())
	must(t, err)
	if len(heads) != 1 || heads[0].N != 2 {
		t.Errorf("%v", heads)
	}
}

func TestABacklogIsWorkedOffAtOnce(t *testing.T) {
	r := newRig(t)
	for range 205 {
		r.end()
	}
	r.pass(time.Second)
	for _, n := range []int{100, 100, 5} {
		r.expect(n)
	}
	var b bytes.Buffer
	spans, err := r.store.Receipts().Spans(t.Context(), store.ReceiptFilter{})
	must(t, err)
	_, err = receipts.Export{Spans: spans, At: r.clock.Now()}.Write(t.Context(), r.store.Receipts(), &b)
	must(t, err)
	if report, err := receipts.Verify(&b, nil); err != nil || report.Wrong != 0 || report.Receipts != 205 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestASealerThatCannotStoreSaysSoAndTriesAgain(t *testing.T) {
	r := newRig(t)
	must(t, r.clock.BlockUntilContext(t.Context(), 1))
	must(t, r.store.Close())
	for range 3 {
		r.pass(time.Second)
		r.pass(5 * time.Second)
	}
	must(t, r.clock.BlockUntilContext(t.Context(), 1))
	if n := strings.Count(r.log.String(), "making receipts failed"); n < 2 {
		t.Errorf("it said so %d times:\n%s", n, r.log)
	}
	r.stop()
	if !strings.Contains(r.log.String(), "some receipts are made at the next start") {
		t.Errorf("%s", r.log)
	}
}
