package bots_test

import (
	"context"
	"errors"
	"testing"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
)

// full is a store on a disk that has room for what is small.
type full struct {
	bots.Store
	full bool
}

func (f *full) EndEvent(ctx context.Context, e chat.EventEnd) error {
	if f.full && len(e.Messages) > 0 {
		return errors.New("database or disk is full")
	}
	return f.Store.EndEvent(ctx, e)
}

// What cannot be stored for a while is not held against the plugin.
func TestAFullDiskIsNoFaultOfAPlugin(t *testing.T) {
	r := newRig(t, pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) { return chat.Admins.Say("hello"), nil }))
	f := &full{r.dispatcher.Store, true}
	r.dispatcher.Store = f
	e := r.arrive(class, "alice", `{}`)
	r.settle(10 * minute)
	f.full = false
	r.settle(10 * minute)
	r.ended(e, chat.Done, chat.Handled)
}
