package host

import (
	"context"
	"fmt"

	"github.com/botd-chat/botd/plugins"
)

// Running is a program that was started as a plugin and is asked by whoever started it,
// as a check does that asks for more than answers to events.
type Running struct {
	Address string             // at which it answers, of this machine
	Key     plugins.SigningKey // that it was given, and nobody else has
	process *process
}

// Start starts a program and waits until it answers, whatever that is.
func Start(ctx context.Context, c Command) (*Running, error) {
	own := newProgram(c)
	l, err := own.launch()
	if err != nil {
		return nil, err
	}
	p := newProcess()
	if err := p.start(l, own.Settings); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, Starting)
	defer cancel()
	_, err = p.answers(ctx)
	select {
	case <-p.gone:
	case <-ctx.Done():
	default: // there is somebody, who may be no plugin
		return &Running{p.plugin.url, p.plugin.keys[0], p}, nil
	}
	p.stop()
	return nil, fmt.Errorf("it was started, and is of no use: %w", err)
}

// Stop ends the program. Nothing is left of it.
func (r *Running) Stop() { r.process.stop() }
