package daemon

import (
	"fmt"
	"reflect"

	"github.com/botd-chat/botd/config"
)

// changes names what is different in another configuration, and not how: that
// may be a secret.
func changes(was, is *config.Config) []string {
	list := named("app", was.Apps, is.Apps, func(a config.App) string { return string(a.Name) })
	list = append(list, named("bot", was.Bots, is.Bots, func(b config.Bot) string { return string(b.Name) })...)
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
