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
	from := ready
	if r.Resolved != nil {
		from = chat.Stand{}
	}
	if err := checkDeliveries(r.Deliveries, from); err != nil {
		return err
	}
	if r.End == nil {
		return nil
	}
	return ends(chat.AMessage, r.End.Status, r.End.Outcome, chat.ByWorker)
}

func checkDeliveries(list []chat.Delivery, from chat.Stand) error {
	for _, d := range list {
		if err := chat.CheckMove(chat.ADelivery, from, chat.Stand{Status: d.Status, Outcome: d.Outcome}, chat.ByWorker); err != nil {
			return fmt.Errorf("part %d: %w", d.Part, err)
		}
	}
	return nil
}

// checkSettle refuses what a person cannot make of something that stands so.
func checkSettle(of chat.Thing, before, to chat.Standing) error {
	return chat.CheckMove(of, before.Stand(), to.Stand(), chat.ByOperator)
}
