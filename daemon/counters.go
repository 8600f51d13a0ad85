package daemon

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// counters finds the counter of each set of labels once: looking it up by its
// labels' text costs more than counting. K has as many values as the labels have,
// which are few.
type counters[K comparable] struct {
	vec    *prometheus.CounterVec
	labels func(K) []string

	mu    sync.RWMutex
	found map[K]prometheus.Counter
}

func newCounters[K comparable](vec *prometheus.CounterVec, labels func(K) []string) *counters[K] {
	return &counters[K]{vec: vec, labels: labels, found: map[K]prometheus.Counter{}}
}

func (c *counters[K]) of(k K) prometheus.Counter {
	c.mu.RLock()
	counter := c.found[k]
	c.mu.RUnlock()
	if counter != nil {
		return counter
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	counter = c.vec.WithLabelValues(c.labels(k)...)
	c.found[k] = counter
	return counter
}
