package delivery_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

// Who has written while a message waited is found out before each attempt, by the same
// facts by which it was resolved.
func TestWhoHasWrittenMeanwhileIsLeftOut(t *testing.T) {
	r := newRig(t)
	wrote := func(user string) {
		must(t, r.sim.SetProfile(string(class), user, simulator.Profile{Spoke: r.clock.Now()}))
	}
	wrote("alice")
	r.fault(simulator.Fault{API: send, Kind: simulator.ErrorCode, Code: 10023, Count: 1})
	e := r.say(class, "", chat.Message{To: chat.Audience{Everyone: true, Where: `spoke == nil or now - spoke > duration("24h")`}, Text: "secret"})
	r.step()
	r.clock.Advance(10 * time.Second)
	wrote("carol")
	r.settle(minute)
	r.want(map[string][]string{"bob": {"secret"}, "dave": {"secret"}})
	m := r.ended(e, chat.Done, chat.Sent)
	lost := m.Deliveries[0].Lost
	if len(m.Deliveries) != 1 || len(lost) != 1 || lost[0].User != "carol" || !strings.Contains(lost[0].Reason, "does not meet") {
		t.Errorf("%+v", m.Deliveries)
	}
	read, err := r.store.Snapshot(t.Context(), m.Snapshot)
	must(t, err)
	alice, _ := read.Find("alice")
	if bob, _ := read.Find("bob"); !slices.Equal(bob.Told(), chat.NewFacts(chat.Spoke)) || alice.Tells(chat.Spoke) != r.clock.Now().Format("2006")+"-01-01T00:00:00Z" || read.Hash() != m.Snapshot {
		t.Errorf("what is kept of the reading is %+v", read)
	}
}

// A rule without facts has them neither read nor kept, whoever else asks for them.
func TestNothingIsReadOfMembersThatNobodyAsksFor(t *testing.T) {
	r := newRig(t)
	_, err := r.directory.Read(t.Context(), class, time.Minute, chat.Spoke)
	must(t, err)
	e := r.say(class, "", chat.Admins.Say("secret")...)
	r.settle(minute)
	m := r.ended(e, chat.Done, chat.Sent)
	read, err := r.store.Snapshot(t.Context(), m.Snapshot)
	must(t, err)
	if slices.ContainsFunc(read.Members, func(m chat.Member) bool { return m.Profile != nil }) {
		t.Errorf("%+v", read.Members)
	}
}

// What cannot be read of somebody lets nobody in: the message waits.
func TestAFactThatCannotBeReadIsWaitedFor(t *testing.T) {
	r := newRig(t)
	r.fault(simulator.Fault{API: "get_group_member_info", Kind: simulator.ErrorCode, Code: 10002, Count: 1})
	e := r.say(class, "", chat.Message{To: chat.Audience{Everyone: true, Where: `fields.team == "red"`}, Text: "secret"})
	must(t, r.sim.SetProfile(string(class), "dave", simulator.Profile{Fields: map[string]string{"team": "red"}}))
	r.step()
	r.want(nil)
	r.settle(minute)
	r.want(map[string][]string{"dave": {"secret"}})
	r.ended(e, chat.Done, chat.Sent)
}
