package daemon

import (
	"context"
	"slices"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/reviews"
)

// makeRules makes what callbacks of the chat service are judged by.
func (n *setup) makeRules(reviewed []place) error {
	n.desks, n.rules = callbackApps(n.config), append(callbackRules(n.config), reviewRules(n.config, reviewed)...)
	n.warm = placesOf(n.rules, asksForRoles)
	return callbacks.Check(n.desks, n.rules)
}

// callbackApps are the applications that tell us something.
func callbackApps(c *config.Config) (apps []callbacks.App) {
	for _, a := range c.Apps {
		k := a.Callbacks
		if k.Path == "" {
			continue
		}
		app := callbacks.App{Name: a.Name, SDKAppID: a.SDKAppID, Administrator: a.Administrator, Path: k.Path, Insecure: k.Insecure, Sources: k.Sources}
		if !k.PathSecret.IsZero() {
			app.Path += "/" + k.PathSecret.Reveal()
		}
		for _, t := range k.Tokens {
			app.Tokens = append(app.Tokens, t.Reveal())
		}
		for _, b := range c.Bots {
			if b.App == a.Name {
				app.Accounts = append(app.Accounts, b.Account)
			}
		}
		apps = append(apps, app)
	}
	return apps
}

// callbackRules are the triggers that wait for what the chat service tells.
func callbackRules(c *config.Config) (rules []callbacks.Rule) {
	for _, b := range c.Bots {
		for _, t := range b.Triggers {
			if t.Callback != nil {
				rules = append(rules, ruleOf(b, t))
			}
		}
	}
	return rules
}

// reviewRules take what reviewers write about drafts out of the groups. In each group one
// bot hears it for all, so that nothing is decided twice and one answers: the first of
// those with a review there, and where there is none any more, but drafts of before, the
// first there is. Whoever writes it: what a member may not decide is not for the others to
// read either.
func reviewRules(c *config.Config, before []place) (rules []callbacks.Rule) {
	desks, taken := map[chat.AppName]bool{}, map[place]bool{}
	for _, a := range c.Apps {
		desks[a.Name] = a.Callbacks.Path != ""
	}
	hears := func(b config.Bot, meant func(place) bool) {
		r := callbacks.Rule{App: b.App, Bot: b.Name, Trigger: bots.ReviewTrigger, Account: b.Account, Via: chat.ViaGroup,
			Commands: reviews.Commands, Hold: true, Typed: b.Limits.Typed}
		for _, g := range b.Groups {
			if p := (place{b.App, g}); desks[b.App] && !taken[p] && meant(p) {
				taken[p] = true
				r.Groups = append(r.Groups, g)
			}
		}
		if len(r.Groups) > 0 {
			rules = append(rules, r)
		}
	}
	for _, b := range c.Bots {
		own := slices.ContainsFunc(b.Triggers, func(t config.Trigger) bool { return t.Review != nil })
		hears(b, func(place) bool { return own })
	}
	for _, b := range c.Bots {
		hears(b, func(p place) bool { return slices.Contains(before, p) })
	}
	return rules
}

// reviewed are the groups in which somebody may write about drafts whatever the next
// configuration says of reviews: where drafts wait, and where what is handled just now may
// still become some.
func (s *system) reviewed(ctx context.Context, before *setup) ([]place, error) {
	waiting, err := s.store.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	var all []place
	for _, d := range waiting {
		all = append(all, place{d.App, d.Group})
	}
	if before == nil {
		return all, nil
	}
	return append(all, placesOf(reviewRules(before.config, nil), func(callbacks.Rule) bool { return true })...), nil
}

func ruleOf(b config.Bot, t config.Trigger) callbacks.Rule {
	k := t.Callback
	r := callbacks.Rule{
		App: b.App, Bot: b.Name, Trigger: t.Name, Account: b.Account, Groups: b.Groups,
		Via: k.Via, What: k.What, Commands: k.Commands, Pattern: k.Pattern, Any: k.Any, Roles: k.Roles,
		Hold: k.Hold, Again: k.Again, Typed: b.Limits.Typed,
	}
	if t.Group != "" {
		r.Groups = []chat.GroupID{chat.GroupID(t.Group)}
	}
	if k.Mask != nil {
		r.Mask = &callbacks.Mask{Words: k.Mask.Words, Patterns: k.Mask.Patterns, With: k.Mask.With}
	}
	return r
}

// place is a group of an application.
type place struct {
	app   chat.AppName
	group chat.GroupID
}

// placesOf are the groups of those of the rules that are asked for, each once.
func placesOf(rules []callbacks.Rule, asked func(callbacks.Rule) bool) (all []place) {
	seen := map[place]bool{}
	for _, r := range rules {
		if !asked(r) {
			continue
		}
		for _, g := range r.Groups {
			if p := (place{r.App, g}); !seen[p] {
				seen[p] = true
				all = append(all, p)
			}
		}
	}
	return all
}
