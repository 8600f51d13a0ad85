package chat

import "time"

// Ended is a delivery that ended, with all that a receipt says of it. Of the
// event only ID, Trigger, Kind and ReplayOf are there.
type Ended struct {
	Lane     string
	Event    EventRecord
	Message  MessageRecord
	Delivery Delivery
	Tries    []Attempt
	Acts     []Act // about this delivery
	Recalls  []Recall
	Group    Membership // as it was read for the message
	Before   int64      // the number of its last receipt in the lane; 0: this is its first
	Now      time.Time
	// Damaged, when not empty, says why it cannot be read. Then of all others
	// only Lane, Now and the ids of message and delivery are there.
	Damaged string
}

// Seal is what a receipt says, before it is in its chain.
type Seal struct {
	Body   []byte // canonical JSON; never changes
	Opened []byte // JSON: the names and texts that Body has veiled
	// The keys of the hashes of the content and of the reading of the group, hex.
	// Empty: erased, or there is no such hash.
	ContentKey, ReadingKey string
}

// Sealed is a receipt in the chain of its lane.
type Sealed struct {
	ID       int64 // in the store
	Lane     string
	N        int64  // from 1, without gaps
	Prev     string // hash of the one before; empty for the first
	Hash     string
	At       time.Time // when it was sealed
	App      AppName
	Bot      BotName
	Group    GroupID
	Message  MessageID
	Delivery DeliveryID
	Seal
}

// Head is where a chain ends. Whoever notes it elsewhere can tell later whether
// the chain up to it is still the same.
type Head struct {
	Lane string `json:"lane"`
	N    int64  `json:"n"`
	Hash string `json:"hash"`
}

// Span is a part of a chain, both ends included.
type Span struct {
	Lane        string
	First, Last int64
	Picked      int64 // how many of it were asked for; the others only hold the chain together
}
