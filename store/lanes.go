package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// kind is what waits in a lane.
type kind int

const (
	events kind = iota
	messages
	timers    // in no lane: each has a time of its own
	schedules // in no lane either: whoever strikes knows when
	kinds     // how many there are
)

// String is how a kind is stored.
func (k kind) String() string { return [...]string{"event", "message", "timer", "schedule"}[k] }

func eventLane(bot chat.BotName, group chat.GroupID) string {
	return fmt.Sprintf("e/%s/%s", bot, group)
}

func messageLane(app chat.AppName, group chat.GroupID, p chat.Priority) string {
	return fmt.Sprintf("m/%s/%s/%s", app, group, p.OrDefault())
}

// nextTake is a take that no lease of this process had before, and no lane has.
// A lease that was handed on before its transaction failed is thus nobody's.
func (s *Store) nextTake() int64 { return s.takes.Add(1) }

// A lane that was empty falls due from now on, so that it has no start over
// those that waited, but not before a time it was given for its pace. One that
// is parked is looked at again, since what was added may be of another bot, if
// it is not a lane of events, which all are one bot's.
const addToLane = `
INSERT INTO lane (name, kind, priority, app, n, due_at, take, leased) VALUES ($1, $2, $3, $4, $5, $6, 0, 0)
ON CONFLICT (name) DO UPDATE SET n = lane.n + excluded.n,
	due_at = CASE WHEN lane.n = 0 AND lane.due_at < excluded.due_at THEN excluded.due_at
		WHEN lane.due_at = $7 AND (lane.n = 0 OR lane.kind <> 'event') THEN excluded.due_at ELSE lane.due_at END`

const isLeased = `SELECT leased FROM lane WHERE name = $1`

// A lane in which nothing waits is leased with what it gets, unless the bot is
// paused.
const leaseEmptyLane = `
INSERT INTO lane (name, kind, priority, app, n, due_at, take, leased)
SELECT $1, $2, $3, $4, $5, $6, $7, 1 WHERE NOT EXISTS (SELECT 1 FROM brake WHERE bot IN ($8, ''))
ON CONFLICT (name) DO UPDATE SET n = excluded.n, due_at = excluded.due_at, take = excluded.take, leased = 1
	WHERE lane.n = 0 AND lane.leased = 0 AND lane.due_at <= $9`

// add says that n more ready rows are in a lane. A transaction that adds to
// several does so in the order of their names, so that two never wait for each
// other.
func (q *tx) add(k kind, lane string, app chat.AppName, n int, now time.Time) error {
	var leased bool
	_, err := q.exec(addToLane, lane, k.String(), priorityOf(lane), string(app), n, micros(now), parked)
	if err == nil {
		err = q.one(isLeased, lane).Scan(&leased)
	}
	if err != nil {
		return fmt.Errorf("add to lane %s: %w", lane, err)
	}
	if !leased {
		q.awake(k)
	}
	return nil
}

// addLeased is add for a lane that, if it is empty and may move, is leased at
// once. It says whether it was.
func (q *tx) addLeased(k kind, l chat.Lease, app chat.AppName, bot chat.BotName, n int, now time.Time) (bool, error) {
	leased, err := q.exec(leaseEmptyLane, l.Lane, k.String(), priorityOf(l.Lane), string(app), n, micros(l.Until), l.Take, string(bot), micros(now))
	if err != nil {
		return false, fmt.Errorf("lease lane %s: %w", l.Lane, err)
	}
	if leased == 0 {
		return false, q.add(k, l.Lane, app, n, now)
	}
	if q.undo != nil {
		q.undo.leases = append(q.undo.leases, born{k, l})
	}
	return true, nil
}

const holdLane = `
SELECT EXISTS (SELECT 1 FROM brake WHERE bot IN ((SELECT bot FROM message WHERE id = $1), ''))
FROM lane WHERE name = $2 AND take = $3 AND leased = 1 FOR UPDATE`

// hold makes sure that the lease is still good, and that it stays so until the
// transaction ends. It says whether the bot of the message was paused since the
// lane was taken.
func (q *tx) hold(l chat.Lease, m chat.MessageID) (paused bool, err error) {
	err = q.one(holdLane, int64(m), l.Lane, l.Take).Scan(&paused)
	if errors.Is(err, sql.ErrNoRows) {
		err = chat.ErrLeaseLost
	}
	return paused, err
}

const (
	heldLane    = `SELECT n FROM lane WHERE name = $1 AND take = $2 AND leased = 1 FOR UPDATE`
	releaseLane = `UPDATE lane SET n = n - $1, due_at = $2, leased = 0 WHERE name = $3 AND take = $4 AND leased = 1`
)

// release gives a lane back with gone fewer ready rows, to be taken from due on.
// Where nothing waits in it now, nobody waits for the commit either: what is lost
// with it is done again.
func (q *tx) release(k kind, l chat.Lease, gone int, due time.Time) error {
	var n int
	err := q.one(heldLane, l.Lane, l.Take).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return chat.ErrLeaseLost
	}
	if err == nil {
		_, err = q.exec(releaseLane, gone, micros(due), l.Lane, l.Take)
	}
	switch {
	case err != nil:
		return fmt.Errorf("release lane %s: %w", l.Lane, err)
	case n > gone:
		q.awake(k)
	default:
		q.patient = true
	}
	return nil
}

// later is due, or now when that is zero or over.
func later(due, now time.Time) time.Time {
	if due.Before(now) {
		return now
	}
	return due
}

// errDamaged marks a row that cannot be understood. It must not hold up others.
var errDamaged = errors.New("damaged")

const recountLane = `
UPDATE lane SET leased = 0, n = (SELECT COUNT(*) FROM %s WHERE lane = $1 AND status = 'ready') WHERE name = $1`

// recount mends a lane that counts ready rows where there are none. Nothing
// here can bring that about, but hands in the file can, and such a lane would
// be taken for ever.
func (q *tx) recount(k kind, lane string) error {
	if _, err := q.exec(fmt.Sprintf(recountLane, k), lane); err != nil {
		return fmt.Errorf("recount lane %s: %w", lane, err)
	}
	return fmt.Errorf("%w: lane %s counted ready rows but had none", errDamaged, lane)
}

const holdHead = `
UPDATE %[1]s SET status = 'held', outcome = 'refused', reason = $1, ended = $2
WHERE id = (SELECT id FROM %[1]s WHERE lane = $3 AND status = 'ready' AND %[2]s ORDER BY id LIMIT 1)
RETURNING id`

// holdHead makes the head of a lane, which cannot be understood, wait for a
// person, so that what is behind it goes on.
func (q *tx) holdHead(k kind, lane string, why error, now time.Time) error {
	moves := map[kind]string{events: eventMoves, messages: messageMoves}[k]
	var head int64
	err := q.one(fmt.Sprintf(holdHead, k, moves), why.Error(), micros(now), lane).Scan(&head)
	if err == nil && k == messages {
		err = q.left(chat.MessageID(head), now)
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("set aside the head of lane %s: %w", lane, err)
	}
	if err := q.recount(k, lane); !errors.Is(err, errDamaged) {
		return err
	}
	q.awake(k)
	_, err = q.exec(`UPDATE lane SET due_at = $1 WHERE name = $2`, micros(now), lane)
	return err
}
