package console

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
)

// ReceiptQuery selects receipts. Zero fields select all.
type ReceiptQuery struct {
	Bot      chat.BotName
	Group    chat.GroupID
	Lane     string
	Delivery chat.DeliveryID
	From     time.Time // sealed then or later
	To       time.Time // sealed before
	Before   int64     // the cursor of the page before
	Limit    int       // 1 to 500
	// Keys are shown as well: with them, who has the text of a message, or the
	// members of a group, can prove it, or find it by trying.
	Keys bool
}

// ReceiptPage is the answer of GET /v1/receipts.
type ReceiptPage struct {
	Receipts []json.RawMessage `json:"receipts"`       // lines of an export
	Next     int64             `json:"next,omitempty"` // to be given as before=
}

// Receipts is what the console asks for to show receipts.
type Receipts interface {
	ListReceipts(context.Context, ReceiptQuery) (ReceiptPage, error)
	// ReceiptsOf is ErrNotFound for a delivery that has none.
	ReceiptsOf(ctx context.Context, id chat.DeliveryID, keys bool) (ReceiptPage, error)
	Heads(context.Context) ([]chat.Head, error)
	// Export writes an export, of which nothing is written if it has a mistake.
	Export(context.Context, ReceiptQuery, io.Writer) error
}

// ReceiptsType is the media type of an export: a JSON object a line.
const ReceiptsType = "application/jsonl"

var keysInQuery = openapi.Param{In: openapi.Query, Name: "keys", Is: openapi.Schema{"type": "boolean", "default": false},
	About: "Keys are shown as well: with them, who has the text of a message, or the members of a group, can prove it, or find it by trying."}

func receipts(r Receipts) []route {
	filter := []openapi.Param{botParam, groupParam,
		{In: openapi.Query, Name: "lane", Is: "", About: "Only of this lane."},
		{In: openapi.Query, Name: "from", Is: time.Time{}, About: "Only those that were sealed then or later."},
		{In: openapi.Query, Name: "to", Is: time.Time{}, About: "Only those that were sealed before."}, keysInQuery}
	return []route{
		{"GET", "/v1/receipts", listReceipts(r), openapi.Operation{
			Does: "Lists receipts, newest first", Tag: aboutReceipts, More: "What stands in one is told in docs/receipts.md.",
			Params: append(slices.Clone(filter), openapi.Param{In: openapi.Query, Name: "before", About: "`next` of the page before.",
				Is: openapi.Schema{"type": "integer", "minimum": 1}}, pageParam),
			Answers: gives("A page of them.", ReceiptPage{}),
		}},
		{"GET", "/v1/receipts/export", exportReceipts(r), openapi.Operation{
			Does: "Exports chains of receipts", More: "`botd receipts verify` checks one, and needs neither botd nor its store.", Tag: aboutReceipts,
			Params: filter,
			Answers: []openapi.Answer{{Status: http.StatusOK, Type: ReceiptsType,
				About: "A JSON object a line. If it cannot be ended the connection breaks off, so that nobody takes a part for the whole."}},
		}},
		{"GET", "/v1/receipts/heads", heads(r), openapi.Operation{
			Does: "Says where each lane's chain of receipts ends", Tag: aboutReceipts, More: "Whoever notes it elsewhere can tell later that nothing before it was changed.",
			Answers: gives("The heads.", []chat.Head{}),
		}},
	}
}

func heads(r Receipts) echo.HandlerFunc {
	return func(c echo.Context) error {
		heads, err := r.Heads(c.Request().Context())
		if err != nil {
			return fmt.Errorf("listing the heads of receipts: %w", err)
		}
		return c.JSON(http.StatusOK, append([]chat.Head{}, heads...)) // [] and not null
	}
}

func receiptsOf(r Receipts) echo.HandlerFunc {
	return func(c echo.Context) error {
		keys, err := yesOrNo(c, "keys")
		if err != nil {
			return err
		}
		return on(c, chat.ParseDeliveryID, func(id chat.DeliveryID) (any, error) { return r.ReceiptsOf(c.Request().Context(), id, keys) })
	}
}

func listReceipts(r Receipts) echo.HandlerFunc {
	return func(c echo.Context) error {
		q, err := receiptQuery(c)
		if err != nil {
			return err
		}
		if q.Limit, err = pageSize(c); err != nil {
			return err
		}
		page, err := r.ListReceipts(c.Request().Context(), q)
		if err != nil {
			return fmt.Errorf("listing receipts: %w", err)
		}
		page.Receipts = append([]json.RawMessage{}, page.Receipts...) // [] and not null
		return c.JSON(http.StatusOK, page)
	}
}

// exportReceipts breaks the connection off if it fails halfway, so that nobody
// takes a part for the whole.
func exportReceipts(r Receipts) echo.HandlerFunc {
	return func(c echo.Context) error {
		q, err := receiptQuery(c)
		if err != nil {
			return err
		}
		c.Response().Header().Set(echo.HeaderContentType, ReceiptsType)
		err = r.Export(c.Request().Context(), q, c.Response())
		if err != nil && c.Response().Committed {
			panic(http.ErrAbortHandler)
		}
		return err
	}
}

func receiptQuery(c echo.Context) (q ReceiptQuery, err error) {
	q = ReceiptQuery{Bot: chat.BotName(c.QueryParam("bot")), Group: chat.GroupID(c.QueryParam("group")), Lane: c.QueryParam("lane")}
	if q.Keys, err = yesOrNo(c, "keys"); err != nil {
		return q, err
	}
	for name, to := range map[string]*time.Time{"from": &q.From, "to": &q.To} {
		if s := c.QueryParam(name); s != "" {
			if *to, err = time.Parse(time.RFC3339, s); err != nil {
				return q, fail(http.StatusBadRequest, fmt.Sprintf("%s: %.40q is no time, such as 2026-03-04T09:00:00Z", name, s))
			}
		}
	}
	if s := c.QueryParam("before"); s != "" {
		if q.Before, err = strconv.ParseInt(s, 10, 64); err != nil || q.Before < 1 {
			return q, fail(http.StatusBadRequest, fmt.Sprintf("before: %.40q is no cursor of a page", s))
		}
	}
	return q, nil
}
