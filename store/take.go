package store

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// How lanes are stored by their priority. Those of events are all normal.
const (
	high = iota
	normal
	low
	priorities // how many there are
)

// priorityOf is that of a lane, by its name.
func priorityOf(lane string) int {
	switch {
	case !strings.HasPrefix(lane, "m/"):
		return normal
	case strings.HasSuffix(lane, "/"+string(chat.High)):
		return high
	case strings.HasSuffix(lane, "/"+string(chat.Low)):
		return low
	}
	return normal
}

// turns says whose turn it is where lanes of several priorities wait: of
// thirteen, high has eight, normal four and low one, evenly mixed. So the
// higher goes first, and nobody waits for ever.
var turns = [...]int{high, normal, high, high, normal, high, low, high, normal, high, high, normal, high}

// turn is where in turns the last choice ended. The writer's goroutine has it.
type turn int

// choose picks up to n of the lanes that wait, by priority, those that waited
// longest first.
func (t *turn) choose(waiting [priorities][]string, n int) []string {
	var chosen []string
	for len(chosen) < n {
		p := t.next(waiting)
		if p < 0 {
			break
		}
		chosen = append(chosen, waiting[p][0])
		waiting[p] = waiting[p][1:]
	}
	return chosen
}

// next is the priority whose turn it is of those that wait; negative for none.
// Who does not wait when it has its turn has lost it.
func (t *turn) next(waiting [priorities][]string) int {
	for range turns {
		p := turns[*t]
		*t = (*t + 1) % turn(len(turns))
		if len(waiting[p]) > 0 {
			return p
		}
	}
	return -1
}

const (
	dueLanes = `
SELECT name FROM lane WHERE kind = $1 AND priority = $2 AND n > 0 AND due_at <= $3 ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED`
	leaseLane = `UPDATE lane SET due_at = $1, take = $2, leased = 1 WHERE name = $3`
)

// take leases up to limit lanes that are due.
func (s *Store) take(q *tx, k kind, limit int, now, until time.Time) ([]chat.Lease, error) {
	var waiting [priorities][]string
	for _, p := range k.priorities() {
		err := q.each(func(row scanner) error {
			var name string
			err := row.Scan(&name)
			waiting[p] = append(waiting[p], name)
			return err
		}, dueLanes, k.String(), p, micros(now), max(limit, 0))
		if err != nil {
			return nil, err
		}
	}
	var leases []chat.Lease
	for _, name := range s.turn.choose(waiting, limit) {
		l := chat.Lease{Lane: name, Take: s.nextTake(), Until: until}
		if _, err := q.exec(leaseLane, micros(until), l.Take, name); err != nil {
			return nil, fmt.Errorf("lease lane %s: %w", name, err)
		}
		leases = append(leases, l)
	}
	return leases, nil
}

func (k kind) priorities() []int {
	if k == events {
		return []int{normal}
	}
	return []int{high, normal, low}
}

const nextLane = `
SELECT due_at FROM lane WHERE kind = $1 AND priority = $2 AND n > 0 AND due_at > $3 ORDER BY due_at LIMIT 1`

// next is when the first lane that is not due yet falls due; zero for none.
func (q *tx) next(k kind, now time.Time) (time.Time, error) {
	first := parked
	for _, p := range k.priorities() {
		var due int64
		err := q.one(nextLane, k.String(), p, micros(now)).Scan(&due)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return time.Time{}, err
		}
		first = min(first, due)
	}
	if first == parked {
		return time.Time{}, nil
	}
	return fromMicros(first), nil
}
