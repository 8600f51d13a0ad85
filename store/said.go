package store

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// said is a message as it is read from its row: not what the plugin answered,
// but what comes of that when it was written and read again. A repeat after a
// restart is to be the same to the byte.
type said struct {
	chat.Message
	body string
	own  bool // of botd itself, [chat.MessageRecord.Own]
}

// encodeAll is done before the transaction, where others would wait for it.
func encodeAll(list []chat.Message) ([]said, error) {
	all := make([]said, len(list))
	for i, m := range list {
		b, err := json.Marshal(m)
		if err == nil {
			err = json.Unmarshal(b, &all[i].Message)
		}
		if err != nil {
			return nil, fmt.Errorf("encode message %d: %w", i+1, err)
		}
		all[i].body = string(b)
	}
	return all, nil
}

// encodeOwn is [encodeAll] of what botd itself says.
func encodeOwn(list []chat.Message) ([]said, error) {
	all, err := encodeAll(list)
	for i := range all {
		all[i].own = true
	}
	return all, err
}

const insertMessage = `
INSERT INTO message (event_id, app, bot, group_id, sender, lane, body, created,
	status, outcome, reason, ended, ceiling, snapshot, read_at, together, collapse, report, own)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'ready', '', '', 0, '', '', 0, $9, $10, $11, $12)`

// addMessages puts messages of one event at the tails of their lanes. What
// thereby is at the head of a lane is handed on if there is room for it. It returns
// their ids.
func (s *Store) addMessages(q *tx, of chat.MessageRecord, list []said, now time.Time) (made []chat.MessageID, err error) {
	byLane, keys := map[string]*newcomers{}, keyed{}
	together := alongside(list)
	for i, m := range list {
		r := of
		r.Message, r.To, r.Created, r.Status, r.Own = m.Message, m.To, fromMicros(micros(now)), chat.Ready, m.own
		lane := messageLane(of.App, of.Group, m.Priority)
		id, err := q.insert(insertMessage, int64(of.Event), string(of.App), string(of.Bot), string(of.Group),
			string(of.Sender), lane, m.body, micros(now), together[i], m.Collapse, reportOf(m.Message), m.own)
		if err != nil {
			return nil, fmt.Errorf("store message %d: %w", i+1, err)
		}
		r.ID = chat.MessageID(id)
		made = append(made, r.ID)
		q.mayVoid(messages, id, lane)
		if keys.add(m.Message, r.ID, list[i+1:]) {
			continue // a later one of the same event takes its place
		}
		if byLane[lane] == nil {
			byLane[lane] = &newcomers{head: r, together: together[i]}
		}
		byLane[lane].add(r, together[i])
	}
	if err := q.collapse(of, keys, now); err != nil {
		return nil, err
	}
	for _, lane := range slices.Sorted(maps.Keys(byLane)) {
		if err := s.addToMessageLane(q, lane, byLane[lane], now); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// newcomers are what an event adds to one lane.
type newcomers struct {
	head     chat.MessageRecord
	beside   []chat.MessageInHand
	together int
	n        int
}

func (c *newcomers) add(m chat.MessageRecord, together int) {
	if c.n++; c.n > 1 && together == c.together && together != 0 && len(c.beside) < maxTogether-1 {
		c.beside = append(c.beside, chat.MessageInHand{Message: m})
	}
}

func (s *Store) addToMessageLane(q *tx, lane string, c *newcomers, now time.Time) error {
	head := c.head
	if !s.messages.reserve(q) {
		return q.add(messages, lane, head.App, c.n, now)
	}
	work := chat.MessageWork{Lease: s.newLease(lane, now, s.messages.lease), Message: head, Beside: c.beside}
	leased, err := q.addLeased(messages, work.Lease, head.App, head.Bot, c.n, now)
	if err != nil || !leased {
		s.messages.to.Cancel()
		return err
	}
	q.handOnEarly(s.messages.give(&work))
	return nil
}
