package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	failpoint "github.com/botd-chat/botd/internal/fail"
)

// Options of a [Receiver]. The zero value works.
type Options struct {
	Log *slog.Logger     // nil: nothing is logged
	Now func() time.Time // nil: time.Now
	// AcceptTimeout bounds one Accept; zero is ten seconds. After it the
	// sender is told to try again.
	AcceptTimeout time.Duration
	// Answered, if set, is called after each answer. The hook is empty for an
	// address that does not exist.
	Answered func(hook string, status int, took time.Duration)
}

// Receiver answers for all hooks. Make one with [New].
type Receiver struct {
	options  Options
	hooks    atomic.Pointer[map[string]Hook]
	stopping atomic.Bool
	routes   *echo.Echo
}

// New makes a receiver for these hooks. It refuses a hook that is incomplete
// and two of one name, and then names all that is wrong.
func New(hooks []Hook, o Options) (*Receiver, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.AcceptTimeout == 0 {
		o.AcceptTimeout = 10 * time.Second
	}
	r := &Receiver{options: o}
	if err := r.Swap(hooks); err != nil {
		return nil, err
	}
	r.routes = r.route()
	return r, nil
}

// Swap replaces all hooks at once, or none when one of them is wrong. Requests
// that have begun end under the hook they began with.
func (r *Receiver) Swap(hooks []Hook) error {
	byName := make(map[string]Hook, len(hooks))
	var wrong []error
	for _, h := range hooks {
		if err := h.validate(); err != nil {
			wrong = append(wrong, err)
		}
		if _, twice := byName[h.Name]; twice {
			wrong = append(wrong, fmt.Errorf("hook %q is there twice; an address belongs to one sender", h.Name))
		}
		byName[h.Name] = h
	}
	if err := errors.Join(wrong...); err != nil {
		return err
	}
	r.hooks.Store(&byName)
	return nil
}

// Stop makes every new request a 503, for the time between the wish to stop and
// the end of those that have begun. It does not wait for them.
func (r *Receiver) Stop() { r.stopping.Store(true) }

// ServeHTTP answers POST /hooks/{name}; everything else is a problem.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) { r.routes.ServeHTTP(w, req) }

func (r *Receiver) route() *echo.Echo {
	e := echo.New()
	e.Logger.SetOutput(io.Discard) // it would write addresses with their query
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = func(error, echo.Context) {} // guard has answered
	e.Use(r.guard)
	e.Any("/hooks/:name", r.receive) // the address is looked at before the method
	return e
}

// receive does the work in the order that the package comment gives.
func (r *Receiver) receive(ctx echo.Context) error {
	c, ok := ctx.(*call) // made by guard, which all requests pass
	if !ok {
		return errors.New("a request that has not passed the guard")
	}
	req := c.Request()
	hook, ok := (*r.hooks.Load())[c.Param("name")]
	if !ok {
		return fail(http.StatusNotFound, "There is no such hook.")
	}
	c.hook = hook.Name
	if r.stopping.Load() {
		return unavailable("botd is about to stop; send this again in a moment.").closing()
	}
	// A request that names both a length and chunks is read by its chunks, and
	// nothing after it on that connection can be trusted (RFC 9112, 6.1). The
	// server hides the length from us, so all that come in chunks are the last.
	if len(req.TransferEncoding) > 0 {
		c.Response().Header().Set("Connection", "close")
	}
	if p := checkHead(req, hook.maxBody()); p != nil {
		return p
	}
	body, p := readBody(c.Response().Writer, req, hook.maxBody())
	if p != nil {
		return p
	}
	id, err := hook.Verify.Verify(req.Header, body, r.options.Now())
	if err != nil {
		return refused(hook, err)
	}
	if err := checkJSON(body); err != nil {
		return fail(http.StatusBadRequest, sentence(err))
	}
	failpoint.Here(failpoint.Received)
	receipt, err := r.accept(req.Context(), hook, Received{ID: id, Body: body, RequestID: c.id})
	if err != nil {
		return notAccepted(err)
	}
	failpoint.Here(failpoint.Stored)
	return r.accepted(c, receipt)
}

// refused is one and the same answer, whatever the reason.
func refused(hook Hook, err error) *failure {
	if errors.Is(err, errDelivery) {
		return fail(http.StatusBadRequest, sentence(err))
	}
	p := fail(http.StatusUnauthorized, "The request does not prove that it comes from this hook's sender. The log of botd says why.").
		because("not authenticated: "+err.Error(), nil)
	if challenge := hook.Verify.Challenge(); challenge != "" {
		return p.with("WWW-Authenticate", challenge)
	}
	return p
}

func (r *Receiver) accept(ctx context.Context, hook Hook, in Received) (chat.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, r.options.AcceptTimeout)
	defer cancel()
	return hook.Accept(ctx, in)
}

// notAccepted tells the sender whether to mend the webhook or to send it again.
// What is wrong with a payload may quote it, so the log is told by [Unfit] alone.
func notAccepted(err error) *failure {
	if errors.Is(err, ErrUnprocessable) {
		reason := ErrUnprocessable.Error()
		if u, ok := errors.AsType[*Unfit](err); ok {
			reason = u.Error()
		}
		return fail(http.StatusUnprocessableEntity, sentence(err)).because(reason, nil)
	}
	return unavailable("The webhook could not be stored. Nothing was kept; send it again.").because("accepting the webhook", err)
}

// accepted answers 202, also to a repeat: the promise is the same one, and a
// sender that missed our first answer must not read the second as something
// else. The body tells them apart.
func (r *Receiver) accepted(c *call, receipt chat.Receipt) error {
	if ctx := c.Request().Context(); r.options.Log.Enabled(ctx, slog.LevelInfo) {
		r.options.Log.InfoContext(ctx, "webhook accepted", "hook", c.hook, "receipt", receipt.ID,
			"events", receipt.Events, "repeated", receipt.Repeated, "request_id", c.id)
	}
	if receipt.Events == nil {
		receipt.Events = []chat.EventID{}
	}
	body, _ := json.Marshal(receipt) // ids and a flag, which cannot fail
	header := c.Response().Header()
	if len(receipt.Events) > 0 {
		header["Location"] = []string{"/v1/events/" + receipt.Events[0].String()}
	}
	header["Content-Type"] = jsonType
	c.Response().WriteHeader(http.StatusAccepted)
	_, _ = c.Response().Write(append(body, '\n')) // it is kept, whether or not the sender still listens
	failpoint.Here(failpoint.Answered)
	return nil
}
