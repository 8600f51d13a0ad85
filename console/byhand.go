package console

import (
	"encoding/json"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
)

// ByHand is an event that a person makes, or wants to know what would come of.
type ByHand struct {
	Trigger chat.TriggerName // empty: the only one there is
	Payload json.RawMessage  // as a webhook would bring it; nil: none
	Sender  chat.UserID      // empty: whom the trigger's expression names
	Text    string           // what the sender typed; empty: what the trigger's expression says
	Group   chat.GroupID     // empty: those that the trigger says
	Type    string           // of the event, in the words of the webhook's sender
}

// Lately is how long the same event, made by hand once more, is a repeat.
const Lately = 10 * time.Minute

// ofAnEvent are the fields of an order that tell of an event.
var ofAnEvent = []string{"trigger", "payload", "sender", "text", "group", "type"}

// anEvent is an order that tells of one.
var anEvent = map[string]any{"trigger": "answers", "payload": map[string]any{"text": "hello"}}

func (o Order) byHand() ByHand {
	return ByHand{Trigger: o.Trigger, Payload: o.Payload, Sender: o.Sender, Text: o.Text, Group: o.Group, Type: o.Type}
}

func makeEvent(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, by, err := order(c)
		if err != nil {
			return err
		}
		receipt, err := o.Make(c.Request().Context(), chat.BotName(c.Param("bot")), in.byHand(), in.Again, by)
		if err != nil {
			return err
		}
		return accepted(c, receipt)
	}
}
