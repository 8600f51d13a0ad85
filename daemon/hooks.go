package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/store"
	"github.com/botd-chat/botd/webhooks"
)

// makeHooks makes the public addresses of all bots. Each hands on to the bot that
// it was made with, so that a request ends as it began when another setup takes
// effect meanwhile.
func (s *system) makeHooks(n *setup) ([]webhooks.Hook, error) {
	var hooks []webhooks.Hook
	for b, t := range hooksIn(n.config) {
		hook, err := s.makeHook(n.bots.Bot(b.Name), t)
		if err != nil {
			return nil, fmt.Errorf("hook %q: %w", t.Webhook.Hook, err)
		}
		hooks = append(hooks, hook)
	}
	return hooks, nil
}

func (s *system) makeHook(bot *bots.Bot, t config.Trigger) (webhooks.Hook, error) {
	w := *t.Webhook
	hook, err := webhooks.NewHook(w.Hook, string(w.Verify.Scheme), settingsOf(w.Verify),
		func(ctx context.Context, in webhooks.Received) ([]chat.Receipt, error) {
			return s.acceptWebhook(ctx, bot, t.Name, w, in)
		})
	if err == nil && len(w.Credentials) > 0 {
		hook.Credentials, err = credentialsOf(w)
	}
	if w.MaxBody != 0 {
		hook.MaxBody = w.MaxBody
	}
	hook.Retired = w.Retired
	return hook, err
}

// credentialsOf are the credentials of a hook that has several, or one with a name.
func credentialsOf(w config.Webhook) ([]webhooks.Credential, error) {
	var all []webhooks.Credential
	for _, c := range w.Credentials {
		one, err := webhooks.NewHook(w.Hook, string(c.Verify.Scheme), settingsOf(c.Verify), nil)
		if err != nil {
			return nil, fmt.Errorf("credential %q: %w", c.Name, err)
		}
		all = append(all, webhooks.Credential{Name: c.Name, Verifier: one.Credentials[0].Verifier})
	}
	return all, nil
}

// settingsOf are what the configuration says about a scheme.
func settingsOf(v config.Verify) webhooks.Settings {
	s := webhooks.Settings{NeedID: v.NeedID, User: v.User, By: string(v.By), Keys: v.Keys, HMAC: webhooks.HMAC(v.HMAC), Within: v.RepeatWithin,
		Origins: v.Origins, QueryToken: v.QueryToken, Insecure: v.Insecure}
	for _, secret := range v.Secrets {
		s.Secrets = append(s.Secrets, secret.Reveal())
	}
	return s
}

// acceptWebhook stores what came in a webhook whose sender is known. When it
// returns without an error, all of it is on disk.
func (s *system) acceptWebhook(ctx context.Context, bot *bots.Bot, trigger chat.TriggerName, w config.Webhook, in webhooks.Received) ([]chat.Receipt, error) {
	sender, ok := w.Sender(in.Credential)
	if !ok {
		return nil, fmt.Errorf("hook %q has no credential %q", w.Hook, in.Credential)
	}
	list := make([]chat.Arrival, len(in.Deliveries))
	for i, d := range in.Deliveries {
		a, err := arrivalOf(bot, trigger, w, sender, d)
		if err != nil {
			return nil, err
		}
		list[i] = a
	}
	ceiling := ceilingOf(bot, trigger, sender)
	receipts, err := s.rates.within(ceiling, list, s.clock.Now, func() ([]chat.Receipt, error) { return s.keep(ctx, list) })
	if errors.Is(err, store.ErrReused) {
		return nil, webhooks.ErrReused
	}
	return receipts, err
}

// arrivalOf says what a delivery means for the bot, what bounds it, and what makes
// a repeat of it one.
func arrivalOf(bot *bots.Bot, trigger chat.TriggerName, w config.Webhook, sender config.Credential, d webhooks.Delivery) (chat.Arrival, error) {
	source, key := sourceOf(w, sender), ""
	if d.ID != "" {
		key = "hook/" + source + "/" + d.ID
	}
	a, err := bot.Arrival(trigger, d.Payload, key, time.Time{})
	if errors.Is(err, bots.ErrPayload) {
		return a, &webhooks.Unfit{Reason: err}
	}
	if err != nil {
		return a, err
	}
	if a.Origin, err = originOf(bot, a, w, sender); err != nil {
		return a, err
	}
	a.Origin.Type, a.Origin.ID = d.Type, d.ID
	a.Within = d.Within
	if a.SameBody = w.SameBody; a.SameBody == "" {
		a.SameBody = chat.SameBodyTake
		if d.Loose {
			a.SameBody = chat.SameBodyFlag
		}
	}
	if d.Exact || a.SameBody != chat.SameBodyTake {
		sum := sha256.Sum256(d.Payload)
		digest := hex.EncodeToString(sum[:])
		if d.Exact {
			a.Print = digest
		}
		a.Body = "body/" + source + "/" + digest
	}
	return a, nil
}

// sourceOf is whose ids those of a webhook are, and whose bodies. Credentials with
// names have their own: with one that leaked, nobody can use up the ids of another
// one, whose webhooks would be taken for repeats and reach whom the leaked one may.
func sourceOf(w config.Webhook, sender config.Credential) string {
	if sender.Name == "" {
		return w.Hook
	}
	return w.Hook + "@" + sender.Name // no name of a hook has that sign
}
