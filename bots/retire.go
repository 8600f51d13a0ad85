package bots

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/botd-chat/botd/chat"
)

// errRetired says that a bot has gone between its being found and its being used.
var errRetired = errors.New("the bot is being configured anew")

// holds keep a bot's handler from being closed while somebody works with it.
type holds struct {
	mu      sync.Mutex
	n       int
	retired bool
	closed  func(error) // told of the end; set by Retire
}

// hold keeps the handler for the caller until release; false when the bot is
// retired.
func (b *Bot) hold() bool {
	b.holds.mu.Lock()
	defer b.holds.mu.Unlock()
	if b.holds.retired {
		return false
	}
	b.holds.n++
	return true
}

// share adds a hold to one that the caller has.
func (b *Bot) share() {
	b.holds.mu.Lock()
	defer b.holds.mu.Unlock()
	b.holds.n++
}

func (b *Bot) release() {
	b.holds.mu.Lock()
	b.holds.n--
	last := b.holds.retired && b.holds.n == 0
	b.holds.mu.Unlock()
	if last {
		b.holds.closed(b.Close())
	}
}

// Retire takes the bot out of use when another, or none, has come in its place:
// no run of its plugin begins any more, and after the last of those under way
// its handler is closed and closed is told, once. A run that never comes back
// keeps the handler for ever. It may only be called once.
func (b *Bot) Retire(closed func(error)) {
	b.holds.mu.Lock()
	b.holds.retired, b.holds.closed = true, closed
	idle := b.holds.n == 0
	b.holds.mu.Unlock()
	if idle {
		closed(b.Close())
	}
}

// Close lets the plugin's handler go. It is for a bot that nothing was handed to
// yet; all others are retired.
func (b *Bot) Close() (err error) {
	c, ok := b.handler.(io.Closer)
	if !ok {
		return nil
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("closing the handler of plugin %s: %w", b.Plugin.Name(), caught(v))
		}
	}()
	return c.Close()
}

// held finds the event's bot and holds it. Where that has just been retired,
// another has come in its place.
func (d *Dispatcher) held(ctx context.Context, e chat.EventRecord) (*Bot, error) {
	for last := (*Bot)(nil); ; {
		b, err := d.bot(ctx, e)
		if err != nil || b.hold() {
			return b, err
		}
		if b == last {
			return nil, &waiting{err: errRetired}
		}
		last = b
	}
}
