package bots_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// closed is the error of a gate.
type closed struct{ until time.Time }

func (closed) Error() string      { return "the service cannot be reached" }
func (c closed) Until() time.Time { return c.until }

func TestAnEventComesBackWhenItIsTold(t *testing.T) {
	r := newRig(t, pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) { return nil, nil }))
	until := r.clock.Now().Add(7 * time.Second)
	r.directory.err = fmt.Errorf("reading the group: %w", closed{until})
	e := r.arrive(class, "carol", `{}`)
	r.step()
	if h := r.ended(e, chat.Ready, ""); !h.Event.Due.Equal(until) || h.Event.Attempts != 0 {
		t.Errorf("it comes back at %v after %d runs, want %v", h.Event.Due, h.Event.Attempts, until)
	}
	r.directory.set(func() { r.directory.err = nil })
	r.settle(10 * time.Second)
	r.ended(e, chat.Done, chat.Handled)
}
