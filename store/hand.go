package store

import (
	"time"

	"github.com/botd-chat/botd/chat"
)

// Hands take work that was leased in the transaction that stored it, so that it
// need not be looked for in the lanes. [pump.Pump] is one.
type Hands[W any] interface {
	// Reserve asks for a place for one piece of work; Give or Cancel follows.
	Reserve() bool
	Cancel()
	// Give has the work begun and does not wait for it.
	Give(W)
}

// HandOn has events and messages that fall due as they are stored, in lanes in
// which nothing else waits, leased for so long and given to these hands. What
// they have no place for is taken by [Store.TakeEvents] and [Store.TakeMessages]
// as ever. It is called at most once, before anything is accepted.
func (s *Store) HandOn(e Hands[chat.EventWork], eventLease time.Duration, m Hands[chat.MessageWork], messageLease time.Duration) {
	s.events, s.messages = hands[chat.EventWork]{e, eventLease}, hands[chat.MessageWork]{m, messageLease}
}

// hands are Hands, or none.
type hands[W any] struct {
	to    Hands[W]
	lease time.Duration
}

// reserve takes a place for what may be leased as it is stored. It is false
// when there is none.
func (h hands[W]) reserve(q *tx) bool { return q.hand && h.to != nil && h.to.Reserve() }

// give is work as the transaction will hand it on, with what is in it then.
func (h hands[W]) give(w *W) handover {
	return handover{give: func() { h.to.Give(*w) }, cancel: h.to.Cancel}
}

// handover is work that has a place reserved.
type handover struct{ give, cancel func() }

// handOn gives the work on once it is on disk.
func (q *tx) handOn(h handover) { q.after = append(q.after, h) }

// handOnEarly gives the work on while its commit may still wait for company. It
// is for work that must store something itself before anybody outside sees
// anything of it: that is committed with this or after it, and fails if this
// fails, since the lease is then not there. What may yet be voided is not given on
// before that is known.
func (q *tx) handOnEarly(h handover) {
	if q.undo != nil {
		q.handOn(h)
		return
	}
	q.early = append(q.early, h)
}

func (q *tx) giveEarly() {
	for _, h := range q.early {
		h.give()
	}
	q.early = nil
}

// end gives on what was handed on, or takes it back. It may be called twice.
func (q *tx) end(err error) {
	for _, h := range append(q.early, q.after...) {
		if err == nil {
			h.give()
		} else {
			h.cancel()
		}
	}
	q.early, q.after = nil, nil
}

// newLease is a lease that nobody has, from now on for so long.
func (s *Store) newLease(lane string, now time.Time, lasts time.Duration) chat.Lease {
	return chat.Lease{Lane: lane, Take: s.nextTake(), Until: now.Add(lasts)}
}
