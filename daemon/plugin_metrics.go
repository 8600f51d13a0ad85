package daemon

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/bots/host"
	"github.com/botd-chat/botd/chat"
)

// pluginMetrics are what botd counts of the plugins at work, each under its bot and
// by its name.
type pluginMetrics struct {
	events   *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	messages *prometheus.CounterVec
	state    *prometheus.HistogramVec
	limits   *prometheus.CounterVec
	restarts *prometheus.CounterVec
}

func newPluginMetrics(with promauto.Factory) pluginMetrics {
	counter := func(name, help string, more ...string) *prometheus.CounterVec {
		return with.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append([]string{"bot", "plugin"}, more...))
	}
	histogram := func(name, help string, buckets []float64) *prometheus.HistogramVec {
		return with.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, []string{"bot", "plugin"})
	}
	return pluginMetrics{
		events: counter("botd_plugin_events_total", "Runs of a plugin with an event, by how they ended: answered; refused, for good, by the plugin or its answer by botd; failed or panicked, to be tried again; "+
			"late; abandoned, which is late and still running; away, where the plugin is not there and the event waits.", "outcome"),
		seconds:  histogram("botd_plugin_seconds", "Time of a run of a plugin.", fast),
		messages: counter("botd_plugin_messages_total", "Messages that a plugin answered and botd took."),
		state:    histogram("botd_plugin_state_bytes", "Size of a state that a plugin changed; a group's can have 64 KiB.", prometheus.ExponentialBuckets(256, 2, 9)),
		limits: counter("botd_plugin_limit_hits_total", "What a plugin came up against: timeout, messages_per_event, recipients, timers and memory are limits of its bot; state, reply and output are "+
			"sizes that botd holds.", "limit"),
		restarts: counter("botd_plugin_restarts_total", "Processes of a plugin that ended without being asked to, or had to be ended for what they did; another takes their place."),
	}
}

func (m pluginMetrics) ran(r bots.Run) {
	bot := string(r.Bot)
	m.events.WithLabelValues(bot, r.Plugin, string(r.Result)).Inc()
	if r.Result == bots.Away {
		return
	}
	m.seconds.WithLabelValues(bot, r.Plugin).Observe(r.Took.Seconds())
	m.messages.WithLabelValues(bot, r.Plugin).Add(float64(r.Messages))
	if r.State > 0 {
		m.state.WithLabelValues(bot, r.Plugin).Observe(float64(r.State))
	}
}

func (m pluginMetrics) hit(bot chat.BotName, plugin string, limit bots.Limit) {
	m.limits.WithLabelValues(string(bot), plugin, string(limit)).Inc()
}

// observer counts for a plugin outside this process what the dispatcher does not see.
func (m pluginMetrics) observer(bot chat.BotName, plugin func() string) host.Observer {
	return host.Observer{
		Ended: func() { m.restarts.WithLabelValues(string(bot), plugin()).Inc() },
		Limit: func(l bots.Limit) { m.hit(bot, plugin(), l) },
	}
}
