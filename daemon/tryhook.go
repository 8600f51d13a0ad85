package daemon

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/webhooks"
)

// TryHook signs what was sent as the hook's sender would, so that its headers are
// where they belong, and takes it the way of a webhook until there is something to
// be stored.
func (o operator) TryHook(ctx context.Context, name string, sent console.Sent, show bool) (console.Trial, error) {
	n := o.now()
	at, err := n.hook(name)
	if err != nil {
		return console.Trial{}, err
	}
	sender, ok := at.webhook.Sender(sent.Credential)
	if !ok {
		return console.Trial{}, missing("hook %q has no credential %q", name, sent.Credential)
	}
	t := console.Trial{Hook: name, Bot: at.bot, Trigger: at.trigger, Credential: sender.Name, Scheme: at.hook.Scheme, Status: http.StatusAccepted, Events: []console.Rehearsal{}}
	now := o.clock.Now()
	header, err := sign(sender.Verify, webhooks.Sample{ID: "rehearsal", Type: sent.Type, At: now, Body: sent.Body})
	if err != nil {
		return t, fmt.Errorf("%w: signing as the sender of %q does: %w", console.ErrUnfit, name, err)
	}
	header.Set("Content-Type", sent.MediaType)
	reading, err := webhooks.Try(at.hook, &webhooks.Request{Header: header, Body: sent.Body, Now: now})
	if err != nil {
		return refusedTrial(t, err), nil
	}
	if a := reading.Answer; a != nil {
		t.Status, t.Answer = max(a.Status, http.StatusOK), string(a.Body)
		return t, nil
	}
	return o.tryDeliveries(ctx, n, at, t, sender, reading.Deliveries, show)
}

// tryDeliveries says what would come of what was read. It is stored whole or not at
// all, so all of it is looked at before the first is rehearsed.
func (o operator) tryDeliveries(ctx context.Context, n *setup, at hookPlace, t console.Trial, sender config.Credential, list []webhooks.Delivery, show bool) (console.Trial, error) {
	var arrivals []chat.Arrival
	for _, d := range list {
		t.Type = d.Type
		a, err := arrivalOf(n.bots.Bot(at.bot), at.trigger, at.webhook, sender, d)
		if err != nil {
			return refusedTrial(t, err), nil
		}
		a.Origin.ID, a.Time = "", o.clock.Now()
		arrivals = append(arrivals, a)
	}
	for _, a := range arrivals {
		some, err := o.rehearseArrival(ctx, a, show)
		if err != nil {
			return t, err
		}
		t.Events = append(t.Events, some...)
	}
	return t, nil
}

func refusedTrial(t console.Trial, err error) console.Trial {
	told := webhooks.Refusal(err)
	t.Status, t.Refusal = told.Status, told.Detail
	return t
}

// hookPlace is a hook and where it stands in the configuration.
type hookPlace struct {
	hook    webhooks.Hook
	bot     chat.BotName
	trigger chat.TriggerName
	webhook config.Webhook
}

// hook finds a hook by its name.
func (n *setup) hook(name string) (at hookPlace, err error) {
	var have []string
	for b, t := range hooksIn(n.config) {
		if t.Webhook.Hook == name {
			at = hookPlace{bot: b.Name, trigger: t.Name, webhook: *t.Webhook}
		}
		have = append(have, t.Webhook.Hook)
	}
	i := slices.IndexFunc(n.hooks, func(h webhooks.Hook) bool { return h.Name == name })
	if i < 0 {
		slices.Sort(have)
		return at, missing("no hook %q, but %s", name, strings.Join(have, ", "))
	}
	at.hook = n.hooks[i]
	return at, nil
}

// webhook is that of a trigger; nil for one that is none.
func (n *setup) webhook(bot chat.BotName, trigger chat.TriggerName) *config.Webhook {
	for b, t := range hooksIn(n.config) {
		if b.Name == bot && t.Name == trigger {
			return t.Webhook
		}
	}
	return nil
}
