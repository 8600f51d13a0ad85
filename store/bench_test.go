package store

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

func BenchmarkAccept(b *testing.B) {
	s := openUnwatched(b, filepath.Join(b.TempDir(), "botd.db"), nil)
	payload := json.RawMessage(`{"x":"` + strings.Repeat("y", 1000) + `"}`)
	var n atomic.Int64
	b.SetParallelism(64 / 2)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			a := arrival(fmt.Sprintf("hook/quiz/%d", i), chat.GroupID(fmt.Sprintf("@TGS#%d", i%200)))
			a.Payload = payload
			if _, err := s.Accept(b.Context(), a); err != nil {
				b.Error(err)
			}
		}
	})
	report(b, s)
}

// Held arrivals have a message for their sender, and a time.
func BenchmarkHold(b *testing.B) {
	s := openUnwatched(b, filepath.Join(b.TempDir(), "botd.db"), nil)
	var n atomic.Int64
	b.SetParallelism(64 / 2)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			a := held(fmt.Sprintf("callback/main/%d", i), chat.GroupID(fmt.Sprintf("@TGS#%d", i%200)))
			if _, err := s.AcceptBy(b.Context(), []chat.Arrival{a}, time.Now().Add(1500*time.Millisecond)); err != nil {
				b.Error(err)
			}
		}
	})
	report(b, s)
}

func BenchmarkLine(b *testing.B) {
	s := openUnwatched(b, filepath.Join(b.TempDir(), "botd.db"), nil)
	payload := json.RawMessage(`{"x":"` + strings.Repeat("y", 1000) + `"}`)
	to := people(b, "boss", "hana")
	var n atomic.Int64
	b.SetParallelism(64 / 2)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			a := arrival(fmt.Sprintf("hook/quiz/%d", i), chat.GroupID(fmt.Sprintf("@TGS#%d", i)))
			a.Payload = payload
			if err := line(b.Context(), s, time.Now, a, to); err != nil {
				b.Error(err)
			}
		}
	})
	report(b, s)
}

func report(b *testing.B, s *Store) {
	c, err := s.Counts(b.Context())
	must(b, err)
	b.ReportMetric(float64(c.Calls)/float64(c.Commits), "calls/commit")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "per_second")
}
