package console

import (
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
)

// TimerQuery selects pending timers. Zero fields select all.
type TimerQuery struct {
	Bot   chat.BotName
	Group chat.GroupID
	After chat.TimerID // only what comes after it: the cursor of the page before
	Limit int          // 1 to 500
}

// TimerPage is the answer of GET /v1/timers.
type TimerPage struct {
	Timers []chat.TimerRecord `json:"timers"` // the one that is due first in front
	// Next is the cursor of the next page, to be given as after=; absent when
	// there is none.
	Next *chat.TimerID `json:"next,omitempty"`
}

// Timekeeper knows the timers that plugins asked for and that have not come.
// Errors are ErrNotFound for an unknown id, and ErrConflict for one that is not
// pending.
type Timekeeper interface {
	Timers(context.Context, TimerQuery) (TimerPage, error)
	CancelTimer(context.Context, chat.TimerID, chat.By) (Done, error)
}

func timers(o Timekeeper) []route {
	return []route{
		{"GET", "/v1/timers", listTimers(o), openapi.Operation{
			Does: "Lists what plugins asked to have later, what is due first in front", Tag: aboutBots,
			Params: []openapi.Param{botParam, groupParam,
				{In: openapi.Query, Name: "after", Is: chat.TimerID(0), About: "Only what comes after it: `next` of the page before."}, pageParam},
			Answers: gives("A page of those that are pending.", TimerPage{}),
			Fails:   map[int]string{http.StatusNotFound: "There is no timer of the id that it is to go on after."},
		}},
		{"POST", "/v1/timers/:id/cancel", cancelTimer(o), openapi.Operation{
			Does: "Calls a timer off", Tag: aboutBots, Params: []openapi.Param{timerInPath}, Body: takes(),
			Answers: gives("It does not come.", Done{}),
			Fails:   map[int]string{http.StatusNotFound: "There is no such timer.", http.StatusConflict: "It is not pending any more."},
		}},
	}
}

func listTimers(o Timekeeper) echo.HandlerFunc {
	return func(c echo.Context) error {
		limit, err := pageSize(c)
		if err != nil {
			return err
		}
		q := TimerQuery{Bot: chat.BotName(c.QueryParam("bot")), Group: chat.GroupID(c.QueryParam("group")), Limit: limit}
		if s := c.QueryParam("after"); s != "" {
			if q.After, err = chat.ParseTimerID(s); err != nil {
				return fail(http.StatusBadRequest, "after: "+err.Error())
			}
		}
		page, err := o.Timers(c.Request().Context(), q)
		if err != nil {
			return fmt.Errorf("listing timers: %w", err)
		}
		page.Timers = append([]chat.TimerRecord{}, page.Timers...) // [] and not null
		return c.JSON(http.StatusOK, page)
	}
}

func cancelTimer(o Timekeeper) echo.HandlerFunc {
	return func(c echo.Context) error {
		_, by, err := order(c)
		if err != nil {
			return err
		}
		return on(c, chat.ParseTimerID, func(id chat.TimerID) (any, error) { return o.CancelTimer(c.Request().Context(), id, by) })
	}
}
