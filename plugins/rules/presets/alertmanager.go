package presets

// alertmanager writes version 4 of the payload of Prometheus' Alertmanager. It
// sends no type: a payload is always a group of alerts.
func alertmanager(_ string, p value) (t text) {
	a := readAlerts(p)
	t.add(a.headline(), a.common())
	a.list(&t, func(alert) text { return nil })
	if n := p.number("truncatedAlerts"); n > 0 {
		t.say("Alertmanager left out %s (max_alerts).", count(n, "more alert"))
	}
	t.gap()
	t.named("Alertmanager", p.link("externalURL"))
	return t
}
