package console

import (
	"cmp"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
)

func letters(o Operator) []route {
	moment := func(name, about string) openapi.Param {
		return openapi.Param{In: openapi.Query, Name: name, Is: time.Time{}, About: about}
	}
	return []route{
		{"GET", "/v1/dead-letters", listLetters(o), openapi.Operation{
			Does: "Lists events and messages that wait for a person, newest first", Tag: aboutWaiting,
			Params: []openapi.Param{botParam, groupParam, triggerParam,
				{In: openapi.Query, Name: "kind", Is: oneOf("event", "message"), About: "Only of this kind."},
				{In: openapi.Query, Name: "state", Is: oneOf(chat.Held, chat.Dead), About: "Only those that stand so."},
				{In: openapi.Query, Name: "outcome", Is: oneOf(ends...), About: "Only those that ended so."},
				{In: openapi.Query, Name: "because", Is: "", About: "Only those whose reason has this in it, in whatever case."},
				moment("since", "Only those that stand so since then or later."), moment("until", "Only those that stand so since before this."),
				{In: openapi.Query, Name: "before", Is: "", About: "`next` of the page before."}, pageParam},
			Answers: gives("A page of them.", LetterPage{}),
		}},
	}
}

func listLetters(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		limit, err := pageSize(c)
		if err != nil {
			return err
		}
		q := LetterQuery{
			Kind: c.QueryParam("kind"), Bot: chat.BotName(c.QueryParam("bot")), Group: chat.GroupID(c.QueryParam("group")),
			Outcome: chat.Outcome(c.QueryParam("outcome")), Before: c.QueryParam("before"), Limit: limit,
			Trigger: chat.TriggerName(c.QueryParam("trigger")), Status: chat.Status(c.QueryParam("state")), Because: c.QueryParam("because"),
		}
		if q.Since, q.Until, err = span(c); err != nil {
			return err
		}
		if err := cmp.Or(known("kind", q.Kind, "event", "message"), known("state", q.Status, chat.Held, chat.Dead), known("outcome", q.Outcome, ends...)); err != nil {
			return err
		}
		if q.Before != "" && !isLetter(q.Before) {
			return fail(http.StatusBadRequest, fmt.Sprintf("before: %.40q is neither the id of an event nor of a message", q.Before))
		}
		page, err := o.Letters(c.Request().Context(), q)
		if err != nil {
			return fmt.Errorf("listing dead letters: %w", err)
		}
		page.Letters = append([]chat.Letter{}, page.Letters...) // [] and not null
		return c.JSON(http.StatusOK, page)
	}
}

// span is from when to when, as since= and until= say.
func span(c echo.Context) (since, until time.Time, err error) {
	if since, err = instant(c, "since"); err == nil {
		until, err = instant(c, "until")
	}
	return since, until, err
}

func isLetter(id string) bool {
	_, e := chat.ParseEventID(id)
	_, m := chat.ParseMessageID(id)
	return e == nil || m == nil
}
