package callbacks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// The service waits for two seconds after it has asked, and some of them are on the way.
const (
	// KeepWithin is how long after a callback arrived a held message may have been
	// stored; what was stored later is void.
	KeepWithin = 1500 * time.Millisecond
	// AnswerWithin is how long after it arrived there is an answer, whatever the store
	// does: that it is to be written again, since what is stored later is void. If botd is
	// killed after that answer and before it can be voided, it is handled all the same,
	// and so is what its sender writes again. To give no answer would show it to everybody.
	AnswerWithin = 1800 * time.Millisecond
)

// before is about a message that nobody has seen.
func (r *Receiver) before(ctx context.Context, d *desk, c Callback) (answer, Outcome) {
	g := d.rooms[c.Group]
	if !g.strict() {
		return answer{}, Passed
	}
	v := g.judge(*c.Message, r.role(c))
	rules := v.hold
	if len(rules) == 0 {
		rules = v.mask
	}
	if len(rules) == 0 {
		return answer{}, Passed
	}
	if g := d.echo(c); g != "" {
		r.spare(c, g)
		return answer{}, Dropped
	}
	a, out := r.decide(ctx, d, c, v)
	r.options.Observe.judged(rules, out)
	return a, out
}

// decide has a message kept, and says what becomes of it.
func (r *Receiver) decide(ctx context.Context, d *desk, c Callback, v verdict) (answer, Outcome) {
	c.Message = &v.message
	if len(v.message.Text) > chat.MaxText || len(v.hold) == 0 && v.masked == nil {
		return answer{code: codeAgain, info: tooLong}, Again // no event can have it, or the service may show what was written instead
	}
	if len(v.hold) > 0 {
		if over := r.caps.over(c, v.hold, c.Received); over != "" {
			r.options.Observe.capped(d.Name, over)
			return again(v.hold), Again
		}
		if err := r.keep(ctx, c, v.hold); err != nil {
			return again(v.hold), Again
		}
		return answer{code: codeDiscard}, Held
	}
	shown := answer{body: v.masked}
	if over := r.caps.over(c, v.mask, c.Received); over != "" {
		r.options.Observe.capped(d.Name, over)
		return shown, Masked // nobody sees the words, and the bots hear no more of it
	}
	if err := r.keep(ctx, c, v.mask); err != nil {
		return again(v.mask), Again
	}
	return shown, Masked
}

// errLate says that the sink has not answered in time.
var errLate = errors.New("the sink has not answered in time")

// keep has the sink keep something before the service gives up.
func (r *Receiver) keep(ctx context.Context, c Callback, rules []Rule) error {
	left := c.Received.Add(AnswerWithin).Sub(r.options.Now())
	if left <= 0 {
		return errLate
	}
	kept := make(chan error, 1)
	r.late.Go(func() { kept <- r.hold(context.WithoutCancel(ctx), c, rules) })
	enough := time.NewTimer(left)
	defer enough.Stop()
	ended, err := inTime(kept, enough.C)
	if !ended {
		r.late.Go(func() { r.afterAll(c, <-kept) })
	}
	if err != nil {
		r.options.Log.Error("a message could not be kept in time: it is shown to nobody, and its sender is told to write it again",
			"app", c.App, "group", c.Group, "user", short(c.Message.From), "after", r.options.Now().Sub(c.Received), "error", err)
	}
	return err
}

// inTime is what comes of something before there has been enough time. Where both are
// there at once, as on a machine that stood still meanwhile, what came of it counts: to
// have something written again that is kept would be to have it twice.
func inTime(kept <-chan error, enough <-chan time.Time) (ended bool, err error) {
	select {
	case err = <-kept:
		return true, err
	case <-enough:
	}
	select {
	case err = <-kept:
		return true, err
	default:
		return false, errLate
	}
}

// hold calls the sink, which must not take the verdict with it when it panics. A panic's
// own text may be of the message.
func (r *Receiver) hold(ctx context.Context, c Callback, rules []Rule) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the sink panicked: %T", v)
		}
	}()
	return r.options.Sink.Hold(ctx, c, rules, c.Received.Add(KeepWithin))
}

// afterAll tells the operator of what was kept although its sender has been told to write
// it again. The sink voids what is late, so this is when not even that worked.
func (r *Receiver) afterAll(c Callback, err error) {
	if err == nil {
		r.options.Log.Error("a message was kept after its sender had been told to write it again, so that it may be there twice",
			"app", c.App, "group", c.Group, "user", short(c.Message.From), "after", r.options.Now().Sub(c.Received))
	}
}

// Leaked says which rules should have taken a message of a group's history out of it
// before anybody saw it: none, for one that was right to be seen. The callback that it
// returns is what a [Sink] would have been given to hold. Of c, App, Group and Message
// count. Roles should have read the group just now.
func (r *Receiver) Leaked(c Callback, roles func(chat.UserID) (chat.Role, bool)) (Callback, []Rule) {
	d := r.site.Load().desks[c.App]
	if d == nil || d.rooms[c.Group] == nil || d.echo(c) != "" || r.spared.has(c.Key("")) {
		return c, nil
	}
	m := *c.Message
	rules := d.rooms[c.Group].holding(&m, roles)
	if len(rules) > 0 && m.marked() {
		if _, member := roles(m.From); !member {
			return c, nil // of a bot that we had, and not of a member whose app writes our mark
		}
	}
	c.Message = &m
	return c, rules
}
