package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/store"
)

// CountLetters counts what waits for a person.
func (o operator) CountLetters(ctx context.Context, s console.Selection) (n console.Tally, err error) {
	n.AsOf = o.clock.Now().UTC()
	n.Events, n.Messages, err = o.store.CountLetters(ctx, lettersOf(console.Some{Selection: s, AsOf: n.AsOf}))
	return n, err
}

// CountEvents counts events that have ended, without those that were made by
// handling another one again: it stands for them.
func (o operator) CountEvents(ctx context.Context, s console.Selection) (n console.Tally, err error) {
	n.AsOf = o.clock.Now().UTC()
	f, err := eventsOf(console.Some{Selection: s, AsOf: n.AsOf})
	if err == nil {
		n.Events, err = o.store.CountEvents(ctx, f)
	}
	return n, err
}

func lettersOf(s console.Some) store.Letters {
	return store.Letters{Kind: s.Kind, Bot: s.Bot, Group: s.Group, Trigger: s.Trigger, Status: s.Status, Outcome: s.Outcome, Reason: s.Because,
		Since: s.Since, Until: sooner(s.Until, s.AsOf), Before: s.After, OldestFirst: true, Limit: s.Limit}
}

func eventsOf(s console.Some) (f store.Filter, err error) {
	if s.Kind != "" {
		return f, fmt.Errorf("%w: these are events; kind is for what waits for a person", console.ErrUnfit)
	}
	f = store.Filter{Bot: s.Bot, Group: s.Group, Trigger: s.Trigger, Status: s.Status, Outcome: s.Outcome, Reason: s.Because,
		Since: s.Since, Until: sooner(s.Until, s.AsOf), Ended: true, Firsts: true, OldestFirst: true, Limit: s.Limit}
	switch s.Status {
	case "", chat.Held, chat.Done, chat.Dead:
	default:
		return f, fmt.Errorf("%w: no state %.40q of what has ended; have held, done, dead", console.ErrUnfit, s.Status)
	}
	if s.After != "" {
		if f.Before, err = chat.ParseEventID(s.After); err != nil {
			return f, fmt.Errorf("%w: %w", console.ErrUnfit, err)
		}
	}
	return f, nil
}

// sooner is the earlier of two times, of which zero is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// RetryMany tries again what is picked.
func (o operator) RetryMany(ctx context.Context, s console.Some, by chat.By) (console.ManyDone, error) {
	return o.letters(ctx, s, func(ctx context.Context, x chat.Letter) (console.Done, error) {
		switch event := x.Message == 0; {
		case event && s.DryRun:
			return o.RehearseReplay(ctx, x.Event, false)
		case event:
			return o.replay(ctx, x.Event, by, o.store.RetryEvent)
		case s.DryRun:
			return o.RehearseRetry(ctx, x.Message, s.Resend, false)
		}
		return o.Retry(ctx, x.Message, s.Resend, by)
	})
}

// DropMany gives up what is picked.
func (o operator) DropMany(ctx context.Context, s console.Some, by chat.By) (console.ManyDone, error) {
	return o.letters(ctx, s, func(ctx context.Context, x chat.Letter) (console.Done, error) {
		switch {
		case s.DryRun:
			return console.Done{Target: x.ID, Dry: &console.Rehearsal{}}, nil
		case x.Message == 0:
			return o.DropEvent(ctx, x.Event, by)
		}
		return o.DropMessage(ctx, x.Message, by)
	})
}

// letters does f to some of what waits for a person.
func (o operator) letters(ctx context.Context, s console.Some, f func(context.Context, chat.Letter) (console.Done, error)) (m console.ManyDone, err error) {
	list, next, err := o.store.Letters(ctx, lettersOf(s))
	if err != nil {
		return m, told(err)
	}
	m.Next = next
	for _, x := range list {
		if !one(ctx, &m, x.ID, func() (console.Done, error) { return f(ctx, x) }) {
			break
		}
	}
	return m, ctx.Err()
}

// ReplayMany has events handled again.
func (o operator) ReplayMany(ctx context.Context, s console.Some, by chat.By) (m console.ManyDone, err error) {
	f, err := eventsOf(s)
	if err != nil {
		return m, err
	}
	list, next, err := o.store.Events(ctx, f)
	if err != nil {
		return m, told(err)
	}
	if next != 0 {
		m.Next = next.String()
	}
	for _, e := range list {
		went := one(ctx, &m, e.ID.String(), func() (console.Done, error) {
			if e.Outcome == chat.Dropped && s.Outcome != chat.Dropped {
				return console.Done{}, fmt.Errorf("%w: %s; select outcome dropped, or name it, if it is to be handled nonetheless", console.ErrConflict, e.Reason)
			}
			if s.DryRun {
				return o.rehearseOnce(ctx, e.ID)
			}
			return o.replay(ctx, e.ID, by, o.store.ReplayEventOnce)
		})
		if !went {
			break
		}
	}
	return m, ctx.Err()
}

// rehearseOnce is for an event that was not handled again before.
func (o operator) rehearseOnce(ctx context.Context, id chat.EventID) (console.Done, error) {
	h, err := o.store.History(ctx, id)
	if err != nil {
		return console.Done{}, told(err)
	}
	for _, a := range h.Acts {
		if a.What == chat.Replayed {
			return console.Done{}, fmt.Errorf("%w: it was handled again before, as %s", console.ErrConflict, a.Made)
		}
	}
	return o.RehearseReplay(ctx, id, false)
}

// one does f to one of many and adds what came of it. It is false for what would
// go wrong with the next one, too: then the rest is left as it is.
func one(ctx context.Context, m *console.ManyDone, id string, f func() (console.Done, error)) bool {
	done, err := f()
	if ctx.Err() != nil && err != nil || errors.Is(err, store.ErrRefusing) || errors.Is(err, store.ErrClosed) {
		m.Stopped = id + ": " + err.Error()
		return false
	}
	e := console.Each{ID: id, Result: console.EachDone, Made: done.Made, Reason: done.Warning}
	switch {
	case errors.Is(err, console.ErrConflict), errors.Is(err, console.ErrNotFound):
		e.Result, e.Reason = console.EachSkipped, why(err)
	case err != nil:
		e.Result, e.Reason = console.EachFailed, err.Error()
	case done.Dry != nil:
		e.Result = console.EachDry
		e.Messages, e.People, e.Reason = reach(*done.Dry)
	}
	m.Each = append(m.Each, e)
	return true
}

// why is the reason alone of what cannot be done now.
func why(err error) string {
	for _, before := range []error{store.ErrNotNow, console.ErrConflict} {
		if _, reason, ok := strings.Cut(err.Error(), before.Error()+": "); ok {
			return reason
		}
	}
	return err.Error()
}

// reach is how many messages a rehearsal comes to, for how many people, and
// what is to be known about it.
func reach(r console.Rehearsal) (messages, people int, why string) {
	why = r.Reason
	for _, m := range r.Messages {
		if m.Audience.Refusal != "" {
			why = m.Audience.Refusal
			continue
		}
		messages++
		people += m.Audience.Reached
	}
	return messages, people, why
}
