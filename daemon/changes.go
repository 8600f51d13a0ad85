package daemon

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/schedules"
)

// changes names what is different in another configuration, and not how: that
// may be a secret.
func changes(was, is *config.Config) []string {
	list := named("app", was.Apps, is.Apps, func(a config.App) string { return string(a.Name) })
	list = append(list, named("bot", was.Bots, is.Bots, func(b config.Bot) string { return string(b.Name) })...)
	list = append(list, named("schedule", scheduled(was), scheduled(is), schedule.String)...)
	list = append(list, named("calendar", calendars(was), calendars(is), func(c calendar) string { return c.name })...)
	for _, x := range []struct {
		what    string
		was, is any
	}{
		{"retention", was.Retention, is.Retention},
		{"listen.trusted_proxies", was.Listen.TrustedProxies, is.Listen.TrustedProxies},
		{"listen.refused_per_minute", was.Listen.RefusedPerMinute, is.Listen.RefusedPerMinute},
		{"listen.tls", was.Listen.TLS, is.Listen.TLS},
		{"the admin token", was.Listen.AdminToken, is.Listen.AdminToken},
	} {
		if !reflect.DeepEqual(x.was, x.is) {
			list = append(list, x.what+" changed")
		}
	}
	return list
}

// schedule is one of a configuration.
type schedule struct {
	bot     chat.BotName
	trigger chat.TriggerName
	when    config.Schedule
}

func (s schedule) String() string { return fmt.Sprintf("%s/%s", s.bot, s.trigger) }

// scheduled are the schedules of bots; of a bot that is added or removed, too.
func scheduled(c *config.Config) (all []schedule) {
	for _, b := range c.Bots {
		for _, t := range b.Triggers {
			if t.Schedule != nil {
				all = append(all, schedule{b.Name, t.Name, *t.Schedule})
			}
		}
	}
	return all
}

type calendar struct {
	name  string
	dates *schedules.Calendar
}

func calendars(c *config.Config) (all []calendar) {
	for _, name := range slices.Sorted(maps.Keys(c.Calendars)) {
		all = append(all, calendar{name, c.Calendars[name]})
	}
	return all
}

func named[T any](what string, was, is []T, name func(T) string) (list []string) {
	old := map[string]T{}
	for _, x := range was {
		old[name(x)] = x
	}
	for _, x := range is {
		before, there := old[name(x)]
		delete(old, name(x))
		switch {
		case !there:
			list = append(list, fmt.Sprintf("%s %q added", what, name(x)))
		case !reflect.DeepEqual(before, x):
			list = append(list, fmt.Sprintf("%s %q changed", what, name(x)))
		}
	}
	for _, x := range was {
		if _, gone := old[name(x)]; gone {
			list = append(list, fmt.Sprintf("%s %q removed", what, name(x)))
		}
	}
	return list
}
