package delivery

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
	"github.com/botd-chat/botd/internal/fail"
)

// send makes one attempt for each part that is due, all together.
func (j *job) send(ctx context.Context) error {
	due := j.prepare()
	if len(due) == 0 {
		return nil
	}
	slots, err := j.begin(ctx, due)
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	for i, p := range due[1:] {
		wg.Go(func() { j.attempt(ctx, p, slots[i+1]) })
	}
	j.attempt(ctx, due[0], slots[0])
	wg.Wait()
	for _, p := range due {
		j.conclude(p)
	}
	return nil
}

// prepare encodes the parts of the round that are still to be sent, each with
// the Random of its series or a new one, and ends those that cannot be sent.
func (j *job) prepare() []*part {
	var ready []*part
	for _, p := range j.batch {
		if p.Status != chat.Ready {
			continue
		}
		if err := j.encode(p); err != nil {
			p.end(chat.Dead, chat.Refused, err.Error(), j.now)
			continue
		}
		ready = append(ready, p)
	}
	return ready
}

func (j *job) encode(p *part) error {
	p.repeat = p.unclear()
	if p.repeat {
		if p.late(j.now) {
			return errTooLate
		}
		j.randoms.keep(j.message.App, j.message.Group, p.Random)
	} else {
		p.Random = j.randoms.draw(j.message.App, j.message.Group)
	}
	prepared, err := j.app.Client.Prepare(im.Targeted{
		Group: j.message.Group, Type: j.kind, From: j.bot.Account, To: p.Recipients,
		Random: p.Random, Body: j.message.Message.BodyOf(p.Rendering), Priority: j.message.Message.Priority, Push: push(j.bot.Push),
	})
	switch {
	case err != nil:
		return fmt.Errorf("it cannot be sent: %w", err)
	case p.repeat && prepared.Digest() != p.Digest:
		return errors.New("it would not be the same to the byte as the first attempt; the bot was configured anew meanwhile")
	}
	p.prepared, p.Digest = prepared, prepared.Digest()
	return nil
}

func push(text string) im.Push {
	if text == "" {
		return im.Push{}
	}
	return im.PushText(text)
}

// begin keeps everything about the attempts before the first byte leaves, and
// gets each a place in the budgets.
func (j *job) begin(ctx context.Context, due []*part) ([]time.Time, error) {
	b := chat.Begin{Lease: j.lease, Message: j.message.ID, Resolved: j.fresh, Budgets: j.budgets(), Horizon: horizon}
	now := j.Clock.Now()
	if now.Add(horizon + attempting + storing).After(j.lease.Until) {
		return nil, &stop{due: now, why: "lease", cause: errors.New("too little of the lease is left to send in")}
	}
	for _, p := range due {
		d := p.Delivery
		d.Attempts++
		if !p.repeat {
			d.Series = now
		}
		b.Deliveries = append(b.Deliveries, d)
	}
	j.heedClock(b.Deliveries)
	stored := slices.Clone(due) // in the order in which new ones are given their ids
	if j.fresh != nil {
		for _, p := range j.parts {
			if !slices.Contains(due, p) {
				b.Rest, stored = append(b.Rest, p.Delivery), append(stored, p)
			}
		}
	}
	begun, err := j.Store.Begin(ctx, b)
	switch {
	case err != nil:
		return nil, fmt.Errorf("storing that attempts begin: %w", err)
	case !begun.Wait.IsZero():
		return nil, &stop{due: begun.Wait, why: "budget", cause: errors.New("as much is being sent as the service allows")}
	case len(begun.Slots) != len(due):
		return nil, fmt.Errorf("storing that attempts begin: %d places for %d deliveries", len(begun.Slots), len(due))
	}
	fail.Here(fail.AttemptBegun)
	for i, p := range due {
		p.Delivery, p.changed = b.Deliveries[i], true
	}
	if j.fresh == nil {
		return begun.Slots, nil
	}
	if len(begun.IDs) != len(stored) {
		return nil, fmt.Errorf("storing that attempts begin: %d ids for %d new deliveries", len(begun.IDs), len(stored))
	}
	for i, p := range stored {
		p.ID, p.changed = begun.IDs[i], i < len(due)
	}
	j.fresh = nil
	return begun.Slots, nil
}

// rates are how many calls a second there may be, and messages into the group.
func (j *job) rates() (app, group int) {
	app, group = j.app.PerSecond, j.app.GroupPerSecond
	if app == 0 {
		app = DefaultPerSecond
	}
	if group == 0 {
		group = DefaultGroupPerSecond
	}
	return app, group
}

func (j *job) budgets() []chat.Budget {
	app, group := j.rates()
	return []chat.Budget{
		{Name: fmt.Sprintf("app/%s/send_group_msg", j.message.App), PerSecond: app},
		{Name: fmt.Sprintf("group/%s/%s", j.message.App, j.message.Group), PerSecond: group},
	}
}

// errNotSent says that an attempt was begun and nothing of it left.
var errNotSent = errors.New("it was stopped before it was sent")

// attempt waits for its place and sends.
func (j *job) attempt(ctx context.Context, p *part, slot time.Time) {
	p.err = j.await(ctx, slot)
	p.attempt = &chat.Attempt{Delivery: p.ID, N: p.Attempts, Random: p.Random, People: p.Recipients.Len(), Began: j.Clock.Now()}
	if p.err == nil {
		fail.Here(fail.CallBegins)
		p.sent, p.err = j.call(ctx, p.prepared)
		fail.Here(fail.AnswerRead)
		j.gate.heard(j.message.App, sending, p.err)
	}
	p.attempt.Ended = j.Clock.Now()
}

// call makes the attempt. A panic on the way leaves open what came of it, and
// must not take the other messages with it.
func (j *job) call(ctx context.Context, m im.Prepared) (sent im.Sent, err error) {
	ctx, cancel := context.WithTimeout(ctx, attempting)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			j.log.Error("sending panicked", "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("sending panicked: %v", v)
		}
	}()
	return j.app.Client.Send(ctx, m)
}

// await waits for a place. A lease that would end in the middle of the call is
// not begun with: whoever had the lane then could send the same.
func (j *job) await(ctx context.Context, slot time.Time) error {
	timer := j.Clock.NewTimer(slot.Sub(j.Clock.Now()))
	defer timer.Stop()
	select {
	case <-timer.Chan():
	case <-ctx.Done():
		return errNotSent
	}
	if j.Clock.Now().Add(attempting).After(j.lease.Until) {
		return fmt.Errorf("%w: too little of the lease was left", errNotSent)
	}
	return nil
}

// conclude applies what follows from an attempt.
func (j *job) conclude(p *part) {
	now := p.attempt.Ended
	v := judge(p.err, p.Delivery, j.tally.refusals(p.ID), p.repeat, now)
	code := codeOf(p.err)
	p.attempt.Result, p.attempt.Code = v.result, code
	if p.err != nil {
		p.attempt.Error = p.err.Error()
	}
	j.Observe.Attempt(j.message.App, v.result, code, now.Sub(p.attempt.Began))
	j.log.Debug("attempt ended", "delivery", p.ID, "attempt", p.Attempts, "people", p.Recipients.Len(), "result", v.result, "code", code, "error", p.err)
	j.heed(v, p.err, now)
	switch {
	case v.outcome == chat.Sent:
		p.MsgSeq = p.sent.Seq
		p.end(v.status, v.outcome, p.whenSent(), now)
	case v.status != chat.Ready:
		if v.outcome != chat.Unknown {
			p.Series = time.Time{}
		}
		p.end(v.status, v.outcome, v.reason, now)
	default:
		j.again(p, v, now)
	}
}

// whenSent is what is to be known about a part that was accepted.
func (p *part) whenSent() string {
	if p.Resent.IsZero() {
		return ""
	}
	return resentReason
}

// heed does what a verdict means for the whole application.
func (j *job) heed(v verdict, err error, now time.Time) {
	if v.pause > 0 {
		j.shut(now.Add(v.pause), v.probe, err)
		return
	}
	if v.result == chat.Unclear || err != nil && codeOf(err) == 0 {
		return
	}
	if reason, opened := j.gate.open(j.message.App); opened {
		j.log.Info("the application works again", "app", j.message.App, "waited_for", reason)
	}
}

// again makes a part ready for its next attempt. A definite no to the first
// attempt of a series ends the series: the next draws a new Random.
func (j *job) again(p *part, v verdict, now time.Time) {
	if v.counts {
		j.tally.refuse(p.ID)
	}
	if v.result == chat.No && !p.repeat {
		p.Series, p.Digest = time.Time{}, ""
	}
	j.tally.patient(j.message.ID)
	p.Reason, p.Due, p.changed = v.reason, now.Add(around(v.wait, v.least)), true
	j.log.Warn("delivery will be tried again", "delivery", p.ID, "attempts", p.Attempts, "result", v.result, "due", p.Due, "reason", v.reason)
}

func codeOf(err error) int {
	if e, ok := errors.AsType[*im.Error](err); ok {
		return e.Code
	}
	return 0
}
