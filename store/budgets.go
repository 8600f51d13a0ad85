package store

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
)

// A budget is a clock of reservations: next_at is the first place that is still
// free, and taking n places moves it n intervals on from there or from now.
// It is exact over any number of processes, without counting them, and it
// saves nothing up: after a pause there is no burst.
const (
	reserve = `
INSERT INTO budget (name, next_at) VALUES ($1, $2 + $3)
ON CONFLICT (name) DO UPDATE
	SET next_at = (CASE WHEN budget.next_at > $2 THEN budget.next_at ELSE $2 END) + $3`
	nextPlace = `SELECT next_at FROM budget WHERE name = $1`
)

const giveBack = `UPDATE budget SET next_at = next_at - $1 WHERE name = $2`

// reserve takes n places in every budget. When the first lies beyond the
// horizon, it takes none and says when to come back.
func (q *tx) reserve(budgets []chat.Budget, n int, now time.Time, horizon time.Duration) (chat.Begun, error) {
	slots := make([]time.Time, n)
	for i := range slots {
		slots[i] = now
	}
	inOrder := slices.SortedFunc(slices.Values(budgets), func(a, b chat.Budget) int { return cmp.Compare(a.Name, b.Name) })
	for _, b := range inOrder {
		end, err := q.moveOn(b, n, now)
		if err != nil {
			return chat.Begun{}, fmt.Errorf("budget %q: %w", b.Name, err)
		}
		notBefore(slots, end, interval(b))
	}
	if ahead := slots[0].Sub(now) - horizon; ahead > 0 {
		return chat.Begun{Wait: now.Add(ahead)}, q.giveBack(inOrder, n)
	}
	return chat.Begun{Slots: slots}, nil
}

// moveOn takes n places in a budget and returns where that then ends.
func (q *tx) moveOn(b chat.Budget, n int, now time.Time) (end int64, err error) {
	if b.PerSecond <= 0 {
		return 0, errors.New("it allows no call per second")
	}
	if _, err := q.exec(reserve, b.Name, micros(now), int64(n)*interval(b)); err != nil {
		return 0, err
	}
	err = q.one(nextPlace, b.Name).Scan(&end)
	return end, err
}

// notBefore moves slots on to their places in a budget, of which the last ends
// at end.
func notBefore(slots []time.Time, end, every int64) {
	for i := range slots {
		place := fromMicros(end - int64(len(slots)-i)*every)
		if place.After(slots[i]) {
			slots[i] = place
		}
	}
}

func (q *tx) giveBack(budgets []chat.Budget, n int) error {
	for _, b := range budgets {
		if _, err := q.exec(giveBack, int64(n)*interval(b), b.Name); err != nil {
			return fmt.Errorf("budget %q: %w", b.Name, err)
		}
	}
	return nil
}

// interval is the distance of two places in microseconds, rounded up: never
// faster than allowed.
func interval(b chat.Budget) int64 {
	const second = int64(time.Second / time.Microsecond)
	return (second + int64(b.PerSecond) - 1) / int64(b.PerSecond)
}
