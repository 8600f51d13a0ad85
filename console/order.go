package console

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/strictjson"
)

// Order is the body of the requests by which a person acts. An empty body is
// the zero Order. Each route says which of its fields it heeds, and refuses the
// others.
type Order struct {
	As     string `json:"as,omitempty"`     // who acts; empty: whoever has the admin token
	Reason string `json:"reason,omitempty"` // for the record

	DryRun   bool `json:"dry_run,omitempty"`   // do nothing, and say what would come of it
	ShowText bool `json:"show_text,omitempty"` // and the content of the messages, too
	Resend   bool `json:"resend,omitempty"`    // also to those who may have got it

	Answer  chat.Answer      `json:"answer,omitempty"`
	App     chat.AppName     `json:"app,omitempty"` // empty: the only one there is
	User    chat.UserID      `json:"user,omitempty"`
	Bot     chat.BotName     `json:"bot,omitempty"`
	All     bool             `json:"all,omitempty"`     // all bots, all that there is to pick from, or all that is remembered
	Trigger chat.TriggerName `json:"trigger,omitempty"` // empty: the only one there is
	Payload json.RawMessage  `json:"payload,omitempty"` // as a webhook would bring it
	Sender  chat.UserID      `json:"sender,omitempty"`  // who caused it; empty: whom the trigger's expression names
	Text    string           `json:"text,omitempty"`    // what the sender typed
	Group   chat.GroupID     `json:"group,omitempty"`   // empty: those that the trigger says
	Again   bool             `json:"again,omitempty"`   // although the same was made a moment ago
	// Of what a bot remembers.
	Key   string          `json:"key,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
	// Credential is the name of that of a hook's sender; empty: the first or only one.
	Credential string `json:"credential,omitempty"`

	// Of a webhook that is tried, or an event that is made by hand.
	Type      string `json:"type,omitempty"`       // of the event, for senders that say it in a header
	MediaType string `json:"media_type,omitempty"` // of the body; empty: application/json
	Body      string `json:"body,omitempty"`       // as it would be sent

	// Of a schedule.
	Name  chat.TriggerName `json:"name,omitempty"` // of one that is made by hand
	When  *When            `json:"when,omitempty"` // it strikes
	Until time.Time        `json:"until,omitzero"` // when a pause ends; zero: when somebody resumes it
	From  time.Time        `json:"from,omitzero"`  // of times that are made up for
	To    time.Time        `json:"to,omitzero"`    // before this

	// Of what is done to many.
	Select *Selection `json:"select,omitempty"`
	AsOf   time.Time  `json:"as_of,omitzero"`  // only what stood so before
	After  string     `json:"after,omitempty"` // the id that the answer before gave as its cursor
	Limit  int        `json:"limit,omitempty"` // how many at most in this request
}

// maxOrder holds the largest payload that a webhook may bring, with room.
const maxOrder = 2 << 20

// maxOrderDepth is how deep an order may be nested: a payload, and what is around it.
const maxOrderDepth = 70

// order reads the body of a request strictly, by what its route describes: a
// misspelt dry_run that is passed over would be the real thing.
func order(c echo.Context) (o Order, by chat.By, err error) {
	described, ok := c.(*request)
	if !ok || described.Body == nil {
		return o, by, errors.New("an order at an address that describes none")
	}
	r := c.Request()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxOrder+1))
	if err != nil {
		return o, by, fail(http.StatusBadRequest, "the body could not be read")
	}
	if len(body) > maxOrder {
		return o, by, fail(http.StatusRequestEntityTooLarge, "the body is too large")
	}
	if len(bytes.TrimSpace(body)) > 0 {
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != echo.MIMEApplicationJSON {
			return o, by, fail(http.StatusUnsupportedMediaType, "the body is JSON; say so: Content-Type: application/json")
		}
		if err := strictly(body, &o, described.Body.Fields); err != nil {
			return o, by, fail(http.StatusBadRequest, err.Error())
		}
	}
	by, err = o.by()
	return o, by, err
}

func strictly(body []byte, into *Order, heeds []string) error {
	if err := strictjson.Check(body, maxOrderDepth); err != nil {
		return fmt.Errorf("the body is %w", err)
	}
	var names map[string]json.RawMessage
	if err := json.Unmarshal(body, &names); err != nil {
		return errors.New("the body is no JSON object")
	}
	for name := range names {
		if !slices.Contains(heeds, name) {
			return fmt.Errorf("no field %.40q here; have %s", name, strings.Join(slices.Sorted(slices.Values(heeds)), ", "))
		}
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("the body: %w", err)
	}
	return nil
}

// Lengths of what a person writes about what they do, in bytes.
const (
	maxWho    = 64
	maxReason = 500
)

// byToken is who acts if they do not say.
const byToken = "admin token"

func (o Order) by() (chat.By, error) {
	for _, x := range []struct {
		name, text string
		longest    int
	}{{"as", o.As, maxWho}, {"reason", o.Reason, maxReason}} {
		if len(x.text) > x.longest || !utf8.ValidString(x.text) || strings.ContainsFunc(x.text, unicode.IsControl) {
			return chat.By{}, fail(http.StatusBadRequest, fmt.Sprintf("%s is one line of at most %d bytes", x.name, x.longest))
		}
	}
	return chat.By{Who: cmp.Or(o.As, byToken), Reason: o.Reason}, nil
}

// done answers what a person did, or what would come of it.
func done(c echo.Context, d Done, err error) error {
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, d)
}

// on reads the id in the address and answers with what f says of it.
func on[ID any](c echo.Context, parse func(string) (ID, error), f func(ID) (any, error)) error {
	id, err := parse(c.Param("id"))
	if err != nil {
		return fail(http.StatusBadRequest, err.Error())
	}
	answer, err := f(id)
	if err != nil {
		return err
	}
	return c.JSON(http.StatusOK, answer)
}
