package bots

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// maxStuck is how many runs of a bot's plugin may hang at a time before it
// gets no more events: each holds a goroutine and whatever it works on.
const maxStuck = 3

// refusal is a reason why an event is not handled and will not be by waiting.
type refusal struct {
	status  chat.Status  // Done: as it should be; Held: a person has to decide
	outcome chat.Outcome // empty: Refused
	reason  string
	why     error // nil: there is no more to it than the reason
}

func (r *refusal) Error() string { return r.reason }
func (r *refusal) Unwrap() error { return r.why }

// fresh refuses an event of which nothing is worth sending any more.
func (d *Dispatcher) fresh(e chat.EventRecord) error {
	if e.Expires.IsZero() || d.Clock.Now().Before(e.Expires) {
		return nil
	}
	return &refusal{status: chat.Done, outcome: chat.Expired,
		reason: fmt.Sprintf("what comes of it was worth sending until %s, and the plugin could not be run before", e.Expires.UTC().Format(time.RFC3339))}
}

// waiting says that something outside is not known now. It is no failure of
// the event, and the plugin was not run.
type waiting struct {
	err error
	due time.Time // when to look again; zero: with growing pauses
}

func (w *waiting) Error() string { return "waits: " + w.err.Error() }
func (w *waiting) Unwrap() error { return w.err }

// bot finds the event's bot and asks whether it may still handle the event.
func (d *Dispatcher) bot(ctx context.Context, e chat.EventRecord) (*Bot, error) {
	b := d.Bots(e.Bot)
	switch {
	case e.Trigger == ReviewTrigger && !b.speaksIn(e):
		return d.stand(ctx, e)
	case b == nil || b.App != e.App:
		return nil, &waiting{err: fmt.Errorf("no bot %q of app %q is configured any more; add it again, or drop the event", e.Bot, e.App)}
	case !b.In(e.Group):
		return nil, &waiting{err: fmt.Errorf("group %s is not one of bot %q's groups any more; add it again, or drop the event", e.Group, e.Bot)}
	}
	if err := b.hangs(); err != nil {
		return nil, &waiting{err: err}
	}
	return b, nil
}

// speaksIn reports whether there is the bot, and the event's group is one of its.
func (b *Bot) speaksIn(e chat.EventRecord) bool { return b != nil && b.App == e.App && b.In(e.Group) }

// stand is who decides about drafts in the place of the bot that heard of it, which is
// not there any more: a bot whose drafts wait in the group.
func (d *Dispatcher) stand(ctx context.Context, e chat.EventRecord) (*Bot, error) {
	waiting, err := d.Store.Drafts(ctx, e.App, e.Group)
	if err != nil {
		return nil, err
	}
	for _, x := range waiting {
		if b := d.Bots(x.Bot); b.speaksIn(e) {
			return b, nil
		}
	}
	return nil, &refusal{status: chat.Done, reason: fmt.Sprintf("bot %q, which heard it, is not in the group any more, and no other bot has drafts there", e.Bot)}
}

// event makes what the plugin is handed. Nothing in it is the host's own: a
// plugin may keep or change what it got.
func (d *Dispatcher) event(ctx context.Context, b *Bot, work chat.EventWork) (chat.Event, error) {
	r := work.Event
	e := chat.Event{
		Botd: chat.Contract, ID: r.ID, Kind: r.Kind, Name: r.Trigger, Time: r.Time, Group: r.Group,
		Text: r.Text, Payload: slices.Clone(r.Payload), Config: slices.Clone(b.Options), State: cloneState(work.State), Session: cloneState(work.Session),
		Timers: new(chat.Timers), Origin: originOf(r),
	}
	if e.Time.IsZero() {
		e.Time = r.Accepted
	}
	needs, err := b.needs(ctx)
	if err != nil {
		return chat.Event{}, err
	}
	members, facts := slices.Contains(needs, plugins.Members), plugins.FactsIn(needs)
	var m chat.Membership
	switch {
	case r.Kind == chat.Callback:
		m, err = d.happened(ctx, b, r, facts...)
	case r.Sender == "" && !members:
		return e, nil
	default:
		m, err = d.read(ctx, b, r, b.Limits.RoleMaxAge, facts...)
	}
	if err != nil {
		return chat.Event{}, err
	}
	if r.Sender != "" {
		if e.Sender, err = d.sender(r, m); err != nil {
			return chat.Event{}, err
		}
	}
	if members {
		e.Members = slices.Clone(m.Members)
	}
	return e, nil
}

// waitsFor is a wait for what err says, until when it says so.
func waitsFor(err error) *waiting {
	w := &waiting{err: err}
	if closed, ok := errors.AsType[retryable](err); ok {
		w.due = closed.Until()
	}
	return w
}

func (d *Dispatcher) read(ctx context.Context, b *Bot, e chat.EventRecord, maxAge time.Duration, facts ...chat.Fact) (chat.Membership, error) {
	directory := d.Directory(e.App)
	if directory == nil {
		return chat.Membership{}, &waiting{err: fmt.Errorf("app %q is not configured any more; add it again, or drop the event", e.App)}
	}
	ctx, cancel := context.WithTimeout(ctx, reading)
	defer cancel()
	m, err := directory.Read(ctx, e.Group, maxAge, facts...)
	switch {
	case errors.Is(err, ErrNoGroup):
		return m, &refusal{status: chat.Dead, reason: err.Error(), why: err}
	case err != nil:
		return m, waitsFor(err)
	}
	return m, nil
}

// retryable is an error that knows when to come again.
type retryable interface {
	error
	Until() time.Time
}

// sender is who caused the event, if that is a member. Somebody is turned away
// only by a reading that is younger than the event: who has just joined is a
// member, although the last reading does not know it.
func (d *Dispatcher) sender(e chat.EventRecord, m chat.Membership) (*chat.Member, error) {
	if member, ok := m.Find(e.Sender); ok {
		return &member, nil
	}
	if d.older(m, e) && d.Clock.Since(e.Accepted) < time.Minute {
		return nil, &waiting{
			err: fmt.Errorf("sender %q is not in the last reading of the group, which is older than the event; it is read again", e.Sender),
			due: d.Clock.Now().Add(time.Second),
		}
	}
	return nil, &refusal{status: chat.Done, reason: fmt.Sprintf("sender %q is not a member of group %s", e.Sender, e.Group)}
}

// older reports whether the group was read before the event was accepted. An
// event from the future was accepted before the clock was set back; what was
// read since then does not lie in the future.
func (d *Dispatcher) older(m chat.Membership, e chat.EventRecord) bool {
	if now := d.Clock.Now(); e.Accepted.Sub(now) > reading {
		return m.ReadAt.After(now)
	}
	return m.ReadAt.Before(e.Accepted)
}

// originOf is a copy of an event's origin without its ceiling, which is the
// host's to keep.
func originOf(e chat.EventRecord) *chat.Origin {
	if e.Origin == nil {
		return nil
	}
	own := *e.Origin
	own.Ceiling = nil
	return &own
}

// cloneState copies a state down to its bytes; never nil.
func cloneState(s chat.State) chat.State {
	c := make(chat.State, len(s))
	for k, v := range maps.All(s) {
		c[k] = slices.Clone(v)
	}
	return c
}
