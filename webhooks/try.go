package webhooks

import (
	"errors"
	"net/http"

	"github.com/botd-chat/botd/problem"
)

// Try says what a request would ask of a hook if it came from the hook's sender,
// and keeps nothing. It takes the steps of a [Receiver] that come before and after
// the sender is authenticated. [Refusal] says what an error would be answered with.
func Try(hook Hook, q *Request) (Reading, error) {
	switch media := mediaOf(q.Header); {
	case hook.Retired:
		return Reading{}, gone()
	case media == "" || !hook.Read.Takes(media):
		return Reading{}, wrongMedia(hook.Read)
	case int64(len(q.Body)) > hook.maxBody():
		return Reading{}, tooLarge(hook.maxBody())
	}
	return read(hook, q)
}

// Refusal is what a sender is told when a webhook is not taken because of err,
// which is of [Try] or of a hook's Accept.
func Refusal(err error) problem.Details {
	if p, ok := errors.AsType[*failure](err); ok {
		return p.Details
	}
	return notAccepted(err).Details
}

// gone is for a hook that was retired on purpose.
func gone() *failure {
	return fail(http.StatusGone, "This hook is gone for good; its owner can say where to send to instead.").closing()
}
