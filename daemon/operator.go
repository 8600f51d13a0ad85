package daemon

import (
	"context"
	"errors"
	"fmt"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/store"
)

// operator does for the console what a person asks for. Each act is logged with
// who and what, and kept in the store with how things stood before.
type operator struct{ *system }

// told turns the store's errors into those that the console knows, in the
// store's own words.
func told(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return ofKind{err, console.ErrNotFound}
	case errors.Is(err, store.ErrNotNow):
		return ofKind{err, console.ErrConflict}
	}
	return err
}

// missing is an error that says what is not there.
func missing(format string, a ...any) error {
	return ofKind{fmt.Errorf(format, a...), console.ErrNotFound}
}

// ofKind is an error that is of a kind as well, without saying so twice.
type ofKind struct {
	error
	kind error
}

// Unwrap is both.
func (o ofKind) Unwrap() []error { return []error{o.error, o.kind} }

// acted logs what a person did.
func (o operator) acted(what string, by chat.By, d console.Done) {
	o.log.Info("a person acted", "what", what, "target", d.Target, "made", d.Made, "who", by.Who, "reason", by.Reason)
}

// Letters lists what waits for a person.
func (o operator) Letters(ctx context.Context, q console.LetterQuery) (console.LetterPage, error) {
	list, next, err := o.store.Letters(ctx, store.Letters{
		Kind: q.Kind, Bot: q.Bot, Group: q.Group, Outcome: q.Outcome, Trigger: q.Trigger, Status: q.Status, Reason: q.Because,
		Since: q.Since, Until: q.Until, Before: q.Before, Limit: q.Limit})
	return console.LetterPage{Letters: list, Next: next}, told(err)
}

// Message is a message with its deliveries and their attempts.
func (o operator) Message(ctx context.Context, id chat.MessageID) (chat.MessageHistory, error) {
	m, err := o.store.Message(ctx, id)
	if err != nil {
		return m, told(err)
	}
	return o.told(ctx, m)
}

// again is what a person is to know before the same is said once more.
const again = "those who may have got it may see it twice"

// Retry sends a message again.
func (o operator) Retry(ctx context.Context, id chat.MessageID, resend bool, by chat.By) (console.Done, error) {
	made, err := o.store.RetryMessage(ctx, id, resend, by)
	if err != nil {
		return console.Done{}, told(err)
	}
	d := console.Done{Target: id.String(), Made: made.String()}
	if resend {
		d.Warning = again
	}
	o.acted("message sent again", by, d)
	return d, nil
}

// DropMessage gives a message up.
func (o operator) DropMessage(ctx context.Context, id chat.MessageID, by chat.By) (console.Done, error) {
	if err := o.store.DropMessage(ctx, id, by); err != nil {
		return console.Done{}, told(err)
	}
	d := console.Done{Target: id.String()}
	o.acted("message dropped", by, d)
	return d, nil
}

// DropEvent gives an event up.
func (o operator) DropEvent(ctx context.Context, id chat.EventID, by chat.By) (console.Done, error) {
	if err := o.store.DropEvent(ctx, id, by); err != nil {
		return console.Done{}, told(err)
	}
	d := console.Done{Target: id.String()}
	o.acted("event dropped", by, d)
	return d, nil
}

// Replay has an event handled again.
func (o operator) Replay(ctx context.Context, id chat.EventID, by chat.By) (console.Done, error) {
	return o.replay(ctx, id, by, o.store.ReplayEvent)
}

func (o operator) replay(ctx context.Context, id chat.EventID, by chat.By, f func(context.Context, chat.EventID, chat.By) (chat.Receipt, error)) (console.Done, error) {
	h, err := o.store.History(ctx, id)
	if err != nil {
		return console.Done{}, told(err)
	}
	r, err := f(ctx, id, by)
	if err != nil {
		return console.Done{}, told(err)
	}
	d := console.Done{Target: id.String(), Made: r.Events[0].String(), Receipt: r.ID}
	if reached(h) > 0 {
		d.Warning = fmt.Sprintf("what came of %s reached people; those addressed again see it again", id)
	}
	o.acted("event replayed", by, d)
	return d, nil
}

// reached is how many people may have got something of an event.
func reached(h chat.EventHistory) (n int) {
	for _, m := range h.Messages {
		n += m.Progress.Reached + m.Progress.Unclear
	}
	return n
}

// Answer says what became of a delivery whose outcome is unknown.
func (o operator) Answer(ctx context.Context, id chat.DeliveryID, a chat.Answer, by chat.By) (console.Done, error) {
	made, err := o.store.AnswerUnknown(ctx, id, a, by)
	if err != nil {
		return console.Done{}, told(err)
	}
	d := console.Done{Target: id.String()}
	if made != 0 {
		d.Made, d.Warning = made.String(), again
	}
	o.acted("delivery answered: "+string(a), by, d)
	return d, nil
}

// Pause puts the brake on a bot, or on all.
func (o operator) Pause(ctx context.Context, name chat.BotName, by chat.By) error {
	if name != "" && o.bot(name) == nil {
		return o.noBot(name)
	}
	if err := o.store.Pause(ctx, name, by); err != nil {
		return err
	}
	o.log.Warn("paused: nothing is sent and no plugin is run; all is kept", "bot", braked(name), "who", by.Who, "reason", by.Reason)
	return nil
}

// Resume takes the brake off again.
func (o operator) Resume(ctx context.Context, name chat.BotName, by chat.By) error {
	err := o.store.Resume(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%s: %w among the pauses; botd pauses lists them", braked(name), console.ErrNotFound)
	}
	if err != nil {
		return err
	}
	o.log.Warn("goes on after a pause", "bot", braked(name), "who", by.Who, "reason", by.Reason)
	return nil
}

// Pauses lists the brakes.
func (o operator) Pauses(ctx context.Context) ([]chat.Pause, error) { return o.store.Pauses(ctx) }

// braked is what a brake is on, in a word: its bot, or all.
func braked(name chat.BotName) string {
	if name == "" {
		return everyBot
	}
	return string(name)
}

// everyBot stands for all bots, on the command line and in metrics.
const everyBot = "all"
