package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/botd-chat/botd/chat"
)

// ErrReused says that a key came with another content than the first time.
var ErrReused = errors.New("its key was used before, for another content")

// Accept stores an arrival as one event for each of its groups. When it
// returns without an error, that is on disk. After an error nothing was
// promised; the arrival can be offered again.
//
// A repeat of the same key and group stores nothing and answers with the first
// receipt and events. Repeated says that nothing was new; an arrival with a
// group more than the first time adds that one under the first receipt. A key
// that comes with another [chat.Arrival.Print] is [ErrReused].
func (s *Store) Accept(ctx context.Context, a chat.Arrival) (chat.Receipt, error) {
	all, err := s.AcceptAll(ctx, []chat.Arrival{a})
	if err != nil {
		return chat.Receipt{}, err
	}
	return all[0], nil
}

// AcceptAll is [Store.Accept] for arrivals that came together: all of them are
// stored, in their order, or none.
func (s *Store) AcceptAll(ctx context.Context, list []chat.Arrival) ([]chat.Receipt, error) {
	all, err := comingOf(list)
	if err != nil {
		return nil, err
	}
	var receipts []chat.Receipt
	err = s.ask(ctx, &call{list: list, run: func(q *tx) (err error) {
		receipts, err = s.acceptAll(q, all, s.now())
		return err
	}})
	if err != nil {
		return nil, fmt.Errorf("accept %s for bot %s: %w", list[0].Kind, list[0].Bot, err)
	}
	return receipts, nil
}

// coming is an arrival with what is made of it before the transaction, where nobody
// waits.
type coming struct {
	chat.Arrival
	receipt  chat.ReceiptID // if it is new
	received []said         // what its sender is told at once
}

func comingOf(list []chat.Arrival) ([]coming, error) {
	if len(list) == 0 {
		return nil, errors.New("accept: there is nothing to accept")
	}
	all := make([]coming, len(list))
	for i, a := range list {
		all[i].Arrival = a
		err := check(a)
		if err == nil && a.Received != "" {
			all[i].received, err = encodeAll([]chat.Message{{To: chat.Users(a.Sender), Text: a.Received}})
		}
		if err != nil {
			return nil, fmt.Errorf("accept %s for bot %s: %w", a.Kind, a.Bot, err)
		}
		id, err := uuid.NewV7() // random, and yet in order, which the index likes
		if err != nil {
			return nil, fmt.Errorf("accept: draw a receipt: %w", err)
		}
		all[i].receipt = chat.ReceiptID(id.String())
	}
	return all, nil
}

func (s *Store) acceptAll(q *tx, all []coming, now time.Time) ([]chat.Receipt, error) {
	receipts := make([]chat.Receipt, len(all))
	for i, a := range all {
		var err error
		if receipts[i], err = s.accept(q, a, now); err != nil {
			return nil, err
		}
	}
	return receipts, nil
}

func check(a chat.Arrival) error {
	switch {
	case a.App == "" || a.Bot == "" || a.Trigger == "" || a.Kind == "":
		return errors.New("an arrival names its app, bot, trigger and kind")
	case len(a.Groups) == 0 || slices.Contains(a.Groups, ""):
		return errors.New("an arrival names at least one group, and none of them is empty")
	case len(a.Payload) > 0 && !json.Valid(a.Payload):
		return errors.New("the payload is not JSON")
	case a.Body != "" && !slices.Contains(chat.SameBodyRules, a.SameBody):
		return fmt.Errorf("no rule %q for a body that came before", string(a.SameBody))
	case a.Received != "" && a.Sender == "":
		return errors.New("it says what its sender is to be told, and has no sender")
	}
	return nil
}

// accept goes through the groups in the order of their names, as every
// transaction that touches several lanes does, and answers in the arrival's
// own order.
func (s *Store) accept(q *tx, a coming, now time.Time) (chat.Receipt, error) {
	if a.SameBody == chat.SameBodyTake {
		a.Body = ""
	}
	groups := slices.Compact(slices.Sorted(slices.Values(a.Groups)))
	r := chat.Receipt{ID: a.receipt, Repeated: true}
	before, err := q.cameBefore(a.Arrival, now)
	if err != nil {
		return r, err
	}
	r.Voided = before.voided
	stored := before.stored
	if before.receipt != "" {
		r.ID = before.receipt
	}
	for _, g := range groups {
		if stored[g] != 0 {
			continue
		}
		if same := before.body[g]; same != 0 && a.SameBody == chat.SameBodyDrop {
			stored[g] = same
			if err := q.keepKey(a.Key, g, r.ID, same, a.Print, now); err != nil {
				return r, err
			}
			continue
		}
		id, err := s.acceptFor(q, a, g, r.ID, before.body[g], now)
		if err != nil {
			return r, err
		}
		stored[g], r.Repeated = id, false
	}
	for _, g := range a.Groups {
		if id, ok := stored[g]; ok {
			r.Events = append(r.Events, id)
			delete(stored, g)
		}
	}
	return r, nil
}

const insertEvent = `
INSERT INTO event (receipt, app, bot, trigger_name, kind, group_id, sender, lane, time, accepted,
	status, outcome, reason, attempts, due_at, ended, payload, origin, text, expires)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'ready', '', '', $11, $10, 0, $12, $13, $14, $15)`

// acceptFor stores the event of one group. same is the event that had the same
// body before; 0 is none.
func (s *Store) acceptFor(q *tx, a coming, g chat.GroupID, r chat.ReceiptID, same chat.EventID, now time.Time) (chat.EventID, error) {
	work := chat.EventWork{Event: chat.EventRecord{
		Receipt: r, App: a.App, Bot: a.Bot, Trigger: a.Trigger, Kind: a.Kind, Group: g, Sender: a.Sender, Text: a.Text,
		Time: fromMicros(micros(a.Time)), Accepted: fromMicros(micros(now)), Expires: fromMicros(micros(a.Expires)), Status: chat.Ready, Due: fromMicros(micros(now)),
	}}
	e := &work.Event
	if a.Time.IsZero() {
		e.Time = e.Accepted
	}
	origin, err := originOf(a.Arrival, same, e)
	if err != nil {
		return 0, err
	}
	lane := eventLane(a.Bot, g)
	if err := s.leaseNew(q, &work, lane, now); err != nil {
		return 0, err
	}
	payload := append([]byte{}, a.Payload...)
	if len(payload) > 0 {
		e.Payload = payload
	}
	id, err := q.insert(insertEvent, string(r), string(a.App), string(a.Bot), string(a.Trigger), string(a.Kind), string(g), string(a.Sender),
		lane, micros(e.Time), micros(now), e.Attempts, payload, origin, a.Text, micros(e.Expires))
	if err != nil {
		return 0, fmt.Errorf("store an event: %w", err)
	}
	e.ID = chat.EventID(id)
	q.mayVoid(events, id, lane)
	if len(a.received) > 0 {
		of := chat.MessageRecord{Event: e.ID, App: a.App, Bot: a.Bot, Group: g, Sender: a.Sender}
		if _, err := s.addMessages(q, of, a.received, now); err != nil {
			return 0, err
		}
	}
	if err := q.madeBy(a.By, e.ID, now); err != nil {
		return 0, err
	}
	if err := q.keepKey(a.Key, g, r, e.ID, a.Print, now); err != nil {
		return 0, err
	}
	if same != 0 { // the first one stays the one that others are like
		return e.ID, nil
	}
	return e.ID, q.keepKey(a.Body, g, r, e.ID, "", now)
}

// originOf gives the event an origin of its own, and returns it as it is stored.
func originOf(a chat.Arrival, same chat.EventID, e *chat.EventRecord) (string, error) {
	if a.Origin == nil {
		return "", nil
	}
	own := *a.Origin
	own.SameAs = same
	e.Origin = &own
	raw, err := json.Marshal(own)
	if err != nil {
		return "", fmt.Errorf("write the origin of an event: %w", err)
	}
	return string(raw), nil
}

// leaseNew makes room in a lane for a new event, and takes it out again at once
// if it is the only one there and there are hands for it. That its first run
// was begun is then stored with it.
func (s *Store) leaseNew(q *tx, work *chat.EventWork, lane string, now time.Time) (err error) {
	e := &work.Event
	if !s.events.reserve(q) {
		return q.add(events, lane, e.App, 1, now)
	}
	if work.State, err = stateOf(q, e.Bot, e.Group); err == nil {
		work.Session, _, err = session(q, e.Bot, e.Group, e.Sender, now)
	}
	if errors.Is(err, errDamaged) { // no reason not to accept; it is set aside when its turn comes
		s.events.to.Cancel()
		return q.add(events, lane, e.App, 1, now)
	}
	work.Lease = s.newLease(lane, now, s.events.lease)
	leased := false
	if err == nil {
		leased, err = q.addLeased(events, work.Lease, e.App, e.Bot, 1, now)
	}
	if !leased {
		s.events.to.Cancel()
		return err
	}
	e.Attempts = 1
	q.handOn(s.events.give(work))
	return nil
}
