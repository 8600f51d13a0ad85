package console

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
)

// Recalled is the answer to a recall: what came of it for each delivery that
// was sent. It is not empty.
type Recalled struct {
	Target  string        `json:"target"`
	Recalls []chat.Recall `json:"recalls"`
}

// Recaller takes back what was sent. Errors are ErrNotFound for an unknown id,
// and ErrConflict where nothing was sent.
type Recaller interface {
	RecallDelivery(context.Context, chat.DeliveryID, chat.By) (Recalled, error)
	// RecallEvent takes back all that was sent for an event.
	RecallEvent(context.Context, chat.EventID, chat.By) (Recalled, error)
}

func recallDelivery(o Recaller) echo.HandlerFunc {
	return func(c echo.Context) error {
		_, by, err := order(c)
		if err != nil {
			return err
		}
		return on(c, chat.ParseDeliveryID, func(id chat.DeliveryID) (any, error) { return o.RecallDelivery(c.Request().Context(), id, by) })
	}
}

func recallEvent(o Recaller) echo.HandlerFunc {
	return func(c echo.Context) error {
		_, by, err := order(c)
		if err != nil {
			return err
		}
		return on(c, chat.ParseEventID, func(id chat.EventID) (any, error) { return o.RecallEvent(c.Request().Context(), id, by) })
	}
}
