// Package console is the operators' side of botd: the admin listener with its
// health checks, metrics and JSON API.
//
// It is meant for loopback. Whoever reaches it must name it by an allowed host
// (which a page on another site cannot, even by making its own name point
// here), and needs the token for all that tells of people or groups.
//
//	GET /healthz                     the process answers
//	GET /readyz                      it can accept: 200, or 503 with what is missing
//	GET /version                     what runs
//	GET /metrics                     Prometheus
//	GET /v1/events                   events, newest first
//	GET /v1/events/{id}              one event and all that came of it
//	GET /v1/bots/{bot}/audience      who a bot would reach now, and why
//	POST /v1/bots/{bot}/schedules/{trigger}/run   strike a schedule now
//	GET /v1/dead-letters             events and messages that wait for a person
//	POST /v1/dead-letters/retry      try some of them again; also drop, and count
//	POST /v1/events/replay           handle some events again; also count
//	GET /v1/messages/{id}            one message, its deliveries and their attempts
//	GET /v1/messages/{id}/why        why a user got it, or did not; also of a delivery
//	POST /v1/messages/{id}/retry     send a held or dead message again; also drop
//	POST /v1/messages/{id}/approve   send one that is held for its size
//	POST /v1/events/{id}/replay      handle an event again; also drop
//	POST /v1/deliveries/{id}/answer  say what became of one that is unknown
//	POST /v1/deliveries/{id}/recall  take back what was sent; also of an event
//	POST /v1/bots/{bot}/rehearse     what a payload would come to, without sending
//	GET /v1/receipts                 receipts of deliveries, newest first; /v1/deliveries/{id}/receipts of one
//	GET /v1/receipts/heads           where each lane's chain of receipts ends
//	GET /v1/receipts/export          chains of receipts, a JSON object a line
//	GET /v1/timers                   what plugins asked to have later
//	POST /v1/timers/{id}/cancel      call it off
//	GET /v1/pauses                   which bots are paused
//	POST /v1/pause, /v1/resume       the brake, for one bot or all
//	POST /v1/erasures                take one user out of what is over
//	GET /v1/erasures                 what was erased; POST /v1/erasures/check: was this user
//	POST /v1/backup                  a copy of the store, as it is at one moment
//	GET /debug/pprof/...             profiles
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
	Bot    chat.BotName
	Group  chat.GroupID
	Status chat.Status
	Before chat.EventID // only older ones: the cursor of the page before
	Limit  int          // 1 to 500
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
}

// Backend is what the console asks of the rest of botd.
type Backend interface {
	// Ready reports what keeps botd from accepting; nil when nothing does.
	Ready(ctx context.Context) error
	Events(ctx context.Context, q EventQuery) (events []chat.EventRecord, next chat.EventID, err error)
	// History returns ErrNotFound for an unknown id.
	History(ctx context.Context, id chat.EventID) (chat.EventHistory, error)
	// Explain holds a rule against a group as it is now. A nil rule means the
	// bot's own audience.
	Explain(ctx context.Context, bot chat.BotName, group chat.GroupID, rule *chat.Audience, sender chat.UserID) (Explanation, error)
	// Strike makes the event of a schedule now, by the way its clock would.
	Strike(ctx context.Context, bot chat.BotName, trigger chat.TriggerName) (chat.Receipt, error)
}

// Options are what a console is made of. All fields are required.
type Options struct {
	Backend  Backend
	Operator Operator
	Upkeep   Upkeep
	Receipts Receipts
	Metrics  http.Handler
	// Token is asked for as a bearer token by all routes that tell of people
	// or groups. It must not be empty.
	Token string
	// Hosts are the names, without port, by which the listener may be called,
	// beside localhost and loopback addresses.
	Hosts   []string
	Version string
	Log     *slog.Logger
}

// New returns the handler of the admin listener. It panics without a token,
// which would be a mistake in the wiring.
func New(o Options) http.Handler {
	if o.Token == "" {
		panic("console: no token")
	}
	e := echo.New()
	e.HideBanner = true
	e.HTTPErrorHandler = answerError(o.Log)
	e.IPExtractor = echo.ExtractIPDirect()
	e.Use(recoverPanics(o.Log), sameHost(o.Hosts), safeHeaders)

	e.GET("/healthz", func(c echo.Context) error { return c.String(http.StatusOK, "ok\n") })
	e.GET("/readyz", ready(o.Backend))
	e.GET("/version", func(c echo.Context) error {
		return c.JSON(http.StatusOK, map[string]string{"version": o.Version})
	})
	e.GET("/metrics", echo.WrapHandler(o.Metrics))

	// Asked for route by route: a guarded group would answer a wrong method
	// as if the address did not exist.
	auth := token(o.Token)
	e.GET("/v1/events", listEvents(o.Backend), auth)
	e.GET("/v1/events/:id", showEvent(o.Backend), auth)
	e.GET("/v1/bots/:bot/audience", explain(o.Backend), auth)
	e.POST("/v1/bots/:bot/schedules/:trigger/run", strike(o.Backend), auth)
	operate(e, o.Operator, auth)
	upkeep(e, o.Upkeep, auth)
	showReceipts(e, o.Receipts, auth)
	profiles(e, auth)
	return e
}

func ready(b Backend) echo.HandlerFunc {
	return func(c echo.Context) error {
		ctx, cancel := context.WithTimeout(c.Request().Context(), 2*time.Second)
		defer cancel()
		if err := b.Ready(ctx); err != nil {
			return fail(http.StatusServiceUnavailable, err.Error())
		}
		return c.String(http.StatusOK, "ready\n")
	}
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
		default:
			log.Error("admin request failed", "route", c.Path(), "error", err)
			d.Detail = "internal error; the log says more"
		}
		problem.Write(c.Response(), d)
	}
}
