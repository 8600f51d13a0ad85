package webhooks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	failpoint "github.com/botd-chat/botd/internal/fail"
	"github.com/botd-chat/botd/strangers"
)

// Options of a [Receiver]. The zero value works.
type Options struct {
	Log *slog.Logger     // nil: nothing is logged
	Now func() time.Time // nil: time.Now
	// AcceptTimeout bounds one Accept; zero is ten seconds. After it the
	// sender is told to try again.
	AcceptTimeout time.Duration
	Access        Access
	// Answered, if set, is called after each answer. The hook is empty for an
	// address that does not exist.
	Answered func(hook string, status int, took time.Duration)
	// OpenAPI, if set, is the document of [API], for GET /openapi.json.
	OpenAPI []byte
}

// Receiver answers for all hooks. Make one with [New].
type Receiver struct {
	options  Options
	hooks    atomic.Pointer[map[string]Hook]
	stopping atomic.Bool
	gate     atomic.Pointer[strangers.Gate]
	hush     strangers.Hush
	busy     sync.Map // what is being kept now under an Idempotency-Key
	load     load
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
	r.SetAccess(o.Access)
	if err := r.Swap(hooks); err != nil {
		return nil, err
	}
	r.routes = r.route()
	return r, nil
}

// Swap replaces all hooks at once, or none when [Check] finds one of them wrong.
// Requests that have begun end under the hook they began with.
func (r *Receiver) Swap(hooks []Hook) error {
	byName, err := byName(hooks)
	if err == nil {
		r.hooks.Store(&byName)
	}
	return err
}

// Check reports hooks that are incomplete and two of one name, all of them.
func Check(hooks []Hook) error {
	_, err := byName(hooks)
	return err
}

func byName(hooks []Hook) (map[string]Hook, error) {
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
	return byName, errors.Join(wrong...)
}

// Stop makes every new request a 503, for the time between the wish to stop and
// the end of those that have begun. It does not wait for them.
func (r *Receiver) Stop() { r.stopping.Store(true) }

// ServeHTTP answers POST /hooks/{name}, and has a document of it; everything else
// is a problem.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) { r.routes.ServeHTTP(w, req) }

func (r *Receiver) route() *echo.Echo {
	e := echo.New()
	e.Logger.SetOutput(io.Discard) // it would write addresses with their query
	e.IPExtractor = func(req *http.Request) string { return r.gate.Load().Address(req) }
	e.HTTPErrorHandler = func(error, echo.Context) {} // guard has answered
	e.Use(r.guard)
	e.Any("/hooks/:name", r.receive) // the address is looked at before the method
	if r.options.OpenAPI != nil {
		e.Any(documentPath, r.document)
	}
	return e
}

// receive does the work in the order that the package comment gives.
func (r *Receiver) receive(ctx echo.Context) error {
	c, ok := ctx.(*call) // made by guard, which all requests pass
	if !ok {
		return errors.New("a request that has not passed the guard")
	}
	hook, ok := (*r.hooks.Load())[c.Param("name")]
	if !ok {
		return fail(http.StatusNotFound, "There is no such hook.")
	}
	c.hook = hook.Name
	if r.stopping.Load() {
		return unavailable("botd is about to stop; send this again in a moment.").closing()
	}
	if hook.Retired {
		return gone()
	}
	if h, ok := hook.Read.(Handshaker); ok && c.Request().Method == http.MethodOptions {
		return handshake(c, h)
	}
	defer c.body.done()
	q, credential, err := r.authentic(c, hook)
	if err != nil {
		return hook.heeded(err)
	}
	reading, err := read(hook, q)
	switch {
	case err != nil:
		return err
	case reading.Answer != nil:
		return talk(c, reading.Answer)
	case len(reading.Deliveries) == 0:
		return r.accepted(c, reading, nil)
	}
	failpoint.Here(failpoint.Received)
	receipts, err := r.accept(c.Request().Context(), hook, Received{
		Credential: credential.Name, Deliveries: reading.Deliveries, Body: q.Body, RequestID: c.id})
	if err != nil {
		return hook.heeded(notAccepted(err))
	}
	failpoint.Here(failpoint.Stored)
	return r.accepted(c, reading, receipts)
}

// authentic reads the body, once, and finds out whose it is.
func (r *Receiver) authentic(c *call, hook Hook) (*Request, Credential, error) {
	req := c.Request()
	// A request that names both a length and chunks is read by its chunks, and
	// nothing after it on that connection can be trusted (RFC 9112, 6.1). The
	// server hides the length from us, so all that come in chunks are the last.
	if len(req.TransferEncoding) > 0 {
		c.Response().Header().Set("Connection", "close")
	}
	if p := checkHead(req, hook); p != nil {
		return nil, Credential{}, p
	}
	gate := r.gate.Load()
	who := gate.Caller(hook.Name, c.RealIP())
	if p := tooOften(gate, who, r.options.Now()); p != nil {
		return nil, Credential{}, p
	}
	c.body = upload{Reader: http.MaxBytesReader(c.Response().Writer, req.Body, hook.maxBody()), load: &r.load, most: mostHeld}
	if gate.Stranger(who) {
		c.body.most = mostOfStrangers
	}
	raw, p := readBody(&c.body, req.ContentLength, hook.maxBody())
	if p != nil {
		return nil, Credential{}, p
	}
	q := &Request{Header: req.Header, Query: req.URL.RawQuery, Body: raw, Now: r.options.Now()}
	credential, err := hook.verify(q)
	if err != nil {
		gate.Failed(who, q.Now)
		return nil, credential, refused(hook, err)
	}
	gate.Proved(who)
	return q, credential, nil
}

// refused is one and the same answer, whatever the reason.
func refused(hook Hook, err error) *failure {
	p := fail(http.StatusUnauthorized, "The request does not prove that it comes from this hook's sender. The log of botd says why.").
		because("not authenticated: "+err.Error(), nil)
	if challenge := hook.Credentials[0].Challenge(); challenge != "" {
		return p.with("WWW-Authenticate", challenge)
	}
	return p
}

// read finds out what a sender wants to say.
func read(hook Hook, q *Request) (Reading, error) {
	if isJSON(mediaOf(q.Header)) {
		if err := checkJSON(q.Body); err != nil {
			return Reading{}, fail(http.StatusBadRequest, sentence(err))
		}
	}
	reading, err := hook.Read.Read(q)
	if err == nil {
		return reading, nil
	}
	if _, ok := errors.AsType[Unreadable](err); ok || errors.Is(err, errDelivery) {
		return reading, fail(http.StatusBadRequest, sentence(err))
	}
	return reading, notAccepted(err)
}

// accept keeps deliveries. Those of one credential's Idempotency-Key are kept one
// after the other, and the second is told to wait for the first.
func (r *Receiver) accept(ctx context.Context, hook Hook, in Received) ([]chat.Receipt, error) {
	for _, d := range in.Deliveries {
		if !d.Exact {
			continue
		}
		key := hook.Name + " " + in.Credential + " " + d.ID
		if _, busy := r.busy.LoadOrStore(key, true); busy {
			return nil, fail(http.StatusConflict, "A request with this Idempotency-Key is being kept right now; wait for its answer, or send this again.").with("Retry-After", "1")
		}
		defer r.busy.Delete(key)
	}
	ctx, cancel := context.WithTimeout(ctx, r.options.AcceptTimeout)
	defer cancel()
	receipts, err := hook.Accept(ctx, in)
	if err == nil && len(receipts) != len(in.Deliveries) {
		err = fmt.Errorf("%d receipts for %d deliveries", len(receipts), len(in.Deliveries))
	}
	return receipts, err
}
