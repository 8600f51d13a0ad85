package im

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Sent says that the service accepted a message. It is no proof that anybody
// received it: recipients who are no members are passed over in silence. Of a
// repeat, neither field is to be trusted; either may be zero.
type Sent struct {
	Seq  uint32    // the message's number in its group
	Time time.Time // the service's, to the second
}

// Send makes one attempt to deliver the message to its recipients. It waits for
// its turn within the limits as long as ctx allows. The error is an [*Error]; its
// class says whether the message may have been delivered.
func (c *Client) Send(ctx context.Context, p Prepared) (Sent, error) {
	if p.sealed == nil {
		return Sent{}, &Error{API: apiSend, Class: Permanent, Err: stopped(errors.New("a message that nobody prepared"))}
	}
	a, err := c.call(permit(ctx, p.may), apiSend, p.may.group, p.body)
	if err != nil {
		return Sent{}, err
	}
	if err := a.dropped(); err != nil {
		return Sent{}, err
	}
	sent := Sent{Seq: a.number("MsgSeq")}
	if at := a.number("MsgTime"); at != 0 {
		sent.Time = time.Unix(int64(at), 0)
	}
	return sent, nil
}

// dropped reports a message that was accepted and thrown away: above 40 messages
// a second in a group the service says so in MsgDropReason, with ErrorCode 0
// (product/1047/34959).
func (a answer) dropped() error {
	raw := a.field("MsgDropReason")
	if raw == nil || string(raw) == "null" || string(raw) == `""` {
		return nil
	}
	var reason string
	if json.Unmarshal(raw, &reason) != nil {
		return a.unreadable("MsgDropReason is not a string")
	}
	return &Error{
		API: a.api, Class: Rate, Scope: ScopeGroup, Wait: leastWait,
		Err: ErrDropped,
		// The service's own words may quote the message.
		Info: reason,
	}
}
