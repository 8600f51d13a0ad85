package daemon

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/problem"
)

// presences know which bots' plugins are there, as of the last look. Events do not go
// by it: each finds out by itself.
type presences struct {
	mu   sync.Mutex
	last map[*bots.Bot]presence
}

// presence is what a look at a bot's plugin found.
type presence struct {
	name, version string // as the plugin says; empty where it does not
	err           error  // why it would get no event; nil: it would
}

const (
	// lookEvery is how often plugins are looked for.
	lookEvery = 15 * time.Second
	// lookFor is how long a look may take.
	lookFor = 5 * time.Second
)

// errUnasked says that nobody has looked yet.
var errUnasked = errors.New("it was not asked yet")

// watchPlugins looks for the plugins of the bots until ctx ends: so the processes of
// those that botd starts are there before their first event.
func (s *system) watchPlugins(ctx context.Context) error {
	tick := s.clock.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		s.look(ctx, s.now())
		select {
		case <-tick.Chan():
		case <-ctx.Done():
			return nil
		}
	}
}

// look asks each plugin of a setup whether it is there, all at once.
func (s *system) look(ctx context.Context, n *setup) {
	ctx, cancel := context.WithTimeout(ctx, lookFor)
	defer cancel()
	var all sync.WaitGroup
	for _, b := range n.bots.All() {
		all.Go(func() { s.plugins.see(ctx, b) })
	}
	all.Wait()
	s.plugins.forget(s.now(), n)
}

func (p *presences) see(ctx context.Context, b *bots.Bot) {
	m, err := b.There(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.last == nil {
		p.last = map[*bots.Bot]presence{}
	}
	p.last[b] = presence{m.Name, m.Version, err}
}

// forget drops the bots that are in none of these setups.
func (p *presences) forget(keep ...*setup) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for b := range p.last {
		if !slices.ContainsFunc(keep, func(n *setup) bool { return n.bots.Bot(b.Name) == b }) {
			delete(p.last, b)
		}
	}
}

// of is what is known of a bot's plugin. One that is compiled in is always known.
func (p *presences) of(b *bots.Bot) presence {
	if !b.Distant() {
		_, err := b.There(context.Background())
		return presence{b.Plugin.Name(), b.Plugin.Version(), err}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if last, ok := p.last[b]; ok {
		return presence{cmp.Or(last.name, b.Plugin.Name()), last.version, last.err}
	}
	return presence{b.Plugin.Name(), "", errUnasked}
}

// Plugins lists the bots with their plugins, and which of these are there.
func (b backend) Plugins() []console.Plugin {
	now := b.now()
	list := make([]console.Plugin, 0, len(now.config.Bots))
	for _, c := range now.config.Bots {
		bot := now.bots.Bot(c.Name)
		is := b.plugins.of(bot)
		p := console.Plugin{Bot: c.Name, Plugin: is.name, Version: is.version, Where: c.Where(), There: is.err == nil}
		if is.err != nil {
			p.Reason = is.err.Error()
		}
		list = append(list, p)
	}
	return list
}

// absent tells of the plugins of a setup that are not there, for whoever has just
// written its configuration.
func (s *system) absent(n *setup) (list []problem.Mistake) {
	for _, c := range n.config.Bots {
		if is := s.plugins.of(n.bots.Bot(c.Name)); is.err != nil {
			list = append(list, problem.Mistake(unusable(n.config.File, c, is.err)))
		}
	}
	return list
}

// pluginsUp tells which plugins are there, for whoever counts.
type pluginsUp struct {
	*system
}

var upDesc = prometheus.NewDesc("botd_plugin_up", "Whether a bot's plugin would get an event: 1, or 0 if it is not there, hangs, or its options do not suit it; its events wait then.", []string{"bot", "plugin"}, nil)

func (pluginsUp) Describe(to chan<- *prometheus.Desc) { to <- upDesc }

func (p pluginsUp) Collect(to chan<- prometheus.Metric) {
	for _, b := range p.now().bots.All() {
		up := 0.0
		if p.plugins.of(b).err == nil {
			up = 1
		}
		to <- prometheus.MustNewConstMetric(upDesc, prometheus.GaugeValue, up, string(b.Name), b.Plugin.Name())
	}
}
