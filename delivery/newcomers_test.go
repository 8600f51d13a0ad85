package delivery_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/delivery"
	"github.com/botd-chat/botd/im/simulator"
)

// whileTried has a message for the admins wait for its second attempt, ten seconds
// after the first met trouble, while dave becomes an admin.
func whileTried(t *testing.T, f simulator.Fault, set func(r *rig)) (*rig, chat.EventID) {
	t.Helper()
	r := newRig(t)
	r.bots[quiz].Newcomers = chat.NewcomersInclude
	if set != nil {
		set(r)
	}
	f.API, f.Count = send, 1
	r.fault(f)
	e := r.say(class, "", chat.Admins.Say("secret")...)
	r.step()
	must(t, r.sim.SetRole(string(class), "dave", "Admin"))
	r.clock.Advance(10 * time.Second)
	r.settle(minute)
	return r, e
}

func TestNewcomers(t *testing.T) {
	refused := simulator.Fault{Kind: simulator.ErrorCode, Code: 10023}
	everybody := map[string][]string{"alice": {"secret"}, "bob": {"secret"}, "dave": {"secret"}}
	t.Run("get a message of which a part was tried in a part of their own, by the reading that has them", func(t *testing.T) {
		for name, f := range map[string]simulator.Fault{"refused": refused, "unclear, and there": {Kind: simulator.HangUp, When: simulator.After}, "unclear, and lost": {Kind: simulator.HangUp, When: simulator.Before}} {
			r, e := whileTried(t, f, nil)
			r.want(everybody)
			m := r.ended(e, chat.Done, chat.Sent)
			if len(m.Deliveries) != 2 || m.Deliveries[0].Recipients.Has("dave") || m.Deliveries[0].Snapshot != "" {
				t.Fatalf("%s: deliveries %+v", name, m.Deliveries)
			}
			d := m.Deliveries[1]
			read, err := r.store.Snapshot(t.Context(), d.Snapshot)
			if x, _ := read.Find("dave"); err != nil || x.Role != chat.Admin || !d.ReadAt.After(m.ReadAt) || !slices.Equal(d.Recipients.IDs(), []chat.UserID{"dave"}) {
				t.Errorf("%s: part %+v by the reading %+v, %v", name, d.Delivery, read, err)
			}
		}
	})
	t.Run("are left out by default", func(t *testing.T) {
		for _, rule := range []chat.NewcomerRule{"", chat.NewcomersExclude} {
			r, e := whileTried(t, refused, func(r *rig) { r.bots[quiz].Newcomers = rule })
			r.want(map[string][]string{"alice": {"secret"}, "bob": {"secret"}})
			if m := r.ended(e, chat.Done, chat.Sent); len(m.Deliveries) != 1 {
				t.Errorf("%d deliveries", len(m.Deliveries))
			}
		}
	})
	t.Run("come into a part that was not begun, if there is room", func(t *testing.T) {
		r := newRig(t)
		r.bots[quiz].Newcomers = chat.NewcomersInclude
		e := r.say(class, "", chat.Admins.Say("secret")...)
		work, _, err := r.worker.Take(t.Context(), 1)
		must(t, err)
		group, err := r.directory.Read(t.Context(), class, time.Minute)
		must(t, err)
		to, err := chat.NewRecipients([]chat.UserID{"alice", "bob"})
		must(t, err)
		must(t, r.store.EndRound(t.Context(), chat.Round{Lease: work[0].Lease, Message: work[0].Message.ID,
			Resolved:   &chat.Resolved{Ceiling: chat.Everyone, Membership: group},
			Deliveries: []chat.Delivery{{Message: work[0].Message.ID, Part: 1, Recipients: to, Status: chat.Ready}}}))
		must(t, r.sim.SetRole(string(class), "dave", "Admin"))
		r.clock.Advance(10 * time.Second)
		r.settle(minute)
		r.want(everybody)
		if m := r.ended(e, chat.Done, chat.Sent); len(m.Deliveries) != 1 || m.Deliveries[0].Snapshot == m.Snapshot || m.Deliveries[0].Attempts != 1 {
			t.Errorf("deliveries %+v", m.Deliveries)
		}
	})
	t.Run("are in by the message's own reading while nothing of it is stored", func(t *testing.T) {
		r := newRig(t)
		r.bots[quiz].Newcomers, r.bots[quiz].RoleMaxAge = chat.NewcomersInclude, 0
		e := r.say(class, "", chat.Admins.Say("secret")...)
		r.settle(minute)
		if m := r.ended(e, chat.Done, chat.Sent); len(m.Deliveries) != 1 || m.Deliveries[0].Snapshot != "" {
			t.Errorf("deliveries %+v", m.Deliveries)
		}
		reads := 0
		for _, c := range r.sim.Calls() {
			if c.API == "get_group_member_info" {
				reads++
			}
		}
		if reads != 2 {
			t.Errorf("the members were read %d times, want for the resolution and for the attempt", reads)
		}
	})
	t.Run("come all or, if they are more than the bot may address, none", func(t *testing.T) {
		r, e := whileTried(t, refused, func(r *rig) { r.bots[quiz].Recipients = 2 })
		r.want(map[string][]string{"alice": {"secret"}, "bob": {"secret"}})
		r.ended(e, chat.Done, chat.Sent)
	})
	t.Run("are only those within the bot's audience, then and now", func(t *testing.T) {
		for name, change := range map[string]func(r *rig, b *chat.Audience){
			"it never had them": func(_ *rig, b *chat.Audience) { *b = chat.Users("alice", "bob") },
			"it had them not when the message was resolved": func(r *rig, b *chat.Audience) {
				*b = chat.Users("alice", "bob")
				r.worker.Store = &between{Store: r.store, after: func() { *b = chat.Everyone }}
			},
		} {
			r, _ := whileTried(t, refused, func(r *rig) { change(r, &r.bots[quiz].Audience) })
			if got := r.sees("dave"); len(got) != 0 {
				t.Errorf("%s: dave saw %q", name, got)
			}
		}
	})
	t.Run("are not those who were lost while something was unclear", func(t *testing.T) {
		r := newRig(t)
		r.bots[quiz].Newcomers = chat.NewcomersInclude
		r.bots[quiz].Recipients = 100
		r.group("@TGS#2BIG", "Public", crowd(60)...)
		r.fault(simulator.Fault{API: send, Kind: simulator.HangUp, When: simulator.After, Count: 1})
		r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 10023, Count: 1})
		e := r.say("@TGS#2BIG", "", chat.Everyone.Say("secret")...)
		r.step()
		for _, d := range r.message(e).Deliveries {
			if d.MayHaveArrived() {
				who := string(d.Recipients.IDs()[0])
				must(t, r.sim.Leave("@TGS#2BIG", who))
				r.clock.Advance(10 * time.Second)
				r.step()
				must(t, r.sim.Join("@TGS#2BIG", simulator.Member{ID: who}))
			}
		}
		r.clock.Advance(10 * time.Second)
		r.settle(10 * minute)
		r.ended(e, chat.Held, chat.Unknown)
		r.each(60, 1)
	})
	t.Run("are not those who were lost from a part that was tried", func(t *testing.T) {
		r := newRig(t)
		r.bots[quiz].Newcomers, r.bots[quiz].Recipients = chat.NewcomersInclude, 100
		r.group("@TGS#2BIG", "Public", crowd(60)...)
		r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 10023, Count: 2})
		e := r.say("@TGS#2BIG", "", chat.Everyone.Say("secret")...)
		r.step()
		must(t, r.sim.Leave("@TGS#2BIG", "m07"))
		r.clock.Advance(10 * time.Second)
		r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 10023, Count: 1}) // one of the parts has to wait again
		r.step()
		if p := r.message(e).Progress; p.LeftOut != 1 || p.Waiting == 0 || p.Reached == 0 {
			t.Fatalf("it stands at %s", p)
		}
		must(t, r.sim.Join("@TGS#2BIG", simulator.Member{ID: "m07"}))
		r.clock.Advance(10 * time.Second)
		r.settle(minute)
		r.ended(e, chat.Done, chat.Sent)
		r.each(59, 1)
	})
	t.Run("are none of those whom the first did not reach, when it is sent again to them", func(t *testing.T) {
		r, e := whileTried(t, simulator.Fault{Kind: simulator.ErrorCode, Code: 10007}, nil)
		m := r.ended(e, chat.Dead, chat.Refused)
		r.again(m.ID, false)
		r.settle(minute)
		r.want(map[string][]string{"alice": {"secret"}, "bob": {"secret"}})
	})
	t.Run("are not brought back when their data was erased", func(t *testing.T) {
		r := newRig(t)
		r.bots[quiz].Newcomers = chat.NewcomersInclude
		r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 10023, Count: 1})
		e := r.say(class, "", chat.Admins.Say("secret")...)
		r.step()
		_, err := r.store.Erase(t.Context(), app, "bob", chat.By{Who: "ann"})
		must(t, err)
		r.clock.Advance(10 * time.Second)
		r.settle(minute)
		r.ended(e, chat.Done, chat.Sent)
		r.want(map[string][]string{"alice": {"secret"}})
	})
}

// crowd is an owner and members, n in all.
func crowd(n int) []string {
	list := []string{"m00 Owner"}
	for i := 1; i < n; i++ {
		list = append(list, fmt.Sprintf("m%02d", i))
	}
	return list
}

// between is a store that lets something happen once, before or after what a
// message came to is stored.
type between struct {
	delivery.Store
	before, after func()
}

func (b *between) Begin(ctx context.Context, x chat.Begin) (chat.Begun, error) {
	if b.before != nil {
		b.before()
		b.before = nil
	}
	begun, err := b.Store.Begin(ctx, x)
	if b.after != nil {
		b.after()
		b.after = nil
	}
	return begun, err
}

func TestNewcomersWhoMakeASurgeAreNotLetInUnasked(t *testing.T) {
	r := newRig(t)
	b := r.bots[quiz]
	b.Newcomers, b.Surge, b.SurgeFactor, b.Recipients = chat.NewcomersInclude, chat.SurgeHold, 3, 500
	r.group("@TGS#2BIG", "Public", crowd(60)...)
	r.ended(r.say("@TGS#2BIG", "", chat.Admins.Say("one")...), chat.Ready, "")
	r.settle(minute)
	r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 10023, Count: 1})
	e := r.say("@TGS#2BIG", "", chat.Admins.Say("two")...) // for m00, as the one before
	r.step()
	for i := 1; i < 50; i++ {
		must(t, r.sim.SetRole("@TGS#2BIG", fmt.Sprintf("m%02d", i), "Admin"))
	}
	r.clock.Advance(10 * time.Second)
	r.settle(minute)
	r.ended(e, chat.Done, chat.Sent)
	saw := 0
	for i := range 60 {
		if slices.Contains(r.sees(fmt.Sprintf("m%02d", i)), "two") {
			saw++
		}
	}
	if saw != 1 {
		t.Errorf("%d saw what was for 1, as the last one, and nobody was asked", saw)
	}
}
