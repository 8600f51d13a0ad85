package daemon

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/botd-chat/botd/schedules"
	"github.com/botd-chat/botd/store"
)

// When it is cleaned up: soon after the start, when most of the work has been
// taken up again, and then hourly. Not to the minute, since what strikes on the
// hour strikes elsewhere too.
const (
	firstCleaning = time.Minute
	cleanEvery    = time.Hour
)

// clean deletes, hourly, what is not needed any more.
func (s *system) clean(ctx context.Context) error {
	for wait := firstCleaning; ; wait = cleanEvery {
		timer := s.clock.NewTimer(wait - wait/10 + rand.N(wait/5)) //nolint:gosec // nobody gains by guessing it
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.Chan():
		}
		s.forget(ctx)
		s.retire(ctx)
		s.retireReceipts(ctx)
	}
}

// forget forgets what senders cannot repeat any more.
func (s *system) forget(ctx context.Context) {
	n, err := s.store.ForgetSeen(ctx, s.clock.Now().Add(-s.now().config.Retention.IDs))
	s.metrics.gone("seen", n)
	switch {
	case err != nil && ctx.Err() == nil:
		s.log.Error("forgetting old delivery ids failed; it is tried again in an hour", "error", err)
	case n > 0:
		s.log.Info("forgot old delivery ids", "ids", n)
	}
}

// retire deletes what is over for as long as the configuration says.
func (s *system) retire(ctx context.Context) {
	now, keep := s.clock.Now(), s.now().config.Retention
	n, err := s.store.Retire(ctx, store.Retention{
		Done: now.Add(-keep.KeepDone), Dead: now.Add(-keep.KeepDead), MaxSize: keep.MaxSize})
	for kind, count := range map[string]int{"event": n.Events, "message": n.Messages, "delivery": n.Deliveries, "attempt": n.Attempts,
		"snapshot": n.Snapshots, "lane": n.Lanes, "budget": n.Budgets} {
		s.metrics.gone(kind, count)
	}
	if err != nil && ctx.Err() == nil {
		s.log.Error("deleting what is over failed; it is tried again in an hour", "error", err)
	}
	if n.Events > 0 {
		s.log.Info("deleted what is over", "events", n.Events, "messages", n.Messages, "deliveries", n.Deliveries)
	}
	if n.Over > 0 {
		s.log.Warn("the store is larger than retention: max_size, and nothing more may be deleted: the rest waits, was given up, or is receipts; see botd dlq list, raise max_size, or lower retention: receipts",
			"over", n.Over, "max_size", keep.MaxSize)
	}
}

// depths tells a scraper what waits and what is stuck, as it is when it asks.
type depths struct {
	store *store.Store
	watch *schedules.Watch
	log   *slog.Logger
}

var (
	depthDesc = prometheus.NewDesc("botd_outbox_depth", "What is in the store and not done, by kind and status.", []string{"kind", "status"}, nil)
	ageDesc   = prometheus.NewDesc("botd_outbox_oldest_seconds", "The age of the oldest that is ready, apart from what is paused; of timers, how long the first is overdue.", []string{"kind"}, nil)
	leaksDesc = prometheus.NewDesc("botd_leaks_open", "Messages that others can see although they were to be held, and that are still to be taken back.", nil, nil)
	flushDesc = prometheus.NewDesc("botd_store_flushes_total", "How often the disk was waited for to have what was written.", nil, nil)
)

func (m *metrics) watch(s *store.Store, w *schedules.Watch, log *slog.Logger) {
	m.registry.MustRegister(depths{s, w, log})
}

// Describe names the metrics.
func (d depths) Describe(c chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{depthDesc, ageDesc, leaksDesc, flushDesc, overdueDesc} {
		c <- d
	}
}

// Collect counts. When that fails there are no such figures this time, rather
// than wrong ones.
func (d depths) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	n, err := d.store.Counts(ctx)
	if err != nil {
		d.log.Error("counting for the metrics failed", "error", err)
		return
	}
	c <- prometheus.MustNewConstMetric(flushDesc, prometheus.CounterValue, float64(n.Flushes))
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		c <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	for kind, count := range map[string]store.Count{"event": n.Events, "message": n.Messages} {
		gauge(depthDesc, float64(count.Ready), kind, "ready")
		gauge(depthDesc, float64(count.Held), kind, "held")
		gauge(depthDesc, float64(count.Dead), kind, "dead")
		gauge(ageDesc, count.Age.Seconds(), kind)
	}
	gauge(depthDesc, float64(n.Timers.Ready), "timer", "ready")
	gauge(ageDesc, n.Timers.Age.Seconds(), "timer")
	gauge(leaksDesc, float64(n.Leaks.Ready))
	gauge(overdueDesc, float64(n.Firings.Due), "unfinished")
	undecided, err := d.watch.Undecided(ctx)
	if err != nil {
		d.log.Error("looking for schedules that are overdue failed", "error", err)
		return
	}
	gauge(overdueDesc, float64(undecided), "undecided")
}
