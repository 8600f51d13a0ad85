package delivery_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

// asking is a rig whose bot asks before it sends to more than three times as
// many, with a group that has so many members.
func asking(t *testing.T, members int) *rig {
	t.Helper()
	r := newRig(t)
	b := r.bots[quiz]
	b.Surge, b.SurgeFactor, b.Recipients = chat.SurgeHold, 3, 500
	r.group("@TGS#2BIG", "Public", crowd(members)...)
	return r
}

// grow lets members into the group until it has so many.
func (r *rig) grow(from, to int) {
	r.t.Helper()
	for i := from; i < to; i++ {
		must(r.t, r.sim.Join("@TGS#2BIG", simulator.Member{ID: fmt.Sprintf("m%02d", i)}))
	}
	r.clock.Advance(10 * time.Second)
}

func (r *rig) tell(text string) chat.EventID {
	r.t.Helper()
	e := r.say("@TGS#2BIG", "", chat.Everyone.Say("%s", text)...)
	r.settle(minute)
	return e
}

func TestAMessageForManyMoreThanTheLastOneIsAskedAbout(t *testing.T) {
	r := asking(t, 12)
	first := r.tell("one")
	r.ended(first, chat.Done, chat.Sent)
	r.grow(12, 36)
	r.ended(r.tell("three times as many"), chat.Done, chat.Sent)
	r.grow(36, 109)
	e := r.tell("more than three times as many")
	m := r.ended(e, chat.Held, chat.Surged)
	if !strings.Contains(m.Reason, "for 109 members") || !strings.Contains(m.Reason, "was for 36") || !strings.Contains(m.Reason, "botd dlq approve "+m.ID.String()) {
		t.Errorf("it is held because %q", m.Reason)
	}
	if got := r.sees("m00"); len(got) != 2 {
		t.Errorf("m00 saw %q", got)
	}
	if m.Surge != 109 || m.Snapshot == "" || len(m.Deliveries) != 0 {
		t.Errorf("it is %+v", m)
	}
	t.Run("and does not hold up what is behind it", func(t *testing.T) {
		r.ended(r.say("@TGS#2BIG", "", chat.Users("m01").Say("a word")...), chat.Ready, "")
		r.settle(minute)
		if got := r.sees("m01"); got[len(got)-1] != "a word" {
			t.Errorf("m01 saw %q", got)
		}
	})
	t.Run("approved, it goes to all of them, and is the size to compare with", func(t *testing.T) {
		r.approve(m.ID)
		r.settle(minute)
		if got := r.sees("m108"); len(got) != 1 {
			t.Errorf("m108 saw %q", got)
		}
		r.ended(r.tell("as many again"), chat.Done, chat.Sent)
	})
}

func (r *rig) approve(id chat.MessageID) chat.MessageID {
	r.t.Helper()
	made, err := r.store.ApproveMessage(r.t.(*testing.T).Context(), id, chat.By{Who: "ann"})
	must(r.t, err)
	return made
}

func TestWhatHasGrownPastWhatWasApprovedIsAskedAboutAgain(t *testing.T) {
	r := asking(t, 11)
	r.tell("one")
	r.grow(11, 40)
	m := r.ended(r.tell("two"), chat.Held, chat.Surged)
	made := r.approve(m.ID)
	r.grow(40, 41)
	r.settle(minute)
	got, err := r.store.Message(t.Context(), made)
	must(t, err)
	if got.Outcome != chat.Surged || got.Surge != 41 || !strings.Contains(got.Reason, "for 41 members, and was approved for 40") {
		t.Errorf("it is %s %s (%s)", got.Status, got.Outcome, got.Reason)
	}
	r.approve(made)
	r.settle(minute)
	if got := r.sees("m40"); len(got) != 1 {
		t.Errorf("m40 saw %q", got)
	}
}

func TestNobodyIsAskedAboutASurge(t *testing.T) {
	for name, c := range map[string]struct {
		from, to int
		set      func(r *rig)
	}{
		"of up to ten people":    {2, 10, nil},
		"unless the bot says so": {12, 60, func(r *rig) { r.bots[quiz].Surge = chat.SurgeSend }},
		"in the first run that is kept": {12, 60, func(r *rig) {
			r.bots[quiz].Surge = ""
			r.tell("before")
			r.bots[quiz].Surge = chat.SurgeHold
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := asking(t, c.from)
			if c.set != nil {
				c.set(r)
			}
			if name != "in the first run that is kept" {
				r.tell("one")
			}
			r.grow(c.from, c.to)
			r.ended(r.tell("two"), chat.Done, chat.Sent)
		})
	}
}

func TestWhatIsSentAgainToALimitedListIsNotAskedAbout(t *testing.T) {
	r := asking(t, 40)
	r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 10007, Count: 1})
	m := r.ended(r.tell("refused"), chat.Dead, chat.Refused)
	r.say("@TGS#2BIG", "", chat.Users("m01").Say("a word")...)
	r.settle(minute)
	r.again(m.ID, false)
	r.settle(minute)
	if got := r.sees("m39"); len(got) != 1 {
		t.Errorf("m39 saw %q", got)
	}
}

func TestWhatReviewersAreToldIsNotAskedAbout(t *testing.T) {
	r := asking(t, 12)
	r.tell("one")
	r.grow(12, 60)
	e := r.handle("@TGS#2BIG", "", chat.EventEnd{Notices: chat.Everyone.Say("a draft")})
	r.settle(minute)
	r.ended(e, chat.Done, chat.Sent)
	// And it is not what the next one is compared with.
	if m := r.ended(r.tell("two"), chat.Held, chat.Surged); !strings.Contains(m.Reason, "was for 12") {
		t.Errorf("it is held because %q", m.Reason)
	}
}

func TestAProcessThatDiesBeforeItAsksAsksAfterwards(t *testing.T) {
	r := asking(t, 11)
	r.tell("one")
	r.grow(11, 40)
	e := r.say("@TGS#2BIG", "", chat.Everyone.Say("two")...)
	r.worker.Store = &dying{Store: r.store, at: "end"}
	r.step()
	r.reopen()
	r.settle(10 * minute)
	m := r.ended(e, chat.Held, chat.Surged)
	if !strings.Contains(m.Reason, "for 40 members") {
		t.Errorf("it is held because %q", m.Reason)
	}
	if got := r.sees("m01"); len(got) != 1 {
		t.Errorf("m01 saw %q", got)
	}
}
