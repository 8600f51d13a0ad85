package bots

import (
	"context"
	"fmt"
	"math"

	"github.com/botd-chat/botd/chat"
)

// unstored is the id of an event that is only tried. No event gets it, so that nobody
// who keeps ids takes a real one for it.
const unstored = chat.EventID(math.MaxInt64)

// Rehearse says what would come of an event if it were handled now, with this
// state and this session of its sender, by the code that handles events; nothing is stored and nothing is
// counted. The plugin's handler is made for this alone and closed after, since
// the one at work may be busy with the same group. The error is for a handler
// that cannot be made, and a store that cannot be read; whatever else goes wrong
// is in the end.
func (d *Dispatcher) Rehearse(ctx context.Context, e chat.EventRecord, state, session chat.State) (chat.EventEnd, error) {
	e.Attempts = 1
	if e.ID == 0 {
		e.ID = unstored
	}
	work := chat.EventWork{Event: e, State: state, Session: session}
	b, err := d.bot(ctx, e)
	if err != nil {
		return conclude(work, answer{}, err, 1, false, d.Clock.Now()), nil
	}
	own, err := New(b.Spec)
	if err != nil {
		return chat.EventEnd{}, fmt.Errorf("making the plugin's handler: %w", err)
	}
	aside := NewDispatcher(d.Options)
	aside.Observe = Observer{}
	aside.Bots = func(chat.BotName) *Bot { return own }
	log := d.Log.With("dry_run", true, "event", e.ID, "bot", e.Bot, "trigger", e.Trigger, "group", e.Group)
	a, err := aside.answer(ctx, log, work)
	own.Retire(func(err error) {
		if err != nil {
			log.Warn("a plugin's handler was not closed in order", "error", err)
		}
	})
	end := conclude(work, a, err, 1, ctx.Err() != nil, d.Clock.Now())
	n, err := d.wouldPend(ctx, own, e.Group, end.Timers)
	if err != nil {
		return chat.EventEnd{}, err
	}
	if n > own.Limits.Timers {
		return refused(end, &chat.TooManyTimers{Pending: n, Limit: own.Limits.Timers}), nil
	}
	return end, nil
}
