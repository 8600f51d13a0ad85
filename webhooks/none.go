package webhooks

import "net/http"

// noneKind takes what anybody posts. It is for senders on this machine, and for
// trying things; the configuration refuses it where other machines reach the hook
// unless somebody wrote that this is meant.
var noneKind = Kind{
	Name: "none",
	New: func(s Settings) (Verifier, Reader, error) {
		return anybody{}, plainReader{needID: s.NeedID}, nil
	},
	Sign: func(_ Settings, m Sample) (http.Header, error) {
		return headers(headerIdempotencyKey, m.ID), nil
	},
}

type anybody struct{}

func (anybody) Challenge() string { return "" }

func (anybody) Verify(*Request) error { return nil }
