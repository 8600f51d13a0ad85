package store

import (
	"fmt"

	"github.com/botd-chat/botd/chat"
)

var ready = chat.Stand{Status: chat.Ready}

// ends refuses what a thing that is ready cannot become. That it is ready is in
// the condition of the statement.
func ends(of chat.Thing, s chat.Status, o chat.Outcome, by chat.Mover) error {
	return chat.CheckMove(of, ready, chat.Stand{Status: s, Outcome: o}, by)
}

func checkRound(r chat.Round) error {
	for _, d := range r.Deliveries {
		if err := ends(chat.ADelivery, d.Status, d.Outcome, chat.ByWorker); err != nil {
			return fmt.Errorf("delivery %s: %w", d.ID, err)
		}
	}
	if r.End == nil {
		return nil
	}
	return ends(chat.AMessage, r.End.Status, r.End.Outcome, chat.ByWorker)
}

// checkSettle refuses what a person cannot make of something that stands so.
func checkSettle(of chat.Thing, before, to chat.Standing) error {
	return chat.CheckMove(of, before.Stand(), to.Stand(), chat.ByOperator)
}
