package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
)

// Rehearse says what would come of an event that is made by hand.
func (o operator) Rehearse(ctx context.Context, name chat.BotName, e console.ByHand, show bool) ([]console.Rehearsal, error) {
	a, err := o.byHand(name, e)
	if err != nil {
		return nil, err
	}
	return o.rehearseArrival(ctx, a, show)
}

// Make makes an event by hand.
func (o operator) Make(ctx context.Context, name chat.BotName, e console.ByHand, again bool, by chat.By) (chat.Receipt, error) {
	a, err := o.byHand(name, e)
	if err != nil {
		return chat.Receipt{}, err
	}
	a.By = &by
	if a.Within = console.Lately; !again {
		a.Key = handKey(a)
	}
	receipts, err := o.keep(ctx, []chat.Arrival{a})
	if err != nil {
		return chat.Receipt{}, err
	}
	receipt := receipts[0]
	o.log.Info("an event was made by hand", "receipt", receipt.ID, "events", receipt.Events, "repeated", receipt.Repeated,
		"bot", name, "trigger", a.Trigger, "who", by.Who, "reason", by.Reason)
	return receipt, nil
}

// handKey is what makes the same event, made by hand again, a repeat. What was in it
// cannot be told from the key.
func handKey(a chat.Arrival) string {
	whole, _ := json.Marshal([]any{a.Bot, a.Trigger, a.Kind, a.Sender, a.Text, a.Origin, string(a.Payload)}) // which are all texts
	sum := sha256.Sum256(whole)
	return "hand/" + hex.EncodeToString(sum[:])
}

// byHand is the arrival of an event that is made by hand. A webhook's is bounded by
// what its sender may reach, so that what is tried is what would come of it.
func (o operator) byHand(name chat.BotName, e console.ByHand) (a chat.Arrival, err error) {
	n := o.now()
	bot := n.bots.Bot(name)
	if bot == nil {
		return a, o.noBot(name)
	}
	t, err := theTrigger(bot, e.Trigger)
	if err != nil {
		return a, err
	}
	if err := fits(bot, t, e); err != nil {
		return a, err
	}
	a, err = bot.ArrivalOf(t.Name, e.Payload, "", o.clock.Now(), bots.Given{Group: e.Group, Sender: e.Sender, Text: e.Text})
	if err != nil {
		return a, fmt.Errorf("%w: %w", console.ErrUnfit, err)
	}
	if a.Kind == chat.Typed && a.Sender == "" {
		return a, fmt.Errorf("%w: a text is typed by a member, and the trigger names none; say who it is (sender)", console.ErrUnfit)
	}
	w := n.webhook(name, t.Name)
	if w == nil {
		return a, nil
	}
	sender, _ := w.Sender("")
	if a.Origin, err = originOf(bot, a, *w, sender); err != nil {
		return a, fmt.Errorf("%w: %w", console.ErrUnfit, err)
	}
	a.Origin.Type = e.Type
	return a, nil
}

// fits reports what cannot be of an event that is made by hand, whatever its payload.
func fits(bot *bots.Bot, t bots.Trigger, e console.ByHand) error {
	switch {
	case e.Group != "" && !bot.In(e.Group):
		return missing("group %q is not one of bot %q's, which has %v", e.Group, bot.Name, bot.Groups)
	case e.Sender != "" && e.Sender.Validate() != nil:
		return fmt.Errorf("%w: sender: %w", console.ErrUnfit, e.Sender.Validate())
	case len(e.Text) > chat.MaxText:
		return fmt.Errorf("%w: text: it has %d bytes, and what a member writes may have %d", console.ErrUnfit, len(e.Text), chat.MaxText)
	case t.Kind == chat.Schedule && len(e.Payload) > 0:
		return fmt.Errorf("%w: trigger %q is a schedule, which brings no payload; leave it out", console.ErrUnfit, t.Name)
	}
	return nil
}

// theTrigger is the one that is asked for, or the only one.
func theTrigger(bot *bots.Bot, name chat.TriggerName) (bots.Trigger, error) {
	var have []string
	for _, t := range bot.Triggers {
		if t.Name == name || name == "" && len(bot.Triggers) == 1 {
			return t, nil
		}
		have = append(have, string(t.Name))
	}
	slices.Sort(have)
	if name == "" {
		return bots.Trigger{}, fmt.Errorf("%w: bot %q has more than one trigger; say which: %s", console.ErrUnfit, bot.Name, strings.Join(have, ", "))
	}
	return bots.Trigger{}, missing("bot %q has no trigger %q; %s", bot.Name, name, haveOr(string(name), have))
}
