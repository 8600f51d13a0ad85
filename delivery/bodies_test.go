package delivery_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

// alarm tells all of a class that something failed, and admins and bob what.
func alarm() chat.Message {
	return chat.Rather(chat.Everyone.Say("It failed."), chat.Users("bob").Say("It failed, and bob is to look."), chat.Admins.Say("It failed: line 7"))[0]
}

func TestEachMemberGetsTheBodyThatIsForThem(t *testing.T) {
	t.Run("in parts of their own", func(t *testing.T) {
		r := newRig(t)
		e := r.say(class, "", alarm())
		r.settle(minute)
		r.want(map[string][]string{"alice": {"It failed: line 7"}, "bob": {"It failed, and bob is to look."}, "carol": {"It failed."}, "dave": {"It failed."}})
		m := r.ended(e, chat.Done, chat.Sent)
		var got []string
		for _, d := range m.Deliveries {
			got = append(got, fmt.Sprint(d.Part, d.Rendering, d.Recipients.IDs()))
		}
		if want := "1 0 [carol dave]|2 1 [bob]|3 2 [alice]"; strings.Join(got, "|") != want {
			t.Errorf("parts %q, want %s", got, want)
		}
		if m.Progress.Reached != 4 || m.Progress.People != 4 {
			t.Errorf("it stands at %s", m.Progress)
		}
	})
	t.Run("and who is in none nothing, if there is no body for all others", func(t *testing.T) {
		r := newRig(t)
		m := alarm()
		m.Text = ""
		e := r.say(class, "", m)
		r.settle(minute)
		r.want(map[string][]string{"alice": {"It failed: line 7"}, "bob": {"It failed, and bob is to look."}})
		r.ended(e, chat.Done, chat.Sent)
		e = r.say(class, "", chat.Message{To: chat.Users("carol"), Renderings: m.Renderings})
		r.settle(minute)
		if m := r.ended(e, chat.Done, chat.Nobody); !strings.HasSuffix(m.Reason, "and one for whom there is a text") {
			t.Errorf("because %s", m.Reason)
		}
	})
	t.Run("each person counting once", func(t *testing.T) {
		r := newRig(t)
		r.bots[quiz].Recipients = 4
		e := r.say(class, "", alarm())
		r.settle(minute)
		r.ended(e, chat.Done, chat.Sent)
		r.bots[quiz].Recipients = 3
		e = r.say(class, "", alarm())
		r.settle(minute)
		if m := r.ended(e, chat.Dead, chat.Refused); !strings.HasPrefix(m.Reason, "it is for 4 members") {
			t.Errorf("because %s", m.Reason)
		}
	})
	t.Run("and a text of their own each, of many", func(t *testing.T) {
		r := newRig(t)
		r.bots[quiz].Recipients = 200
		r.group("@TGS#2BIG", "Public", crowd(120)...)
		var all []chat.UserID
		for _, line := range crowd(120) {
			id, _, _ := strings.Cut(line, " ")
			all = append(all, chat.UserID(id))
		}
		e := r.say("@TGS#2BIG", "", chat.Each(all, func(id chat.UserID) string { return "for " + string(id) })...)
		r.settle(minute)
		if m := r.ended(e, chat.Done, chat.Sent); len(m.Deliveries) != 120 || m.Progress.Reached != 120 {
			t.Errorf("%d parts, %s", len(m.Deliveries), m.Progress)
		}
		for _, id := range all {
			if got := r.sees(string(id)); len(got) != 1 || got[0] != "for "+string(id) {
				t.Errorf("%s saw %q", id, got)
			}
		}
	})
}

func TestWhoIsToGetAnotherBodyByThenGetsNone(t *testing.T) {
	for name, c := range map[string]struct {
		fault     simulator.Fault
		newcomers chat.NewcomerRule
		status    chat.Status
		outcome   chat.Outcome
		dave      []string
	}{
		"of what was refused":                  {simulator.Fault{Kind: simulator.ErrorCode, Code: 10023, Count: 3}, "", chat.Done, chat.Sent, nil},
		"of what was refused, with newcomers":  {simulator.Fault{Kind: simulator.ErrorCode, Code: 10023, Count: 3}, chat.NewcomersInclude, chat.Done, chat.Sent, nil},
		"of what may have got lost":            {simulator.Fault{Kind: simulator.HangUp, When: simulator.Before, Count: 3}, "", chat.Held, chat.Unknown, nil},
		"of what may have got there, and did":  {simulator.Fault{Kind: simulator.HangUp, When: simulator.After, Count: 3}, "", chat.Held, chat.Unknown, []string{"It failed."}},
		"of that, with newcomers, and did not": {simulator.Fault{Kind: simulator.HangUp, When: simulator.Before, Count: 3}, chat.NewcomersInclude, chat.Held, chat.Unknown, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.hide() // so that what is unclear stays so
			r.bots[quiz].Newcomers = c.newcomers
			c.fault.API = send
			r.fault(c.fault)
			e := r.say(class, "", alarm())
			r.step()
			must(t, r.sim.SetRole(string(class), "dave", "Admin"))
			r.clock.Advance(10 * time.Second)
			r.settle(10 * minute)
			m := r.ended(e, c.status, c.outcome)
			if got := r.sees("dave"); fmt.Sprint(got) != fmt.Sprint(c.dave) {
				t.Errorf("dave saw %q", got)
			}
			lost := m.Deliveries[0].Lost
			if len(lost) != 1 || lost[0].User != "dave" || lost[0].Reason != "is a member, and everyone is addressed; gets text 2 now, and not this one" {
				t.Errorf("lost %+v", lost)
			}
		})
	}
}

// Of a part that was not begun, who gets another body by now is a newcomer to that.
func TestANewcomerGetsTheBodyThatIsForThem(t *testing.T) {
	r := newRig(t)
	r.bots[quiz].Newcomers = chat.NewcomersInclude
	e := r.say(class, "", alarm())
	work, _, err := r.worker.Take(t.Context(), 1)
	must(t, err)
	group, err := r.directory.Read(t.Context(), class, time.Minute)
	must(t, err)
	round := chat.Round{Lease: work[0].Lease, Message: work[0].Message.ID, Resolved: &chat.Resolved{Ceiling: chat.Everyone, Membership: group}}
	for i, ids := range [][]chat.UserID{{"carol", "dave"}, {"bob"}, {"alice"}} {
		to, err := chat.NewRecipients(ids)
		must(t, err)
		round.Deliveries = append(round.Deliveries, chat.Delivery{Message: round.Message, Part: i + 1, Rendering: i, Recipients: to, Status: chat.Ready})
	}
	must(t, r.store.EndRound(t.Context(), round))
	must(t, r.sim.SetRole(string(class), "dave", "Admin"))
	must(t, r.sim.Join(string(class), simulator.Member{ID: "erin"}))
	r.clock.Advance(10 * time.Second)
	r.settle(minute)
	r.want(map[string][]string{"alice": {"It failed: line 7"}, "bob": {"It failed, and bob is to look."}, "carol": {"It failed."}, "dave": {"It failed: line 7"}})
	if got := r.sees("erin"); len(got) != 1 || got[0] != "It failed." {
		t.Errorf("erin saw %q", got)
	}
	m := r.ended(e, chat.Done, chat.Sent)
	if len(m.Deliveries) != 4 {
		t.Errorf("%d parts", len(m.Deliveries))
	}
	for _, d := range m.Deliveries {
		if d.Recipients.Has("dave") && d.Rendering != 2 || d.Recipients.Has("erin") && d.Rendering != 0 {
			t.Errorf("part %+v", d.Delivery)
		}
	}
}

// Sent again, a message has the bodies that are for those people then.
func TestWhatIsSentAgainHasTheBodyForThem(t *testing.T) {
	r := newRig(t)
	r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 10007, Count: 3})
	e := r.say(class, "", alarm())
	r.settle(minute)
	m := r.ended(e, chat.Dead, chat.Refused)
	must(t, r.sim.SetRole(string(class), "dave", "Admin"))
	r.clock.Advance(10 * time.Second)
	r.again(m.ID, false)
	r.settle(minute)
	r.want(map[string][]string{"alice": {"It failed: line 7"}, "bob": {"It failed, and bob is to look."}, "carol": {"It failed."}, "dave": {"It failed: line 7"}})
}
