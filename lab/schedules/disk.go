package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"

	"github.com/botd-chat/botd/internal/moves"
	"github.com/botd-chat/botd/store"
)

// disk is where the stores of a run lie: one file for each life of botd, which
// begins with what the disk had of the last one's when it ended.
type disk struct {
	folder string
	lives  int

	mu      sync.Mutex
	safe    int64 // bytes of the write-ahead log that are flushed, since the last commit
	log     []byte
	rewound bool // the log was begun anew, so that its length says nothing
}

// template is a new store, made once.
type template struct{ file string }

// newTemplate makes a store in a folder, in which each move is watched.
func newTemplate(ctx context.Context, folder string) (template, error) {
	t := template{filepath.Join(folder, "template.db")}
	s, err := store.Open(ctx, store.Options{URL: "sqlite:" + t.file})
	if err != nil {
		return t, err
	}
	if err := s.Close(); err != nil {
		return t, err
	}
	return t, moves.Watch(ctx, t.file)
}

// newDisk is a disk with a new store on it.
func (t template) newDisk(folder string) (*disk, error) {
	content, err := os.ReadFile(t.file)
	if err != nil {
		return nil, err
	}
	d := &disk{folder: folder}
	return d, os.WriteFile(d.file(), content, 0o600)
}

func (d *disk) file() string { return filepath.Join(d.folder, fmt.Sprintf("life%d.db", d.lives)) }
func (d *disk) url() string  { return "sqlite:" + d.file() }

// header is how long a write-ahead log's header is (sqlite.org/fileformat2.html,
// 4.1). It is another when the log was begun anew.
const header = 32

// committed notes how much of the log is flushed. It is called by whoever has
// just committed, before anybody is told.
func (d *disk) committed() {
	f, err := os.Open(d.file() + "-wal")
	if err != nil {
		return // there is no log before the first commit
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, header)
	if _, err := f.ReadAt(head, 0); err != nil {
		return
	}
	info, err := f.Stat()
	if err != nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rewound = d.rewound || d.log != nil && !bytes.Equal(head, d.log)
	d.safe, d.log = info.Size(), head
}

// left is what is on the disk at some moment.
type left struct {
	main, log []byte
	safe      int64 // bytes of the log that were flushed; the rest may be gone
}

// look reads what is on the disk now. The main file changes only when the log
// is copied into it; then it is read again.
func (d *disk) look() (left, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		var l left
		var err error
		if l.main, err = os.ReadFile(d.file()); err != nil {
			return l, err
		}
		if l.log, err = os.ReadFile(d.file() + "-wal"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return l, err
		}
		again, err := os.ReadFile(d.file())
		if err != nil {
			return l, err
		}
		if bytes.Equal(l.main, again) {
			if l.safe = min(d.safe, int64(len(l.log))); d.rewound {
				l.safe = int64(len(l.log))
			}
			return l, nil
		}
	}
}

// Ways to lose power.
const (
	killed = "killed" // the process alone: the system flushes what was written
	cutOff = "cut"    // nothing that was not flushed is left
	torn   = "torn"   // some sectors of that are left
)

var losses = []string{killed, cutOff, torn}

// sector is the unit in which a disk writes.
const sector = 512

// lose is what is left after power was lost.
func (l left) lose(how string, r *rand.Rand) left {
	switch how {
	case cutOff:
		l.log = l.log[:l.safe]
	case torn:
		for at := l.safe; at < int64(len(l.log)); at += sector {
			if end := min(at+sector, int64(len(l.log))); r.IntN(2) == 0 {
				clear(l.log[at:end])
			}
		}
	}
	return l
}

// next makes what is left the disk of the next life.
func (d *disk) next(l left) error {
	d.remove()
	d.mu.Lock()
	d.lives++
	d.safe, d.log, d.rewound = 0, nil, false
	d.mu.Unlock()
	if err := os.WriteFile(d.file(), l.main, 0o600); err != nil {
		return err
	}
	if len(l.log) == 0 {
		return nil
	}
	return os.WriteFile(d.file()+"-wal", l.log, 0o600)
}

// remove takes the files of this life away.
func (d *disk) remove() {
	for _, suffix := range []string{"", "-wal", "-shm", "-late", ".lock"} {
		_ = os.Remove(d.file() + suffix)
	}
}

// unflushed forgets commits that were flushed, as a disk does that lies or a
// program that does not flush: the log ends after its first half.
func (l left) unflushed() left {
	if len(l.log) <= header {
		return l
	}
	frame := 24 + int(binary.BigEndian.Uint32(l.log[8:12]))
	frames := (len(l.log) - header) / frame
	l.log = l.log[:header+frame*(frames/2)]
	return l
}
