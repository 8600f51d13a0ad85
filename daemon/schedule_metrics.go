package daemon

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/schedules"
)

// scheduleMetrics are what botd counts about times of schedules.
type scheduleMetrics struct {
	lateness prometheus.Histogram
	left     *prometheus.CounterVec
	lates    *prometheus.CounterVec
}

func newScheduleMetrics(with promauto.Factory) scheduleMetrics {
	return scheduleMetrics{
		lateness: with.NewHistogram(prometheus.HistogramOpts{Name: "botd_schedule_lateness_seconds", Help: "From the time a schedule meant to the storing of its event.", Buckets: append(fast, 30, 60, 300, 3600)}),
		left:     with.NewCounterVec(prometheus.CounterOpts{Name: "botd_schedules_left_out_total", Help: "Times of schedules that made no event, by bot and why."}, []string{"bot", "outcome"}),
		lates:    with.NewCounterVec(prometheus.CounterOpts{Name: "botd_schedules_late_total", Help: "Times of schedules of which not all was out by their deadline, by bot."}, []string{"bot"}),
	}
}

func (m scheduleMetrics) struck(f chat.Firing) {
	m.lateness.Observe(max(f.Struck.Sub(f.Meant).Seconds(), 0))
}

func (m scheduleMetrics) leftOut(f chat.Firing) {
	m.left.WithLabelValues(string(f.Bot), string(f.Outcome)).Add(float64(f.Count))
}

func (m scheduleMetrics) late(l schedules.Late) { m.lates.WithLabelValues(string(l.Bot)).Inc() }

var overdueDesc = prometheus.NewDesc("botd_schedules_overdue", "Times of schedules that are late now, by why: undecided, nobody has struck them or left them out; unfinished, what came of them is not over.", []string{"why"}, nil)
