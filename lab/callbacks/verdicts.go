package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"

	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/lab/rig"
)

// paced is how long a client waits from one question to the next, where it does: 64 of
// them write some 320 answers a second.
const paced = 200 * time.Millisecond

// verdicts measures how long clients wait for a verdict on a held answer, beside a plugin
// in a process of its own that is awake or sleeps: first as often as people might write
// at the most, then each asking again at once, which is as much as botd can do. A verdict
// is there when the answer is on disk.
func verdicts(ctx context.Context, p plan, asleep bool, f *rig.Figures) error {
	awake := make(chan struct{})
	var called atomic.Int64
	plugin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called.Add(1)
		if asleep {
			select {
			case <-awake:
			case <-r.Context().Done():
			}
		}
		_, _ = w.Write([]byte(`{"botd":1}`))
	}))
	defer plugin.Close()
	defer close(awake)
	w, err := newWorld(p, fmt.Sprintf("asleep-%v", asleep), "    plugin: "+plugin.URL+"\n")
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.start(ctx); err != nil {
		return err
	}
	calm, err := w.ask(ctx, p, paced)
	if err != nil {
		return err
	}
	busy, err := w.ask(ctx, p, 0)
	if err != nil {
		return err
	}
	if called.Load() == 0 {
		return errors.New("the plugin was never called, so that nothing was measured")
	}
	how := "awake"
	if asleep {
		how = "asleep"
	}
	f.Note("verdicts for %d clients with the plugin %s: at %d a second %s; at %d a second, without a pause, %s",
		p.clients, how, perSecond(calm, p), spread(calm), perSecond(busy, p), spread(busy))
	return nil
}

func perSecond(took []time.Duration, p plan) int {
	return int(float64(len(took)) / p.measure.Seconds())
}

// ask has clients ask for verdicts, for as long as is planned, and says how long each
// took. Members are many, so that none writes more than a person can.
func (w *world) ask(ctx context.Context, p plan, pause time.Duration) (took []time.Duration, err error) {
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: p.clients}}
	defer client.CloseIdleConnections()
	var mu sync.Mutex
	var all sync.WaitGroup
	ends := time.Now().Add(p.measure)
	for n := range p.clients {
		all.Go(func() {
			wait(ctx, pause*time.Duration(n)/time.Duration(p.clients)) // people do not write in step
			for time.Now().Before(ends) {
				n := int(w.asked.Add(1))
				who := fmt.Sprintf("passer%d", n)
				if n < len(w.typists) {
					who = w.typists[n] // of whom the plugin hears
				}
				began := time.Now()
				failed := w.held(ctx, client, w.groups[n%len(w.groups)], who, uint32(n))
				mu.Lock()
				took, err = append(took, time.Since(began)), errors.Join(err, failed)
				mu.Unlock()
				if failed != nil || !wait(ctx, time.Until(began.Add(pause))) {
					return
				}
			}
		})
	}
	all.Wait()
	return took, err
}

// held asks for the verdict on one answer, which has to be that it is held.
func (w *world) held(ctx context.Context, c *http.Client, group, who string, random uint32) error {
	answer, err := ask(ctx, c, w.endpoint, address(simulator.BeforeSendMsg, token, time.Now()), before(group, who, "/answer B", random))
	if err == nil && answer != `{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":2}` {
		err = fmt.Errorf("a verdict under load: %s", answer)
	}
	return err
}
