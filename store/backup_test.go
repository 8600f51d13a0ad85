package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

func TestCopiesAreMadeAndRestoredByNamesThatBeginAtTheFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	s, err := Open(t.Context(), Options{URL: "sqlite:botd.db"})
	must(t, err)
	must(t, s.Backup(t.Context(), "running.db"))
	must(t, s.Close())
	must(t, BackupFile(t.Context(), "sqlite:botd.db", "stopped.db"))
	must(t, CheckFile(t.Context(), "stopped.db"))
	if _, err := Restore(t.Context(), "sqlite:botd.db", "other.db", time.Now()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of a copy that is not there: %v", err)
	}
	_, err = Restore(t.Context(), "sqlite:botd.db", "running.db", time.Now())
	must(t, err)
}

func TestABackupUnderLoadIsWholeAndOfOneMoment(t *testing.T) {
	folder := t.TempDir()
	s := openAt(t, filepath.Join(folder, "botd.db"), nil)
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	begun := make(chan struct{})
	for w := range 4 {
		all.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				if i == 50 && w == 0 {
					close(begun)
				}
				// The second of each pair is accepted only after the first was.
				key := fmt.Sprintf("%d/%d", w, i)
				accept(t, s, arrival(key+"/first", chat.GroupID(fmt.Sprint("@TGS#", w))))
				accept(t, s, arrival(key+"/second", chat.GroupID(fmt.Sprint("@TGS#", w))))
			}
		})
	}
	<-begun
	copied := filepath.Join(folder, "copy.db")
	acknowledged := lastEvent(t, s)
	err := s.Backup(t.Context(), copied)
	stop()
	all.Wait()
	must(t, err)
	if info, err := os.Stat(copied); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v", info.Mode(), err)
	}
	c := openAt(t, copied, nil)
	n := lastEvent(t, c)
	if n < acknowledged || n >= lastEvent(t, s) {
		t.Errorf("the copy ends with %s; before it %s was acknowledged, and in the end %s", n, acknowledged, lastEvent(t, s))
	}
	must(t, c.reader.view(t.Context(), func(v view) error {
		var events, seen, alone, wrong int
		for _, x := range []struct {
			n    *int
			text string
		}{
			{&events, `SELECT COUNT(*) FROM event`}, {&seen, `SELECT COUNT(*) FROM seen`},
			{&alone, `SELECT COUNT(*) FROM seen a WHERE a.key LIKE '%/second' AND NOT EXISTS (SELECT 1 FROM seen b WHERE b.key = replace(a.key, '/second', '/first'))`},
			{&wrong, `SELECT COUNT(*) FROM (` + wrongLanes + `) AS w`},
		} {
			if err := v.one(x.text).Scan(x.n); err != nil {
				return err
			}
		}
		if events != int(n) || seen != events || alone != 0 || wrong != 0 {
			t.Errorf("it holds %d events to %s, %d keys, %d without the one before, %d lanes that count wrong", events, n, seen, alone, wrong)
		}
		return nil
	}))
}

func lastEvent(t *testing.T, s *Store) chat.EventID {
	t.Helper()
	list, _, err := s.Events(t.Context(), Filter{Limit: 1})
	must(t, err)
	return list[0].ID
}

func TestABackupReplacesNothingAndLeavesNothingHalf(t *testing.T) {
	s, _ := newStore(t)
	accept(t, s, arrival("a", "@TGS#1"))
	there := filepath.Join(t.TempDir(), "there")
	must(t, os.WriteFile(there, []byte("precious"), 0o600))
	if err := s.Backup(t.Context(), there); !errors.Is(err, ErrExists) {
		t.Errorf("onto a file that is there: %v", err)
	}
	if b, err := os.ReadFile(there); string(b) != "precious" || err != nil {
		t.Errorf("it is now %q, %v", b, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	half := filepath.Join(t.TempDir(), "half")
	if err := copyStore(ctx, filepath.Join(t.TempDir(), "nowhere"), half); err == nil {
		t.Error("a store that is not there was copied")
	}
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something is left: %v", err)
	}
}

func TestAStoreIsRestored(t *testing.T) {
	folder := t.TempDir()
	path, saved := filepath.Join(folder, "botd.db"), filepath.Join(folder, "saved.db")
	h := newHand()
	open := func() *Store {
		s, err := Open(t.Context(), Options{URL: "sqlite:" + path, Clock: h.now})
		must(t, err)
		return s
	}
	s := open()
	accept(t, s, arrival("before", "@TGS#1"))
	must(t, s.Backup(t.Context(), saved))
	accept(t, s, arrival("after", "@TGS#1"))
	if _, err := Restore(t.Context(), "sqlite:"+path, saved, h.now()); err == nil || !strings.Contains(err.Error(), "another process has it open") {
		t.Errorf("while it is open: %v", err)
	}
	must(t, s.Close())
	// What a process that was killed leaves behind belongs to the old file alone.
	must(t, os.WriteFile(path+"-wal", []byte("of the old file"), 0o600))
	kept, err := Restore(t.Context(), "sqlite:"+path, saved, h.now())
	must(t, err)
	s = open()
	if got := handed(t, s); got != "e1" {
		t.Errorf("restored, it hands out %s", got)
	}
	must(t, s.Close())
	if b, err := os.ReadFile(kept + "-wal"); string(b) != "of the old file" || err != nil {
		t.Errorf("the old one was not kept: %q, %v", b, err)
	}
	t.Run("a damaged backup is refused and changes nothing", func(t *testing.T) {
		b, err := os.ReadFile(saved)
		must(t, err)
		for i := range 3000 {
			b[len(b)/2+i] ^= 0x5a
		}
		must(t, os.WriteFile(saved, b, 0o600))
		before, err := os.ReadFile(path)
		must(t, err)
		if _, err := Restore(t.Context(), "sqlite:"+path, saved, h.now().Add(time.Hour)); err == nil || !strings.Contains(err.Error(), "damaged") {
			t.Errorf("it says %v", err)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
			t.Errorf("the store has changed (%v)", err)
		}
	})
	t.Run("where there was none", func(t *testing.T) {
		b := filepath.Join(t.TempDir(), "new.db")
		good := openAt(t, filepath.Join(t.TempDir(), "g.db"), h.now)
		accept(t, good, arrival("x", "@TGS#1"))
		must(t, good.Backup(t.Context(), b))
		to := filepath.Join(t.TempDir(), "to.db")
		if kept, err := Restore(t.Context(), "sqlite:"+to, b, h.now()); err != nil || kept != "" {
			t.Errorf("%q, %v", kept, err)
		}
		if got := handed(t, openAt(t, to, h.now)); got != "e1" {
			t.Errorf("it hands out %s", got)
		}
	})
}

func TestAStoreThatNoProcessHasOpenIsBackedUp(t *testing.T) {
	path := first(t)
	saved := filepath.Join(t.TempDir(), "saved.db")
	must(t, BackupFile(t.Context(), "sqlite:"+path, saved))
	if got := handed(t, openAt(t, saved, nil)); got != "e2 m2" {
		t.Errorf("it hands out %s", got)
	}
	if err := BackupFile(t.Context(), "sqlite:"+path+"x", saved+"x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of nothing: %v", err)
	}
}
