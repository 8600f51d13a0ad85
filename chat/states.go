package chat

import (
	"fmt"
	"slices"
)

// What is stored is ready, ends, and goes. This is all of it in outline; [Moves]
// has every arrow, and docs/reference/states.md is made from it.
//
//	             ┌───────┐ tried again, waits
//	             ▼       │
//	accepted ─▶ ready ───┤
//	             │ │ │   │
//	             │ │ └───┴─▶ held ──┐ a person: again, given up, answered
//	             │ └───────▶ dead ──┤
//	             ▼                  ▼
//	            done ◀──────────────┘
//	             │       dead, when nobody saw to it
//	             ▼        ▼
//	            deleted: retention
//
// Nothing that ended becomes ready again: what is done once more is a new event
// or a new message, linked to the old one.

// Thing is what has a status.
type Thing string

// The things.
const (
	AnEvent   Thing = "event"
	AMessage  Thing = "message"
	ADelivery Thing = "delivery"
)

// Things lists all.
var Things = []Thing{AnEvent, AMessage, ADelivery}

// Stand is a status with its outcome. The zero value is not to be there: before
// it was stored, or after it was deleted.
type Stand struct {
	Status  Status
	Outcome Outcome
}

// String is how it is written for people: "ready", "done: sent".
func (s Stand) String() string {
	switch {
	case s.Status == "":
		return "not there"
	case s.Outcome == "":
		return string(s.Status)
	}
	return string(s.Status) + ": " + string(s.Outcome)
}

// Mover is who makes a move.
type Mover string

// The movers.
const (
	ByIntake     Mover = "intake"     // stores what arrives
	ByDispatcher Mover = "dispatcher" // runs plugins
	ByWorker     Mover = "worker"     // resolves and sends
	ByStore      Mover = "store"      // sets aside what cannot be understood
	ByOperator   Mover = "operator"   // a person; also by erasing somebody's data
	ByRetention  Mover = "retention"  // deletes what is over
)

// Move is one arrow: something comes from one stand to another.
type Move struct {
	Of       Thing
	From, To Stand
	By       Mover
	When     string // for a person
}

// Moves returns every move there is. What is not among them does not happen: the
// store refuses it.
func Moves() []Move { return slices.Clone(moves) }

// CanMove says whether a thing may come from one stand to the other, by one of
// the movers if any is named.
func CanMove(of Thing, from, to Stand, by ...Mover) bool {
	return slices.ContainsFunc(movesFrom[start{of, from}], func(m Move) bool {
		return m.To == to && (len(by) == 0 || slices.Contains(by, m.By))
	})
}

// CheckMove is an error for a move that there is not.
func CheckMove(of Thing, from, to Stand, by Mover) error {
	if CanMove(of, from, to, by) {
		return nil
	}
	return fmt.Errorf("the %s does not bring %s from %q to %q", by, withArticle(of), from, to)
}

func withArticle(of Thing) string {
	if of == AnEvent {
		return "an event"
	}
	return "a " + string(of)
}

// start is where moves begin.
type start struct {
	of   Thing
	from Stand
}

var movesFrom = func() map[start][]Move {
	all := map[start][]Move{}
	for _, m := range moves {
		all[start{m.Of, m.From}] = append(all[start{m.Of, m.From}], m)
	}
	return all
}()
