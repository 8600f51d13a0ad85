package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/fail"
)

// Whatever the times, and whoever shares a transaction: an event is stored, can be taken
// once, and everybody who asked is told so; or it is voided, nobody ever has it, and
// everybody who asked is told that.
func TestWhatIsHeldIsTakenOrVoided(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := &holding{
			clock: newHand(), taken: map[chat.EventID]int{}, told: map[chat.EventID]int{}, answers: map[string][]answer{}, revived: map[string]bool{},
			slow:   rapid.SampledFrom([]time.Duration{0, 400 * time.Millisecond, 3 * time.Second}).Draw(rt, "commits take"),
			broken: rapid.IntRange(0, 3).Draw(rt, "nothing can be voided") == 0,
			events: &places[chat.EventWork]{free: rapid.IntRange(0, 3).Draw(rt, "hands for events")}, messages: &places[chat.MessageWork]{free: 3},
		}
		handing := rapid.Bool().Draw(rt, "handed on")
		groups := rapid.SliceOfN(rapid.SliceOfN(rapid.Custom(drawAsk), 1, 8), 1, 3).Draw(rt, "groups of calls")
		path := filepath.Join(t.TempDir(), "botd.db")
		synctest.Test(t, func(t *testing.T) {
			var err error
			w.s, err = Open(context.Background(), Options{URL: "sqlite:" + path, Clock: w.clock.now})
			must(t, err)
			defer func() { must(t, w.s.Close()) }()
			must(t, w.s.writer.sql("PRAGMA synchronous = OFF"))
			if w.broken {
				must(t, w.s.writer.sql(noVoid))
			}
			if handing {
				w.s.HandOn(w.events, time.Minute, w.messages, time.Minute)
			}
			stop := fail.Watch(w.step)
			defer stop()
			for _, calls := range groups {
				w.atOnce(calls)
			}
			w.slow = 0
			w.drain()
			for key, list := range w.answers {
				w.judge(key, list)
			}
			w.everything()
		})
		if len(w.failed) > 0 {
			rt.Fatal(strings.Join(w.failed, "\n"))
		}
	})
}

// ask is what somebody asks of the store.
type ask struct {
	what  string
	key   string
	group chat.GroupID
	until time.Duration // from then on it is late
}

func drawAsk(t *rapid.T) ask {
	g := chat.GroupID(fmt.Sprintf("g%d", rapid.IntRange(0, 1).Draw(t, "group")))
	return ask{
		what:  rapid.SampledFrom([]string{"hold", "hold", "hold", "hold", "take events", "take messages", "leak", "plain", "slow"}).Draw(t, "what"),
		key:   fmt.Sprintf("%d/%s", rapid.IntRange(0, 2).Draw(t, "key"), g),
		group: g,
		until: rapid.SampledFrom([]time.Duration{-time.Second, 0, 500 * time.Millisecond, time.Second, time.Hour}).Draw(t, "in time until"),
	}
}

// holding is a store in which things are held.
type holding struct {
	s        *Store
	clock    *hand
	events   *places[chat.EventWork]
	messages *places[chat.MessageWork]

	slow    time.Duration // how long each commit takes
	broken  bool          // nothing can be voided
	taken   map[chat.EventID]int
	told    map[chat.EventID]int
	answers map[string][]answer
	revived map[string]bool

	mu     sync.Mutex // over the maps and what follows
	failed []string
}

type answer struct {
	receipt chat.Receipt
	err     error
}

func (w *holding) step(p fail.Point) {
	if p == fail.Committed {
		w.clock.move(w.slow)
	}
}

// noVoid has every try fail to void something.
const noVoid = `
CREATE TEMP TRIGGER no_void BEFORE UPDATE ON event WHEN new.outcome = 'voided' BEGIN SELECT RAISE(ABORT, 'not now'); END`

// atOnce has all of these asked while the store is busy.
func (w *holding) atOnce(calls []ask) {
	open, held := make(chan struct{}), make(chan error, 1)
	go func() { held <- w.s.tx(context.Background(), func(*tx) error { <-open; return nil }) }()
	synctest.Wait()
	for _, a := range calls {
		go w.ask(a)
		synctest.Wait() // so that they come in this order
	}
	close(open)
	synctest.Wait()
	w.fails(<-held)
	w.handedOn()
}

func (w *holding) ask(a ask) {
	ctx, by := context.Background(), w.clock.now().Add(a.until)
	switch a.what {
	case "hold":
		list, err := w.s.AcceptBy(ctx, []chat.Arrival{held(a.key, a.group)}, by)
		if err != nil {
			list = make([]chat.Receipt, 1)
		}
		w.note(func() { w.answers[a.key] = append(w.answers[a.key], answer{list[0], err}) })
	case "leak":
		again := held(a.key, a.group)
		again.Revive = true
		w.note(func() { w.revived[a.key] = true })
		_, _, err := w.s.KeepLeak(ctx, chat.Leak{App: "main", Group: a.group, Random: uint32(a.until), Found: by}, []chat.Arrival{again}) //nolint:gosec // whatever it is
		w.fails(err)
	case "plain":
		_, err := w.s.Accept(ctx, held("", a.group))
		w.fails(err)
	case "take events":
		w.take(w.s.TakeEvents(ctx, 9, time.Minute))
	case "take messages":
		w.say(w.s.TakeMessages(ctx, 9, time.Minute))
	default:
		w.fails(w.s.tx(ctx, func(*tx) error { w.clock.move(700 * time.Millisecond); return nil }))
	}
}

func (w *holding) fails(err error) {
	if err != nil {
		w.errorf("%v", err)
	}
}

func (w *holding) errorf(format string, args ...any) {
	w.note(func() { w.failed = append(w.failed, fmt.Sprintf(format, args...)) })
}

func (w *holding) note(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// take notes who was handed out, and ends it.
func (w *holding) take(list []chat.EventWork, _ time.Time, err error) {
	w.fails(err)
	for _, e := range list {
		w.note(func() { w.taken[e.Event.ID]++ })
		w.fails(w.s.EndEvent(context.Background(), done(e)))
	}
}

func (w *holding) say(list []chat.MessageWork, _ time.Time, err error) {
	w.fails(err)
	for _, m := range list {
		w.note(func() { w.told[m.Message.Event]++ })
		w.fails(w.s.EndRound(context.Background(), chat.Round{Lease: m.Lease, Message: m.Message.ID, End: &chat.MessageEnd{Status: chat.Done, Outcome: chat.Nobody}}))
	}
}

func (w *holding) handedOn() {
	events, messages := w.events.got, w.messages.got
	w.events.got, w.messages.got = nil, nil
	w.take(events, time.Time{}, nil)
	w.say(messages, time.Time{}, nil)
}

func (w *holding) drain() {
	for range 100 {
		c, err := w.s.Counts(context.Background())
		w.fails(err)
		if c.Events.Ready+c.Messages.Ready == 0 {
			return
		}
		w.take(w.s.TakeEvents(context.Background(), 9, time.Minute))
		w.say(w.s.TakeMessages(context.Background(), 9, time.Minute))
	}
	w.errorf("something is not handed out")
}

// judge holds what those were told who asked for one key against what became of it.
func (w *holding) judge(key string, list []answer) {
	accepted, voided := 0, 0
	for _, a := range list {
		switch {
		case errors.Is(a.err, ErrLate):
			continue
		case a.err != nil:
			w.errorf("%s: %v", key, a.err)
			continue
		case a.receipt.Voided:
			voided++
		default:
			accepted++
		}
		h, err := w.s.History(context.Background(), a.receipt.Events[0])
		w.fails(err)
		if is := h.Event.Outcome == chat.Voided; is != a.receipt.Voided {
			w.errorf("%s: its event %s is %s, and the receipt is %+v", key, h.Event.ID, h.Event.Outcome, a.receipt)
		}
	}
	if accepted > 0 && voided > 0 && !w.revived[key] {
		w.errorf("%s was accepted %d times, and voided %d times", key, accepted, voided)
	}
}

// everything checks all events: who was handed out and who was not.
func (w *holding) everything() {
	list, _, err := w.s.Events(context.Background(), Filter{Limit: 100})
	w.fails(err)
	for _, e := range list {
		h, err := w.s.History(context.Background(), e.ID)
		w.fails(err)
		if len(h.Messages) != 1 {
			w.errorf("event %s has %d messages", e.ID, len(h.Messages))
			continue
		}
		m, times := h.Messages[0], 1
		if e.Outcome == chat.Voided {
			times = 0
		}
		if (m.Outcome == chat.Voided) != (times == 0) || e.Status != chat.Done || m.Status != chat.Done {
			w.errorf("event %s is %s, its message %s", e.ID, e.Outcome, m.Outcome)
		}
		if _, now := w.taken[e.ID]; (now || times == 0) && (w.taken[e.ID] != times || w.told[e.ID] != times) {
			w.errorf("event %s (%s) was handed out %d times, its message %d times", e.ID, e.Outcome, w.taken[e.ID], w.told[e.ID])
		}
	}
	n := 0
	if err := w.s.reader.db.QueryRow(drifted).Scan(&n); err != nil || n != 0 { //nolint:noctx // in a bubble, where nothing is interrupted
		w.errorf("%d lanes do not count what is in them (%v)", n, err)
	}
}
