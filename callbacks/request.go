package callbacks

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/botd-chat/botd/problem"
	"github.com/botd-chat/botd/strangers"
)

// How much of bodies is read. The largest names the members of a group that was destroyed,
// up to 6,000 of them (product/1047/34381); a message has up to 12 KB, and as much beside
// its elements, in which each byte may be written as six.
const (
	mostOfMessage = 256 << 10
	mostOfAny     = 1 << 20
	smallBody     = 64 << 10
	mostHeld      = 64 << 20 // of bodies that are not small, at a time
)

// refusal is why a request goes no further. The reason is for the log, and never of the
// body, a secret or a signature.
type refusal struct {
	problem.Details
	why    Reason
	reason string
	wait   time.Duration // for whoever came too often
}

// unproved is one and the same answer, whatever the reason.
func unproved(why Reason, reason string) *refusal {
	return &refusal{why: why, reason: reason, Details: problem.Details{Status: http.StatusUnauthorized,
		Detail: "The request does not prove that it comes from the chat service. The log of botd says why."}}
}

// authentic finds out whose callback it is, without a byte of its body. The proof comes
// before the limit to strangers: behind one address, as of a proxy in front, there may be a
// stranger and the service, and to have that come again later would show what is to be held.
func (r *Receiver) authentic(req *http.Request, desks map[uint32]*desk, c *Callback) (*desk, *refusal) {
	if strangers.Ambiguous(req.Header) {
		return nil, &refusal{why: RefusedQuery, reason: "the header can be read in two ways as to where the request ends",
			Details: problem.Details{Status: http.StatusBadRequest}}
	}
	if req.Method != http.MethodPost {
		return nil, &refusal{why: RefusedMethod, reason: "not POST", Details: problem.Details{Status: http.StatusMethodNotAllowed}}
	}
	gate := r.gate.Load()
	from := gate.Address(req)
	who := gate.Caller("callbacks", from)
	d, p := proof(req, from, desks, c)
	if p == nil {
		gate.Proved(who)
		return d, nil
	}
	if wait := gate.Wait(who, c.Received); wait > 0 {
		return nil, &refusal{why: RefusedTooOften, reason: "too many requests without proof", wait: wait,
			Details: problem.Details{Status: http.StatusTooManyRequests}}
	}
	gate.Failed(who, c.Received)
	return d, p
}

// proof looks at the address of a request and where it comes from.
func proof(req *http.Request, from string, desks map[uint32]*desk, c *Callback) (*desk, *refusal) {
	q, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		return nil, unproved(RefusedQuery, "the query cannot be read")
	}
	for _, name := range []string{"SdkAppid", "CallbackCommand", "Sign", "RequestTime", "OptPlatform"} {
		if len(q[name]) > 1 {
			return nil, unproved(RefusedQuery, name+" is there more than once")
		}
	}
	d := desks[sdkAppID(q.Get("SdkAppid"))]
	if d == nil {
		return nil, unproved(RefusedUnknown, "no application of this SdkAppid has this address")
	}
	c.App, c.Command, c.Platform = d.Name, q.Get("CallbackCommand"), q.Get("OptPlatform")
	if !d.from(from) {
		return d, unproved(RefusedSource, "the address is not among the application's sources")
	}
	if why := d.proved(q.Get("Sign"), q.Get("RequestTime"), c.Received); why != "" {
		return d, unproved(why, map[Reason]string{
			RefusedUnsigned: "Sign or RequestTime is missing; is authentication switched on in the service's console?",
			RefusedSign:     "Sign was not made with a token of the application",
			RefusedTime:     fmt.Sprintf("RequestTime is no time, or more than %v old, or more than %v ahead of our clock", maxAge, maxAhead),
		}[why])
	}
	if c.Command == "" {
		return d, &refusal{why: RefusedQuery, reason: "CallbackCommand is missing in the query", Details: problem.Details{Status: http.StatusBadRequest}}
	}
	return d, nil
}

// sdkAppID reads one; zero, which nobody has, for anything else.
func sdkAppID(s string) uint32 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return 0
	}
	return uint32(n)
}

// body reads it, once. Large ones are few, and have to find room.
func (r *Receiver) body(w http.ResponseWriter, req *http.Request, command string) ([]byte, *refusal) {
	most := int64(mostOfAny)
	if command == BeforeGroupMessage || command == AfterGroupMessage {
		most = mostOfMessage
	}
	if req.ContentLength < 0 || req.ContentLength > smallBody {
		if !r.large.TryAcquire(most) {
			return nil, &refusal{why: RefusedTooLarge, reason: "too many large bodies at a time", Details: problem.Details{Status: http.StatusServiceUnavailable}}
		}
		defer r.large.Release(most)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, most))
	if err == nil {
		return body, nil
	}
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, &refusal{why: RefusedTooLarge, reason: fmt.Sprintf("the body has more than %d bytes", most), Details: problem.Details{Status: http.StatusRequestEntityTooLarge}}
	}
	return nil, &refusal{why: RefusedBody, reason: "the body ended early", Details: problem.Details{Status: http.StatusBadRequest}}
}

// refuse answers what goes no further. Strangers are told nothing of why.
func (r *Receiver) refuse(w http.ResponseWriter, req *http.Request, d *desk, c Callback, p *refusal) {
	var app string
	if d != nil {
		app = string(d.Name)
	}
	r.options.Observe.refused(c.App, p.why, p.reason)
	if r.hush.Line(app, r.besides(app)) {
		r.options.Log.Warn("callback refused", "app", app, "command", r.name(c.Command), "why", p.why, "reason", p.reason, "remote", r.gate.Load().Address(req))
	}
	if p.Status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", http.MethodPost)
	}
	if p.wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(p.wait/time.Second)+1))
	}
	w.Header().Set("Connection", "close") // what is left of the body is not read
	problem.Write(w, p.Details)
}

// besides tells how many were refused without a line of their own.
func (r *Receiver) besides(app string) func(n int) {
	return func(n int) {
		r.options.Log.Warn("more callbacks were refused than are listed one by one; the metrics count all", "app", app, "besides", n, "within", strangers.HushFor)
	}
}

// recovered answers when something panicked. Its text may be of the body, so the log has
// its type and where it was.
func (r *Receiver) recovered(w http.ResponseWriter, d *desk, c *Callback) {
	v := recover()
	if v == nil {
		return
	}
	r.options.Log.Error("a callback made botd panic", "app", d.Name, "command", r.name(c.Command), "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
	if a, no := d.unread(*c); no {
		r.end(w, d, *c, a, Again)
		return
	}
	problem.Write(w, problem.Details{Status: http.StatusInternalServerError})
}
