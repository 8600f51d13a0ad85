package schedules_test

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/schedules"
	"github.com/botd-chat/botd/store"
)

// BenchmarkMany has many schedules strike at one minute, with the events stored: how long
// until a scheduler that was just started is ready, and until all are struck.
func BenchmarkMany(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				many(b, n)
			}
		})
	}
}

func many(b *testing.B, n int) {
	b.Helper()
	clock := clockwork.NewFakeClockAt(at("2026-11-24T08:59:00Z"))
	st, err := store.Open(b.Context(), store.Options{URL: "sqlite:" + filepath.Join(b.TempDir(), "botd.db"), Clock: clock.Now})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	specs := make([]chat.ScheduleSpec, n)
	for i := range specs {
		specs[i] = spec(fmt.Sprintf("n%d", i), "0 9 * * *")
	}
	if _, err = st.SyncSchedules(b.Context(), specs); err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := &rig{store: st}
	var struck atomic.Int64
	all := make(chan struct{})
	o := r.options(st, clock)
	o.Struck = func(chat.ScheduleRecord, chat.Firing) {
		if int(struck.Add(1)) == n {
			close(all)
		}
	}
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})
	began := time.Now()
	go func() { defer close(done); _ = schedules.New(o).Run(ctx) }()
	if err := clock.BlockUntilContext(ctx, 1); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(began).Seconds(), "start-s")
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
	began = time.Now()
	clock.Advance(time.Minute)
	<-all
	b.ReportMetric(time.Since(began).Seconds(), "strike-s")
	b.ReportMetric(float64(n)/time.Since(began).Seconds(), "events/s")
	cancel()
	<-done
}
