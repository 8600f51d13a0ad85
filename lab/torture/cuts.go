package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/lab/disk"
	"github.com/botd-chat/botd/lab/rig"
	"github.com/botd-chat/botd/store"
)

// left is what was found in the files that power cuts left.
type left struct {
	cuts      int
	told      int // acknowledged before the cut, over all cuts
	lost      int // of those: not there
	calls     int // that left before the cut, over all cuts
	forgotten int // of those: with a Random that is not there, so that they would be sent twice
	damaged   int // cuts after which the store does not open, or is not sound
	first     error
}

func (l *left) into(f *rig.Figures) {
	f.Note("%d power cuts, with %d acknowledgements and %d calls before them: %d lost, %d calls forgotten, %d stores damaged",
		l.cuts, l.told, l.calls, l.lost, l.forgotten, l.damaged)
	f.Lost += l.lost
}

func (l *left) verdict() error {
	if l.lost+l.forgotten+l.damaged == 0 {
		return nil
	}
	return fmt.Errorf("after %d power cuts: %d lost, %d calls forgotten, %d stores damaged; the first: %w", l.cuts, l.lost, l.forgotten, l.damaged, l.first)
}

func (l *left) blame(moment int, format string, args ...any) {
	if l.first == nil {
		l.first = fmt.Errorf("cut at moment %d: %w", moment, fmt.Errorf(format, args...))
	}
}

// cuts cuts the power n times and looks at what is left with the store's own
// code.
func (r *run) cuts(ctx context.Context, rec *recording, trace *disk.Trace, n int) (*left, error) {
	l := &left{}
	for range n {
		if ctx.Err() != nil {
			return l, errInterrupted
		}
		moment := r.moment(rec)
		if err := r.cut(ctx, l, rec, moment, trace.Cut(moment, r.random)); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (r *run) cut(ctx context.Context, l *left, rec *recording, moment int, files map[string][]byte) error {
	folder, err := os.MkdirTemp(r.folder, "cut")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := disk.Write(folder, files); err != nil {
		return err
	}
	l.cuts++
	events, randoms, err := contents(ctx, "sqlite:"+filepath.Join(folder, "botd.db"))
	if err != nil {
		l.damaged++
		l.blame(moment, "the store: %w", err)
	}
	for e := range rec.told(moment) {
		if l.told++; !events[e] {
			l.lost++
			l.blame(moment, "event %s was acknowledged, and is not there", e)
		}
	}
	for _, c := range rec.sent(moment) {
		if l.calls++; !randoms[c.Random] {
			l.forgotten++
			l.blame(moment, "a call with Random %d left, and is not there", c.Random)
		}
	}
	return nil
}

// contents opens a store as botd does, and returns which events and which
// Randoms are in it. A store that is not sound is an error.
func contents(ctx context.Context, url string) (events map[string]bool, randoms map[uint32]bool, err error) {
	s, err := store.Open(ctx, store.Options{URL: url})
	if err != nil {
		return nil, nil, err
	}
	events, randoms, err = listed(ctx, s)
	if err := errors.Join(err, s.Close()); err != nil {
		return events, randoms, err
	}
	findings, err := store.Examine(ctx, url, time.Now())
	for _, f := range findings {
		if f.Problem != "" {
			err = errors.Join(err, fmt.Errorf("%s: %s", f.Check, f.Problem))
		}
	}
	return events, randoms, err
}

func listed(ctx context.Context, s *store.Store) (events map[string]bool, randoms map[uint32]bool, err error) {
	events, randoms = map[string]bool{}, map[uint32]bool{}
	for f := (store.Filter{Limit: 500}); ; {
		page, next, err := s.Events(ctx, f)
		if err != nil {
			return events, randoms, err
		}
		for _, e := range page {
			events[e.ID.String()] = true
			h, err := s.History(ctx, e.ID)
			if err != nil {
				return events, randoms, err
			}
			maps.Copy(randoms, drawn(h))
		}
		if next == 0 {
			return events, randoms, nil
		}
		f.Before = next
	}
}

// drawn are the Randoms of all that came of an event.
func drawn(h chat.EventHistory) map[uint32]bool {
	all := map[uint32]bool{}
	for _, m := range h.Messages {
		for _, d := range m.Deliveries {
			all[d.Random] = true
			for _, a := range d.Tries {
				all[a.Random] = true
			}
		}
	}
	return all
}
