package presets

import (
	"fmt"
	"slices"
	"strings"

	"github.com/botd-chat/botd/plugins"
)

// alerts is what Alertmanager and Grafana send: alerts of one group, some of
// which are firing and some resolved.
type alerts struct {
	value
	firing, resolved []alert
}

// alert is one of them.
type alert struct{ value }

func readAlerts(p value) alerts {
	a := alerts{value: p}
	list := p.at("alerts")
	if len(list.items()) == 0 {
		p.lost.note(list.path)
	}
	for _, x := range list.items() {
		if x.need("status") == "resolved" {
			a.resolved = append(a.resolved, alert{x})
		} else {
			a.firing = append(a.firing, alert{x})
		}
	}
	return a
}

func (a alerts) each() []alert { return slices.Concat(a.firing, a.resolved) }

// headline says how many there are of what, and how bad it is.
func (a alerts) headline() string {
	var names, severities several
	for _, x := range a.each() {
		names.add(x.name())
		severities.add(x.severity())
	}
	what := names.few()
	if all := a.each(); len(all) == 1 {
		what += all[0].where()
	}
	if s := severities.few(); s != "" {
		what += " (" + s + ")"
	}
	return a.counts() + ": " + what
}

func (a alerts) counts() string {
	f, r := len(a.firing), len(a.resolved)
	switch {
	case f == 1 && r == 0:
		return "Firing"
	case f == 0 && r == 1:
		return "Resolved"
	case r == 0:
		return fmt.Sprintf("%d firing", f)
	case f == 0:
		return fmt.Sprintf("%d resolved", r)
	}
	return fmt.Sprintf("%d firing, %d resolved", f, r)
}

// common is the labels that all alerts have, but for those in the headline.
func (a alerts) common() string {
	labels := a.at("commonLabels")
	var all []string
	for _, name := range labels.names() {
		if v := labels.named(name).line(); v != "" && !told(name) {
			all = append(all, plugins.OneLine(name, 60)+": "+plugins.OneLine(v, 60))
		}
	}
	return strings.Join(all[:min(len(all), maxItems)], ", ")
}

// told reports whether a label is told by other words, or is the sender's own.
func told(label string) bool {
	return slices.Contains([]string{"alertname", "severity", "instance", "grafana_folder"}, label)
}

// list adds the alerts, those that are firing first.
func (a alerts) list(t *text, extra func(alert) text) {
	left := maxItems
	for _, part := range []struct {
		title string
		list  []alert
	}{{"Firing", a.firing}, {"Resolved", a.resolved}} {
		if len(part.list) == 0 || left == 0 {
			continue
		}
		t.gap()
		if len(a.firing) > 0 && len(a.resolved) > 0 {
			t.say("%s", part.title)
		}
		for _, x := range part.list[:min(left, len(part.list))] {
			t.say("• %s", x.point(a.at("commonLabels")))
			t.indent(x.more(extra))
		}
		left -= min(left, len(part.list))
	}
	t.more(len(a.each()) - maxItems)
}

func (x alert) name() string {
	if s := x.at("labels.alertname").line(); s != "" {
		return s
	}
	return "an alert without a name"
}

func (x alert) severity() string { return x.at("labels.severity").line() }

func (x alert) where() string {
	if s := x.at("labels.instance").line(); s != "" {
		return " on " + s
	}
	return ""
}

// point is an alert in one line, with the labels that others do not share.
func (x alert) point(common value) string {
	parts := []string{x.name() + x.where()}
	if s := x.severity(); s != "" {
		parts = append(parts, s)
	}
	labels := x.at("labels")
	for _, name := range labels.names() {
		v := labels.named(name).line()
		if v != "" && !told(name) && common.named(name).line() != v && len(parts) < maxItems {
			parts = append(parts, plugins.OneLine(name, 60)+": "+plugins.OneLine(v, 60))
		}
	}
	return strings.Join(append(parts, x.since()...), ", ")
}

// since is from when, or for how long when it is over.
func (x alert) since() []string {
	from, to := x.time("startsAt"), x.time("endsAt")
	switch {
	case from.IsZero():
		return nil
	case x.at("status").line() == "resolved" && to.After(from):
		return []string{"after " + span(to.Sub(from))}
	}
	return []string{"since " + moment(from)}
}

// more is what an alert says besides, and its links.
func (x alert) more(extra func(alert) text) (t text) {
	notes := x.at("annotations")
	summary, description := block(notes.at("summary").raw()), block(notes.at("description").raw())
	t.add(summary)
	if description != summary {
		t.add(description)
	}
	t.add(block(notes.at("message").raw()))
	t.add(extra(x)...)
	if s := notes.link("runbook_url"); s != "" {
		t.named("Runbook", s)
	} else {
		t.named("Runbook", notes.link("runbook"))
	}
	t.named("Source", x.link("generatorURL"))
	return t
}

// several are texts, each once, in the order in which they came. There may be as
// many as fit into a payload.
type several struct {
	list []string
	had  map[string]bool
}

// add adds what is new and not empty.
func (l *several) add(s string) {
	if s == "" || l.had[s] {
		return
	}
	if l.had == nil {
		l.had = map[string]bool{}
	}
	l.list, l.had[s] = append(l.list, s), true
}

// few is the first three.
func (l *several) few() string {
	if len(l.list) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(l.list[:3], ", "), len(l.list)-3)
	}
	return strings.Join(l.list, ", ")
}
