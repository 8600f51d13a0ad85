package daemon

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/store"
)

func TestWhatIsOverIsDeletedSoonAfterTheStartAndThenHourly(t *testing.T) {
	clock := clockwork.NewFakeClock()
	file := filepath.Join(t.TempDir(), "botd.db")
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + file, Clock: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	s := &system{log: slog.New(slog.DiscardHandler), clock: clock, metrics: newMetrics(), store: db}
	s.setup.Store(&setup{config: &config.Config{Retention: config.Retention{KeepDone: 30 * time.Minute, KeepDead: time.Hour}}})
	handle := func() {
		_, err := db.Accept(t.Context(), chat.Arrival{App: "main", Bot: "quiz", Trigger: "a", Kind: chat.Webhook, Groups: []chat.GroupID{"g"}})
		if err != nil {
			t.Fatal(err)
		}
		work, _, err := db.TakeEvents(t.Context(), 1, time.Minute)
		if err != nil || len(work) != 1 {
			t.Fatal(len(work), err)
		}
		if err := db.EndEvent(t.Context(), chat.EventEnd{Lease: work[0].Lease, Event: work[0].Event.ID, Status: chat.Done, Outcome: chat.Handled}); err != nil {
			t.Fatal(err)
		}
	}
	handle()
	clock.Advance(time.Hour)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.clean(ctx) }()
	wait := func() {
		if err := clock.BlockUntilContext(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	gone := func() (n float64) {
		families, err := s.metrics.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				if f.GetName() == "botd_retired_total" && m.GetLabel()[0].GetValue() == "event" {
					n = m.GetCounter().GetValue()
				}
			}
		}
		return n
	}
	wait()
	if n := gone(); n != 0 {
		t.Errorf("%v deleted at once", n)
	}
	clock.Advance(firstCleaning * 11 / 10)
	wait()
	if n := gone(); n != 1 {
		t.Errorf("%v deleted after a minute", n)
	}
	handle()
	clock.Advance(cleanEvery * 11 / 10)
	wait()
	if n := gone(); n != 2 {
		t.Errorf("%v deleted after an hour", n)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestIDsAreForgottenWhenTheConfigurationSays(t *testing.T) {
	clock := clockwork.NewFakeClock()
	db, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "botd.db"), Clock: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // nothing is written after it
	s := &system{log: slog.New(slog.DiscardHandler), clock: clock, metrics: newMetrics(), store: db}
	s.setup.Store(&setup{config: &config.Config{Retention: config.Retention{IDs: 100 * time.Hour}}})
	repeated := func() bool {
		s.forget(t.Context())
		r, err := db.Accept(t.Context(), chat.Arrival{App: "main", Bot: "quiz", Trigger: "a", Kind: chat.Webhook, Groups: []chat.GroupID{"g"}, Key: "hook/h/1"})
		if err != nil {
			t.Fatal(err)
		}
		return r.Repeated
	}
	if repeated() {
		t.Error("the first is a repeat")
	}
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{{99 * time.Hour, true}, {2 * time.Hour, false}, {time.Hour, true}} {
		if clock.Advance(c.after); repeated() != c.want {
			t.Errorf("after %s more it is a repeat: %v", c.after, !c.want)
		}
	}
}
