package bots_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
)

func TestRehearsing(t *testing.T) {
	counting := func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		score.Set(e.State, score.Get(e.State)+1)
		return chat.Sender.Say("score %d", score.Get(e.State)), nil
	}
	t.Run("says what would come of it, with the state as it is, and stores nothing", func(t *testing.T) {
		r := newRig(t, pluginOf(counting))
		e := r.arrive(class, "carol", `{}`)
		r.settle(minute)
		for range 2 { // the first leaves nothing behind
			state, err := r.store.State(t.Context(), "quiz", class)
			must(t, err)
			end, err := r.dispatcher.Rehearse(t.Context(), r.history(e).Event, state, nil)
			must(t, err)
			if end.Status != chat.Done || len(end.Messages) != 1 || end.Messages[0].Text != "score 2" || end.Messages[0].To.Users[0] != "carol" {
				t.Errorf("it would end as %+v", end)
			}
			if n := score.Get(state); n != 1 {
				t.Errorf("it changed the caller's state to %d", n)
			}
		}
		if n, _ := r.step(); n != 0 || len(r.history(e).Messages) != 1 {
			t.Errorf("%d events are to be handled, and it has %d messages", n, len(r.history(e).Messages))
		}
	})
	t.Run("what would go wrong is said", func(t *testing.T) {
		for _, c := range []struct {
			name   string
			handle func(context.Context, chat.Event) ([]chat.Message, error)
			edit   func(r *rig, e *chat.EventRecord)
			status chat.Status
			reason string
		}{
			{"the plugin fails", func(context.Context, chat.Event) ([]chat.Message, error) { return nil, errors.New("no such quiz") }, nil, chat.Ready, "no such quiz"},
			{"the plugin panics", func(context.Context, chat.Event) ([]chat.Message, error) { panic("boom") }, nil, chat.Ready, "boom"},
			{"the answer breaks a rule", func(context.Context, chat.Event) ([]chat.Message, error) {
				return []chat.Message{{Text: "to nobody"}}, nil
			}, nil, chat.Dead, "names nobody"},
			{"the bot is gone", counting, func(_ *rig, e *chat.EventRecord) { e.Bot = "other" }, chat.Ready, "no bot"},
			{"the sender is no member", counting, func(_ *rig, e *chat.EventRecord) { e.Sender = "zoe" }, chat.Done, "not a member"},
			{"the group cannot be read", counting, func(r *rig, _ *chat.EventRecord) {
				r.directory.set(func() { r.directory.err = errors.New("busy") })
			}, chat.Ready, "busy"},
			{"the group is no more", counting, func(r *rig, _ *chat.EventRecord) {
				r.directory.set(func() { r.directory.err = fmt.Errorf("%w: gone", bots.ErrNoGroup) })
			}, chat.Dead, "gone"},
		} {
			t.Run(c.name, func(t *testing.T) {
				r := newRig(t, pluginOf(c.handle))
				e := r.history(r.arrive(class, "carol", `{}`)).Event
				if c.edit != nil {
					c.edit(r, &e)
				}
				end, err := r.dispatcher.Rehearse(t.Context(), e, nil, nil)
				must(t, err)
				if end.Status != c.status || !strings.Contains(end.Reason, c.reason) || len(end.Messages) != 0 {
					t.Errorf("it would end as %+v", end)
				}
			})
		}
	})
}
