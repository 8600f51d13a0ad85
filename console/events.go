package console

import (
	"cmp"
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
)

// EventPage is the answer of GET /v1/events.
type EventPage struct {
	Events []chat.EventRecord `json:"events"`
	// Next is the cursor of the next page, to be given as before=; absent when
	// there is none.
	Next *chat.EventID `json:"next,omitempty"`
}

func events(o Options) []route {
	return []route{
		{"GET", "/v1/events", listEvents(o.Backend), openapi.Operation{
			Does: "Lists events, newest first", Tag: aboutEvents,
			Params: []openapi.Param{botParam, groupParam,
				{In: openapi.Query, Name: "status", Is: oneOf(chat.Ready, chat.Held, chat.Done, chat.Dead), About: "Only those that stand so."},
				{In: openapi.Query, Name: "outcome", Is: oneOf(endsOfEvents...), About: "Only those that ended so."},
				{In: openapi.Query, Name: "before", Is: chat.EventID(0), About: "Only older ones than this: `next` of the page before."}, pageParam},
			Answers: gives("A page of them.", EventPage{}),
		}},
		{"GET", "/v1/events/:id", showEvent(o.Backend), openapi.Operation{
			Does: "Has one event and all that came of it", Tag: aboutEvents, Params: []openapi.Param{eventInPath},
			Answers: gives("The event.", chat.EventHistory{}),
			Fails:   map[int]string{http.StatusNotFound: noSuchEvent},
		}},
		{"POST", "/v1/events/:id/replay", replay(o.Operator), openapi.Operation{
			Does: "Has an event handled again, as a new event", Tag: aboutEvents, Params: []openapi.Param{eventInPath}, Body: takes("dry_run", "show_text"),
			Answers: []openapi.Answer{{Status: http.StatusOK, About: "The id of the new event, or what would come of it.", Is: Done{},
				Headers: []openapi.Param{{Name: "Location", Is: "", About: "Where the new event is; not after a dry run."}}}},
			Fails: map[int]string{http.StatusNotFound: noSuchEvent, http.StatusConflict: notNow, http.StatusBadGateway: notAsked},
		}},
		{"POST", "/v1/events/:id/drop", dropEvent(o.Operator), openapi.Operation{
			Does: "Gives up an event that waits for a person", Tag: aboutWaiting, Params: []openapi.Param{eventInPath}, Body: takes(),
			Answers: gives("It is given up.", Done{}),
			Fails:   map[int]string{http.StatusNotFound: noSuchEvent, http.StatusConflict: notNow},
		}},
		{"POST", "/v1/events/:id/recall", recallEvent(o.Operator), openapi.Operation{
			Does: "Takes back all that was sent for an event", Tag: aboutEvents, Params: []openapi.Param{eventInPath}, Body: takes(),
			Answers: gives("What came of it, for each delivery that was sent.", Recalled{}),
			Fails:   map[int]string{http.StatusNotFound: noSuchEvent, http.StatusConflict: "Nothing was sent for it."},
		}},
	}
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

func eventQuery(c echo.Context) (EventQuery, error) {
	q := EventQuery{
		Bot:     chat.BotName(c.QueryParam("bot")),
		Group:   chat.GroupID(c.QueryParam("group")),
		Status:  chat.Status(c.QueryParam("status")),
		Outcome: chat.Outcome(c.QueryParam("outcome")),
	}
	if err := cmp.Or(known("status", q.Status, chat.Ready, chat.Held, chat.Done, chat.Dead), known("outcome", q.Outcome, endsOfEvents...)); err != nil {
		return q, err
	}
	limit, err := pageSize(c)
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

func showEvent(b Backend) echo.HandlerFunc {
	return func(c echo.Context) error {
		id, err := chat.ParseEventID(c.Param("id"))
		if err != nil {
			return fail(http.StatusBadRequest, err.Error())
		}
		h, err := b.History(c.Request().Context(), id)
		if err != nil {
			return err // it names the event
		}
		h.Messages = append([]chat.MessageHistory{}, h.Messages...) // [] and not null
		for i := range h.Messages {
			h.Messages[i] = whole(h.Messages[i])
		}
		return c.JSON(http.StatusOK, h)
	}
}

func replay(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, by, err := order(c)
		if err != nil {
			return err
		}
		id, err := chat.ParseEventID(c.Param("id"))
		if err != nil {
			return fail(http.StatusBadRequest, err.Error())
		}
		if in.DryRun {
			d, err := o.RehearseReplay(c.Request().Context(), id, in.ShowText)
			return done(c, d, err)
		}
		d, err := o.Replay(c.Request().Context(), id, by)
		if err == nil {
			c.Response().Header().Set("Location", "/v1/events/"+d.Made)
		}
		return done(c, d, err)
	}
}

func dropEvent(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		_, by, err := order(c)
		if err != nil {
			return err
		}
		id, err := chat.ParseEventID(c.Param("id"))
		if err != nil {
			return fail(http.StatusBadRequest, err.Error())
		}
		d, err := o.DropEvent(c.Request().Context(), id, by)
		return done(c, d, err)
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
