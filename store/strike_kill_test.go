package store

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

const (
	struckSchedules = 7 // that the child strikes, each in two groups
	strikeKills     = 10
)

// TestKillAmidStrikes kills a process that strikes, again and again on the same file.
// What it had said is stored, and of each schedule every minute up to the one that is
// decided made its events, once.
func TestKillAmidStrikes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	said := map[string]bool{}
	hear := func(lines []string) {
		for _, l := range lines {
			said[l] = true
		}
	}
	for range strikeKills {
		c := startChild(t, "strike", path)
		for range 3 {
			hear([]string{c.next(t)})
		}
		time.Sleep(time.Duration(rand.IntN(60)) * time.Millisecond) // when it dies is up to chance
		hear(c.kill(t))
	}
	s := openUnwatched(t, path, nil)
	all, err := s.Schedules(t.Context())
	must(t, err)
	minutes, events := 0, 0
	for _, r := range all {
		meant := r.Started.Truncate(time.Minute)
		stored := firingsOf(t, s, r.ID)
		for ; !meant.Add(time.Minute).After(r.Decided); minutes++ {
			meant = meant.Add(time.Minute)
			f, there := stored[meant.UnixMicro()]
			if !there || len(f.Events) != 2 {
				t.Fatalf("schedule %s at %v: %+v", r.ID, meant, f)
			}
			events += len(f.Events)
			delete(said, saidOf(f))
			delete(stored, meant.UnixMicro())
		}
		if len(stored) > 0 {
			t.Errorf("schedule %s has times that are not decided, or twice: %v", r.ID, stored)
		}
	}
	for l := range said {
		t.Errorf("it was said, and is not stored: %s", l)
	}
	n := 0
	must(t, s.tx(t.Context(), func(q *tx) error { return q.one(`SELECT COUNT(*) FROM event`).Scan(&n) }))
	if n != events {
		t.Errorf("%d events of %d minutes in two groups", n, minutes)
	}
	t.Logf("%d kills, %d times, %d events", strikeKills, minutes, n)
}

func firingsOf(t *testing.T, s *Store, id chat.ScheduleID) map[int64]chat.Firing {
	t.Helper()
	all := map[int64]chat.Firing{}
	for q := (FiringQuery{Schedule: id, Limit: maxPageSize}); ; {
		list, next, err := s.Firings(t.Context(), q)
		must(t, err)
		for _, f := range list {
			all[f.Meant.UnixMicro()] = f
		}
		if q.Before = next; next == 0 {
			return all
		}
	}
}

func saidOf(f chat.Firing) string { return fmt.Sprint(f.Schedule, f.Meant.Unix(), f.Events) }

// strikeOn is the child: it strikes one minute after the other, far faster than the
// clock, and says what it has stored.
func strikeOn(path string) error {
	s, err := Open(context.Background(), Options{URL: "sqlite:" + path})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); stop() }()
	var list []chat.ScheduleSpec
	for i := range struckSchedules {
		list = append(list, daily(chat.TriggerName(fmt.Sprint("n", i))))
	}
	all, err := s.SyncSchedules(ctx, list)
	for err == nil && ctx.Err() == nil {
		var batch []chat.Strike
		for i := range all {
			meant := all[i].Decided.Truncate(time.Minute).Add(time.Minute)
			batch = append(batch, striken(all[i], meant, "@TGS#1", "@TGS#2"))
			all[i].Decided = meant
		}
		var struck []chat.Struck
		struck, err = s.Strike(ctx, batch)
		for _, r := range struck {
			if r.Lost || r.Repeated[0] {
				return fmt.Errorf("nobody else strikes, and it is %+v", r)
			}
			say("%s", saidOf(r.Firings[0]))
		}
	}
	return err
}
