package delivery

import (
	"fmt"
	"sync"

	"github.com/botd-chat/botd/chat"
)

// sum is how a message ended whose deliveries have all ended: as they did, if
// they agree, and otherwise as the one that needs most looking at.
func sum(deliveries []chat.Delivery) *chat.MessageEnd {
	var sent int
	var worst *chat.Delivery
	for i := range deliveries {
		d := &deliveries[i]
		if d.Outcome == chat.Sent {
			sent++
		} else if worst == nil || gravity(d.Status) > gravity(worst.Status) {
			worst = d
		}
	}
	switch {
	case worst == nil:
		return &chat.MessageEnd{Status: chat.Done, Outcome: chat.Sent}
	case len(deliveries) == 1:
		return &chat.MessageEnd{Status: worst.Status, Outcome: worst.Outcome, Reason: worst.Reason}
	}
	end := &chat.MessageEnd{Status: worst.Status, Outcome: worst.Outcome,
		Reason: fmt.Sprintf("%d of %d parts were sent; part %d: %s", sent, len(deliveries), worst.Part, worst.Reason)}
	if sent > 0 && worst.Status != chat.Held {
		end.Outcome = chat.Partly
	}
	return end
}

func gravity(s chat.Status) int {
	switch s {
	case chat.Held:
		return 2
	case chat.Dead:
		return 1
	case chat.Done, chat.Ready:
	}
	return 0
}

// tally counts what happened in a row to things that are not over. It is this
// process's memory and no more: after a restart there is a little more
// patience than was meant.
type tally struct {
	mu      sync.Mutex
	refused map[chat.DeliveryID]int
	waited  map[chat.MessageID]int
	doubts  map[chat.DeliveryID]string // those to be looked for again, and why they are not repeated
	looks   map[chat.DeliveryID]int    // looks that failed
}

func newTally() *tally {
	return &tally{refused: map[chat.DeliveryID]int{}, waited: map[chat.MessageID]int{},
		doubts: map[chat.DeliveryID]string{}, looks: map[chat.DeliveryID]int{}}
}

// refusals is how many definite noes a delivery had, of the kind that counts.
func (t *tally) refusals(id chat.DeliveryID) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.refused[id]
}

func (t *tally) refuse(id chat.DeliveryID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.refused[id]++
}

// wait counts a wait of a message and returns how many there were before.
func (t *tally) wait(id chat.MessageID) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.waited[id]
	t.waited[id]++
	return n
}

// patient forgets the waits of a message that went on.
func (t *tally) patient(id chat.MessageID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.waited, id)
}

func (t *tally) forgetDelivery(id chat.DeliveryID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.refused, id)
	delete(t.doubts, id)
	delete(t.looks, id)
}

// doubt remembers why a delivery is not repeated, until it is decided.
func (t *tally) doubt(id chat.DeliveryID, why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.doubts[id] = why
}

func (t *tally) doubted(id chat.DeliveryID) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.doubts[id]
}

// look counts a look that failed and returns how many there are now.
func (t *tally) look(id chat.DeliveryID) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.looks[id]++
	return t.looks[id]
}

func (t *tally) forgetMessage(id chat.MessageID) { t.patient(id) }
