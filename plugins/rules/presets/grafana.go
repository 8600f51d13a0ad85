package presets

import (
	"strings"

	"github.com/botd-chat/botd/plugins"
)

// grafana writes the payload of a webhook contact point of Grafana, version 1:
// Alertmanager's, with a title, perhaps a message of the operator's own, and
// values and more links for each alert.
func grafana(_ string, p value) (t text) {
	a := readAlerts(p)
	title := p.at("title").line()
	if title == "" {
		title = a.headline()
	}
	t.add(title, a.common())
	if s := p.at("message"); ownMessage(s.raw()) {
		t.quote(s)
	}
	a.list(&t, extras)
	if n := p.number("truncatedAlerts"); n > 0 {
		t.say("Grafana left out %s.", count(n, "more alert"))
	}
	t.gap()
	t.named("Grafana", p.link("externalURL"))
	return t
}

// ownMessage reports whether a message is not Grafana's default, which says in
// markup what the alerts say.
func ownMessage(s string) bool {
	return !strings.HasPrefix(s, "**Firing**") && !strings.HasPrefix(s, "**Resolved**")
}

func extras(x alert) (t text) {
	values := x.at("values")
	var all []string
	for _, name := range values.names() {
		if v := values.named(name).line(); v != "" && len(all) < maxItems {
			all = append(all, plugins.OneLine(name, 60)+" "+v)
		}
	}
	t.named("Values", strings.Join(all, ", "))
	t.named("Dashboard", x.link("dashboardURL"))
	t.named("Panel", x.link("panelURL"))
	t.named("Silence", x.link("silenceURL"))
	return t
}
