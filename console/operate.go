package console

import (
	"bytes"
	"cmp"
	"context"
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
)

// operate adds the routes by which a person acts.
func operate(e *echo.Echo, o Operator, auth echo.MiddlewareFunc) {
	e.GET("/v1/dead-letters", listLetters(o), auth)
	many(e, o, auth)
	e.GET("/v1/messages/:id", func(c echo.Context) error {
		return on(c, chat.ParseMessageID, func(id chat.MessageID) (any, error) { return o.Message(c.Request().Context(), id) })
	}, auth)
	e.GET("/v1/messages/:id/why", whyMessage(o), auth)
	e.GET("/v1/deliveries/:id/why", whyDelivery(o), auth)
	e.POST("/v1/messages/:id/retry", retry(o), auth)
	e.POST("/v1/messages/:id/drop", dropMessage(o), auth)
	e.POST("/v1/messages/:id/approve", approve(o), auth)
	e.POST("/v1/events/:id/replay", replay(o), auth)
	e.POST("/v1/events/:id/drop", dropEvent(o), auth)
	e.POST("/v1/deliveries/:id/answer", answer(o), auth)
	e.POST("/v1/deliveries/:id/recall", recallDelivery(o), auth)
	e.POST("/v1/events/:id/recall", recallEvent(o), auth)
	e.POST("/v1/bots/:bot/rehearse", rehearse(o), auth)
	e.GET("/v1/timers", listTimers(o), auth)
	e.POST("/v1/timers/:id/cancel", cancelTimer(o), auth)
	e.GET("/v1/pauses", listPauses(o), auth)
	e.POST("/v1/pause", brake(o, true), auth)
	e.POST("/v1/resume", brake(o, false), auth)
}

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
	App     chat.AppName     `json:"app,omitempty"`
	User    chat.UserID      `json:"user,omitempty"`
	Bot     chat.BotName     `json:"bot,omitempty"`
	All     bool             `json:"all,omitempty"` // all bots
	Trigger chat.TriggerName `json:"trigger,omitempty"`
	Payload json.RawMessage  `json:"payload,omitempty"`

	// Of what is done to many.
	Select *Selection `json:"select,omitempty"`
	AsOf   time.Time  `json:"as_of,omitzero"`
	After  string     `json:"after,omitempty"`
	Limit  int        `json:"limit,omitempty"`
}

// maxOrder holds the largest payload that a webhook may bring, with room.
const maxOrder = 2 << 20

// order reads the body of a request strictly: a misspelt dry_run that is passed
// over would be the real thing.
func order(c echo.Context, heeds ...string) (o Order, by chat.By, err error) {
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
		if err := strictly(body, &o, append(heeds, "as", "reason")); err != nil {
			return o, by, fail(http.StatusBadRequest, err.Error())
		}
	}
	by, err = o.by()
	return o, by, err
}

func strictly(body []byte, into *Order, heeds []string) error {
	var names map[string]json.RawMessage
	d := json.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(&names); err != nil {
		return errors.New("the body is no JSON object")
	}
	if d.More() {
		return errors.New("the body is one JSON object; something follows it")
	}
	slices.Sort(heeds)
	for name := range names {
		if !slices.Contains(heeds, name) {
			return fmt.Errorf("no field %.40q here; have %s", name, strings.Join(heeds, ", "))
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

func retry(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, by, err := order(c, "dry_run", "show_text", "resend")
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

func replay(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, by, err := order(c, "dry_run", "show_text")
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

func answer(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, by, err := order(c, "answer")
		if err != nil {
			return err
		}
		id, err := chat.ParseDeliveryID(c.Param("id"))
		if err == nil {
			err = in.Answer.Validate()
		}
		if err != nil {
			return fail(http.StatusBadRequest, err.Error())
		}
		d, err := o.Answer(c.Request().Context(), id, in.Answer, by)
		return done(c, d, err)
	}
}

func rehearse(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, _, err := order(c, "trigger", "payload", "show_text")
		if err != nil {
			return err
		}
		list, err := o.Rehearse(c.Request().Context(), chat.BotName(c.Param("bot")), in.Trigger, in.Payload, in.ShowText)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, list)
	}
}

func whyMessage(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		user, err := userParam(c)
		if err != nil {
			return err
		}
		return on(c, chat.ParseMessageID, func(id chat.MessageID) (any, error) { return o.WhyMessage(c.Request().Context(), user, id) })
	}
}

func whyDelivery(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		user, err := userParam(c)
		if err != nil {
			return err
		}
		return on(c, chat.ParseDeliveryID, func(id chat.DeliveryID) (any, error) { return o.WhyDelivery(c.Request().Context(), user, id) })
	}
}

func userParam(c echo.Context) (chat.UserID, error) {
	user := chat.UserID(c.QueryParam("user"))
	if err := user.Validate(); err != nil {
		return "", fail(http.StatusBadRequest, "user: "+err.Error())
	}
	return user, nil
}

func listLetters(o Operator) echo.HandlerFunc {
	return func(c echo.Context) error {
		limit, err := limitParam(c)
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
	for _, x := range []struct {
		name string
		into *time.Time
	}{{"since", &since}, {"until", &until}} {
		text := c.QueryParam(x.name)
		if text == "" {
			continue
		}
		if *x.into, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return since, until, fail(http.StatusBadRequest, x.name+" is a time such as 2026-03-04T09:00:00Z")
		}
	}
	return since, until, nil
}

func isLetter(id string) bool {
	_, e := chat.ParseEventID(id)
	_, m := chat.ParseMessageID(id)
	return e == nil || m == nil
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
		in, by, err := order(c, "bot", "all")
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
