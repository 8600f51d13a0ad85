package rig

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// fate is what botd tells of a webhook: how its message ended.
type fate string

// The fates, as far as the judge tells them apart. Any other is botd's word for
// an end without a delivery, such as refused.
const (
	sent     fate = "sent"
	partly   fate = "partly"
	unknown  fate = "unknown"
	unending fate = "" // it has no end
)

// Waiting is how many events and messages have no end yet, by botd's own count.
func (b *Botd) Waiting(ctx context.Context) (int, error) {
	res, err := b.get(ctx, "/metrics")
	if err != nil {
		return 0, err
	}
	defer func() { _ = res.Body.Close() }()
	found, n := false, 0
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if !strings.HasPrefix(name, "botd_outbox_depth{") || !strings.Contains(name, `status="ready"`) {
			continue
		}
		depth, err := strconv.Atoi(value)
		if err != nil {
			return 0, err
		}
		found, n = true, n+depth
	}
	if !found {
		return 0, fmt.Errorf("botd does not say how much waits")
	}
	return n, nil
}

// fates asks botd what became of each of these webhooks.
func (b *Botd) fates(ctx context.Context, acknowledged map[int]Ack) (map[int]fate, error) {
	var mu sync.Mutex
	var failed error
	out := make(map[int]fate, len(acknowledged))
	var asking sync.WaitGroup
	ask := make(chan int)
	for range 8 {
		asking.Go(func() {
			for n := range ask {
				f, err := b.fate(ctx, acknowledged[n].Event)
				mu.Lock()
				out[n] = f
				if err != nil {
					failed = err
				}
				mu.Unlock()
			}
		})
	}
	for n := range acknowledged {
		ask <- n
	}
	close(ask)
	asking.Wait()
	return out, failed
}

// fate asks what became of an event.
func (b *Botd) fate(ctx context.Context, event string) (fate, error) {
	res, err := b.get(ctx, "/v1/events/"+event)
	if err != nil {
		return "", fmt.Errorf("asking for event %s: %w", event, err)
	}
	defer func() { _ = res.Body.Close() }()
	var h struct {
		Event    struct{ Outcome string }
		Messages []struct{ Outcome fate }
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("asking for event %s: status %d", event, res.StatusCode)
	}
	if err := json.NewDecoder(res.Body).Decode(&h); err != nil {
		return "", fmt.Errorf("asking for event %s: %w", event, err)
	}
	if len(h.Messages) != 1 {
		return fate(h.Event.Outcome), nil
	}
	return h.Messages[0].Outcome, nil
}
