package chat

import (
	"errors"
	"time"
)

// Lease is the right to work on the head of a lane. Whatever is done under it
// is stored only while Take is still the lane's own counter, so that somebody
// who was too slow changes nothing.
type Lease struct {
	Lane  string
	Take  int64
	Until time.Time // by the store's clock; work must end well before
}

// ErrLeaseLost says that the lane was taken by somebody else meanwhile.
// Nothing was stored; drop the work.
var ErrLeaseLost = errors.New("the lease was lost: somebody else works on this lane now")

// EventWork is the oldest ready event of a lane, with what its bot remembers of
// the group, and of the event's sender there if it has one.
// Attempts counts this run already, so that an event which kills the process
// is not tried for ever.
type EventWork struct {
	Lease Lease
	Event EventRecord
	State State
	// Session is empty when the event has no sender, and when it is forgotten.
	Session State
}

// EventEnd is what came of a run of a plugin. All of it is stored in one
// transaction, or nothing.
type EventEnd struct {
	Lease   Lease
	Event   EventID
	Status  Status // Ready to be tried again at Due
	Outcome Outcome
	Reason  string
	Due     time.Time
	// Unrun says that the plugin was not run after all, because something it
	// needs was not to be had: the run that was counted when the event was
	// taken is taken back. Only with Status Ready.
	Unrun bool
	// Messages, bound, in the order in which they are to be sent. Only with
	// Status Done.
	Messages []Message
	// Drafts, bound, are those that go only if somebody releases them, until Lapses, by
	// the review of a trigger. Cut says that its reviewers are not shown all of them.
	// Only with Status Done.
	Drafts []Message
	Lapses time.Time
	Review TriggerName
	Cut    bool
	// Notices, bound, are what botd itself says to those who review drafts, with the
	// account of As; empty is that of the event's bot. Only with Status Done.
	Notices []Message
	As      BotName
	// Decision, if not nil, is about the drafts of another event. If none of them waits
	// any more, nothing is stored, and the error is [ErrDecided]. Only with Status Done.
	Decision *Decision
	// State replaces what the bot remembers; nil leaves it alone, an empty one
	// clears it. Only with Status Done.
	State State
	// Session replaces what the bot remembers of the event's sender, in the same way.
	// An event without a sender has none.
	Session State
	// Timers to be set or cancelled. Pending is how many timers of this bot may
	// be pending in the group then; zero is any number. Only with Status Done.
	Timers  []Later
	Pending int
}

// MessageWork is the oldest ready message of a lane with its deliveries; none
// before it is resolved.
type MessageWork struct {
	Lease      Lease
	Message    MessageRecord
	Deliveries []Delivery
	// Beside are the messages behind it that the same event came to and that
	// need no order among themselves: each is for other people, by name.
	Beside []MessageInHand
}

// MessageInHand is a message that can be worked on, with its deliveries.
type MessageInHand struct {
	Message    MessageRecord
	Deliveries []Delivery
}

// Resolved is what a message's audience was held against when its turn came.
// What it came to are the message's deliveries.
type Resolved struct {
	Ceiling    Audience // the bot's own audience, bound
	Membership Membership
	// Surge, when not zero, is for how many people a person is asked; then there
	// are no deliveries.
	Surge int
	// People, when not zero, is kept as the size of this run of the trigger, to
	// compare the next with.
	People int
}

// Run is for how many people an event of a trigger was in a group, counted by its
// largest message. The zero value is that none is known.
type Run struct {
	Event  EventID
	People int
}

// Newcomers are people who came to qualify for a message after it was resolved.
type Newcomers struct {
	Membership Membership // the reading by which they do
	// Widened are deliveries that took some of them in, with all that they have
	// now. No attempt of them was ever begun.
	Widened []Delivery
	Parts   []Share // of new deliveries
}

// Budget is a limit on calls: PerSecond of those with this name, over all
// processes that share the store.
type Budget struct {
	Name      string
	PerSecond int
}

// Begin is what must be on disk before the first byte of an attempt leaves:
// for each delivery its recipients, Random, Series, Digest, the raised
// Attempts and the running attempt; and a place in every budget.
type Begin struct {
	Lease      Lease
	Message    MessageID
	Deliveries []Delivery // that are begun
	// Resolved, if not nil, is stored with them: the turn of the message has
	// just come, and its deliveries are new. Rest are those that are not begun.
	Resolved *Resolved
	Rest     []Delivery
	Budgets  []Budget
	// Horizon is how far ahead a place may lie. When the first lies further,
	// nothing is begun.
	Horizon time.Duration
}

// Begun says when each delivery's attempt may leave. Wait, when not zero, says
// that nothing was begun and when to come back.
type Begun struct {
	Slots []time.Time
	Wait  time.Time
	IDs   []DeliveryID // of new deliveries: those that were begun, and the rest
}

// MessageEnd is how a message ended.
type MessageEnd struct {
	Status  Status
	Outcome Outcome
	Reason  string
}

// Round is what came of working on a message for a while. All of it, with those
// of the messages beside it, is stored in one transaction that also gives the
// lane back.
type Round struct {
	Lease    Lease
	Message  MessageID
	Attempts []Attempt // that ended
	// Deliveries as they are now. With Resolved they are all that the message
	// has, and new: its turn has come, and nothing of it was begun.
	Deliveries []Delivery
	Resolved   *Resolved
	End        *MessageEnd // nil: the message stays at the head
	// Keyed says that the message has a key under which a newer one may have
	// taken its place meanwhile. Then nothing of the round is stored, and the
	// lane is given back.
	Keyed bool
	Waits string    // without End: why it stays, for a person; empty leaves the reason as it is
	Due   time.Time // when the lane may be taken again; zero is at once
}
