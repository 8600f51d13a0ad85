package daemon

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/leaks"
)

// callbackMetrics are what botd counts of what the chat service tells, of what it
// decides about it, and of what slipped through.
type callbackMetrics struct {
	callbacks *counters[tellingLabels]
	refused   *prometheus.CounterVec
	ignored   *prometheus.CounterVec
	verdicts  *prometheus.CounterVec
	seconds   prometheus.Histogram
	leaks     *prometheus.CounterVec
	stay      *prometheus.CounterVec
	visible   prometheus.Histogram
}

// tellingLabels are those of a callback.
type tellingLabels struct{ command, outcome string }

func (l tellingLabels) values() []string { return []string{l.command, l.outcome} }

func newCallbackMetrics(with promauto.Factory) callbackMetrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return with.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	return callbackMetrics{
		callbacks: newCounters(counter("botd_callbacks_total", "Callbacks of the chat service, by command and by how they were answered.", "command", "outcome"), tellingLabels.values),
		refused:   counter("botd_callbacks_refused_total", "Requests to the addresses of callbacks that were not believed, by why.", "reason"),
		ignored:   counter("botd_callbacks_ignored_total", "Callbacks that could have led to an event and were left alone, by the guard against loops that did.", "guard"),
		verdicts:  counter("botd_verdicts_total", "Messages that a bot's triggers decided about before anybody saw them, by what was decided.", "bot", "verdict"),
		seconds:   with.NewHistogram(prometheus.HistogramOpts{Name: "botd_verdict_seconds", Help: "Time from a callback before a message to its answer; the service waits two seconds and then shows the message.", Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 1.5, 1.8, 2}}),
		leaks:     counter("botd_leaks_total", "Messages that others saw although they were to be held, by what found them.", "app", "found_by"),
		stay:      counter("botd_leaks_not_recalled_total", "Messages that others saw although they were to be held, and that the service will not take back: a person has to.", "app"),
		visible:   with.NewHistogram(prometheus.HistogramOpts{Name: "botd_leak_visible_seconds", Help: "For how long a message could be seen that was to be held, until it was taken back.", Buckets: []float64{.25, .5, 1, 2, 5, 10, 30, 60, 120, 300, 900, 3600}}),
	}
}

// leaky counts leaks.
func (m callbackMetrics) leaky() leaks.Observer {
	return leaks.Observer{
		Found:       func(app chat.AppName, by chat.Finder) { m.leaks.WithLabelValues(string(app), string(by)).Inc() },
		Recalled:    func(_ chat.AppName, visible time.Duration) { m.visible.Observe(visible.Seconds()) },
		NotRecalled: func(app chat.AppName) { m.stay.WithLabelValues(string(app)).Inc() },
	}
}

// overhearing counts what the receiver of callbacks does.
func (s *system) overhearing() callbacks.Observe {
	m := s.metrics.callbacks
	return callbacks.Observe{
		Answered: func(app chat.AppName, command string, o callbacks.Outcome, took time.Duration) {
			m.callbacks.of(tellingLabels{command, string(o)}).Inc()
			s.hearsay.tell(app, command, s.clock.Now())
			if command == callbacks.BeforeGroupMessage {
				m.seconds.Observe(took.Seconds())
			}
		},
		Judged: func(r callbacks.Rule, o callbacks.Outcome) {
			m.verdicts.WithLabelValues(string(r.Bot), string(o)).Inc()
		},
		Refused: func(app chat.AppName, why callbacks.Reason, detail string) {
			m.refused.WithLabelValues(string(why)).Inc()
			s.hearsay.refuse(app, string(why), detail, s.clock.Now())
		},
		Ignored: func(_ chat.AppName, g callbacks.Guard) { m.ignored.WithLabelValues(string(g)).Inc() },
		Capped:  func(_ chat.AppName, c callbacks.Cap) { m.ignored.WithLabelValues("cap_" + string(c)).Inc() },
	}
}
