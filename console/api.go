package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/labstack/echo/v4"
)

const (
	defaultPage = 50
	maxPage     = 500
)

// EventPage is the answer of GET /v1/events.
type EventPage struct {
	Events []chat.EventRecord `json:"events"`
	// Next is the cursor of the next page, to be given as before=; absent when
	// there is none.
	Next *chat.EventID `json:"next,omitempty"`
}

func listEvents(b Backend) echo.HandlerFunc {
	return func(c echo.Context) error {
		q, err := eventQuery(c)
		if err != nil {
			return err
		}
		events, next, err := b.Events(c.Request().Context(), q)
		if err != nil {
			return fmt.Errorf("listing events: %w", err)
		}
		page := EventPage{Events: append([]chat.EventRecord{}, events...)} // [] and not null
		if next != 0 {
			page.Next = &next
		}
		return c.JSON(http.StatusOK, page)
	}
}

// known refuses a word that a filter does not know: a misspelt one would pick
// nothing, and that reads as if there were nothing.
func known[T ~string](what string, given T, have ...T) error {
	if given == "" || slices.Contains(have, given) {
		return nil
	}
	names := make([]string, len(have))
	for i, h := range have {
		names[i] = string(h)
	}
	return fail(http.StatusBadRequest, fmt.Sprintf("no %s %.40q; have %s", what, given, strings.Join(names, ", ")))
}

// ends are the outcomes of events and messages that a filter may ask for.
var ends = []chat.Outcome{chat.Handled, chat.Sent, chat.Partly, chat.Nobody, chat.Dropped, chat.Expired, chat.Refused, chat.Failed, chat.Surged,
	chat.Unknown, chat.Retried}

func eventQuery(c echo.Context) (EventQuery, error) {
	q := EventQuery{
		Bot:    chat.BotName(c.QueryParam("bot")),
		Group:  chat.GroupID(c.QueryParam("group")),
		Status: chat.Status(c.QueryParam("status")),
	}
	if err := known("status", q.Status, chat.Ready, chat.Held, chat.Done, chat.Dead); err != nil {
		return q, err
	}
	limit, err := limitParam(c)
	if err != nil {
		return q, err
	}
	q.Limit = limit
	if s := c.QueryParam("before"); s != "" {
		id, err := chat.ParseEventID(s)
		if err != nil {
			return q, fail(http.StatusBadRequest, "before: "+err.Error())
		}
		q.Before = id
	}
	return q, nil
}

// limitParam is how many things a page is to have.
func limitParam(c echo.Context) (int, error) {
	s := c.QueryParam("limit")
	if s == "" {
		return defaultPage, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxPage {
		return 0, fail(http.StatusBadRequest, fmt.Sprintf("limit is a number from 1 to %d", maxPage))
	}
	return n, nil
}

func showEvent(b Backend) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := chat.ParseEventID(c.Param("id"))
		if err != nil {
			return fail(http.StatusBadRequest, err.Error())
		}
		h, err := b.History(c.Request().Context(), id)
		if err != nil {
			return fmt.Errorf("event %s: %w", id, err)
		}
		return c.JSON(http.StatusOK, h)
	}
}

func explain(b Backend) echo.HandlerFunc {
	return func(c echo.Context) error {
		var rule *chat.Audience
		if s := c.QueryParam("rule"); s != "" {
			parsed, err := parseRule(s)
			if err != nil {
				return fail(http.StatusBadRequest, err.Error())
			}
			rule = &parsed
		}
		x, err := b.Explain(c.Request().Context(), chat.BotName(c.Param("bot")),
			chat.GroupID(c.QueryParam("group")), rule, chat.UserID(c.QueryParam("sender")))
		if err != nil {
			return fmt.Errorf("explaining the audience: %w", err)
		}
		return c.JSON(http.StatusOK, x)
	}
}

func strike(b Backend) echo.HandlerFunc {
	return func(c echo.Context) error {
		receipt, err := b.Strike(c.Request().Context(), chat.BotName(c.Param("bot")), chat.TriggerName(c.Param("trigger")))
		if err != nil {
			return fmt.Errorf("striking a schedule: %w", err)
		}
		if len(receipt.Events) > 0 {
			c.Response().Header().Set("Location", "/v1/events/"+receipt.Events[0].String())
		}
		return c.JSON(http.StatusAccepted, receipt)
	}
}

// parseRule is strict: a misspelt "except" that is passed over would widen the
// audience.
func parseRule(s string) (chat.Audience, error) {
	var a chat.Audience
	d := json.NewDecoder(bytes.NewReader([]byte(s)))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		return a, fmt.Errorf(`rule is an audience as JSON, such as {"roles":["owner","admin"]}: %w`, err)
	}
	if d.More() {
		return a, fmt.Errorf("rule is one audience as JSON; something follows it")
	}
	if err := a.Validate(); err != nil {
		return a, fmt.Errorf("rule: %w", err)
	}
	return a, nil
}
