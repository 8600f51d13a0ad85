package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// URL is a plugin that somebody else runs and that answers at an address.
type URL struct {
	Address string               // http or https; may hold a name and password, and is not shown
	Key     plugins.SigningKey   // that signs the requests; the zero key only for an address of this machine
	More    []plugins.SigningKey // sign them, too, while one is changed for another
	Settings
}

// Remote is a plugin that answers at an address.
func Remote(u URL) bots.Plugin {
	u.Settings = u.orDefault()
	return &remotePlugin{URL: u}
}

type remotePlugin struct {
	URL
	seen
}

// Name is the address as far as it is no secret.
func (r *remotePlugin) Name() string { return nameOf(r.Address) }

// Needs is false: the handler's manifest says what is needed.
func (r *remotePlugin) Needs(string) bool { return false }

// New makes a handler. It asks nobody: whether the plugin is there, and what it thinks
// of the options, comes out with the first event.
func (r *remotePlugin) New(json.RawMessage) (plugins.Handler, error) {
	u, err := url.Parse(r.Address)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return nil, errors.New("its address is none; want one such as https://bots.example.com/quiz")
	case r.Key.IsZero() && !loopback(u.Hostname()):
		return nil, fmt.Errorf("it is on another machine (%s) and has no key, so that it could not tell who asks; give both the same secret", u.Host)
	}
	t := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: dialing}).DialContext,
		TLSHandshakeTimeout: dialing,
		ForceAttemptHTTP2:   true,
	}
	return &remote{
		Settings: r.Settings, seen: &r.seen,
		plugin: newEndpoint(r.Name(), r.Address, t, r.Clock.Now, append([]plugins.SigningKey{r.Key}, r.More...)...),
	}, nil
}

// nameOf is an address without what may be a secret of it.
func nameOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "at an address"
	}
	return u.Scheme + "://" + u.Host
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// seen is the version that a plugin said last, over all its handlers.
type seen struct {
	mu      sync.Mutex
	version string
}

// Version is what the plugin said last; empty before it was asked.
func (s *seen) Version() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// note keeps a version and returns the one before.
func (s *seen) note(version string) (before string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, s.version = s.version, version
	return before
}

const (
	// dialing is how long a connection may take to come about.
	dialing = 3 * time.Second
	// asking is how long a plugin may take to say what it is.
	asking = 5 * time.Second
	// fresh is how long what it said is believed: it may have become another version
	// behind its address.
	fresh = time.Minute
	// mostPause is the longest pause between looks at a plugin that is not there.
	mostPause = 30 * time.Second
)

// remote is the handler of a plugin at an address.
type remote struct {
	Settings
	seen   *seen
	plugin endpoint

	mu       sync.Mutex
	manifest plugins.Manifest
	until    time.Time     // how long the manifest is believed; zero: there is none
	asked    chan struct{} // closed when whoever asks has its answer; nil: nobody asks
	misses   int           // looks in vain, one after another
	miss     *away         // the last of them
}

// Close lets go of its connections.
func (r *remote) Close() error {
	r.plugin.client.CloseIdleConnections()
	return nil
}

// Manifest is what the plugin said of itself at most a minute ago. Of those who ask at
// once one goes; the others wait for it the first time, and never for a plugin that was
// not there the last time.
func (r *remote) Manifest(ctx context.Context) (plugins.Manifest, error) {
	for {
		m, wait, err := r.known(ctx)
		if wait == nil {
			return m, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return m, &away{why: r.plugin.says(fmt.Errorf("has not said yet what it is: %w", ctx.Err()))}
		}
	}
}

// known is what is to be had at once; otherwise wait is closed when there is more to
// know. It asks if nobody does.
func (r *remote) known(ctx context.Context) (m plugins.Manifest, wait <-chan struct{}, err error) {
	r.mu.Lock()
	now := r.Clock.Now()
	switch {
	case now.Before(r.until), r.asked != nil && !r.until.IsZero():
		defer r.mu.Unlock()
		return r.manifest, nil, nil
	case r.miss != nil && (r.asked != nil || now.Before(r.miss.until)):
		defer r.mu.Unlock()
		return m, nil, r.miss
	case r.asked != nil:
		defer r.mu.Unlock()
		return m, r.asked, nil
	}
	r.asked = make(chan struct{})
	r.mu.Unlock()
	m, err = r.ask(ctx)
	return m, nil, err
}

// ask asks the plugin, for all who wait for it.
func (r *remote) ask(ctx context.Context) (plugins.Manifest, error) {
	own, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	m, err := r.plugin.manifest(own)
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.asked)
	r.asked = nil
	switch {
	case err != nil && ctx.Err() != nil: // whoever asked had no time, which says nothing of the plugin
		return m, &away{why: err}
	case err != nil:
		return m, r.missed(err)
	}
	r.learn(m)
	return m, nil
}

// learn keeps what the plugin says of itself.
func (r *remote) learn(m plugins.Manifest) {
	if r.miss != nil {
		r.Log.Info("the plugin is there again", "plugin", r.plugin.name)
	}
	if before := r.seen.note(m.Version); before != m.Version || !slices.Equal(r.manifest.Needs, m.Needs) {
		r.Log.Info("the plugin answers", "plugin", r.plugin.name, "name", m.Name, "version", m.Version, "before", before, "needs", m.Needs)
	}
	r.manifest, r.until, r.misses, r.miss = m, r.Clock.Now().Add(fresh), 0, nil
}

// missed counts a look in vain; the log has the first of a row.
func (r *remote) missed(err error) *away {
	r.until = time.Time{}
	if r.misses++; r.misses == 1 {
		r.Log.Error("the plugin is not there; its events wait", "plugin", r.plugin.name, "error", err)
	}
	pause := min(time.Second<<min(r.misses-1, 10), mostPause)
	r.miss = &away{why: err, until: r.Clock.Now().Add(pause)}
	return r.miss
}

// Handle has the plugin answer an event.
func (r *remote) Handle(ctx context.Context, e chat.Event) ([]chat.Message, error) {
	m, err := r.Manifest(ctx)
	if err != nil {
		return nil, err
	}
	reply, err := r.plugin.post(ctx, e)
	if err != nil {
		return nil, r.failed(ctx, err)
	}
	if err := r.plugin.fits(m, reply); err != nil {
		return nil, err
	}
	return hand(e, reply), nil
}

// failed is what an error of a call means. After one the manifest is asked again.
func (r *remote) failed(ctx context.Context, err error) error {
	r.Observe.tooMuch(err)
	switch {
	case is[lost](err):
		own, cancel := context.WithTimeout(ctx, asking)
		defer cancel()
		if _, gone := r.plugin.manifest(own); gone != nil {
			return r.gone(gone)
		}
		return plugins.Permanent(err) // it is at home, so this is its word
	case is[unsent](err):
		return r.gone(err)
	case !errors.Is(err, plugins.ErrPermanent):
		r.forget()
	}
	return err
}

// gone is [remote.missed] for whoever does not hold the lock.
func (r *remote) gone(err error) *away {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.missed(err)
}

// forget has the manifest asked again.
func (r *remote) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.until = time.Time{}
}
