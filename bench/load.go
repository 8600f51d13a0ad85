package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// measured is what one candidate came to in one round.
type measured struct{ full, slow run }

// run is one way of loading it.
type run struct {
	perSecond          float64       // events, from the first post until the last arrived at the stub
	cpuPerEvent        time.Duration // of the candidate's process
	accept50, accept99 time.Duration // from post to 202
	onward50, onward99 time.Duration // from 202 to the arrival at the stub
	flushes            float64       // waits for the disk an event; 0 for who keeps nothing
}

func warm(ctx context.Context, c, stub *process) error {
	_, err := load(ctx, c, stub, 300, 8, nil)
	return err
}

func fullSpeed(ctx context.Context, s settings, c, stub *process) (run, error) {
	return load(ctx, c, stub, s.events, s.clients, nil)
}

func slowRate(ctx context.Context, s settings, c, stub *process) (run, error) {
	tick := time.NewTicker(time.Second / time.Duration(s.rate))
	defer tick.Stop()
	return load(ctx, c, stub, int(s.slow.Seconds()*float64(s.rate)), 16, tick.C)
}

// load posts n webhooks, one a tick if there are ticks, and waits until all
// have arrived.
func load(ctx context.Context, c, stub *process, n, clients int, ticks <-chan time.Time) (run, error) {
	if err := stub.forget(); err != nil {
		return run{}, err
	}
	before, err := c.cpu()
	if err != nil {
		return run{}, err
	}
	flushed, err := c.flushes(ctx)
	if err != nil {
		return run{}, err
	}
	began := time.Now()
	took, answered, err := postAll(ctx, c, n, clients, ticks)
	if err != nil {
		return run{}, err
	}
	if err := drained(ctx, stub, n); err != nil {
		return run{}, err
	}
	elapsed := time.Since(began)
	after, err := c.cpu()
	if err != nil {
		return run{}, err
	}
	flushedAfter, err := c.flushes(ctx)
	if err != nil {
		return run{}, err
	}
	at, err := stub.arrivals(true)
	if err != nil {
		return run{}, err
	}
	onward := make([]time.Duration, n)
	for i := range n {
		onward[i] = time.Duration(at.Times[i] - answered[i])
	}
	return run{
		perSecond: float64(n) / elapsed.Seconds(), cpuPerEvent: (after - before) / time.Duration(n),
		accept50: quantile(took, 0.5), accept99: quantile(took, 0.99),
		onward50: quantile(onward, 0.5), onward99: quantile(onward, 0.99),
		flushes: (flushedAfter - flushed) / float64(n),
	}, nil
}

func postAll(ctx context.Context, c *process, n, clients int, ticks <-chan time.Time) (took []time.Duration, answered []int64, err error) {
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	took, answered = make([]time.Duration, n), make([]int64, n)
	var next atomic.Int64
	var busy sync.WaitGroup
	failed := make(chan error, clients)
	for range clients {
		busy.Go(func() {
			for {
				if ticks != nil {
					<-ticks
				}
				i := int(next.Add(1)) - 1
				if i >= n || ctx.Err() != nil {
					return
				}
				began := time.Now()
				if err := post(ctx, client, c, i); err != nil {
					failed <- err
					return
				}
				now := time.Now()
				took[i], answered[i] = now.Sub(began), now.UnixNano()
			}
		})
	}
	busy.Wait()
	select {
	case err := <-failed:
		return nil, nil, err
	default:
		return took, answered, ctx.Err()
	}
}

// filler makes a body about 1 KB long.
var filler = strings.Repeat("The quick brown fox jumps over the lazy dog. ", 19)

func post(ctx context.Context, client *http.Client, c *process, i int) error {
	body, err := json.Marshal(map[string]string{"group": groupID(i), "text": fmt.Sprintf("%s%d. %s", marker, i, filler)})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/hooks/"+c.hook, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	if err := c.sign(r.Header, body); err != nil {
		return err
	}
	res, err := client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if answer, err := io.ReadAll(res.Body); err != nil || res.StatusCode/100 != 2 {
		return fmt.Errorf("webhook %d was answered %d: %s", i, res.StatusCode, answer)
	}
	return nil
}

func drained(ctx context.Context, stub *process, n int) error {
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(2 * time.Millisecond) {
		a, err := stub.arrivals(false)
		if err != nil {
			return err
		}
		if a.Count >= n {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return errors.New("not everything arrived within two minutes")
}

func quantile(all []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[int(q*float64(len(sorted)-1))]
}
