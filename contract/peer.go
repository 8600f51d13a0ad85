package contract

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/botd-chat/botd/plugins"
)

// peer is a plugin that answers at an address.
type peer struct {
	address string
	key     plugins.SigningKey
	limit   time.Duration // of one request
	client  *http.Client
	slowest time.Duration
}

func newPeer(address string, o Options) *peer {
	return &peer{address: address, key: o.Key, limit: o.Timeout, client: &http.Client{
		// A transport of its own, whose connections are closed at the end.
		Transport:     &http.Transport{MaxIdleConnsPerHost: atOnce},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (p *peer) close() { p.client.CloseIdleConnections() }

// answer is what came back for a request.
type answer struct {
	status int
	html   bool
	body   []byte
	took   time.Duration
	err    error // nothing came back, or not all
}

// line is the first line of the body, for people.
func (a answer) line() string {
	first, _, _ := strings.Cut(strings.TrimSpace(string(a.body)), "\n")
	if r := []rune(first); len(r) > 200 {
		first = string(r[:200]) + "…"
	}
	return strconv.QuoteToGraphic(first)
}

// headers are what a request is signed with.
type headers struct{ id, timestamp, signature string }

// signed are the headers for a body, now.
func (p *peer) signed(id string, body []byte, now time.Time) headers {
	if p.key.IsZero() {
		return headers{}
	}
	return headers{id, strconv.FormatInt(now.Unix(), 10), p.key.Sign(id, now, body)}
}

// post sends an event, signed if there is a key.
func (p *peer) post(ctx context.Context, body []byte) answer {
	return p.do(ctx, http.MethodPost, body, p.signed("check", body, time.Now()))
}

func (p *peer) do(ctx context.Context, method string, body []byte, h headers) answer {
	ctx, cancel := context.WithTimeout(ctx, p.limit)
	defer cancel()
	began := time.Now()
	a := p.ask(ctx, method, body, h)
	a.took = time.Since(began)
	if errors.Is(a.err, context.DeadlineExceeded) {
		a.err = fmt.Errorf("it did not answer within %v", p.limit)
	}
	return a
}

func (p *peer) ask(ctx context.Context, method string, body []byte, h headers) answer {
	request, err := http.NewRequestWithContext(ctx, method, p.address, bytes.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, value := range map[string]string{plugins.HeaderID: h.id, plugins.HeaderTimestamp: h.timestamp, plugins.HeaderSignature: h.signature} {
		if value != "" {
			request.Header.Set(name, value)
		}
	}
	response, err := p.client.Do(request)
	if err != nil {
		return answer{err: bare(err)}
	}
	defer func() { _ = response.Body.Close() }()
	a := answer{status: response.StatusCode, html: strings.Contains(response.Header.Get("Content-Type"), "html")}
	a.body, a.err = io.ReadAll(io.LimitReader(response.Body, plugins.MaxReply+1))
	return a
}

// bare is an error of the client without the address, of which the path may be a secret.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
