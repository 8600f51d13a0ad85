package console

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
)

// LeakQuery selects leaks. Zero fields select all.
type LeakQuery struct {
	Bot    chat.BotName
	Group  chat.GroupID
	Open   bool        // only those whose message others can still see
	Before chat.LeakID // only older ones: the cursor of the page before
	Limit  int         // 1 to 500
}

// LeakPage is the answer of GET /v1/leaks.
type LeakPage struct {
	Leaks []ToldLeak `json:"leaks"`
	// Next is the cursor of the next page, to be given as before=; absent when
	// there is none.
	Next *chat.LeakID `json:"next,omitempty"`
}

// ToldLeak is a leak as it stands now.
type ToldLeak struct {
	chat.Leak
	// Visible is for how long others could see the message, in seconds; so far, while it
	// was not taken back.
	Visible float64 `json:"visible"`
}

func leaks(b Backend) []route {
	return []route{{"GET", "/v1/leaks", listLeaks(b), openapi.Operation{
		Does: "Lists messages that others saw although they were to be held, newest first", Tag: aboutTyped,
		More: "Each was taken back in the group, or is still tried. What it said is not told; its event has that.",
		Params: []openapi.Param{botParam, groupParam,
			{In: openapi.Query, Name: "open", Is: openapi.Schema{"type": "boolean", "default": false}, About: "Only those whose message others can still see."},
			{In: openapi.Query, Name: "before", Is: chat.LeakID(0), About: "Only older ones than this: `next` of the page before."}, pageParam},
		Answers: gives("A page of them.", LeakPage{}),
	}}}
}

func listLeaks(b Backend) echo.HandlerFunc {
	return func(c echo.Context) error {
		q, err := leakQuery(c)
		if err != nil {
			return err
		}
		page, err := b.Leaks(c.Request().Context(), q)
		if err != nil {
			return fmt.Errorf("listing leaks: %w", err)
		}
		page.Leaks = append([]ToldLeak{}, page.Leaks...) // [] and not null
		for i := range page.Leaks {
			page.Leaks[i].Events = append([]chat.EventID{}, page.Leaks[i].Events...)
		}
		return c.JSON(http.StatusOK, page)
	}
}

func leakQuery(c echo.Context) (q LeakQuery, err error) {
	q = LeakQuery{Bot: chat.BotName(c.QueryParam("bot")), Group: chat.GroupID(c.QueryParam("group"))}
	if q.Open, err = yesOrNo(c, "open"); err != nil {
		return q, err
	}
	if q.Limit, err = pageSize(c); err != nil {
		return q, err
	}
	if s := c.QueryParam("before"); s != "" {
		if q.Before, err = chat.ParseLeakID(s); err != nil {
			return q, fail(http.StatusBadRequest, "before: "+err.Error())
		}
	}
	return q, nil
}
