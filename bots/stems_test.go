package bots_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
	"github.com/botd-chat/botd/store"
)

var later = plugins.NewTimer[struct{}]("later")

// loud is a plugin that says everything to everybody: to what is written, when its timer
// comes, and of how that ended.
var loud = plugins.Define("loud", "1.0.0", func(struct{}) (plugins.Handler, error) {
	shout := func(text string) []chat.Message { return chat.Everyone.Say("%s", text) }
	m := plugins.NewMux()
	m.On("answers", func(context.Context, chat.Event) ([]chat.Message, error) { return nil, nil })
	m.On("strike", func(context.Context, chat.Event) ([]chat.Message, error) { return nil, nil })
	for _, name := range []chat.TriggerName{"open", "held", "relayed"} {
		m.On(name, func(_ context.Context, e chat.Event) ([]chat.Message, error) {
			later.Set(e, time.Second, struct{}{})
			list := shout(e.Text)
			list[0].Report = &chat.Report{Name: "told"}
			return list, nil
		})
	}
	plugins.OnTimer(m, later, func(context.Context, chat.Event, struct{}) ([]chat.Message, error) { return shout("later"), nil })
	plugins.OnReport(m, plugins.NewReport[struct{}]("told"), func(context.Context, chat.Event, chat.Ending, struct{}) ([]chat.Message, error) {
		return shout("told"), nil
	})
	return m, nil
})

// Rule 14 of package im: what somebody wrote, perhaps to some members alone, comes to
// nobody else, also not by a timer, a report or a second handling, unless it was held or
// an operator wrote relay: true.
func TestRule14_WhatStemsOfWhatIsWrittenStaysWithItsSender(t *testing.T) {
	everybody := []chat.UserID{"alice", "carol"}
	for trigger, want := range map[chat.TriggerName][]chat.UserID{"open": {"carol"}, "held": everybody, "relayed": everybody} {
		t.Run(string(trigger), func(t *testing.T) {
			r := newRig(t, loud, func(s *bots.Spec) {
				s.Triggers = append(s.Triggers,
					bots.Trigger{Name: "open", Hears: &bots.Hears{Via: chat.ViaGroup}},
					bots.Trigger{Name: "held", Hears: &bots.Hears{Via: chat.ViaGroup, Held: true}},
					bots.Trigger{Name: "relayed", Hears: &bots.Hears{Via: chat.ViaGroup, Relay: true}})
			})
			a, err := r.bots.Bot("quiz").HeardBy(trigger, bots.Written{Group: class, Sender: "carol", Text: "a secret"})
			must(t, err)
			receipt, err := r.store.Accept(t.Context(), a)
			must(t, err)
			first := receipt.Events[0]
			r.settle(0)
			r.givesUp() // which makes the report
			r.clock.Advance(2 * time.Second)
			_, _, err = r.store.FireTimers(t.Context(), 10)
			must(t, err)
			r.settle(0)
			again, err := r.store.ReplayEvent(t.Context(), first, chat.By{Who: "ann"})
			must(t, err)
			r.settle(0)
			said := map[string]int{}
			for _, e := range append(r.events(), again.Events...) {
				h := r.ended(e, chat.Done, chat.Handled)
				if len(h.Messages) != 1 {
					t.Fatalf("%s came to %d messages", e, len(h.Messages))
				}
				said[string(h.Event.Kind)+h.Messages[0].Message.Text]++
				if got := r.reaches(h.Messages[0].To); !slices.Equal(got, want) {
					t.Errorf("%s, %s, %q reaches %v, want %v", e, h.Event.Kind, h.Messages[0].Message.Text, got, want)
				}
			}
			end, err := r.dispatcher.Rehearse(t.Context(), r.history(first).Event, nil, nil)
			must(t, err)
			if got := r.reaches(end.Messages[0].To); !slices.Equal(got, want) {
				t.Errorf("tried, it reaches %v, want %v", got, want)
			}
			if said["messagea secret"] < 2 || said["timerlater"] == 0 || said["reporttold"] == 0 {
				t.Errorf("said %v", said)
			}
		})
	}
}

// events are those that there are.
func (r *rig) events() []chat.EventID {
	r.t.Helper()
	list, _, err := r.store.Events(r.t.Context(), store.Filter{})
	must(r.t, err)
	var ids []chat.EventID
	for _, e := range list {
		ids = append(ids, e.ID)
	}
	return ids
}

// reaches is whom a bound rule comes to in the rig's group.
func (r *rig) reaches(rule chat.Audience) []chat.UserID {
	r.t.Helper()
	m, err := r.directory.Read(r.t.Context(), class, 0)
	must(r.t, err)
	to, _ := audience.Resolve(rule, chat.Everyone, m).Recipients()
	return to.IDs()
}

// Of two members who ask the same, neither's answer takes the place of the other's.
func TestAnswersToTwoMembersHaveKeysOfTheirOwn(t *testing.T) {
	r := newRig(t, pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) {
		list := chat.Everyone.Say("the score")
		list[0].Collapse = "score"
		return list, nil
	}), func(s *bots.Spec) {
		s.Triggers = append(s.Triggers, bots.Trigger{Name: "open", Hears: &bots.Hears{Via: chat.ViaGroup}})
	})
	keys := map[string]bool{}
	for _, who := range []chat.UserID{"carol", "alice"} {
		a, err := r.bots.Bot("quiz").HeardBy("open", bots.Written{Group: class, Sender: who, Text: "/score"})
		must(t, err)
		receipt, err := r.store.Accept(t.Context(), a)
		must(t, err)
		r.settle(0)
		h := r.ended(receipt.Events[0], chat.Done, chat.Handled)
		keys[h.Messages[0].Message.Collapse] = true
		if h.Messages[0].Outcome == chat.Dropped {
			t.Errorf("%s is told nothing", who)
		}
	}
	if len(keys) != 2 {
		t.Errorf("keys %v", keys)
	}
}
