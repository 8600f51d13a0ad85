package bots

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/botd-chat/botd/plugins"
)

// Distant is a handler whose plugin lives outside this process, and may not be there.
type Distant interface {
	plugins.Handler
	// Manifest is what the plugin says of itself. It is asked before each event and
	// is to cost nothing while the plugin is there. An error that is [ErrAway] says
	// that it is not, and the event waits.
	Manifest(ctx context.Context) (plugins.Manifest, error)
}

// ErrAway says that a plugin was not run with an event, since it cannot be reached or
// was ended for something else meanwhile. It is no failure of the event, which waits;
// an error with a method Until() time.Time says until when.
var ErrAway = errors.New("the plugin is not there")

// ErrEnded says that a plugin's process was ended, since it did not answer in time.
var ErrEnded = errors.New("its process was ended")

// Distant reports whether the bot's plugin lives outside this process.
func (b *Bot) Distant() bool {
	_, distant := b.handler.(Distant)
	return distant
}

// There reports why the bot's plugin would get no event now; nil: it would. One that
// lives elsewhere is asked, and started if that is botd's to do. Its manifest is that
// of its plugin, if it lives elsewhere and said so.
func (b *Bot) There(ctx context.Context) (m plugins.Manifest, err error) {
	if !b.hold() {
		return m, errRetired
	}
	defer b.release()
	h, distant := b.handler.(Distant)
	if !distant {
		return m, b.hangs()
	}
	if m, err = h.Manifest(ctx); err != nil {
		return m, err
	}
	return m, b.fits(m)
}

// hangs reports that too many runs of the plugin hang for it to get another event.
func (b *Bot) hangs() error {
	if b.stuck.Load() < maxStuck {
		return nil
	}
	return fmt.Errorf("bot %q gets no events: %d runs of its plugin %q hang past their deadline of %v; mend the plugin and restart botd; set isolate: true to have it killed instead",
		string(b.Name), maxStuck, b.Plugin.Name(), b.Limits.Timeout)
}

// suited is what Spec.Suits said last.
type suited struct {
	mu  sync.Mutex
	of  *plugins.Manifest
	err error
}

// fits asks Suits about a manifest that it was not asked about the last time.
func (b *Bot) fits(m plugins.Manifest) error {
	if b.Suits == nil {
		return nil
	}
	b.suited.mu.Lock()
	defer b.suited.mu.Unlock()
	if was := b.suited.of; was == nil || !reflect.DeepEqual(*was, m) {
		b.suited.of, b.suited.err = &m, b.Suits(m)
	}
	return b.suited.err
}

// needs lists what the plugin is to be told, such as who is in the group. A plugin that
// lives elsewhere is asked, and must be there for it.
func (b *Bot) needs(ctx context.Context) (needs []string, err error) {
	h, distant := b.handler.(Distant)
	if !distant {
		for _, x := range []any{b.Plugin, b.handler} {
			if n, ok := x.(plugins.Needing); ok {
				needs = append(needs, n.Needed()...)
			}
		}
		return needs, nil
	}
	ctx, cancel := context.WithTimeout(ctx, reading)
	defer cancel()
	m, err := h.Manifest(ctx)
	if err != nil {
		return nil, waitsIfAway(err)
	}
	if err := b.fits(m); err != nil {
		return nil, &waiting{err: err}
	}
	return m.Needs, nil
}

// waitsIfAway has an event wait whose plugin was not there.
func waitsIfAway(err error) error {
	if errors.Is(err, ErrAway) {
		return waitsFor(err)
	}
	return err
}
