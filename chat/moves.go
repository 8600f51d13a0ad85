package chat

import "slices"

var (
	nowhere = []Stand{{}}
	ready   = []Stand{{Status: Ready}}
	// What waits for a person, by what it is.
	waitingEvents     = slices.Concat(as(Held, Refused), as(Dead, Refused, Failed))
	heldMessages      = as(Held, Refused, Unknown)
	surged            = as(Held, Surged)
	drafted           = as(Held, Drafted)
	deadMessages      = as(Dead, Refused, Failed, Partly)
	waitingDeliveries = slices.Concat(as(Held, Unknown), as(Dead, Refused, Failed))
)

var moves = slices.Concat(
	// Events.
	way(AnEvent, nowhere, ready, ByIntake, "it was accepted, is a timer whose time came, or tells how a message ended"),
	way(AnEvent, nowhere, ready, ByOperator, "another one is handled again as this one"),
	way(AnEvent, ready, ready, ByDispatcher, "the run failed, or something it needs cannot be read: it is tried again"),
	way(AnEvent, ready, as(Done, Handled), ByDispatcher, "the plugin's answer is stored"),
	way(AnEvent, ready, as(Done, Refused), ByDispatcher, "whoever caused it may not"),
	way(AnEvent, ready, as(Done, Expired), ByDispatcher, "nothing that comes of it is worth sending any more"),
	way(AnEvent, ready, as(Held, Refused), ByDispatcher, "the configuration has no place for it any more"),
	way(AnEvent, ready, as(Dead, Refused), ByDispatcher, "the plugin refused it, or its answer was against a rule"),
	way(AnEvent, ready, as(Dead, Failed), ByDispatcher, "the plugin failed as often as allowed"),
	way(AnEvent, ready, as(Held, Refused), ByStore, "what is stored of it cannot be understood"),
	way(AnEvent, ready, as(Done, Voided), ByIntake, "it was stored so late that its sender was told to write it again"),
	way(AnEvent, waitingEvents, as(Done, Retried), ByOperator, "it is handled again as a new one"),
	way(AnEvent, waitingEvents, as(Done, Dropped), ByOperator, "it is given up"),
	way(AnEvent, slices.Concat(as(Done, Handled, Refused, Expired, Retried, Dropped, Voided), as(Dead, Refused, Failed)), nowhere, ByRetention, "it is over for long enough"),

	// Messages.
	way(AMessage, nowhere, ready, ByDispatcher, "a plugin answered with it, or it tells reviewers of a draft"),
	way(AMessage, nowhere, ready, ByIntake, "it tells the sender of an event that this was received, or admins of a leak"),
	way(AMessage, nowhere, drafted, ByDispatcher, "a plugin answered with it to an event whose answers are reviewed first"),
	way(AMessage, drafted, as(Done, Retried), ByOperator, "a reviewer or an operator released it: it goes as a new one"),
	way(AMessage, drafted, as(Done, Dropped), ByOperator, "a reviewer or an operator gave it up"),
	way(AMessage, drafted, as(Done, Lapsed), ByDispatcher, "nobody released it in time"),
	way(AMessage, ready, as(Done, Voided), ByIntake, "its event was voided"),
	way(AMessage, nowhere, ready, ByOperator, "another one is sent again as this one"),
	way(AMessage, ready, as(Done, Sent), ByWorker, "all parts were sent"),
	way(AMessage, ready, as(Done, Partly), ByWorker, "some parts were sent, and the others are not to be"),
	way(AMessage, ready, as(Done, Nobody), ByWorker, "it came to nobody"),
	way(AMessage, ready, as(Done, Dropped), ByWorker, "all its recipients ceased to qualify, or a newer one with its key took its place"),
	way(AMessage, ready, as(Done, Dropped), ByDispatcher, "a newer one with its key took its place, before an attempt was begun"),
	way(AMessage, ready, as(Done, Expired), ByWorker, "it was too late to be worth sending"),
	way(AMessage, ready, as(Dead, Refused), ByWorker, "it is against a rule, or the service refused it for good"),
	way(AMessage, ready, as(Dead, Failed), ByWorker, "it was tried as often as allowed"),
	way(AMessage, ready, as(Dead, Partly), ByWorker, "some parts were sent, and the others failed or were refused"),
	way(AMessage, ready, as(Held, Unknown), ByWorker, "a part may or may not have been delivered"),
	way(AMessage, ready, surged, ByWorker, "it is for many more people than the last time, and a person is asked"),
	way(AMessage, ready, as(Held, Refused), ByWorker, "the configuration has no place for it any more"),
	way(AMessage, ready, as(Held, Refused), ByStore, "what is stored of it cannot be understood"),
	way(AMessage, slices.Concat(heldMessages, surged, deadMessages), as(Done, Retried), ByOperator, "it is sent again as a new one"),
	way(AMessage, slices.Concat(heldMessages, surged, deadMessages), as(Done, Dropped), ByOperator, "it is given up"),
	way(AMessage, heldMessages, as(Held, Unknown), ByOperator, "something was done about it, and another part is still unclear"),
	way(AMessage, heldMessages, as(Dead, Refused, Failed), ByOperator, "what was unclear is answered, and another part was given up"),
	way(AMessage, heldMessages, as(Done, Sent, Partly), ByOperator, "the last that was unclear is answered"),
	way(AMessage, slices.Concat(as(Done, Sent, Partly, Nobody, Dropped, Expired, Lapsed, Retried, Voided), deadMessages),
		nowhere, ByRetention, "its event is over for long enough"),

	// Deliveries.
	way(ADelivery, nowhere, ready, ByWorker, "its message was resolved, or somebody came to qualify for it"),
	way(ADelivery, nowhere, as(Done, Dropped), ByWorker, "all its recipients ceased to qualify while its message was resolved"),
	way(ADelivery, nowhere, as(Dead, Refused), ByWorker, "its message was resolved, and cannot be sent at all"),
	way(ADelivery, ready, ready, ByWorker, "it is tried again, or waits"),
	way(ADelivery, ready, as(Done, Sent), ByWorker, "the service accepted it, or it was found in the group's history"),
	way(ADelivery, ready, as(Done, Dropped), ByWorker, "all its recipients ceased to qualify, or a newer message took its place"),
	way(ADelivery, ready, as(Done, Dropped), ByDispatcher, "a newer message took its place, before an attempt was begun"),
	way(ADelivery, ready, as(Done, Expired), ByWorker, "it was too late to be worth sending"),
	way(ADelivery, ready, as(Dead, Refused), ByWorker, "it is against a rule, or the service refused it for good"),
	way(ADelivery, ready, as(Dead, Failed), ByWorker, "it was tried as often as allowed"),
	way(ADelivery, ready, as(Held, Unknown), ByWorker, "it may or may not have been delivered, and must not be repeated"),
	way(ADelivery, ready, as(Done, Dropped), ByOperator, "its message, which was held, is given up, or its only recipient's data was erased"),
	way(ADelivery, ready, as(Done, Retried), ByOperator, "its message, which was held, is sent again"),
	way(ADelivery, ready, as(Done, Sent), ByOperator, "its message was held, and it is said to be sent"),
	way(ADelivery, waitingDeliveries, as(Done, Retried), ByOperator, "it is sent again, by a new message"),
	way(ADelivery, waitingDeliveries, as(Done, Dropped), ByOperator, "it is given up"),
	way(ADelivery, as(Held, Unknown), as(Done, Sent), ByOperator, "it is said to be sent"),
	way(ADelivery, slices.Concat(as(Done, Sent, Dropped, Expired, Retried), as(Dead, Refused, Failed)), nowhere, ByRetention, "its event is over for long enough"),
)

// way is a move from each of some stands to each of others.
func way(of Thing, from, to []Stand, by Mover, when string) []Move {
	var list []Move
	for _, t := range to {
		for _, f := range from {
			list = append(list, Move{of, f, t, by, when})
		}
	}
	return list
}

// as is a status with each of some outcomes.
func as(s Status, outcomes ...Outcome) []Stand {
	var list []Stand
	for _, o := range outcomes {
		list = append(list, Stand{s, o})
	}
	return list
}
