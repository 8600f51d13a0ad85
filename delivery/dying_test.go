package delivery_test

import (
	"context"
	"errors"
	"sync"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/delivery"
)

// dying is a store whose process ends at a step: from then on nothing reaches
// it, so that nothing is given back.
type dying struct {
	delivery.Store
	at    string
	after bool // the step was stored, and nobody heard of it

	mu   sync.Mutex
	dead bool
}

var errDead = errors.New("the process is dead")

// step runs f unless the process ends before or has ended.
func (d *dying) step(name string, f func() error) error {
	d.mu.Lock()
	before, dies := d.dead, d.at == name
	d.dead = before || dies
	d.mu.Unlock()
	switch {
	case before:
		return errDead
	case !dies:
		return f()
	}
	if d.after {
		_ = f()
	}
	return errDead
}

func (d *dying) Begin(ctx context.Context, b chat.Begin) (begun chat.Begun, err error) {
	err = d.step("begin", func() error { begun, err = d.Store.Begin(ctx, b); return err })
	return begun, err
}

func (d *dying) EndRound(ctx context.Context, r ...chat.Round) error {
	return d.step("end", func() error { return d.Store.EndRound(ctx, r...) })
}
