package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// ErrLate says that something was not on disk by the time until which that was of use.
// Nothing will come of it.
var ErrLate = errors.New("it was not on disk in time")

// AcceptBy is [Store.AcceptAll] for what one message of a member means to several
// bots, which is of use only if it is on disk by a time. If that has passed when the
// commit is over, the events are voided before anybody can have them, together with
// what their sender was to be told, and it is [ErrLate], as it is when nothing was
// stored. If they cannot be voided, it has not failed: they will be handled.
//
// What was stored before under the same keys is not late any more. If that was voided,
// nothing else is stored, and Voided says so.
func (s *Store) AcceptBy(ctx context.Context, list []chat.Arrival, by time.Time) ([]chat.Receipt, error) {
	all, err := comingOf(list)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(list, func(a chat.Arrival) bool { return a.Body != "" || by.IsZero() }) {
		return nil, errors.New("accept by a time: it needs one, and knows no rule for a body that came before")
	}
	defer s.lates.watch(all, by.Sub(s.now()))()
	var receipts []chat.Receipt
	err = s.ask(ctx, &call{list: list, by: by, run: func(q *tx) (err error) {
		receipts, err = s.acceptBy(q, all, by, s.now())
		return err
	}})
	if err != nil {
		return nil, fmt.Errorf("accept %s for bot %s: %w", list[0].Kind, list[0].Bot, err)
	}
	return receipts, nil
}

func (s *Store) acceptBy(q *tx, all []coming, by, now time.Time) ([]chat.Receipt, error) {
	stands := false
	for _, a := range all {
		before, err := q.cameBefore(a.Arrival, now)
		switch {
		case err != nil:
			return nil, err
		case before.voided:
			return voidedBefore(q, all, now)
		}
		stands = stands || len(before.stored) > 0
	}
	if stands { // its sender was not told to write it again, so the rest is not late either
		q.undo = nil
	} else if now.After(by) {
		return nil, ErrLate
	}
	return s.acceptAll(q, all, now)
}

// voidedBefore are the receipts of a repeat of which something was voided. Whoever
// wrote it writes it again, and it is not to be stored twice.
func voidedBefore(q *tx, all []coming, now time.Time) ([]chat.Receipt, error) {
	receipts := make([]chat.Receipt, len(all))
	for i, a := range all {
		before, err := q.cameBefore(a.Arrival, now)
		if err != nil {
			return nil, err
		}
		receipts[i] = chat.Receipt{ID: before.receipt, Repeated: true, Voided: true}
		for _, g := range a.Groups {
			if id, ok := before.stored[g]; ok {
				receipts[i].Events = append(receipts[i].Events, id)
			}
		}
	}
	return receipts, nil
}
