package bots

import (
	"context"
	"errors"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Ask hands an event to the bot's plugin and returns what that answered, by the code
// that handles events: with its members and its sender as the directory has them, with
// the deadline, and checked against the bot's limits, audiences bound. In the reply a
// state that did not change is nil. Nothing is stored, and the error is not told apart
// into what would be tried again and what would not; of one for which the event would
// wait [Waits] is true, and it is [ErrAway] while the plugin is not there.
func (d *Dispatcher) Ask(ctx context.Context, work chat.EventWork) (plugins.Reply, error) {
	a, err := d.answer(ctx, d.Log.With("event", work.Event.ID, "trigger", work.Event.Trigger), work)
	if err != nil {
		return plugins.Reply{}, err
	}
	return plugins.Reply{Messages: a.messages, State: a.state, Session: a.session, Later: a.timers}, nil
}

// Waits reports whether an event would wait because of an error of [Dispatcher.Ask],
// since something outside of it is not as it has to be.
func Waits(err error) bool {
	_, ok := errors.AsType[*waiting](err)
	return ok
}
