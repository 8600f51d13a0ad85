package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/botd-chat/botd/chat"
)

// lates are what is still on its way to the disk although its time is over, in a file
// beside the store. Whoever wrote it is told to write it again while the disk is busy, so
// if the process is killed before it is voided, the next start has to void it.
//
// Nothing waits for that file to be flushed, since the disk is what takes so long. So it
// outlives the process, and not the machine: it counts only in the boot in which it was
// written. After a power cut what is in the store is handled, and may come twice.
type lates struct {
	path string
	boot string // empty where the system does not name it, and then nothing is noted
	log  *slog.Logger

	mu   sync.Mutex
	open map[chat.ReceiptID]string // and the key of each
}

// latesFile is what the file holds.
type latesFile struct {
	Boot string                    `json:"boot"`
	Late map[chat.ReceiptID]string `json:"late"`
}

func newLates(path string, log *slog.Logger) *lates {
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // other systems have no such file
	return &lates{path: path + "-late", boot: string(boot), log: log, open: map[chat.ReceiptID]string{}}
}

// watch notes arrivals once so long has passed, unless it is told before that their fate
// is known; then it is not to be noted any more.
func (l *lates) watch(all []coming, within time.Duration) (known func()) {
	if l.boot == "" {
		return func() {}
	}
	noted := make(chan struct{})
	timer := time.AfterFunc(within, func() {
		defer close(noted)
		l.change(func() {
			for _, a := range all {
				l.open[a.receipt] = a.Key
			}
		})
	})
	return func() {
		if timer.Stop() {
			return
		}
		<-noted
		l.change(func() {
			for _, a := range all {
				delete(l.open, a.receipt)
			}
		})
	}
}

// change changes what is noted, and the file with it, as a whole.
func (l *lates) change(by func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	by()
	if err := l.write(); err != nil {
		l.log.Warn("what is late cannot be noted beside the store: if botd is killed in this moment, somebody may have been told to write again what is handled all the same", "error", err)
	}
}

func (l *lates) write() error {
	if len(l.open) == 0 {
		return gone(os.Remove(l.path))
	}
	raw, err := json.Marshal(latesFile{l.boot, l.open})
	if err != nil {
		return err
	}
	if err := os.WriteFile(l.path+"-new", raw, 0o600); err != nil {
		return err
	}
	return os.Rename(l.path+"-new", l.path)
}

// before is what was late when the process before this one ended.
func (l *lates) before() map[chat.ReceiptID]string {
	raw, err := os.ReadFile(l.path)
	if err != nil {
		return nil
	}
	var f latesFile
	if json.Unmarshal(raw, &f) != nil || f.Boot != l.boot || l.boot == "" {
		return nil
	}
	return f.Late
}

// forget removes what the process before this one has noted.
func (l *lates) forget() error {
	return errors.Join(gone(os.Remove(l.path)), gone(os.Remove(l.path+"-new")))
}

func gone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

const (
	lateEvents   = `SELECT id, lane FROM event WHERE receipt = $1 AND status = 'ready'`
	lateMessages = `SELECT id, lane FROM message WHERE event_id = $1 AND status = 'ready'`
)

// voidBefore voids what was noted to be late when the process before this one ended.
// Nobody has been handed any of it.
func (s *Store) voidBefore(ctx context.Context, late map[chat.ReceiptID]string) error {
	if len(late) == 0 {
		return nil
	}
	return s.tx(ctx, func(q *tx) error {
		now := s.now()
		for receipt, key := range late {
			u := undo{keys: []string{key}}
			if err := q.rowsOf(&u, events, lateEvents, string(receipt)); err != nil {
				return err
			}
			for _, id := range u.events() {
				if err := q.rowsOf(&u, messages, lateMessages, int64(id)); err != nil {
					return err
				}
			}
			if err := q.void(&u, chat.VoidedReason(0), now); err != nil {
				return err
			}
			if len(u.rows) > 0 {
				s.log.WarnContext(ctx, "stored too late before the process ended, and voided", "events", u.events())
			}
		}
		return nil
	})
}

// rowsOf adds the rows that a statement finds.
func (q *tx) rowsOf(u *undo, k kind, text string, of any) error {
	rows := slices.Clip(u.rows)
	err := q.each(func(row scanner) error {
		r := voidable{kind: k}
		err := row.Scan(&r.id, &r.lane)
		rows = append(rows, r)
		return err
	}, text, of)
	if err != nil {
		return fmt.Errorf("what was stored too late: %w", err)
	}
	u.rows = rows
	return nil
}
