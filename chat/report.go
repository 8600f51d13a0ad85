package chat

import (
	"encoding/json"
	"errors"
	"fmt"
)

// Report asks that the plugin is told how a message ended: an event of kind
// [Reported] comes back to the same bot and group, once, when the message leaves
// the queue: sent, dead, held for a person, or dropped. That event has the sender and
// the origin of the one that the message answered; a sender who has left the group
// meanwhile is told nothing, and neither is the plugin then. What answers such an event
// cannot ask for a report again, so that a message that fails does not make the
// next one for ever; a timer can be set in answer, and what that says may.
type Report struct {
	Name TriggerName     `json:"name"`           // of the event: 1 to 64 letters, digits, - and _
	Data json.RawMessage `json:"data,omitempty"` // comes back with it; at most MaxTimerPayload bytes of JSON
}

// Validate reports a name that is none, and data that are too much or not JSON.
func (r Report) Validate() error {
	switch {
	case !goodTimer.MatchString(string(r.Name)):
		return fmt.Errorf("report %.40q: a name has 1 to 64 letters, digits, - and _, and begins with a letter or digit", string(r.Name))
	case len(r.Data) > MaxTimerPayload:
		return fmt.Errorf("report %s: its data have %d bytes of JSON, and may have %d; keep the rest in the state", r.Name, len(r.Data), MaxTimerPayload)
	case len(r.Data) > 0 && !json.Valid(r.Data):
		return errors.New("report " + string(r.Name) + ": its data are not JSON")
	}
	return nil
}

// ToldOfNobody is the reason of an [Ending] whose message came to nobody. The message's
// own reason describes whom the bot may reach, and so may name people.
const ToldOfNobody = "none of the members of the group is addressed and within what the bot may reach"

// Ending is the payload of an event of kind [Reported]: how a message ended. It
// names nobody; people are only counted.
type Ending struct {
	Message MessageID       `json:"message"`
	Status  Status          `json:"status"`           // Done, Dead, or Held when a person is asked
	Outcome Outcome         `json:"outcome"`          // such as Sent, Partly, Nobody, Expired, Failed, Unknown
	Reason  string          `json:"reason,omitempty"` // for a person; of Nobody it is ToldOfNobody
	People  int             `json:"people"`           // whom its audience came to, when its turn came
	Reached int             `json:"reached"`          // of them, to whom it was certainly delivered
	Data    json.RawMessage `json:"data,omitempty"`   // of the Report
}
