package daemon

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/botd-chat/botd/store"
)

// pauses tells a scraper which bots are paused.
type pauses struct {
	store *store.Store
	log   *slog.Logger
}

var pausedDesc = prometheus.NewDesc("botd_paused", "1 for a bot that a person has paused; all stands for every bot.", []string{"bot"}, nil)

// Describe names the metric.
func (pauses) Describe(c chan<- *prometheus.Desc) { c <- pausedDesc }

// Collect reads the brakes. When that fails there is no such figure this time.
func (p pauses) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	list, err := p.store.Pauses(ctx)
	if err != nil {
		p.log.Error("listing pauses for the metrics failed", "error", err)
		return
	}
	for _, x := range list {
		c <- prometheus.MustNewConstMetric(pausedDesc, prometheus.GaugeValue, 1, braked(x.Bot))
	}
}
