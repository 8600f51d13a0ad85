package webhooks

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime"
	"runtime/debug"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"
)

const headerRequestID = "X-Request-Id"

// requestForm is a request id of somebody else's that is safe to repeat and to
// log.
var requestForm = regexp.MustCompile(`^[A-Za-z0-9._:+/=-]{1,64}$`)

// Keys of what a request carries along.
const (
	keyRequestID = "request id"
	keyHook      = "hook"
)

func requestID(c echo.Context) string { id, _ := c.Get(keyRequestID).(string); return id }

func hookOf(c echo.Context) string { name, _ := c.Get(keyHook).(string); return name }

func setHook(c echo.Context, name string) { c.Set(keyHook, name) }

// guard gives each request an id, turns errors and panics into problems, logs
// what was not accepted and counts.
func (r *Receiver) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := r.options.Now()
		id := c.Request().Header.Get(headerRequestID)
		if !requestForm.MatchString(id) {
			id = rand.Text()
		}
		c.Set(keyRequestID, id)
		header := c.Response().Header()
		header.Set(headerRequestID, id)
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")

		if err := r.recovered(c, next); err != nil {
			r.fail(c, asProblem(err))
		}
		if r.options.Answered != nil {
			r.options.Answered(hookOf(c), c.Response().Status, r.options.Now().Sub(began))
		}
		return nil
	}
}

// recovered runs the handler. A panic's own text may hold a part of the
// payload, so only Go's runtime errors are told in full.
func (r *Receiver) recovered(c echo.Context, next echo.HandlerFunc) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		what := fmt.Sprintf("panic of type %T", v)
		if e, ok := v.(runtime.Error); ok {
			what = "panic: " + e.Error()
		}
		err = fail(http.StatusInternalServerError, "botd made a mistake. Nothing was promised; send this again.").
			because(what+"\n"+string(debug.Stack()), nil).closing()
	}()
	return next(c)
}

// fail answers with a problem and logs it. Once an answer has begun there is
// nothing left to say to the sender.
func (r *Receiver) fail(c echo.Context, p *failure) {
	attrs := []any{"hook", hookOf(c), "status", p.Status, "reason", p.reason,
		"remote", c.RealIP(), "request_id", requestID(c)}
	if p.err != nil {
		attrs = append(attrs, "error", p.err)
	}
	r.options.Log.Log(c.Request().Context(), level(p), "webhook refused", attrs...)
	if !c.Response().Committed {
		p.write(c.Response(), requestID(c))
	}
}

// level keeps strangers who look for open doors out of the usual log.
func level(p *failure) slog.Level {
	switch {
	case errors.Is(p.err, context.Canceled): // the sender has gone
		return slog.LevelInfo
	case p.Status >= http.StatusInternalServerError:
		return slog.LevelError
	case p.Status == http.StatusNotFound:
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

// asProblem turns the router's own errors into problems.
func asProblem(err error) *failure {
	if p, ok := errors.AsType[*failure](err); ok {
		return p
	}
	if errors.Is(err, echo.ErrMethodNotAllowed) { // one that the router has never heard of
		return wrongMethod()
	}
	if errors.Is(err, echo.ErrNotFound) {
		return fail(http.StatusNotFound, "There is nothing at this address. Webhooks go to /hooks/ and the hook's name.")
	}
	return fail(http.StatusInternalServerError, "botd made a mistake. Nothing was promised; send this again.").because("answering", err)
}

// sentence writes an error for a reader outside: first letter large, full stop.
func sentence(err error) string {
	s := err.Error()
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:] + "."
}
