package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// endpoint is where a plugin answers. Its errors begin with the plugin's name and
// hold no address, since that may be a secret.
type endpoint struct {
	name   string // of the plugin, for people
	url    string
	keys   []plugins.SigningKey // of which each signs each request
	client *http.Client
	now    func() time.Time
}

// newEndpoint is where a plugin answers; a key that is zero signs nothing.
func newEndpoint(name, url string, t *http.Transport, now func() time.Time, keys ...plugins.SigningKey) endpoint {
	keys = slices.DeleteFunc(keys, plugins.SigningKey.IsZero)
	return endpoint{name: name, url: url, keys: keys, client: newClient(t), now: now}
}

// newClient makes a client for one plugin. It follows no redirect: a signed event is
// for one address alone.
func newClient(t *http.Transport) *http.Client {
	t.MaxIdleConnsPerHost = bots.AtATime
	t.IdleConnTimeout = idleConn
	t.MaxResponseHeaderBytes = 64 << 10
	t.DisableCompression = true // so that what is bounded is what was sent
	return &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// idleConn is how long a connection is kept that is idle.
const idleConn = time.Minute

// answer is what came back of a request.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// post hands over an event and reads the reply. An error is an away, unsent, broke, that of
// the context, permanent, or none of these: a failure that may pass.
func (p *endpoint) post(ctx context.Context, e chat.Event) (plugins.Reply, error) {
	body, err := plugins.AppendEvent(make([]byte, 0, 1024+len(e.Payload)+len(e.Config)+64*len(e.Members)), e)
	if err != nil {
		return plugins.Reply{}, plugins.Permanent(fmt.Errorf("the event cannot be written as JSON: %w", err))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(body))
	if err != nil {
		return plugins.Reply{}, p.says(bare(err))
	}
	r.Header.Set("Content-Type", "application/json")
	// Running an event again does no harm, so a connection that the far end closed
	// while it was idle is no failure. Nothing of this goes out.
	r.Header["Idempotency-Key"] = nil
	if len(p.keys) > 0 {
		p.sign(r.Header, e.ID.String(), body)
	}
	a, err := p.do(ctx, r)
	if err != nil {
		return plugins.Reply{}, p.says(err)
	}
	reply, err := readReply(a, p.now())
	switch {
	case is[said](err):
		return plugins.Reply{}, err
	case err != nil:
		return plugins.Reply{}, p.says(err)
	}
	return reply, nil
}

// sign signs a request by Standard Webhooks. Its id is that of the event, so that a
// repeat is known by it.
func (p *endpoint) sign(h http.Header, id string, body []byte) {
	now := time.Now() // and not that of a test: the plugin has it, too
	h.Set(plugins.HeaderID, id)
	h.Set(plugins.HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	var signatures []string
	for _, key := range p.keys {
		signatures = append(signatures, key.Sign(id, now, body))
	}
	h.Set(plugins.HeaderSignature, strings.Join(signatures, " "))
}

// manifest asks the plugin what it is. That it is none, or one that needs more than
// this host has, is an error.
func (p *endpoint) manifest(ctx context.Context) (plugins.Manifest, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url, nil)
	if err != nil {
		return plugins.Manifest{}, p.says(bare(err))
	}
	a, err := p.do(ctx, r)
	if err != nil {
		return plugins.Manifest{}, p.says(err)
	}
	m, err := readManifest(a)
	if err != nil {
		return plugins.Manifest{}, p.says(err)
	}
	return m, nil
}

func (p *endpoint) says(err error) error { return fmt.Errorf("plugin %s %w", p.name, err) }

// do sends a request and reads at most [plugins.MaxReply] bytes, and one more, of the answer.
func (p *endpoint) do(ctx context.Context, r *http.Request) (answer, error) {
	var sent atomic.Bool
	trace := httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }}
	r = r.WithContext(httptrace.WithClientTrace(ctx, &trace))
	r.Header.Set("User-Agent", "botd")
	response, err := p.client.Do(r)
	switch {
	case err != nil && ctx.Err() != nil:
		return answer{}, fmt.Errorf("did not answer in time: %w", context.Cause(ctx))
	case err != nil && !sent.Load():
		return answer{}, unsent{fmt.Errorf("cannot be reached: %w", bare(err))}
	case err != nil:
		return answer{}, broke{fmt.Errorf("broke the connection off and answered nothing: %w", bare(err))}
	}
	defer func() { _ = response.Body.Close() }()
	var body bytes.Buffer
	body.Grow(int(min(max(response.ContentLength, 0), 64<<10)) + bytes.MinRead)
	_, err = body.ReadFrom(io.LimitReader(response.Body, plugins.MaxReply+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return answer{}, fmt.Errorf("did not answer in time: %w", context.Cause(ctx))
	case err != nil:
		return answer{}, broke{fmt.Errorf("broke the connection off in the middle of its answer: %w", bare(err))}
	}
	return answer{response.StatusCode, response.Header, body.Bytes()}, nil
}

// bare is an error of the client without the address, of which the path may be a
// secret.
func bare(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}
