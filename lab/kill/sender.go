package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// ledger is what the senders know: which webhooks botd said it has.
type ledger struct {
	acknowledged map[int]bool
	repeated     int // answers that said "we have that one already"
	posts        int // requests, the repeated ones included
}

// send posts p.rate webhooks a second for p.length, and each again until it is
// acknowledged.
func send(ctx context.Context, p plan, v *victim) ledger {
	book := ledger{acknowledged: map[int]bool{}}
	var mu sync.Mutex
	var busy sync.WaitGroup
	numbers := make(chan int, p.rate*int(p.length/time.Second+1))
	client := &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: p.workers}}
	defer client.CloseIdleConnections()
	for range p.workers {
		busy.Go(func() {
			for n := range numbers {
				posts, repeated, ok := persist(ctx, client, p, v, n)
				mu.Lock()
				book.posts += posts
				if ok {
					book.acknowledged[n] = true
				}
				if repeated {
					book.repeated++
				}
				mu.Unlock()
			}
		})
	}
	pace(ctx, p, numbers)
	close(numbers)
	busy.Wait()
	return book
}

func pace(ctx context.Context, p plan, numbers chan<- int) {
	tick := time.NewTicker(time.Second / time.Duration(p.rate))
	defer tick.Stop()
	total := int(float64(p.rate) * p.length.Seconds())
	for n := 0; n < total; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			numbers <- n
		}
	}
}

// persist posts webhook n until it is acknowledged, as real senders do, only
// with less patience between two tries.
func persist(ctx context.Context, c *http.Client, p plan, v *victim, n int) (posts int, repeated, ok bool) {
	for ctx.Err() == nil {
		posts++
		status, again, err := post(ctx, c, p, v, n)
		if err == nil && status/100 == 2 {
			return posts, again, true
		}
		if err == nil && status/100 == 4 {
			return posts, false, false // a mistake of this laboratory; the judge will miss it
		}
		wait(ctx, 100*time.Millisecond)
	}
	return posts, false, false
}

func post(ctx context.Context, c *http.Client, p plan, v *victim, n int) (status int, repeated bool, err error) {
	body, err := json.Marshal(map[string]string{"group": groupID(n % p.groups), "text": text(n)})
	if err != nil {
		return 0, false, err
	}
	id, now := fmt.Sprintf("lab-%d", n), time.Now()
	signer, err := standardwebhooks.NewWebhook(v.hookSecret)
	if err != nil {
		return 0, false, err
	}
	signature, err := signer.Sign(id, now, body)
	if err != nil {
		return 0, false, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.public+"/hooks/lab", bytes.NewReader(body))
	if err != nil {
		return 0, false, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", fmt.Sprint(now.Unix()))
	r.Header.Set("webhook-signature", signature)
	res, err := c.Do(r)
	if err != nil {
		return 0, false, err
	}
	defer func() { _ = res.Body.Close() }()
	var answer struct{ Repeated bool }
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<16)).Decode(&answer); err != nil {
		return res.StatusCode, false, fmt.Errorf("answer %d: %w", res.StatusCode, err)
	}
	return res.StatusCode, answer.Repeated, nil
}

// text is what webhook n says; the judge finds it again by it.
func text(n int) string { return fmt.Sprintf("lab message %d.", n) }
