package chat

import (
	"encoding/json"
	"time"
)

// Arrival is something that happened outside and is about to be stored, as one
// event for each of its groups.
type Arrival struct {
	// Key is what makes a repeat a repeat; the store adds the group. Empty is
	// never a repeat.
	Key string
	// Within is how long after the first time a repeat is one; zero is for as
	// long as the store keeps keys.
	Within time.Duration
	// Print is a digest of what came. Another one under the same key is refused;
	// empty asks nothing.
	Print string
	// Body is a key for what came, whatever its Key, and SameBody what becomes of
	// it when it came before; empty asks nothing.
	Body     string
	SameBody SameBody
	App      AppName
	Bot      BotName
	Trigger  TriggerName
	Kind     Kind
	Groups   []GroupID // at least one
	Sender   UserID    // as the trigger says; not yet known to be a member
	Text     string    // what the sender wrote, of a kind Typed
	Payload  json.RawMessage
	Time     time.Time // what a schedule meant; zero is the moment of acceptance
	Expires  time.Time // when what comes of it is not worth sending any more; zero is never
	Origin   *Origin   // nil for what no webhook brought
	By       *By       // the person who made it by hand, which is kept with each of its events; nil: nobody did
	// Received is what the sender is told at once, by botd and not by the plugin: it
	// is stored with the event, as a message of that for its sender; empty is nothing.
	Received string
	// Revive says that an event which was stored under this key and voided counts as
	// not stored: it turned out that nobody was told to write again.
	Revive bool
}

// Receipt answers an arrival: it is on disk. A repeat gets the receipt and the
// events of the first time.
type Receipt struct {
	ID       ReceiptID `json:"receipt"`
	Events   []EventID `json:"events"`
	Repeated bool      `json:"repeated"`
	// Voided says of a repeat that an event of the first time was voided, so that
	// whoever wrote it was told to write it again, and has to be told that once more.
	Voided bool `json:"voided,omitempty"`
}

// Status is where a stored event, message or delivery stands.
type Status string

// The few stored states. What people read ("retrying in 8 s") is derived.
const (
	Ready Status = "ready" // will be worked on when its turn and time come
	Held  Status = "held"  // waits for a person; is out of its lane
	Done  Status = "done"  // over, as it should be
	Dead  Status = "dead"  // over, given up: a dead letter
)

// Outcome says how something ended; empty while it is ready.
type Outcome string

// The outcomes.
const (
	Handled Outcome = "handled" // event: the plugin's answer is stored
	Sent    Outcome = "sent"    // the service accepted it
	Partly  Outcome = "partly"  // message: some of its deliveries were sent
	Nobody  Outcome = "nobody"  // the audience came to nobody
	Dropped Outcome = "dropped" // a newer one took its place, or all recipients of a delivery ceased to qualify before it was sent, or a person gave it up
	Expired Outcome = "expired" // too late to be worth sending
	Refused Outcome = "refused" // against a rule of ours, or refused by the service for good
	Failed  Outcome = "failed"  // tried as often as allowed, and certainly not delivered
	Surged  Outcome = "surge"   // message: for many more people than the last time; a person is asked
	Drafted Outcome = "review"  // message: a draft, which goes when a reviewer releases it ([Review])
	Lapsed  Outcome = "lapsed"  // message: nobody released it in time
	Unknown Outcome = "unknown" // may or may not have been delivered
	Retried Outcome = "retried" // a person had it done again: as a new event, or as a new message
	// Voided is an event that was stored too late for its sender to be told so, and
	// whose sender was told to write again.
	Voided Outcome = "voided"
	// Of timers.
	Fired     Outcome = "fired"     // it came back as an event
	Replaced  Outcome = "replaced"  // it was set anew
	Cancelled Outcome = "cancelled" // by its plugin, or by a person
)

// EventRecord is a stored event.
type EventRecord struct {
	ID       EventID         `json:"id"`
	Receipt  ReceiptID       `json:"receipt"`
	App      AppName         `json:"app"`
	Bot      BotName         `json:"bot"`
	Trigger  TriggerName     `json:"trigger"`
	Kind     Kind            `json:"kind"`
	Group    GroupID         `json:"group"`
	Sender   UserID          `json:"sender,omitempty"`
	Text     string          `json:"-"` // what the sender wrote; left out of listings, as the payload is: it is content
	Payload  json.RawMessage `json:"-"`
	Time     time.Time       `json:"time"`
	Accepted time.Time       `json:"accepted"`
	Expires  time.Time       `json:"expires,omitzero"` // when what comes of it is not worth sending any more; zero is never
	Status   Status          `json:"status"`
	Outcome  Outcome         `json:"outcome,omitempty"`
	Reason   string          `json:"reason,omitempty"` // for a person
	Attempts int             `json:"attempts"`         // runs of the plugin that were begun
	Due      time.Time       `json:"due,omitzero"`     // while ready: not before this
	Ended    time.Time       `json:"ended,omitzero"`
	ReplayOf EventID         `json:"replay_of,omitempty"` // the event that a person had handled again by this one
	TimerOf  EventID         `json:"timer_of,omitempty"`  // the event that set the timer which became this one
	ReportOf MessageID       `json:"report_of,omitempty"` // the message whose end this one tells
	Origin   *Origin         `json:"origin,omitempty"`    // of the webhook or callback that it came of; nil for none
	Heard    *Heard          `json:"heard,omitempty"`     // in what is told, of what a member wrote: how it was heard, without its elements
	Now      string          `json:"now,omitempty"`       // in what is told: how it stood then, in words ([EventRecord.Told])
}

// MessageRecord is a stored message.
type MessageRecord struct {
	ID      MessageID `json:"id"`
	Event   EventID   `json:"event"`
	App     AppName   `json:"app"`
	Bot     BotName   `json:"bot"`
	Group   GroupID   `json:"group"`
	Sender  UserID    `json:"sender,omitempty"` // of the event: what "sender" in the bot's own audience means
	Message Message   `json:"-"`                // body and bound rule; the body is content
	To      Audience  `json:"to"`               // the bound rule alone
	// Renderings are the bound rules of its other bodies, for each of whom that is.
	Renderings []Audience `json:"renderings,omitempty"`
	Created    time.Time  `json:"created"`
	Status     Status     `json:"status"`
	Outcome    Outcome    `json:"outcome,omitempty"`
	Reason     string     `json:"reason,omitempty"`
	Ended      time.Time  `json:"ended,omitzero"`
	Due        time.Time  `json:"due,omitzero"` // in a history, while ready: when its lane may move
	// Once its turn came: the bot's own audience then, and the reading of the
	// group it was resolved against. Both empty before.
	Ceiling  *Audience `json:"ceiling,omitempty"`
	Snapshot string    `json:"snapshot,omitempty"` // Membership.Hash
	ReadAt   time.Time `json:"read_at,omitzero"`
	// ReplayOf is the message that a person had sent again by this one.
	ReplayOf MessageID `json:"replay_of,omitempty"`
	// Only, if not nil, limits who can get it to those who certainly did not
	// get the one it repeats, or may get it twice.
	Only *Recipients `json:"only,omitempty"`
	// Surge is for how many people it was when it was held for being for many
	// more than the last time; zero: it was not.
	Surge int `json:"surge,omitempty"`
	// Approved is for how many people a person said that it may be sent,
	// however many there were the last time; zero: nobody did.
	Approved int `json:"approved,omitempty"`
	// ReportedBy is the event that tells the plugin how the message ended; zero: it
	// did not ask, or the message has not ended.
	ReportedBy EventID `json:"reported_by,omitempty"`
	// Lapses is until when a draft may be released; zero: it is none, and never was.
	Lapses time.Time `json:"lapses,omitzero"`
	// Own says that it is not what a plugin answered, but what botd itself tells those
	// who review drafts. It is no surge, and nothing is held against it.
	Own bool `json:"own,omitempty"`
}

// Delivery is a message on its way to one batch of recipients.
type Delivery struct {
	ID         DeliveryID  `json:"id"` // zero before it is stored
	Message    MessageID   `json:"message"`
	Part       int         `json:"part"`                // from 1
	Rendering  int         `json:"rendering,omitempty"` // which of the message's bodies it has; 0 is its own
	Recipients Recipients  `json:"recipients"`          // of the next or last attempt
	Lost       []Exclusion `json:"lost,omitempty"`      // who ceased to qualify after it was resolved
	Random     uint32      `json:"random"`              // of this series of attempts: the service drops a repeat for five minutes (product/1047/34959)
	Series     time.Time   `json:"series,omitzero"`     // when the first attempt with this Random began; zero: none since the last definite no
	Digest     string      `json:"digest,omitempty"`    // of the encoded request of this series: a repeat must be the same to the byte
	Attempts   int         `json:"attempts"`
	Due        time.Time   `json:"due,omitzero"` // while ready: not before this
	Status     Status      `json:"status"`
	Outcome    Outcome     `json:"outcome,omitempty"`
	Reason     string      `json:"reason,omitempty"`
	MsgSeq     uint32      `json:"msg_seq,omitempty"`
	Ended      time.Time   `json:"ended,omitzero"`
	// The reading of the group that its recipients were added by, since they
	// came to qualify only then; empty: they are there by the message's own.
	Snapshot string    `json:"snapshot,omitempty"` // Membership.Hash
	ReadAt   time.Time `json:"read_at,omitzero"`
	Resent   time.Time `json:"resent,omitzero"` // when it was sent again by the bot's rule, although it may have been delivered
}

// Exclusion is somebody who was to receive a message and does not any more.
type Exclusion struct {
	User   UserID    `json:"user"`
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Result is what is known after an attempt.
type Result string

// The results of an attempt; empty while it runs, and for ever if the process
// died in it, which makes it unclear.
const (
	Yes     Result = "sent"     // accepted by the service
	No      Result = "not sent" // certainly not delivered
	Unclear Result = "unclear"  // may or may not have been delivered
)

// Attempt is one try to deliver.
type Attempt struct {
	Delivery DeliveryID `json:"delivery"`
	N        int        `json:"n"` // from 1
	Random   uint32     `json:"random"`
	People   int        `json:"people"` // how many recipients it named
	Began    time.Time  `json:"began"`
	Ended    time.Time  `json:"ended,omitzero"`
	Result   Result     `json:"result,omitempty"`
	Code     int        `json:"code,omitempty"` // the service's ErrorCode
	Error    string     `json:"error,omitempty"`
}

// EventHistory is an event with all that came of it, for explaining.
type EventHistory struct {
	Event    EventRecord      `json:"event"`
	Messages []MessageHistory `json:"messages"`
	Timers   []TimerRecord    `json:"timers,omitempty"` // that it set
	Acts     []Act            `json:"acts,omitempty"`   // what people did about it, the first first
	Leaks    []Leak           `json:"leaks,omitempty"`  // others saw what it was made of
}

// MessageHistory is a message with its deliveries.
type MessageHistory struct {
	MessageRecord
	Deliveries []DeliveryHistory `json:"deliveries"`
	Progress   Progress          `json:"progress,omitzero"` // of the deliveries
	Now        string            `json:"now,omitempty"`     // [MessageHistory.Told]
}

// DeliveryHistory is a delivery with its attempts.
type DeliveryHistory struct {
	Delivery
	Tries   []Attempt `json:"tries"`
	Recalls []Recall  `json:"recalls,omitempty"`
	Now     string    `json:"now,omitempty"` // [DeliveryHistory.Told]
}
