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

	"github.com/botd-chat/botd/strangers"
)

const headerRequestID = "X-Request-Id"

// requestForm is a request id of somebody else's that is safe to repeat and to
// log.
var requestForm = regexp.MustCompile(`^[A-Za-z0-9._:+/=-]{1,64}$`)

// call is a request with what it carries along.
type call struct {
	echo.Context
	id   string // of the request
	hook string // empty until it is known
	body upload
}

// What all answers say. These slices are shared, and never changed.
var (
	noStore  = []string{"no-store"}
	noSniff  = []string{"nosniff"}
	jsonType = []string{echo.MIMEApplicationJSON}
)

// guard gives each request an id, turns errors and panics into problems, logs
// what was not accepted and counts.
func (r *Receiver) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(plain echo.Context) error {
		began := r.options.Now()
		id := plain.Request().Header.Get(headerRequestID)
		if id == "" || !requestForm.MatchString(id) {
			id = rand.Text()
		}
		c := &call{Context: plain, id: id}
		header := c.Response().Header()
		header[headerRequestID] = []string{id}
		header["Cache-Control"] = noStore
		header["X-Content-Type-Options"] = noSniff

		if err := r.recovered(c, next); err != nil {
			r.fail(c, asProblem(err, c.Request().URL.Path))
		}
		if r.options.Answered != nil {
			r.options.Answered(c.hook, c.Response().Status, r.options.Now().Sub(began))
		}
		return nil
	}
}

// recovered runs the handler. A panic's own text may hold a part of the
// payload, so only Go's runtime errors are told in full.
func (r *Receiver) recovered(c *call, next echo.HandlerFunc) (err error) {
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
	if strangers.Ambiguous(c.Request().Header) {
		return fail(http.StatusBadRequest, "The header can be read in two ways as to where this request ends.").closing()
	}
	return next(c)
}

// fail answers with a problem and logs it. Once an answer has begun there is
// nothing left to say to the sender.
func (r *Receiver) fail(c *call, p *failure) {
	attrs := []any{"hook", c.hook, "status", p.Status, "reason", p.reason,
		"remote", c.RealIP(), "request_id", c.id}
	if p.err != nil {
		attrs = append(attrs, "error", p.err)
	}
	at := level(p)
	if at == slog.LevelWarn && !r.hush.Line(c.hook, r.besides(c.hook)) {
		at = slog.LevelDebug
	}
	r.options.Log.Log(c.Request().Context(), at, "webhook refused", attrs...)
	if !c.Response().Committed {
		r.leaving(c)
		p.write(c.Response(), c.id)
	}
}

// besides tells how many were refused without a line of their own.
func (r *Receiver) besides(hook string) func(n int) {
	return func(n int) {
		r.options.Log.Warn("more webhooks were refused than are listed one by one; the metrics count all", "hook", hook, "besides", n, "within", strangers.HushFor)
	}
}

// leaving tells whoever is answered while botd stops that it is for the last time
// on this connection.
func (r *Receiver) leaving(c *call) {
	if r.stopping.Load() {
		c.Response().Header().Set("Connection", "close")
	}
}

// level keeps strangers who look for open doors out of the usual log.
func level(p *failure) slog.Level {
	switch {
	case errors.Is(p.err, context.Canceled): // the sender has gone
		return slog.LevelInfo
	case p.Status == http.StatusServiceUnavailable && p.err == nil: // nothing of ours failed; senders come too often, or at the wrong time
		return slog.LevelWarn
	case p.Status >= http.StatusInternalServerError:
		return slog.LevelError
	case p.Status == http.StatusNotFound:
		return slog.LevelDebug
	}
	return slog.LevelWarn
}

// asProblem turns the router's own errors into problems.
func asProblem(err error, path string) *failure {
	if p, ok := errors.AsType[*failure](err); ok {
		return p
	}
	if errors.Is(err, echo.ErrMethodNotAllowed) { // one that the router has never heard of
		if path == documentPath {
			return noDocument()
		}
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
