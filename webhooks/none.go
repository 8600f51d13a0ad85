package webhooks

import "net/http"

// noneKind takes what anybody posts. It is for senders on this machine, and for
// trying things; the configuration refuses it where other machines reach the hook
// unless somebody wrote that this is meant.
var noneKind = Kind{
	Name: "none",
	New: func(s Settings) (Verifier, Reader, error) {
		return anybody{pages: s.Insecure}, plainReader{needID: s.NeedID}, nil
	},
	Sign: func(_ Settings, m Sample) (http.Header, error) {
		return headers(headerIdempotencyKey, m.ID), nil
	},
}

// anybody is every program on this machine. Pages in its browser are not: one from
// elsewhere whose name was made to point here could post like a program, but for the
// header that a browser gives whatever a page posts.
type anybody struct {
	pages bool // may post, too
}

func (anybody) Challenge() string { return "" }

func (a anybody) Verify(q *Request) error {
	if !a.pages && len(q.Header["Origin"]) > 0 {
		return refuse("a page in a browser posts this, and may have come from anywhere; none: {insecure: true} lets those in, too")
	}
	return nil
}
