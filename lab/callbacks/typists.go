package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/lab/rig"
)

// entry is something that a member wrote, and what the app was told at each try.
type entry struct {
	group, from, text string
	answer            bool // and not talk, which everybody may see
	told              []simulator.Told
}

// last is what the app was told in the end.
func (e entry) last() simulator.Told { return e.told[len(e.told)-1] }

// accepted reports what its sender was not told to write again.
func (e entry) accepted() bool { return e.last().Code == 0 }

// ledger is what the members know.
type ledger struct {
	mu      sync.Mutex
	entries []entry
	answers atomic.Int64 // accepted
	number  atomic.Int64
}

func (l *ledger) note(e entry) {
	l.mu.Lock()
	l.entries = append(l.entries, e)
	l.mu.Unlock()
	if e.answer && e.accepted() {
		l.answers.Add(1)
	}
}

func wait(ctx context.Context, d time.Duration) bool { return rig.Wait(ctx, d) }

// again is the code for a message that was not kept (product/1047/34374).
const again = 10101

// typing has all members write until so many answers were accepted.
func (w *world) typing(ctx context.Context, p plan, l *ledger) error {
	outer := ctx
	ctx, cancel := context.WithCancel(outer)
	defer cancel()
	failed := make(chan error, len(w.typists))
	var all sync.WaitGroup
	for n, who := range w.typists {
		r := randomOf(p.seed, uint64(n)+100)
		all.Go(func() {
			for l.answers.Load() < int64(p.answers) && wait(ctx, between(r, time.Second, 3*time.Second)) {
				if err := w.write(r, who, l); err != nil {
					failed <- err
					cancel()
					return
				}
			}
		})
	}
	all.Wait()
	close(failed)
	return errors.Join(<-failed, outer.Err())
}

// write is one thing that a member writes. An app may send once more what was refused,
// under the same Random; a member writes anew.
func (w *world) write(r *rand.Rand, who string, l *ledger) error {
	n := l.number.Add(1)
	e := entry{group: pick(r, w.groups), from: who, answer: r.IntN(10) > 0}
	e.text = fmt.Sprintf("talk t%d", n)
	if e.answer {
		e.text = fmt.Sprintf("%s t%d", pick(r, []string{"/answer", "/ANSWER", "／answer", " /answer"}), n)
	}
	random := r.Uint32()
	for range 3 {
		told, err := w.service.Say(simulator.Utterance{Group: e.group, From: who, Text: e.text, Random: random})
		if err != nil {
			return err
		}
		e.told = append(e.told, told)
		if told.Code != again || r.IntN(2) == 0 {
			break
		}
	}
	l.note(e)
	if code := e.last().Code; code != 0 && code != again {
		return fmt.Errorf("an app was told %d %q, which nothing here is about", code, e.last().Text)
	}
	return nil
}
