package chat

import "time"

// UnknownRule is what becomes of a delivery whose outcome stays unknown: which
// may have been delivered, may not be repeated any more, and is not found in the
// group's history.
type UnknownRule string

// The rules.
const (
	UnknownHold   UnknownRule = "hold"        // a person decides
	UnknownResend UnknownRule = "resend"      // it is sent again, once; its recipients may see it twice
	UnknownAssume UnknownRule = "assume_sent" // it counts as sent
)

// UnknownRules lists all, the default first.
var UnknownRules = []UnknownRule{UnknownHold, UnknownResend, UnknownAssume}

// OrDefault is UnknownHold for the zero value.
func (r UnknownRule) OrDefault() UnknownRule {
	if r == "" {
		return UnknownHold
	}
	return r
}

// Recall is a message that was taken back, or was to be: what was sent for one
// delivery.
type Recall struct {
	ID       int64        `json:"-"` // in the store; zero before
	Delivery DeliveryID   `json:"delivery"`
	MsgSeq   uint32       `json:"msg_seq,omitempty"`
	At       time.Time    `json:"at"`
	Result   RecallResult `json:"result"`
	Code     int          `json:"code,omitempty"`  // the service's, for this message
	Error    string       `json:"error,omitempty"` // why not
	By
}

// RecallResult is what came of a recall.
type RecallResult string

// The results. Empty is not known: it was asked for, and botd ended before the
// answer was stored.
const (
	Recalled    RecallResult = "recalled"
	NotRecalled RecallResult = "not recalled"
	RecallOpen  RecallResult = "unclear" // it may or may not have been recalled
)

// Recallable is a delivery that was sent, with what is needed to take it back.
type Recallable struct {
	Delivery   DeliveryID
	App        AppName
	Group      GroupID
	MsgSeq     uint32 // zero: the service gave none
	Random     uint32 // of the attempt that was accepted
	FirstTried bool   // the first attempt with this Random was the one that was accepted, so MsgSeq is to be trusted
}
