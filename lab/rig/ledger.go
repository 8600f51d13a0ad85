package rig

import (
	"maps"
	"sync"
	"time"
)

// Ledger is what the senders know.
type Ledger struct {
	mu           sync.Mutex
	acknowledged map[int]Ack
	posts        int // requests, the repeated ones included
	repeated     int // answers that said "we have that one already"
	refused      int // answers of 503
}

// Ack is a webhook that botd said it has.
type Ack struct {
	Event  string    // its event, as botd calls it
	Posted time.Time // first
	Known  time.Time // when the acknowledgement was there
}

func newLedger() *Ledger { return &Ledger{acknowledged: map[int]Ack{}} }

func (l *Ledger) post(status int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.posts++
	if status == 503 {
		l.refused++
	}
}

func (l *Ledger) acknowledge(n int, a Ack, repeated bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acknowledged[n] = a
	if repeated {
		l.repeated++
	}
}

// Acknowledged lists what botd said it has, by number.
func (l *Ledger) Acknowledged() map[int]Ack {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.acknowledged)
}

// Count is how many webhooks botd said it has.
func (l *Ledger) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.acknowledged)
}

// Refused is how many posts were answered with 503.
func (l *Ledger) Refused() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused
}
