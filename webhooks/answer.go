package webhooks

import (
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/botd-chat/botd/chat"
	failpoint "github.com/botd-chat/botd/internal/fail"
)

// heeded is a refusal in a way that the hook's sender heeds: one that drops what
// is answered with 4xx is not to drop what it only has to send again.
func (h Hook) heeded(err error) error {
	p, ok := errors.AsType[*failure](err)
	if !ok || !h.Only5xx || p.Status != http.StatusTooManyRequests && p.Status != http.StatusRequestTimeout {
		return err
	}
	again := *p
	again.Status = http.StatusServiceUnavailable
	return &again
}

// notAccepted tells the sender whether to mend the webhook or to send it again.
// What is wrong with a payload may quote it, so the log is told by [Unfit] alone.
func notAccepted(err error) *failure {
	if p, ok := errors.AsType[*failure](err); ok {
		return p
	}
	if f, ok := errors.AsType[*Forbidden](err); ok {
		return fail(http.StatusForbidden, sentence(f))
	}
	if t, ok := errors.AsType[*TooOften](err); ok {
		return fail(http.StatusTooManyRequests, sentence(t)).with("Retry-After", seconds(t.Wait))
	}
	switch {
	case errors.Is(err, ErrUnprocessable):
		reason := ErrUnprocessable.Error()
		if u, ok := errors.AsType[*Unfit](err); ok {
			reason = u.Error()
		}
		return fail(http.StatusUnprocessableEntity, sentence(err)).because(reason, nil)
	case errors.Is(err, ErrReused):
		return fail(http.StatusUnprocessableEntity, sentence(ErrReused)+" Take a new one for what is new.").because(ErrReused.Error(), nil)
	}
	return unavailable("The webhook could not be stored. Nothing was kept; send it again.").because("accepting the webhook", err)
}

// seconds are whole ones, and at least one.
func seconds(d time.Duration) string { return strconv.Itoa(max(1, int(math.Ceil(d.Seconds())))) }

// accepted answers 202, also to a repeat: the promise is the same one, and a
// sender that missed our first answer must not read the second as something
// else. The body tells them apart.
func (r *Receiver) accepted(c *call, reading Reading, receipts []chat.Receipt) error {
	header := c.Response().Header()
	for _, receipt := range receipts {
		r.logAccepted(c, receipt)
	}
	r.leaving(c)
	defer failpoint.Here(failpoint.Answered)
	if reading.Kept != nil {
		return talk(c, reading.Kept)
	}
	for i := range receipts {
		if receipts[i].Events == nil {
			receipts[i].Events = []chat.EventID{}
		}
		if len(receipts[i].Events) > 0 && header["Location"] == nil {
			header["Location"] = []string{"/v1/events/" + receipts[i].Events[0].String()}
		}
	}
	var body []byte // of ids and flags, which cannot fail
	if len(receipts) == 1 && !reading.Batch {
		body, _ = json.Marshal(receipts[0])
	} else {
		body, _ = json.Marshal(Receipts{append([]chat.Receipt{}, receipts...)}) // [] and not null
	}
	header["Content-Type"] = jsonType
	c.Response().WriteHeader(http.StatusAccepted)
	_, _ = c.Response().Write(append(body, '\n')) // it is kept, whether or not the sender still listens
	return nil
}

func (r *Receiver) logAccepted(c *call, receipt chat.Receipt) {
	if ctx := c.Request().Context(); r.options.Log.Enabled(ctx, slog.LevelInfo) {
		r.options.Log.InfoContext(ctx, "webhook accepted", "hook", c.hook, "receipt", receipt.ID,
			"events", receipt.Events, "repeated", receipt.Repeated, "request_id", c.id)
	}
}

// talk says what is nobody's business but the sender's and ours.
func talk(c *call, a *Answer) error {
	status := a.Status
	if status == 0 {
		status = http.StatusOK
	}
	if a.Type != "" {
		c.Response().Header().Set("Content-Type", a.Type)
	}
	c.Response().WriteHeader(status)
	_, _ = c.Response().Write(a.Body) // the sender may be gone; it will ask again
	return nil
}

// handshake answers a sender that asks for leave to post.
func handshake(c *call, h Handshaker) error {
	for name, values := range h.Handshake(c.Request().Header) {
		c.Response().Header()[name] = values
	}
	c.Response().WriteHeader(http.StatusOK)
	return nil
}
