package daemon

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/botd-chat/botd/store"
)

// remember is how long the ids of senders are remembered. The slowest senders
// try again for a little over three days.
const remember = 7 * 24 * time.Hour

// clean forgets, hourly, what senders cannot repeat any more.
func (s *system) clean(ctx context.Context) error {
	tick := s.clock.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		n, err := s.store.ForgetSeen(ctx, s.clock.Now().Add(-remember))
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			s.log.Error("forgetting old delivery ids failed; it is tried again in an hour", "error", err)
		case n > 0:
			s.log.Info("forgot old delivery ids", "ids", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.Chan():
		}
	}
}

// depths tells a scraper what waits and what is stuck, as it is when it asks.
type depths struct {
	store *store.Store
	log   *slog.Logger
}

var (
	depthDesc = prometheus.NewDesc("botd_outbox_depth", "What is in the store and not done, by kind and status.", []string{"kind", "status"}, nil)
	ageDesc  = prometheus.NewDesc("botd_outbox_oldest_seconds", "The age of the oldest that is ready, apart from what is paused.", []string{"kind"}, nil)
)

func (m *metrics) watch(s *store.Store, log *slog.Logger) { m.registry.MustRegister(depths{s, log}) }

// Describe names the metrics.
func (d depths) Describe(c chan<- *prometheus.Desc) { c <- depthDesc; c <- ageDesc }

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
	gauge := func(desc *prometheus.Desc, v float64, labels ...string) {
		c <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, v, labels...)
	}
	for kind, count := range map[string]store.Count{"event": n.Events, "message": n.Messages} {
		gauge(depthDesc, float64(count.Ready), kind, "ready")
		gauge(depthDesc, float64(count.Held), kind, "held")
		gauge(depthDesc, float64(count.Dead), kind, "dead")
		gauge(ageDesc, count.Age.Seconds(), kind)
	}
}
