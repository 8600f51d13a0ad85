package console

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
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

func deliveries(o Options) []route {
	where := []openapi.Param{deliveryInPath}
	return []route{
		{"GET", "/v1/deliveries/:id/why", whyDelivery(o.Operator), openapi.Operation{
			Does: "Says why somebody got a delivery, or did not", Tag: aboutMessages, Params: append(where, userParam),
			Answers: gives("The reason, by what was read then.", Why{}),
			Fails:   map[int]string{http.StatusNotFound: noSuchDelivery, http.StatusConflict: notNow},
		}},
		{"POST", "/v1/deliveries/:id/answer", answer(o.Operator), openapi.Operation{
			Does: "Says what became of a delivery whose outcome is unknown", Tag: aboutWaiting, Params: where,
			Body:    needs(map[string]any{"answer": chat.AnswerSent, "as": "ann", "reason": "I asked carol"}, "answer"),
			Answers: gives("It is settled; of `resend`, with the id of the new message.", Done{}),
			Fails:   map[int]string{http.StatusNotFound: noSuchDelivery, http.StatusConflict: notNow},
		}},
		{"POST", "/v1/deliveries/:id/recall", recallDelivery(o.Operator), openapi.Operation{
			Does: "Takes back what was sent", Tag: aboutMessages, Params: where, Body: takes(),
			Answers: gives("What came of it.", Recalled{}),
			Fails:   map[int]string{http.StatusNotFound: noSuchDelivery, http.StatusConflict: "It was not sent."},
		}},
		{"GET", "/v1/deliveries/:id/receipts", receiptsOf(o.Receipts), openapi.Operation{
			Does: "Has the receipts of a delivery", Tag: aboutReceipts, Params: append(where, keysInQuery),
			Answers: gives("They, the first first.", ReceiptPage{}),
			Fails:   map[int]string{http.StatusNotFound: "There is no such delivery, or it has none."},
		}},
	}
}

func whyDelivery(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		user, err := userOf(c)
		if err != nil {
			return err
		}
		return on(c, chat.ParseDeliveryID, func(id chat.DeliveryID) (any, error) { return o.WhyDelivery(c.Request().Context(), user, id) })
	}
}

func answer(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, by, err := order(c)
		if err != nil {
			return err
		}
		id, err := chat.ParseDeliveryID(c.Param("id"))
		if err == nil {
			err = in.Answer.Validate()
		}
		if err != nil {
			return fail(http.StatusBadRequest, err.Error())
		}
		d, err := o.Answer(c.Request().Context(), id, in.Answer, by)
		return done(c, d, err)
	}
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
