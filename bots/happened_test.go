package bots_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// service is a group as the service has it, which the dispatcher reads by the real
// directory.
type service struct {
	mu      sync.Mutex
	members []chat.Member
	gone    bool
	down    bool
	reads   int
	takes   func() // the time that a reading takes; nil: none
}

func (s *service) set(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *service) Group(context.Context, chat.GroupID) (audience.Group, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	if s.takes != nil {
		s.takes()
	}
	switch {
	case s.down:
		return audience.Group{}, errors.New("the service is down")
	case s.gone:
		return audience.Group{}, bots.ErrGone
	}
	return audience.Group{Type: chat.Public, Members: len(s.members)}, nil
}

func (s *service) Members(context.Context, chat.GroupID, ...chat.Role) ([]chat.Member, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.members), nil
}

func (s *service) Roles(context.Context, chat.GroupID, []chat.UserID) ([]chat.Member, error) {
	return nil, errors.New("nobody asks")
}

func (s *service) Profiles(ctx context.Context, g chat.GroupID, _ chat.Facts) ([]chat.Member, error) {
	return s.Members(ctx, g)
}

func (s *service) ProfilesOf(context.Context, chat.GroupID, []chat.UserID, chat.Facts) ([]chat.Member, error) {
	return nil, errors.New("nobody asks")
}

// attentive is a rig with a bot that tells what it was told, in a group of a service.
func attentive(t *testing.T) (*rig, *service, func() []chat.Event) {
	t.Helper()
	var mu sync.Mutex
	var told []chat.Event
	r := newRig(t, pluginOf(func(_ context.Context, e chat.Event) ([]chat.Message, error) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, e)
		return nil, nil
	}), func(s *bots.Spec) {
		for _, what := range chat.Happenings {
			s.Triggers = append(s.Triggers, bots.Trigger{Name: chat.TriggerName(what), Hears: &bots.Hears{What: what}})
		}
		s.Limits.RoleMaxAge = 5 * time.Second
	})
	s := &service{members: []chat.Member{{ID: "alice", Role: chat.Admin}, {ID: "carol", Role: chat.Normal}}}
	directory := audience.NewDirectory(s, r.clock)
	r.dispatcher.Directory = func(chat.AppName) bots.Directory { return directory }
	return r, s, func() []chat.Event {
		mu.Lock()
		defer mu.Unlock()
		defer func() { told = nil }()
		return told
	}
}

// claimed stores what the service told, true or not.
func (r *rig) claimed(what chat.What, user chat.UserID) chat.EventID {
	r.t.Helper()
	a, err := r.bots.Bot("quiz").Happened(chat.TriggerName(what), bots.Happened{Group: class, Happ: chat.Happening{What: what, User: user}})
	must(r.t, err)
	receipt, err := r.store.Accept(r.t.Context(), a)
	must(r.t, err)
	return receipt.Events[0]
}

func TestWhatTheServiceTellsIsLookedUp(t *testing.T) {
	for name, c := range map[string]struct {
		what   chat.What
		user   chat.UserID
		before func(*service)
		role   chat.Role // of the sender, of whom the plugin is told; empty: of nobody
		told   bool
		reason string // why it is not told
	}{
		"somebody came":                  {what: chat.MemberJoined, user: "carol", told: true, role: chat.Normal},
		"somebody did not":               {what: chat.MemberJoined, user: "mallory", reason: `the service said member_joined of "mallory", who is not a member of the group, so the plugin was not told`},
		"somebody went":                  {what: chat.MemberLeft, user: "dee", told: true},
		"somebody stayed":                {what: chat.MemberLeft, user: "carol", reason: `the service said that "carol" left, who is a member of the group`},
		"somebody has a role":            {what: chat.RoleChanged, user: "alice", told: true, role: chat.Admin},
		"somebody who is not in it":      {what: chat.RoleChanged, user: "mallory", reason: `the service said role_changed of "mallory"`},
		"the group is gone":              {what: chat.GroupDestroyed, before: func(s *service) { s.gone = true }, told: true},
		"the group is there":             {what: chat.GroupDestroyed, reason: "the service said that the group is gone, and it is there"},
		"somebody came, and all is over": {what: chat.MemberJoined, user: "carol", before: func(s *service) { s.gone = true }, reason: "does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			r, s, told := attentive(t)
			if c.before != nil {
				c.before(s)
			}
			e := r.claimed(c.what, c.user)
			r.settle(minute)
			all := told()
			h := r.history(e)
			if !c.told {
				if len(all) > 0 || h.Event.Outcome != chat.Refused || !strings.Contains(h.Event.Reason, c.reason) {
					t.Errorf("%d told, and it is %s: %s", len(all), h.Event.Outcome, h.Event.Reason)
				}
				return
			}
			if len(all) != 1 || h.Event.Outcome != chat.Handled || all[0].Kind != chat.Callback {
				t.Fatalf("%d told, and it is %s: %s", len(all), h.Event.Outcome, h.Event.Reason)
			}
			if got := all[0].Sender; (got == nil) != (c.role == "") || got != nil && (got.Role != c.role || got.ID != c.user) {
				t.Errorf("of %+v", got)
			}
		})
	}
}

// What was read before the service told says nothing about it.
func TestWhatTheServiceTellsIsHeldAgainstAYoungerReading(t *testing.T) {
	r, s, told := attentive(t)
	r.arrive(class, "carol", `{}`) // reads the group
	r.settle(0)
	told()
	s.set(func() { s.members = append(s.members, chat.Member{ID: "dee", Role: chat.Normal}) })
	r.clock.Advance(time.Second) // the reading is good for other events
	e := r.claimed(chat.MemberJoined, "dee")
	r.settle(0)
	if all := told(); len(all) != 1 || all[0].Sender.ID != "dee" {
		t.Errorf("%s was told %+v", e, all)
	}
	if s.reads != 2 {
		t.Errorf("it was read %d times", s.reads)
	}
	e = r.claimed(chat.MemberJoined, "carol") // within the same instant
	r.settle(0)
	if r.ended(e, chat.Done, chat.Handled); s.reads != 2 {
		t.Errorf("it was read %d times", s.reads)
	}
}

// The service may show a little later what it told.
func TestAGroupIsLookedAtAgainForALittleWhile(t *testing.T) {
	r, s, told := attentive(t)
	e := r.claimed(chat.MemberJoined, "dee")
	r.settle(0)
	if h := r.history(e); h.Event.Status != chat.Ready || !strings.Contains(h.Event.Reason, "it is read again") {
		t.Fatalf("%+v", h.Event)
	}
	s.set(func() { s.members = append(s.members, chat.Member{ID: "dee", Role: chat.Normal}) })
	r.settle(2 * time.Second)
	if all := told(); len(all) != 1 {
		t.Errorf("told %+v", all)
	}
	r.ended(e, chat.Done, chat.Handled)
}

// However much is claimed that is not so, what comes after it waits no longer than for
// one claim.
func TestClaimsDoNotHoldUpALaneOneByOne(t *testing.T) {
	r, _, _ := attentive(t)
	began := r.clock.Now()
	for range 100 {
		r.claimed(chat.MemberJoined, "mallory")
	}
	last := r.arrive(class, "carol", `{}`)
	r.settle(minute)
	r.ended(last, chat.Done, chat.Handled)
	if took := r.clock.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

// Nor is the service asked for the group again for each of them.
func TestClaimsAreHeldAgainstOneReading(t *testing.T) {
	r, s, _ := attentive(t)
	s.takes = func() { r.clock.Advance(20 * time.Millisecond) }
	for range 100 {
		r.claimed(chat.MemberJoined, "mallory")
	}
	r.settle(minute)
	if s.reads > 10 {
		t.Errorf("it was read %d times", s.reads)
	}
}

func TestWhatCannotBeLookedUpWaits(t *testing.T) {
	r, s, told := attentive(t)
	s.set(func() { s.down = true })
	e := r.claimed(chat.GroupDestroyed, "")
	r.settle(10 * minute)
	if h := r.history(e); h.Event.Status != chat.Ready || len(told()) > 0 {
		t.Fatalf("%+v", h.Event)
	}
	s.set(func() { s.down, s.gone = false, true })
	r.settle(2 * minute)
	if r.ended(e, chat.Done, chat.Handled); len(told()) != 1 {
		t.Error("the plugin was not told")
	}
}

// Whatever is claimed, and however the group changes meanwhile: what a plugin is told was
// so at some time between the claim and the telling.
func TestNothingIsToldThatWasNeverSo(t *testing.T) {
	people := rapid.SampledFrom([]chat.UserID{"alice", "carol", "dee"})
	total, refused := 0, 0
	r, s, told := attentive(t)
	rapid.Check(t, func(rt *rapid.T) {
		inside := func(id chat.UserID) bool {
			return slices.ContainsFunc(s.members, func(m chat.Member) bool { return m.ID == id })
		}
		for range rapid.IntRange(1, 2).Draw(rt, "claims") {
			what := rapid.SampledFrom([]chat.What{chat.MemberJoined, chat.MemberLeft}).Draw(rt, "what")
			user := people.Draw(rt, "user")
			claim := r.claimed(what, user)
			atFirst := inside(user) == (what == chat.MemberJoined)
			var atLast bool
			s.set(func() {
				other := people.Draw(rt, "who moves")
				if rapid.Bool().Draw(rt, "in") && !inside(other) {
					s.members = append(s.members, chat.Member{ID: other, Role: chat.Normal})
				} else if rapid.Bool().Draw(rt, "out") {
					s.members = slices.DeleteFunc(slices.Clone(s.members), func(m chat.Member) bool { return m.ID == other })
				}
				atLast = inside(user) == (what == chat.MemberJoined)
			})
			r.clock.Advance(time.Duration(rapid.IntRange(1, 4000).Draw(rt, "later")) * time.Millisecond)
			r.settle(minute)
			all := told()
			if len(all) > 0 && !atFirst && !atLast {
				rt.Fatalf("%s: told of %s %s", claim, what, user)
			}
			if len(all) == 0 && atFirst && atLast {
				rt.Fatalf("%s: %s %s is so, and not told", claim, what, user)
			}
			if total++; len(all) == 0 {
				refused++
			}
		}
	})
	if refused == 0 || refused == total {
		t.Errorf("%d of %d refused", refused, total)
	}
}

// What a plugin remembers, and the timers that it asks for, are kept also when the group
// is gone; what it says cannot be sent.
func TestAPluginCanTidyUpAfterAGroup(t *testing.T) {
	r := newRig(t, plugins.Define("tidy", "1.0.0", func(struct{}) (plugins.Handler, error) {
		m := plugins.NewMux()
		for _, name := range []chat.TriggerName{"answers", "strike"} {
			m.On(name, func(context.Context, chat.Event) ([]chat.Message, error) { return nil, nil })
		}
		plugins.On(m, "gone", func(_ context.Context, e chat.Event, h chat.Happening) ([]chat.Message, error) {
			score.Set(e.State, 7)
			later.Set(e, time.Hour, struct{}{})
			return chat.Admins.Say("%s", h.What), nil
		})
		plugins.OnTimer(m, later, func(context.Context, chat.Event, struct{}) ([]chat.Message, error) { return nil, nil })
		return m, nil
	}), func(s *bots.Spec) {
		s.Triggers = append(s.Triggers, bots.Trigger{Name: "gone", Hears: &bots.Hears{What: chat.GroupDestroyed}})
	})
	directory := audience.NewDirectory(&service{gone: true}, r.clock)
	r.dispatcher.Directory = func(chat.AppName) bots.Directory { return directory }
	a, err := r.bots.Bot("quiz").Happened("gone", bots.Happened{Group: class, Happ: chat.Happening{What: chat.GroupDestroyed}})
	must(t, err)
	receipt, err := r.store.Accept(t.Context(), a)
	must(t, err)
	r.settle(0)
	h := r.ended(receipt.Events[0], chat.Done, chat.Handled)
	state, err := r.store.State(t.Context(), "quiz", class)
	must(t, err)
	if score.Get(state) != 7 || len(h.Timers) != 1 || len(h.Messages) != 1 || h.Messages[0].Message.Text != "group_destroyed" {
		t.Errorf("%v, %+v", state, h)
	}
}
