package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

func report(w io.Writer, s settings, names []string, results map[string][]measured) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintf(t, "%d clients, %d events a round, medians of %d rounds\t\t\t\t\t\t\n", s.clients, s.events, s.rounds)
	_, _ = fmt.Fprintf(t, "\tevents/s\tCPU µs/event\tat %d/s: CPU µs/event\taccept p50 / p99\t202 to the API p50 / p99\tflushes/event\t\n", s.rate)
	for _, name := range names {
		r := results[name]
		_, _ = fmt.Fprintf(t, "%s\t%.0f\t%d\t%d\t%s / %s\t%s / %s\t%.2f\t\n", name,
			median(r, func(m measured) float64 { return m.full.perSecond }),
			span(r, func(m measured) time.Duration { return m.full.cpuPerEvent }).Microseconds(),
			span(r, func(m measured) time.Duration { return m.slow.cpuPerEvent }).Microseconds(),
			ms(span(r, func(m measured) time.Duration { return m.slow.accept50 })),
			ms(span(r, func(m measured) time.Duration { return m.slow.accept99 })),
			ms(span(r, func(m measured) time.Duration { return m.slow.onward50 })),
			ms(span(r, func(m measured) time.Duration { return m.slow.onward99 })),
			median(r, func(m measured) float64 { return m.slow.flushes }))
	}
	_ = t.Flush()
	floor, botd := results[names[0]], results[names[1]]
	_, _ = fmt.Fprintf(w, "botd ÷ %s: %.2f of the throughput, %.1f times the CPU per event at full speed, %.1f times at %d/s\n", names[0],
		ratio(floor, botd, func(m measured) float64 { return m.full.perSecond }),
		ratio(floor, botd, func(m measured) float64 { return float64(m.full.cpuPerEvent) }),
		ratio(floor, botd, func(m measured) float64 { return float64(m.slow.cpuPerEvent) }), s.rate)
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }

func span(r []measured, of func(measured) time.Duration) time.Duration {
	return time.Duration(median(r, func(m measured) float64 { return float64(of(m)) }))
}

func median(r []measured, of func(measured) float64) float64 {
	values := make([]float64, len(r))
	for i, m := range r {
		values[i] = of(m)
	}
	return middle(values)
}

// ratio pairs the rounds, so that a slow spell of the machine hits both sides.
func ratio(floor, other []measured, of func(measured) float64) float64 {
	a, b := make([]float64, len(floor)), make([]float64, len(floor))
	for i := range floor {
		a[i], b[i] = of(floor[i]), of(other[i])
	}
	return middle(ratios(a, b))
}

func ratios(floor, other []float64) []float64 {
	values := make([]float64, len(floor))
	for i := range floor {
		values[i] = other[i] / floor[i]
	}
	return values
}

func middle(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
