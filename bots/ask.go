package bots

import (
	"context"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Ask hands an event to the bot's plugin and returns what that answered, by the code
// that handles events: with its members and its sender as the directory has them, with
// the deadline, and checked against the bot's limits, audiences bound. In the reply a
// state that did not change is nil. Nothing is stored, and the error is not told apart
// into what would be tried again and what would not; one that is [ErrAway] says that
// the plugin was not run.
func (d *Dispatcher) Ask(ctx context.Context, work chat.EventWork) (plugins.Reply, error) {
	a, err := d.answer(ctx, d.Log.With("event", work.Event.ID, "trigger", work.Event.Trigger), work)
	if err != nil {
		return plugins.Reply{}, err
	}
	return plugins.Reply{Messages: a.messages, State: a.state, Session: a.session, Later: a.timers}, nil
}
