package delivery_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

var ann = chat.By{Who: "ann", Reason: "wrong answer"}

// recall takes back what was sent for an event, as the admin API does.
func (r *rig) recall(e chat.EventID) []chat.Recall {
	r.t.Helper()
	ctx := r.t.(*testing.T).Context()
	sent, err := r.store.SentOf(ctx, e)
	must(r.t, err)
	list, err := r.store.BeginRecalls(ctx, sent, ann)
	must(r.t, err)
	r.worker.Recall(ctx, sent, list)
	must(r.t, r.store.EndRecalls(ctx, list))
	return list
}

// recalled lists the numbers of the messages that the service has taken back.
func (r *rig) recalled() (seqs []uint32) {
	for _, m := range r.sim.Messages() {
		if !m.Recalled.IsZero() {
			seqs = append(seqs, m.Seq)
		}
	}
	return seqs
}

func TestRecall(t *testing.T) {
	t.Run("what was sent is taken back, and the delivery's history says so", func(t *testing.T) {
		r := newRig(t)
		r.speak(1)
		e := r.say(class, "", chat.Admins.Say("hello")...)
		other := r.say(class, "", chat.Admins.Say("other")...)
		r.settle(minute)
		list := r.recall(e)
		if len(list) != 1 || list[0].Result != chat.Recalled || list[0].MsgSeq != 2 || list[0].Error != "" {
			t.Errorf("got %+v", list)
		}
		if got := r.recalled(); !slices.Equal(got, []uint32{2}) {
			t.Errorf("the service has taken back %v", got)
		}
		d := r.message(e).Deliveries[0]
		if len(d.Recalls) != 1 || d.Recalls[0].Result != chat.Recalled || d.Recalls[0].By != ann || !d.Recalls[0].At.Equal(r.clock.Now()) || d.Outcome != chat.Sent {
			t.Errorf("kept %+v", d.Recalls)
		}
		if d := r.message(other).Deliveries[0]; len(d.Recalls) != 0 {
			t.Errorf("of the other it keeps %+v", d.Recalls)
		}
	})
	t.Run("all parts of a message, ten a call", func(t *testing.T) {
		r := newRig(t)
		r.bots[quiz].Recipients = 1000
		var members []string
		for i := range 600 {
			members = append(members, "m"+string(rune('a'+i/100))+string(rune('0'+i/10%10))+string(rune('0'+i%10)))
		}
		r.group("@TGS#2BIG", "Public", append(members, "boss Owner")...)
		e := r.say("@TGS#2BIG", "", chat.Everyone.Say("hello")...)
		r.settle(minute)
		r.ended(e, chat.Done, chat.Sent)
		list := r.recall(e)
		if len(list) != 13 || len(r.recalled()) != 13 || r.sim.Counts()["group_msg_recall"].Calls != 2 {
			t.Errorf("%d of %d recalled in %d calls", len(r.recalled()), len(list), r.sim.Counts()["group_msg_recall"].Calls)
		}
	})
	t.Run("what the service says of each is kept", func(t *testing.T) {
		for mode, want := range map[string]int{"10041": 10041, "10032": 10032} {
			r := newRig(t)
			e := r.say(class, "", chat.Admins.Say("hello")...)
			r.settle(minute)
			must(t, r.sim.SetModes(simulator.Modes{Recall: mode}))
			r.recall(e)
			must(t, r.sim.SetModes(simulator.Modes{}))
			r.recall(e)
			r.recall(e)
			list := r.message(e).Deliveries[0].Recalls
			if len(list) != 3 || list[0].Code != want || list[0].Result != chat.NotRecalled || list[1].Result != chat.Recalled || list[2].Code != 10030 {
				t.Errorf("%s: kept %+v", mode, list)
			}
		}
	})
	t.Run("an answer that got lost is unclear", func(t *testing.T) {
		r := newRig(t)
		e := r.say(class, "", chat.Admins.Say("hello")...)
		r.settle(minute)
		r.fault(simulator.Fault{API: "group_msg_recall", Kind: simulator.HangUp, When: simulator.After})
		if list := r.recall(e); list[0].Result != chat.RecallOpen || list[0].Error == "" || len(r.recalled()) != 1 {
			t.Errorf("got %+v", list)
		}
	})
	t.Run("a question that fails recalls nothing", func(t *testing.T) {
		r := newRig(t)
		r.fault(simulator.Fault{API: send, Kind: simulator.HangUp, When: simulator.After, Count: 1})
		e := r.say(class, "", chat.Admins.Say("hello")...)
		r.settle(minute)
		r.fault(simulator.Fault{API: history, Kind: simulator.HangUp})
		list := r.recall(e)
		if list[0].Result != chat.NotRecalled || !strings.Contains(list[0].Error, "looking up whose number 1 is") || len(r.recalled()) != 0 {
			t.Errorf("got %+v", list)
		}
	})
	for name, c := range map[string]struct {
		modes simulator.Modes
		want  chat.RecallResult
	}{
		"a repeat whose number is told wrongly is found":          {simulator.Modes{DuplicateSeq: "zero"}, chat.Recalled},
		"a repeat without a number, and not shown, is left alone": {simulator.Modes{DuplicateSeq: "zero", TargetedHistory: "hidden"}, chat.NotRecalled},
		"a repeat with a number that is not shown is left alone":  {simulator.Modes{TargetedHistory: "hidden"}, chat.NotRecalled},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			must(t, r.sim.SetModes(c.modes))
			r.fault(simulator.Fault{API: send, Kind: simulator.HangUp, When: simulator.After, Count: 1})
			e := r.say(class, "", chat.Admins.Say("hello")...)
			r.settle(minute)
			r.ended(e, chat.Done, chat.Sent)
			list := r.recall(e)
			if list[0].Result != c.want || (len(r.recalled()) == 1) != (c.want == chat.Recalled) {
				t.Errorf("got %+v", list)
			}
		})
	}
	t.Run("the only attempt's number is trusted where the history shows nothing", func(t *testing.T) {
		r := newRig(t)
		r.hide()
		e := r.say(class, "", chat.Admins.Say("hello")...)
		r.settle(minute)
		if list := r.recall(e); list[0].Result != chat.Recalled {
			t.Errorf("got %+v", list)
		}
	})
	t.Run("somebody else's message is never taken back", func(t *testing.T) {
		r := newRig(t)
		r.speak(3)
		e := r.say(class, "", chat.Admins.Say("hello")...)
		r.settle(minute)
		sent, err := r.store.SentOf(t.Context(), e)
		must(t, err)
		sent[0].MsgSeq = 2 // as if the service had told a wrong one
		list := []chat.Recall{{}}
		r.worker.Recall(t.Context(), sent, list)
		if got := r.recalled(); !slices.Equal(got, []uint32{4}) || list[0].MsgSeq != 4 {
			t.Errorf("taken back: %v", got)
		}
	})
	t.Run("an application that is gone", func(t *testing.T) {
		r := newRig(t)
		list := []chat.Recall{{}}
		r.worker.Recall(t.Context(), []chat.Recallable{{App: "other", Group: class, MsgSeq: 1}}, list)
		if list[0].Result != chat.NotRecalled || !strings.Contains(list[0].Error, "not configured") {
			t.Errorf("got %+v", list)
		}
	})
}
