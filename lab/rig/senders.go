package rig

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Senders post webhooks, and each again under the same id until it is
// acknowledged, as senders do, only with less patience between two tries.
type Senders struct {
	book    *Ledger
	botd    *Botd
	groups  int
	client  *http.Client
	numbers chan int
	busy    sync.WaitGroup
	halt    context.CancelFunc     // of the pacing
	abandon context.CancelFunc     // of everything
	strange atomic.Pointer[string] // an answer that no webhook here should get
}

const workers = 16

// Send starts senders who post rate webhooks a second.
func (l *Lab) Send(ctx context.Context, rate int) *Senders {
	s := l.newSenders()
	ctx, s.abandon = context.WithCancel(ctx)
	pacing, halt := context.WithCancel(ctx)
	s.halt = halt
	s.busy.Go(func() { s.pace(pacing, l.posted, rate) })
	for range workers {
		s.busy.Go(func() { s.work(ctx) })
	}
	l.senders = append(l.senders, s)
	return s
}

func (l *Lab) newSenders() *Senders {
	return &Senders{book: l.Ledger, botd: l.Botd, groups: l.Groups, numbers: make(chan int, 1<<16),
		client: &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: workers}}}
}

// Halt posts nothing new, and waits until all that was begun is acknowledged.
func (s *Senders) Halt() error {
	s.halt()
	s.busy.Wait()
	s.client.CloseIdleConnections()
	if answer := s.strange.Load(); answer != nil {
		return fmt.Errorf("a webhook that is as it should be was refused: %s", *answer)
	}
	return nil
}

// quit gives up what is not acknowledged yet.
func (s *Senders) quit() {
	s.abandon()
	s.busy.Wait()
	s.client.CloseIdleConnections()
}

func (s *Senders) pace(ctx context.Context, next *atomic.Int64, rate int) {
	defer close(s.numbers)
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.numbers <- int(next.Add(1) - 1)
		}
	}
}

func (s *Senders) work(ctx context.Context) {
	for n := range s.numbers {
		s.persist(ctx, n)
	}
}

func (s *Senders) persist(ctx context.Context, n int) {
	began := time.Now()
	for ctx.Err() == nil {
		a, err := s.post(ctx, n)
		s.book.post(a.status)
		switch {
		case err == nil && a.status/100 == 2 && len(a.Events) == 1:
			s.book.acknowledge(n, Ack{Event: a.Events[0], Posted: began, Known: time.Now()}, a.Repeated)
			return
		case err == nil && a.status != http.StatusServiceUnavailable:
			text := fmt.Sprintf("webhook %d: status %d with %d events", n, a.status, len(a.Events))
			s.strange.Store(&text)
			return
		}
		Wait(ctx, 100*time.Millisecond)
	}
}

type answer struct {
	status   int
	Events   []string
	Repeated bool
}

func (s *Senders) post(ctx context.Context, n int) (answer, error) {
	r, err := s.request(ctx, n)
	if err != nil {
		return answer{}, err
	}
	res, err := s.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	a := answer{status: res.StatusCode}
	if err := json.NewDecoder(io.LimitReader(res.Body, 1<<16)).Decode(&a); err != nil && a.status/100 == 2 {
		return a, fmt.Errorf("answer %d: %w", res.StatusCode, err)
	}
	return a, nil
}

func (s *Senders) request(ctx context.Context, n int) (*http.Request, error) {
	body, err := json.Marshal(map[string]string{"group": GroupID(n % s.groups), "text": text(n)})
	if err != nil {
		return nil, err
	}
	id, now := fmt.Sprintf("lab-%d", n), time.Now()
	signer, err := standardwebhooks.NewWebhook(s.botd.hookSecret)
	if err != nil {
		return nil, err
	}
	signature, err := signer.Sign(id, now, body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.botd.public+"/hooks/lab", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", fmt.Sprint(now.Unix()))
	r.Header.Set("webhook-signature", signature)
	return r, nil
}

const words = "lab message %d."

// text is what webhook n says; the judge finds it again by it.
func text(n int) string { return fmt.Sprintf(words, n) }

// number is which webhook a text is of.
func number(text string) (n int, ok bool) {
	_, err := fmt.Sscanf(text, words, &n)
	return n, err == nil
}
