package console

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
)

func pauses(o Operator) []route {
	which := needs(map[string]any{"bot": "quiz", "reason": "it talks nonsense"}, "bot", "all")
	which.About = "Either the name of a bot or `all`."
	left := gives("The pauses that there are then.", []chat.Pause{})
	return []route{
		{"GET", "/v1/pauses", listPauses(o), openapi.Operation{
			Does: "Lists which bots are paused", Tag: aboutBots, Answers: gives("The pauses.", []chat.Pause{}),
		}},
		{"POST", "/v1/pause", brake(o, true), openapi.Operation{
			Does: "Pauses a bot, or all: nothing is sent, and everything is kept", Tag: aboutBots, Body: which, Answers: left,
			Fails: map[int]string{http.StatusNotFound: noSuchBot},
		}},
		{"POST", "/v1/resume", brake(o, false), openapi.Operation{
			Does: "Lets a bot, or all, go on after a pause", Tag: aboutBots, Body: which, Answers: left,
			Fails: map[int]string{http.StatusNotFound: "There is no such pause."},
		}},
	}
}

func listPauses(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		list, err := o.Pauses(c.Request().Context())
		if err != nil {
			return fmt.Errorf("listing pauses: %w", err)
		}
		return c.JSON(http.StatusOK, append([]chat.Pause{}, list...))
	}
}

// brake pauses a bot or all, or lets go on. What is meant has to be said: an
// order that names neither is refused.
func brake(o Operator, on bool) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, by, err := order(c)
		if err != nil {
			return err
		}
		if in.All == (in.Bot != "") {
			return fail(http.StatusBadRequest, `say which: {"bot": NAME} or {"all": true}`)
		}
		f := o.Resume
		if on {
			f = o.Pause
		}
		if err := f(c.Request().Context(), in.Bot, by); err != nil {
			return err
		}
		return listPauses(o)(c)
	}
}
