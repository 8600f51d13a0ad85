package bots_test

import (
	"context"
	"slices"
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

func TestInnocentsOutliveACrashLoop(t *testing.T) {
	r := newRig(t, hello)
	innocent, deadly := r.arrive(class, "", `{}`), r.arrive(team, "", `{}`)
	for range 200 {
		work, _, err := r.dispatcher.Take(context.Background(), 100)
		must(t, err)
		if slices.ContainsFunc(work, func(w chat.EventWork) bool { return w.Event.ID == deadly && w.Event.Attempts <= 5 }) {
			r.reopen() // before anything else was stored
		} else {
			for _, w := range work {
				r.dispatcher.Handle(context.Background(), w)
			}
		}
		r.clock.Advance(time.Second)
	}
	r.ended(innocent, chat.Done, chat.Handled)
	r.ended(deadly, chat.Dead, chat.Failed)
}
