package store

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/internal/need"
)

var kills = flag.Int("kills", 4, "how often TestKill kills the process that works on a store")

// TestKill kills a process that accepts and works, again and again on the same
// file, and judges from what it had said and what is on the disk.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	chance := rand.New(rand.NewPCG(seed, 0))
	j := newJudge()
	for range *kills {
		c := startChild(t, "work", path)
		for seen := len(j.ended); len(j.ended) < seen+5; { // it works
			j.hear(t, []string{c.next(t)})
		}
		time.Sleep(time.Duration(chance.IntN(200)) * time.Millisecond) // when it dies is up to chance
		j.hear(t, c.kill(t))
		j.counts(t, path)
	}
	j.finish(t, path)
}

// TestKillAtFlush kills a process at a flush: the moment in which something is
// neither stored nor refused.
func TestKillAtFlush(t *testing.T) {
	strace := need.Program(t, "strace", "strace")
	path := filepath.Join(t.TempDir(), "botd.db")
	j := newJudge()
	for _, n := range []int{1, 2, 5, 20, 60} {
		c := startChild(t, "work", path, strace, "-f", "-qq", "-o", "/dev/null",
			"-e", "trace=fdatasync", "-e", fmt.Sprintf("inject=fdatasync:signal=SIGKILL:when=%d", n))
		giveUp := time.AfterFunc(20*time.Second, func() { _ = c.in.Close() }) // strace counts for each thread; none may get so far
		j.hear(t, c.wait())
		giveUp.Stop()
		j.counts(t, path)
	}
	j.finish(t, path)
}

// finish lets another process work off what is left, and judges.
func (j *judge) finish(t *testing.T, path string) {
	t.Helper()
	c := startChild(t, "drain", path)
	j.hear(t, []string{c.next(t)})
	for !j.drained(t, path) {
		time.Sleep(20 * time.Millisecond)
	}
	j.hear(t, c.stop())
	j.judge(t, path)
}

// work is the child: it accepts arrivals and takes them all the way, and says
// so in single writes, as a far end would have it in its log.
func work(path string) error { return run(path, 6) }

// drain is a child that accepts nothing more.
func drain(path string) error { return run(path, 0) }

func run(path string, senders int) error {
	s, err := Open(context.Background(), Options{URL: "sqlite:" + path})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	say("open")
	var busy sync.WaitGroup
	fail := func(err error) {
		if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, chat.ErrLeaseLost) {
			say("fail %v", err)
		}
	}
	for i := range senders {
		busy.Go(func() { fail(acceptMany(ctx, s, i)) })
	}
	for range 3 {
		busy.Go(func() { fail(handleMany(ctx, s)) })
		busy.Go(func() { fail(deliverMany(ctx, s)) })
	}
	busy.Go(func() { fail(sealMany(ctx, s)) })
	busy.Go(func() { fail(fireMany(ctx, s)) })
	_, _ = io.Copy(io.Discard, os.Stdin) // until told to stop
	cancel()
	busy.Wait()
	return s.Close()
}

// sealMany makes receipts, a few at a time, so that a kill comes between them.
func sealMany(ctx context.Context, s *Store) error {
	for ctx.Err() == nil {
		n, err := s.SealSome(ctx, 7, plainSealer{})
		if err != nil {
			return err
		}
		if n == 0 {
			time.Sleep(time.Millisecond) // until there is something; nobody waits for it
		}
	}
	return ctx.Err()
}

var saying sync.Mutex

func say(format string, args ...any) {
	saying.Lock()
	defer saying.Unlock()
	fmt.Printf(format+"\n", args...)
}

func acceptMany(ctx context.Context, s *Store, who int) error {
	for i := range 1000 {
		key := fmt.Sprintf("%d/%d/%d", os.Getpid(), who, i)
		g := chat.GroupID(fmt.Sprintf("g%d", (who*7+i)%5))
		r, err := s.Accept(ctx, arrival(key, g))
		if err != nil {
			return err
		}
		say("accepted %s %s %s %d", key, g, r.ID, r.Events[0])
		time.Sleep(time.Millisecond) // an outside that sends at its own rate
	}
	return nil
}

// messagesFor is how many messages the plugin of this test answers.
func messagesFor(e chat.EventID) int { return int(e) % 3 }

func handleMany(ctx context.Context, s *Store) error {
	for {
		list, _, err := s.TakeEvents(ctx, 4, time.Minute)
		if err != nil {
			return err
		}
		for _, w := range list {
			end := done(w)
			for i := range messagesFor(w.Event.ID) {
				end.Messages = append(end.Messages, chat.Admins.Say("%d of %s", i, w.Event.ID)...)
			}
			for i := range end.Messages {
				end.Messages[i].Report = reportFor(w.Event)
			}
			end.Timers = timersFor(w.Event)
			end.State = w.State
			runs := chat.Key[int]("runs")
			runs.Set(end.State, runs.Get(end.State)+1)
			if w.Event.Sender != "" {
				end.Session = w.Session
				runs.Set(end.Session, runs.Get(end.Session)+1)
			}
			if err := s.EndEvent(ctx, end); err != nil {
				return err
			}
			say("handled %d", w.Event.ID)
		}
		if err := pause(ctx, s.EventsReady(), len(list)); err != nil {
			return err
		}
	}
}

// timersFor is what the plugin of this test asks to have later.
func timersFor(e chat.EventRecord) []chat.Later {
	if e.Kind == chat.Timer || e.ID%5 != 0 {
		return nil
	}
	return []chat.Later{{Name: "tick", Key: e.ID.String(), After: chat.Duration(20 * time.Millisecond)}}
}

// reportFor is what the plugin of this test asks to be told of its messages.
func reportFor(e chat.EventRecord) *chat.Report {
	if e.Kind != chat.Webhook || e.ID%2 == 0 {
		return nil
	}
	return &chat.Report{Name: "told"}
}

func fireMany(ctx context.Context, s *Store) error {
	for {
		list, _, err := s.FireTimers(ctx, 4)
		if err != nil {
			return err
		}
		if err := pause(ctx, s.TimersReady(), len(list)); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, ready <-chan struct{}, had int) error {
	if had > 0 {
		return ctx.Err()
	}
	select {
	case <-ready:
	case <-ctx.Done():
	case <-time.After(20 * time.Millisecond):
	}
	return ctx.Err()
}

func deliverMany(ctx context.Context, s *Store) error {
	for {
		list, _, err := s.TakeMessages(ctx, 4, time.Minute)
		if err != nil {
			return err
		}
		for _, w := range list {
			if err := deliver(ctx, s, w); err != nil {
				return err
			}
		}
		if err := pause(ctx, s.MessagesReady(), len(list)); err != nil {
			return err
		}
	}
}

func deliver(ctx context.Context, s *Store, w chat.MessageWork) error {
	if w.Message.Snapshot == "" {
		var parts []chat.Recipients
		for i := range 1 + int(w.Message.ID)%2 {
			to, err := chat.NewRecipients([]chat.UserID{chat.UserID(fmt.Sprintf("member%d", i))})
			if err != nil {
				return err
			}
			parts = append(parts, to)
		}
		var err error
		w.Deliveries, err = resolved(ctx, s, w, parts...)
		if err != nil {
			return err
		}
	}
	round := chat.Round{Lease: w.Lease, Message: w.Message.ID, End: &chat.MessageEnd{Status: chat.Done, Outcome: chat.Sent}}
	for i := range w.Deliveries {
		w.Deliveries[i] = started(w.Deliveries[i], time.Now())
	}
	b := chat.Begin{Lease: w.Lease, Message: w.Message.ID, Deliveries: w.Deliveries, Horizon: time.Minute, Budgets: []chat.Budget{{Name: "app", PerSecond: 100_000}}}
	if begun, err := s.Begin(ctx, b); err != nil || !begun.Wait.IsZero() {
		return fmt.Errorf("begin: wait %s: %w", begun.Wait, err)
	}
	for _, d := range w.Deliveries {
		say("sent %s %d %d %d %d %s", w.Lease.Lane, w.Message.ID, d.ID, d.Attempts, d.Random, d.Digest)
		one := sent(w, d, time.Now())
		round.Attempts = append(round.Attempts, one.Attempts...)
		round.Deliveries = append(round.Deliveries, one.Deliveries...)
	}
	if err := s.EndRound(ctx, round); err != nil {
		return err
	}
	say("ended %d", w.Message.ID)
	return nil
}
