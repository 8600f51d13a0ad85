package webhooks

import (
	"net/http"
	"time"

	"github.com/botd-chat/botd/strangers"
)

// Access is what a [Receiver] makes of where requests come from; its doors are the
// hooks.
type Access = strangers.Access

// SetAccess changes what is made of where requests come from. What is known of
// strangers is forgotten, apart from those who are none.
func (r *Receiver) SetAccess(a Access) {
	next := strangers.New(a)
	if before := r.gate.Load(); before != nil {
		next = before.With(a)
	}
	r.gate.Store(next)
}

// tooOften refuses a stranger who has come too often without proof.
func tooOften(g *strangers.Gate, c strangers.Caller, now time.Time) *failure {
	wait := g.Wait(c, now)
	if wait == 0 {
		return nil
	}
	return fail(http.StatusTooManyRequests, "Too many requests from this address did not prove that they come from this hook's sender.").
		with("Retry-After", seconds(wait)).closing()
}
