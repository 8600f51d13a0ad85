package daemon

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
)

// metrics are what botd counts. No label names a person or a group: there may
// be millions of them, and a scraper need not know them.
type metrics struct {
	registry *prometheus.Registry

	eventsReceived *prometheus.CounterVec
	eventsEnded    *prometheus.CounterVec
	plugins        pluginMetrics
	callbacks      callbackMetrics
	schedules      scheduleMetrics
	deliveries     *prometheus.CounterVec
	messages       *prometheus.CounterVec
	waits          *prometheus.CounterVec
	imRequests     *counters[imLabels]
	imSeconds      *prometheus.HistogramVec
	webhooks       *counters[hookLabels]
	webhookSecs    prometheus.Histogram
	retired        *prometheus.CounterVec
	sealed         prometheus.Counter
	timerSeconds   prometheus.Histogram
	reloads        *prometheus.CounterVec
	configured     prometheus.Gauge
}

// imLabels are those of a call to the chat service.
type imLabels struct {
	api   string
	code  int
	class im.Class
}

func (l imLabels) values() []string { return []string{l.api, strconv.Itoa(l.code), string(l.class)} }

// hookLabels are those of a request to a hook.
type hookLabels struct {
	hook   string
	status int
}

func (l hookLabels) values() []string { return []string{l.hook, strconv.Itoa(l.status)} }

// fast are buckets for what should take milliseconds.
var fast = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

func newMetrics() *metrics {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	with := promauto.With(r)
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return with.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	with.NewGaugeFunc(prometheus.GaugeOpts{Name: "botd_build_info", Help: "Always 1; the label says what runs.",
		ConstLabels: prometheus.Labels{"version": versionText()}}, func() float64 { return 1 })
	return &metrics{
		registry:       r,
		eventsReceived: counter("botd_events_received_total", "Events stored, by kind of trigger and bot.", "source", "bot"),
		eventsEnded:    counter("botd_events_total", "Runs of events that ended, by what became of them; status ready is one that will be tried again.", "bot", "status", "outcome"),
		plugins:        newPluginMetrics(with),
		callbacks:      newCallbackMetrics(with),
		schedules:      newScheduleMetrics(with),
		messages:       counter("botd_messages_total", "Messages that ended, by bot and outcome; one that is refused before it is divided has no delivery.", "bot", "outcome"),
		deliveries:     counter("botd_deliveries_total", "Deliveries that ended, by bot and outcome.", "bot", "outcome"),
		waits:          counter("botd_delivery_waits_total", "Messages that could not go on for a while, by application and why.", "app", "why"),
		imRequests:     newCounters(counter("botd_im_requests_total", "Calls to the chat service, by API, its ErrorCode, and the class of the failure.", "api", "code", "class"), imLabels.values),
		imSeconds:      with.NewHistogramVec(prometheus.HistogramOpts{Name: "botd_im_request_seconds", Help: "Time of a call to the chat service.", Buckets: fast}, []string{"api"}),
		retired:        counter("botd_retired_total", "What was deleted because it was over for long enough, by kind; seen is an id by which a repeat is known.", "kind"),
		sealed:         with.NewCounter(prometheus.CounterOpts{Name: "botd_receipts_sealed_total", Help: "Receipts made; a delivery about which something is learnt later has more than one."}),
		webhooks:       newCounters(counter("botd_webhook_requests_total", "Requests to hooks, by hook and status; no hook is an unknown address.", "hook", "status"), hookLabels.values),
		webhookSecs:    with.NewHistogram(prometheus.HistogramOpts{Name: "botd_webhook_seconds", Help: "Time from a webhook to its answer.", Buckets: fast}),
		reloads:        counter("botd_reloads_total", "Reloads of the configuration, by result: done, or refused, which changes nothing.", "result"),
		configured:     with.NewGauge(prometheus.GaugeOpts{Name: "botd_configured_timestamp_seconds", Help: "When the configuration that is in effect was read, in seconds since 1970."}),
		timerSeconds:   with.NewHistogram(prometheus.HistogramOpts{Name: "botd_timer_lateness_seconds", Help: "From the time a plugin's timer meant to the storing of its event.", Buckets: append(fast, 30, 60, 300, 3600)}),
	}
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *metrics) received(kind chat.Kind, bot chat.BotName, n int) {
	m.eventsReceived.WithLabelValues(string(kind), string(bot)).Add(float64(n))
}

func (m *metrics) ended(bot chat.BotName, s chat.Status, o chat.Outcome) {
	m.eventsEnded.WithLabelValues(string(bot), string(s), string(o)).Inc()
}

func (m *metrics) called(c im.Call) {
	m.imRequests.of(imLabels{c.API, c.Code, c.Class}).Inc()
	m.imSeconds.WithLabelValues(c.API).Observe(c.Took.Seconds())
}

func (m *metrics) answered(hook string, status int, took time.Duration) {
	m.webhooks.of(hookLabels{hook, status}).Inc()
	m.webhookSecs.Observe(took.Seconds())
}

func (m *metrics) delivered(bot chat.BotName, o chat.Outcome) {
	m.deliveries.WithLabelValues(string(bot), string(o)).Inc()
}

func (m *metrics) left(bot chat.BotName, o chat.Outcome) {
	m.messages.WithLabelValues(string(bot), string(o)).Inc()
}

func (m *metrics) gone(kind string, n int) { m.retired.WithLabelValues(kind).Add(float64(n)) }

func (m *metrics) sealedSome(n int) { m.sealed.Add(float64(n)) }

func (m *metrics) waited(app chat.AppName, why string) {
	m.waits.WithLabelValues(string(app), why).Inc()
}

// started and reloaded tell when the configuration was read that is in effect.
func (m *metrics) started(at time.Time) { m.configured.Set(float64(at.UnixMilli()) / 1000) }

func (m *metrics) reloaded(at time.Time) {
	m.started(at)
	m.reloads.WithLabelValues("done").Inc()
}

func (m *metrics) notReloaded() { m.reloads.WithLabelValues("refused").Inc() }
