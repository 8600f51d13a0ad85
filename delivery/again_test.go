package delivery_test

import (
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

// twoParts sends a message to seventy members of a second group, in two parts of
// which the service refuses the second.
func twoParts(t *testing.T, r *rig, trouble simulator.Fault) (chat.EventID, chat.MessageHistory) {
	t.Helper()
	r.bots[quiz].Recipients = 100
	members := []string{"boss Owner"}
	for i := range 69 {
		members = append(members, "m"+string(rune('a'+i/10))+string(rune('0'+i%10)))
	}
	r.group("@TGS#2BIG", "Public", members...)
	r.fault(trouble)
	e := r.say("@TGS#2BIG", "", chat.Everyone.Say("hello")...)
	r.settle(10 * minute)
	return e, r.message(e)
}

func (r *rig) again(m chat.MessageID, resend bool) {
	r.t.Helper()
	_, err := r.store.RetryMessage(r.t.(*testing.T).Context(), m, resend, chat.By{Who: "ann"})
	must(r.t, err)
}

func TestSentAgain(t *testing.T) {
	refused := simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 10007, Count: 1}
	t.Run("nobody gets twice what one part of was refused", func(t *testing.T) {
		r := newRig(t)
		e, m := twoParts(t, r, refused)
		if got := m.Progress.String(); got != "50 of 70 reached, 20 failed" && got != "20 of 70 reached, 50 failed" {
			t.Fatalf("it is told as %q", got)
		}
		r.again(m.ID, false)
		r.settle(minute)
		r.each(70, 1)
		h, err := r.store.History(t.Context(), e)
		must(t, err)
		if len(h.Messages) != 2 || h.Messages[1].Outcome != chat.Sent || len(h.Messages[1].Deliveries) != 1 {
			t.Fatalf("it became %+v", h.Messages)
		}
		for _, d := range m.Deliveries {
			if d.Random == h.Messages[1].Deliveries[0].Random {
				t.Error("it has the Random of the first")
			}
		}
	})
	t.Run("who may not see it any more does not, and who came later does not either", func(t *testing.T) {
		r := newRig(t)
		_, m := twoParts(t, r, refused)
		to := failed(m).Recipients.IDs()
		must(t, r.sim.Leave("@TGS#2BIG", string(to[0])))
		must(t, r.sim.Join("@TGS#2BIG", simulator.Member{ID: "newcomer"}))
		r.again(m.ID, false)
		r.settle(minute)
		r.each(69, 1)
		for _, user := range []string{string(to[0]), "newcomer"} {
			if got := r.sees(user); len(got) != 0 {
				t.Errorf("%s saw %q", user, got)
			}
		}
	})
	t.Run("nobody of them is left", func(t *testing.T) {
		r := newRig(t)
		e := r.say(class, "", chat.Users("carol", "dave").Say("hello")...)
		r.fault(refused)
		r.settle(minute)
		m := r.ended(e, chat.Dead, chat.Refused)
		r.bots[quiz].Audience = chat.Admins
		r.again(m.ID, false)
		r.settle(minute)
		r.want(nil)
		h, err := r.store.History(t.Context(), e)
		must(t, err)
		if last := h.Messages[1]; last.Outcome != chat.Nobody || !strings.Contains(last.Reason, "none of the 2 whom m1 did not reach") {
			t.Errorf("it ended %s: %s", last.Outcome, last.Reason)
		}
	})
	t.Run("what is unclear is sent again when a person says so, and then twice", func(t *testing.T) {
		r := newRig(t)
		r.hide()
		_, m := twoParts(t, r, simulator.Fault{API: send, Kind: simulator.HangUp, When: simulator.After})
		if got := m.Progress.String(); got != "0 of 70 reached, 70 unclear" {
			t.Fatalf("it is told as %q", got)
		}
		r.sim.ClearFaults()
		if _, err := r.store.RetryMessage(t.Context(), m.ID, false, chat.By{Who: "ann"}); err == nil {
			t.Error("it was sent again without being told to")
		}
		r.again(m.ID, true)
		r.settle(minute)
		r.each(70, 2)
	})
}

// each checks that so many members saw the text so often, and nobody else saw it.
func (r *rig) each(people, times int) {
	r.t.Helper()
	n := 0
	for user := range r.sim.Inboxes() {
		if got := r.sees(user); len(got) == times {
			n++
		} else if len(got) != 0 {
			r.t.Errorf("%s saw %q", user, got)
		}
	}
	if n != people {
		r.t.Errorf("%d saw it %d times, want %d", n, times, people)
	}
}

func failed(m chat.MessageHistory) chat.DeliveryHistory {
	for _, d := range m.Deliveries {
		if d.Status == chat.Dead {
			return d
		}
	}
	return chat.DeliveryHistory{}
}
