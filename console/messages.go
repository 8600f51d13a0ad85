package console

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
)

var userParam = openapi.Param{In: openapi.Query, Name: "user", Is: "", Required: true, About: "Whom it is about: a user's id."}

func messages(o Operator) []route {
	where := []openapi.Param{messageInPath}
	refused := map[int]string{http.StatusNotFound: noSuchMessage, http.StatusConflict: notNow}
	return []route{
		{"GET", "/v1/messages/:id", showMessage(o), openapi.Operation{
			Does: "Has one message, its deliveries and their attempts", More: "What it says is not among it.", Tag: aboutMessages, Params: where,
			Answers: gives("The message.", chat.MessageHistory{}),
			Fails:   map[int]string{http.StatusNotFound: noSuchMessage},
		}},
		{"GET", "/v1/messages/:id/why", whyMessage(o), openapi.Operation{
			Does: "Says why somebody got a message, or did not", Tag: aboutMessages, Params: append(where, userParam),
			Answers: gives("The reason, by what was read then.", Why{}), Fails: refused,
		}},
		{"POST", "/v1/messages/:id/retry", retry(o), openapi.Operation{
			Does: "Sends a held or dead message again, as a new one", Tag: aboutWaiting, Params: where, Body: takes("dry_run", "show_text", "resend"),
			More:    "It goes to those who certainly did not get it; with `resend` also to those who may have.",
			Answers: gives("The id of the new message, or who would get it.", Done{}),
			Fails:   map[int]string{http.StatusNotFound: noSuchMessage, http.StatusConflict: notNow, http.StatusBadGateway: notAsked},
		}},
		{"POST", "/v1/messages/:id/drop", dropMessage(o), openapi.Operation{
			Does: "Gives up a message that waits for a person", Tag: aboutWaiting, Params: where, Body: takes(),
			Answers: gives("It is given up.", Done{}), Fails: refused,
		}},
		{"POST", "/v1/messages/:id/approve", approve(o), openapi.Operation{
			Does: "Says yes to a message that is held for being for many more people than the last one", Tag: aboutWaiting, Params: where, Body: takes(),
			Answers: gives("It is sent.", Done{}), Fails: refused,
		}},
	}
}

func showMessage(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		return on(c, chat.ParseMessageID, func(id chat.MessageID) (any, error) {
			m, err := o.Message(c.Request().Context(), id)
			return whole(m), err
		})
	}
}

// whole has [] and not null where there is nothing yet.
func whole(m chat.MessageHistory) chat.MessageHistory {
	m.Deliveries = append([]chat.DeliveryHistory{}, m.Deliveries...)
	for i, d := range m.Deliveries {
		m.Deliveries[i].Tries = append([]chat.Attempt{}, d.Tries...)
	}
	return m
}

func whyMessage(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		user, err := userOf(c)
		if err != nil {
			return err
		}
		return on(c, chat.ParseMessageID, func(id chat.MessageID) (any, error) { return o.WhyMessage(c.Request().Context(), user, id) })
	}
}

func userOf(c echo.Context) (chat.UserID, error) {
	user := chat.UserID(c.QueryParam("user"))
	if err := user.Validate(); err != nil {
		return "", fail(http.StatusBadRequest, "user: "+err.Error())
	}
	return user, nil
}

func retry(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, by, err := order(c)
		if err != nil {
			return err
		}
		return on(c, chat.ParseMessageID, func(id chat.MessageID) (any, error) {
			if in.DryRun {
				return o.RehearseRetry(c.Request().Context(), id, in.Resend, in.ShowText)
			}
			return o.Retry(c.Request().Context(), id, in.Resend, by)
		})
	}
}

func dropMessage(o Operator) echo.HandlerFunc {
	return ordered(func(ctx context.Context, id chat.MessageID, by chat.By) (Done, error) {
		return o.DropMessage(ctx, id, by)
	})
}

func approve(o Operator) echo.HandlerFunc {
	return ordered(func(ctx context.Context, id chat.MessageID, by chat.By) (Done, error) { return o.Approve(ctx, id, by) })
}

// ordered does to a message what needs no more than who does it.
func ordered(f func(context.Context, chat.MessageID, chat.By) (Done, error)) echo.HandlerFunc {
	return func(c echo.Context) error {
		_, by, err := order(c)
		if err != nil {
			return err
		}
		return on(c, chat.ParseMessageID, func(id chat.MessageID) (any, error) { return f(c.Request().Context(), id, by) })
	}
}
