package delivery_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

const minute = time.Minute

func TestWhoReceives(t *testing.T) {
	t.Run("admins get an answer and nobody else does", func(t *testing.T) {
		r := newRig(t)
		e := r.say(class, "carol", chat.Admins.Say("carol says B")...)
		r.settle(minute)
		r.want(map[string][]string{"alice": {"carol says B"}, "bob": {"carol says B"}})
		m := r.ended(e, chat.Done, chat.Sent)
		d := m.Deliveries[0]
		if d.Attempts != 1 || d.MsgSeq == 0 || d.Recipients.Len() != 2 || d.Tries[0].Result != chat.Yes {
			t.Errorf("delivery %+v", d)
		}
	})
	t.Run("an audience that comes to nobody is told as such and never as everybody", func(t *testing.T) {
		r := newRig(t)
		e := r.say(class, "", chat.Users("zoe").Say("hello")...)
		r.settle(minute)
		r.want(nil)
		m := r.ended(e, chat.Done, chat.Nobody)
		if !strings.Contains(m.Reason, "none of the 4 members") || len(r.calls()) != 0 || m.Snapshot == "" {
			t.Errorf("reason %q, %d calls, snapshot %q", m.Reason, len(r.calls()), m.Snapshot)
		}
	})
	t.Run("the bot's own audience narrows what a plugin asks for", func(t *testing.T) {
		r := newRig(t)
		r.bots[quiz].Audience = chat.Audience{Roles: []chat.Role{chat.Owner}, Sender: true}
		r.say(class, "carol", chat.Everyone.Say("hello")...)
		r.settle(minute)
		r.want(map[string][]string{"alice": {"hello"}, "carol": {"hello"}})
	})
	t.Run("more recipients than the bot's cap are refused, never cut off", func(t *testing.T) {
		r := newRig(t)
		r.bots[quiz].Recipients = 3
		e := r.say(class, "", chat.Everyone.Say("hello")...)
		r.settle(minute)
		r.want(nil)
		m := r.ended(e, chat.Dead, chat.Refused)
		if !strings.Contains(m.Reason, "4 members") || !strings.Contains(m.Reason, "may address 3") {
			t.Errorf("reason %q", m.Reason)
		}
	})
	t.Run("a hundred and twenty recipients get three parts, each with a Random of its own", func(t *testing.T) {
		r := newRig(t)
		r.bots[quiz].Recipients = 200
		members := []string{"alice2 Owner"}
		for i := range 119 {
			members = append(members, fmt.Sprintf("user%03d", i))
		}
		r.group("@TGS#BIG", "Meeting", members...)
		e := r.say("@TGS#BIG", "", chat.Everyone.Say("hello")...)
		r.settle(minute)
		for _, m := range members {
			name, _, _ := strings.Cut(m, " ")
			if got := r.sees(name); !slices.Equal(got, []string{"hello"}) {
				t.Errorf("%s saw %q", name, got)
			}
		}
		m := r.ended(e, chat.Done, chat.Sent)
		numbers := map[uint32]bool{}
		for _, d := range m.Deliveries {
			numbers[d.Random] = true
		}
		if len(m.Deliveries) != 3 || len(numbers) != 3 {
			t.Errorf("%d parts with %d Randoms", len(m.Deliveries), len(numbers))
		}
	})
	t.Run("more parts than may be together go in rounds, a second's worth each", func(t *testing.T) {
		r := newRig(t)
		r.bots[quiz].Recipients = 6000
		members := []string{"zoe Owner"}
		for i := range 2204 {
			members = append(members, fmt.Sprintf("user%04d", i))
		}
		r.group("@TGS#HUGE", "Meeting", members...)
		e := r.say("@TGS#HUGE", "", chat.Everyone.Say("hello")...)
		r.settle(minute)
		if m := r.ended(e, chat.Done, chat.Sent); len(m.Deliveries) != 45 {
			t.Errorf("%d parts", len(m.Deliveries))
		}
		for _, user := range []string{"zoe", "user0000", "user2203"} {
			if got := r.sees(user); !slices.Equal(got, []string{"hello"}) {
				t.Errorf("%s saw %q", user, got)
			}
		}
	})
	for kind, id := range map[string]chat.GroupID{"Community": "@TGS#_ODD", "AVChatRoom": "@TGS#ODD"} {
		t.Run("a group of type "+kind+" gets nothing", func(t *testing.T) {
			r := newRig(t)
			r.group(id, kind, "erin", "frank")
			e := r.say(id, "", chat.Everyone.Say("hello")...)
			r.settle(minute)
			r.ended(e, chat.Dead, chat.Refused)
			if len(r.sees("erin")) != 0 || len(r.calls()) != 0 {
				t.Errorf("erin saw %q in %d calls", r.sees("erin"), len(r.calls()))
			}
		})
	}
	t.Run("a group that was dissolved ends its messages and not the lane's others", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.Destroy(string(class)))
		first := r.say(class, "", chat.Admins.Say("one")...)
		second := r.say(class, "", chat.Admins.Say("two")...)
		r.settle(minute)
		r.ended(first, chat.Dead, chat.Refused)
		r.ended(second, chat.Dead, chat.Refused)
	})
	t.Run("what a bot says that is configured no more waits for a person", func(t *testing.T) {
		r := newRig(t)
		first := r.say(class, "", chat.Admins.Say("one")...)
		r.bots[quiz].Groups = nil
		r.settle(minute)
		r.ended(first, chat.Held, chat.Refused)
		second := r.say(class, "", chat.Admins.Say("two")...)
		delete(r.bots, quiz)
		r.settle(minute)
		r.ended(second, chat.Held, chat.Refused)
		r.want(nil)
	})
	t.Run("what has expired is recorded as late and not sent", func(t *testing.T) {
		r := newRig(t)
		m := chat.Admins.Say("stale")
		m[0].Expires = r.clock.Now().Add(time.Second)
		e := r.say(class, "", m...)
		r.clock.Advance(2 * time.Second)
		r.settle(minute)
		r.want(nil)
		r.ended(e, chat.Done, chat.Expired)
	})
	t.Run("a message that cannot be sent at all is refused before any attempt", func(t *testing.T) {
		r := newRig(t)
		e := r.say(class, "", chat.Admins.Say("%s", strings.Repeat("x", 12_000))...)
		r.settle(minute)
		m := r.ended(e, chat.Dead, chat.Refused)
		if len(r.calls()) != 0 || m.Deliveries[0].Attempts != 0 {
			t.Errorf("%d calls, %d attempts", len(r.calls()), m.Deliveries[0].Attempts)
		}
	})
}

func TestWhoStillQualifies(t *testing.T) {
	// bob is an admin when the message is resolved and met by trouble, and is
	// none when it is tried again, ten seconds on.
	demoted := func(t *testing.T, f simulator.Fault) (*rig, chat.EventID) {
		r := newRig(t)
		f.API, f.Count = send, 1
		r.fault(f)
		e := r.say(class, "", chat.Admins.Say("secret")...)
		r.step()
		must(t, r.sim.SetRole(string(class), "bob", "Member"))
		r.clock.Advance(10 * time.Second)
		r.settle(minute)
		return r, e
	}
	t.Run("who was demoted between a refusal and the next try is left out with the reason", func(t *testing.T) {
		r, e := demoted(t, simulator.Fault{Kind: simulator.ErrorCode, Code: 10023})
		r.want(map[string][]string{"alice": {"secret"}})
		d := r.ended(e, chat.Done, chat.Sent).Deliveries[0]
		if len(d.Lost) != 1 || d.Lost[0].User != "bob" || d.Lost[0].Reason == "" || d.Recipients.Has("bob") {
			t.Errorf("lost %+v of %v", d.Lost, d.Recipients.IDs())
		}
	})
	t.Run("somebody lost while the outcome is unclear makes it unknown, and it is not sent again", func(t *testing.T) {
		for _, when := range []string{simulator.Before, simulator.After} {
			r, e := demoted(t, simulator.Fault{Kind: simulator.HangUp, When: when})
			d := r.ended(e, chat.Held, chat.Unknown).Deliveries[0]
			if len(d.Tries) != 1 || len(r.calls()) != 1 || d.Recipients.Len() != 2 || len(d.Lost) != 1 {
				t.Errorf("%s: %d tries, %d calls, recipients %v, lost %v", when, len(d.Tries), len(r.calls()), d.Recipients.IDs(), d.Lost)
			}
		}
	})
	t.Run("nobody left to send to is dropped", func(t *testing.T) {
		r := newRig(t)
		r.fault(simulator.Fault{API: send, Kind: simulator.Dropped, Count: 1})
		e := r.say(class, "", chat.Users("carol").Say("secret")...)
		r.step()
		must(t, r.sim.Leave(string(class), "carol"))
		r.clock.Advance(10 * time.Second)
		r.settle(minute)
		r.want(nil)
		d := r.ended(e, chat.Done, chat.Dropped).Deliveries[0]
		if len(d.Lost) != 1 || !strings.Contains(d.Lost[0].Reason, "not a member") {
			t.Errorf("lost %+v", d.Lost)
		}
	})
	t.Run("a bot whose audience was narrowed meanwhile reaches the narrower one", func(t *testing.T) {
		r := newRig(t)
		r.fault(simulator.Fault{API: send, Kind: simulator.Dropped, Count: 1})
		r.say(class, "", chat.Admins.Say("secret")...)
		r.step()
		r.bots[quiz].Audience = chat.Owners
		r.settle(minute)
		r.want(map[string][]string{"alice": {"secret"}})
	})
	t.Run("a list of members that lies about roles shows nobody a message who has not the role", func(t *testing.T) {
		r := newRig(t)
		r.fault(simulator.Fault{API: "get_group_member_info", Kind: simulator.AllRoles})
		r.say(class, "", chat.Admins.Say("secret")...)
		r.settle(minute)
		r.want(map[string][]string{"alice": {"secret"}, "bob": {"secret"}})
	})
	t.Run("roles that cannot be read as any hold the message back until they can", func(t *testing.T) {
		r := newRig(t)
		r.fault(simulator.Fault{API: "get_group_member_info", Kind: simulator.Truncated})
		e := r.say(class, "", chat.Admins.Say("secret")...)
		r.settle(10 * minute)
		r.want(nil)
		if m := r.message(e); m.Status != chat.Ready || len(m.Deliveries) != 0 {
			t.Errorf("message %s with %d deliveries", m.Status, len(m.Deliveries))
		}
		r.sim.ClearFaults()
		r.settle(minute)
		r.want(map[string][]string{"alice": {"secret"}, "bob": {"secret"}})
		if d := r.ended(e, chat.Done, chat.Sent).Deliveries[0]; d.Attempts != 1 {
			t.Errorf("%d attempts; what cannot be read is no attempt", d.Attempts)
		}
	})
}
