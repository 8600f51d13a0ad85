package bots_test

import (
	"context"
	"testing"
	"time"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
)

var hello = pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) { return chat.Everyone.Say("hello"), nil })

func TestEventsComeBackWithTheirBot(t *testing.T) {
	r := newRig(t, hello)
	e := r.arrive(class, "", `{}`)
	must(t, r.bots.Replace(nil)) // a mistake in the file, mended at the next start
	r.settle(time.Minute)
	r.configure(specOf(hello, bots.Trigger{Name: "answers", Kind: chat.Webhook}))
	r.reopen()
	r.settle(24 * time.Hour)
	h, err := r.store.History(context.Background(), e)
	must(t, err)
	if h.Event.Status != chat.Done {
		t.Errorf("%s %s %s", h.Event.Status, h.Event.Outcome, h.Event.Reason)
	}
}
