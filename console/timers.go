package console

import (
	"context"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
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

func listTimers(o Timekeeper) echo.HandlerFunc {
	return func(c echo.Context) error {
		limit, err := limitParam(c)
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
