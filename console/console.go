// Package console is the operators' side of botd: the admin listener with its
// health checks, metrics and JSON API.
//
// It is meant for loopback. Whoever reaches it must name it by an allowed host
// (which a page on another site cannot, even by making its own name point
// here), and needs the token for all that tells of people or groups.
//
// Each address is a route: a method, a path, a handler, and what is told of it.
// They stand in the file of what they are about, [API] has them all, and
// GET /openapi.json serves the document that is made of it.
package console

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/problem"
	"github.com/labstack/echo/v4"
)

// ErrNotFound says that there is no such thing; its message is shown.
var ErrNotFound = errors.New("not found")

// ErrUnavailable says that the chat service could not be asked; its message is
// shown.
var ErrUnavailable = errors.New("the chat service could not be asked")

// EventQuery selects events. Zero fields select all.
type EventQuery struct {
	Bot     chat.BotName
	Group   chat.GroupID
	Status  chat.Status
	Outcome chat.Outcome
	Before  chat.EventID // only older ones: the cursor of the page before
	Limit   int          // 1 to 500
}

// Explanation is who an audience comes to in a group, and why.
type Explanation struct {
	Bot      chat.BotName   `json:"bot"`
	Group    chat.GroupID   `json:"group"`
	Rule     chat.Audience  `json:"rule"`
	Ceiling  chat.Audience  `json:"ceiling"` // the widest this bot can reach
	ReadAt   time.Time      `json:"read_at"` // when the membership was read
	Reached  int            `json:"reached"`
	Verdicts []Verdict      `json:"members"`
	Refusal  string         `json:"refusal,omitempty"` // why nothing would be sent although somebody qualifies
	Type     chat.GroupType `json:"group_type"`
}

// Verdict is one person in or out of an audience.
type Verdict struct {
	User   chat.UserID `json:"user"`
	Role   chat.Role   `json:"role,omitempty"` // empty: no member
	In     bool        `json:"in"`
	Reason string      `json:"reason"`
	// Rendering is which of the message's texts they would get, counted from 1; 0 is its
	// own, or the only one.
	Rendering int `json:"rendering,omitempty"`
}

// Backend is what the console asks of the rest of botd.
type Backend interface {
	// Ready reports what keeps botd from accepting; nil when nothing does.
	Ready(ctx context.Context) error
	// Plugins lists the plugins of the bots, and which are there.
	Plugins() []Plugin
	Events(ctx context.Context, q EventQuery) (events []chat.EventRecord, next chat.EventID, err error)
	// History returns ErrNotFound for an unknown id.
	History(ctx context.Context, id chat.EventID) (chat.EventHistory, error)
	// Explain holds a rule against a group as it is now. A nil rule means the
	// bot's own audience.
	Explain(ctx context.Context, bot chat.BotName, group chat.GroupID, rule *chat.Audience, sender chat.UserID) (Explanation, error)
	// Strike makes the event of a schedule now, by the way its clock would.
	Strike(ctx context.Context, bot chat.BotName, trigger chat.TriggerName) (chat.Receipt, error)
	Leaks(context.Context, LeakQuery) (LeakPage, error)
	// Callbacks says what the chat service has told since botd began to listen.
	Callbacks() CallbackList
}

// Options are what a console is made of. All fields are required.
type Options struct {
	Backend  Backend
	Operator Operator
	Upkeep   Upkeep
	Receipts Receipts
	Reloader Reloader
	Metrics  http.Handler
	// Token is asked for each time, since it can change, and what it returns is
	// asked for as a bearer token by all routes that tell of people or groups. It
	// must not be empty: nobody can give that.
	Token func() string
	// Hosts are the names, without port, by which the listener may be called,
	// beside localhost and loopback addresses.
	Hosts   []string
	Version string
	OpenAPI []byte // the document of [API]
	Log     *slog.Logger
}

// New returns the handler of the admin listener.
func New(o Options) http.Handler {
	e := echo.New()
	e.HideBanner = true
	e.HTTPErrorHandler = answerError(o.Log)
	e.IPExtractor = echo.ExtractIPDirect()
	e.Use(recoverPanics(o.Log), sameHost(o.Hosts), safeHeaders)

	mount(e, routes(o), token(o.Token))
	return e
}

// fail is an error that is shown to the caller as it is.
func fail(status int, detail string) error {
	return echo.NewHTTPError(status, detail)
}

// answerError turns what a handler returned into problem details. What is not
// meant for the caller is logged and told as "internal error".
func answerError(log *slog.Logger) echo.HTTPErrorHandler {
	return func(err error, c echo.Context) {
		if c.Response().Committed {
			return
		}
		d := problem.Details{Status: http.StatusInternalServerError}
		var known *echo.HTTPError
		var unusable *Unusable
		switch {
		case errors.As(err, &known):
			d.Status = known.Code
			if s, ok := known.Message.(string); ok && s != http.StatusText(known.Code) {
				d.Detail = s
			}
		case errors.Is(err, ErrNotFound):
			d.Status, d.Detail = http.StatusNotFound, err.Error()
		case errors.Is(err, ErrConflict):
			d.Status, d.Detail = http.StatusConflict, err.Error()
		case errors.Is(err, ErrUnfit):
			d.Status, d.Detail = http.StatusUnprocessableEntity, err.Error()
		case errors.Is(err, ErrUnavailable):
			d.Status, d.Detail = http.StatusBadGateway, err.Error()
		case errors.As(err, &unusable):
			d.Status, d.Detail, d.Mistakes = http.StatusUnprocessableEntity, err.Error(), unusable.Mistakes
		default:
			log.Error("admin request failed", "route", c.Path(), "error", err)
			d.Detail = "internal error; the log says more"
		}
		problem.Write(c.Response(), d)
	}
}
