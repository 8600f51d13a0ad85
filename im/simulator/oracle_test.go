package simulator

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestItem44InboxIsTheOracle(t *testing.T) {
	r := newRig(t)
	r.sim.Advance(5 * time.Second)
	r.send(message(77, fieldSet{"MsgPriority": "High", "CloudCustomData": "mark"}))
	must(t, r.sim.Speak(room, "carol", "hello all"))
	t.Run("says what came, when, from whom and why", func(t *testing.T) {
		box, err := r.sim.Inbox("bob")
		must(t, err)
		if box.Targeted != 1 || box.Broadcast != 1 || len(box.Messages) != 2 {
			t.Fatalf("got %+v", box)
		}
		want := Message{
			ID: 1, Group: room, Seq: 1, Time: start.Add(5 * time.Second), From: "quizbot", Random: 77, Reason: Targeted,
			Recipients: staff, Asked: staff, Text: "carol answered: B", CustomData: "mark", Priority: "High",
			Elements: []byte(`[{"MsgContent":{"Text":"carol answered: B"},"MsgType":"TIMTextElem"}]`),
		}
		if diff := cmp.Diff(want, box.Messages[0]); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("who is in the group without being named has the broadcast alone", func(t *testing.T) {
		box, err := r.sim.Inbox("dave")
		must(t, err)
		if box.Targeted != 0 || box.Broadcast != 1 || box.Messages[0].Text != "hello all" || box.Messages[0].Reason != Broadcast {
			t.Errorf("got %+v", box)
		}
	})
	t.Run("every account has an inbox, an unknown one has none", func(t *testing.T) {
		if boxes := r.sim.Inboxes(); len(boxes) != 6 || len(boxes["quizbot"].Messages) != 0 {
			t.Errorf("got %d inboxes", len(boxes))
		}
		if _, err := r.sim.Inbox("nobody"); err == nil {
			t.Error("nobody has an inbox")
		}
	})
	t.Run("a list without effect is told", func(t *testing.T) {
		r.send(message(78, fieldSet{"GroupAtInfo": []fieldSet{{"GroupAtAllFlag": 1}}}))
		got := r.sim.Messages()
		if last := got[len(got)-1]; !last.Leaked() || !slices.Equal(last.Asked, staff) || len(last.Recipients) != 4 {
			t.Errorf("got %+v", last)
		}
		if got[0].Leaked() || got[1].Leaked() {
			t.Error("a message that did not leak is said to")
		}
	})
	t.Run("who leaves keeps what was received, who joins gets nothing old", func(t *testing.T) {
		must(t, r.sim.Leave(room, "bob"))
		must(t, r.sim.Join(room, Member{ID: "erin"}))
		boxes := r.sim.Inboxes()
		if len(boxes["bob"].Messages) != 3 || len(boxes["erin"].Messages) != 0 {
			t.Errorf("bob has %d, erin %d", len(boxes["bob"].Messages), len(boxes["erin"].Messages))
		}
	})
}

func TestMemoryIsBounded(t *testing.T) {
	r := newRig(t, func(o *Options) {
		o.Limits = Limits{InboxMessages: 3, Messages: 4, Calls: 5, CallsPerSecond: -1, GroupMessagesPerSecond: -1}
	})
	for i := range 100 {
		r.send(message(i, nil))
		r.group(fmt.Sprint("unknown", i), `{}`)
		r.group(fmt.Sprint("more", i), `{}`)
	}
	box, err := r.sim.Inbox("alice")
	must(t, err)
	if len(box.Messages) != 3 || box.Targeted != 100 || box.Messages[0].Random != 97 || box.Messages[2].Random != 99 {
		t.Errorf("kept %d of %d", len(box.Messages), box.Targeted)
	}
	if got := r.sim.Messages(); len(got) != 4 || got[0].Random != 96 {
		t.Errorf("kept %d messages", len(got))
	}
	counts := r.sim.Counts()
	if len(r.sim.Calls()) != 5 || len(counts) > maxCounted+1 || counts["others"].Calls != 101 {
		t.Errorf("kept %d calls under %d names, others %d", len(r.sim.Calls()), len(counts), counts["others"].Calls)
	}
}

func TestCallsAreRecorded(t *testing.T) {
	r := newRig(t)
	r.send(message(5, nil))
	r.send(message(5, nil))
	r.send(message(6, fieldSet{"To_Account": nil}))
	r.send(message(7, fieldSet{"To_Account": []string{}}))
	r.send(message(8, fieldSet{"MsgBody": nil}))
	r.group("get_group_info", `{"GroupIdList":["`+room+`"]}`)
	send := func(random uint32, recipients, code int, effect bool) Call {
		return Call{API: "send_group_msg", Time: start, Code: code, Group: room, Recipients: recipients, Random: random, Effect: effect}
	}
	want := []Call{
		send(5, 2, 0, true), send(5, 2, 0, false), send(6, NoList, 0, true), send(7, 0, 0, true), send(8, 2, 10004, false),
		{API: "get_group_info", Time: start, Recipients: NoList, Effect: true},
	}
	if diff := cmp.Diff(want, r.sim.Calls()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Count{Calls: 5, Effects: 3, Codes: map[int]int{0: 4, 10004: 1}}, r.sim.Counts()["send_group_msg"]); diff != "" {
		t.Error(diff)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{
		{Edition: "gold"}, {Modes: Modes{EmptyList: "refuse"}}, {Modes: Modes{Duplicate: "10004"}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v was accepted", o)
		}
	}
}

func TestModesAtWork(t *testing.T) {
	r := newRig(t)
	m := r.sim.Modes()
	m.EmptyList = "10004"
	must(t, r.sim.SetModes(m))
	r.wantCode(r.send(message(1, fieldSet{"To_Account": []string{}})), 10004)
	must(t, r.sim.SetModes(Modes{}))
	r.wantCode(r.send(message(1, fieldSet{"To_Account": []string{}})), 0)
	if err := r.sim.SetModes(Modes{EmptyList: "maybe"}); err == nil || r.sim.Modes().EmptyList != "broadcast" {
		t.Errorf("got %v, mode %s", err, r.sim.Modes().EmptyList)
	}
	for name, choices := range ModeChoices() {
		if name == "" || len(choices) < 2 {
			t.Errorf("mode %q can only be %v", name, choices)
		}
	}
}

func TestClockTravels(t *testing.T) {
	t.Run("a fake clock is moved itself", func(t *testing.T) {
		r := newRig(t)
		r.sim.Advance(time.Hour)
		if got := r.clock.Now(); !got.Equal(start.Add(time.Hour)) {
			t.Errorf("the fake clock says %v", got)
		}
	})
	t.Run("backwards it is seen through an offset", func(t *testing.T) {
		r := newRig(t)
		r.sim.Advance(-time.Hour)
		if !r.clock.Now().Equal(start) || !r.sim.Now().Equal(start.Add(-time.Hour)) {
			t.Errorf("clock %v, simulator %v", r.clock.Now(), r.sim.Now())
		}
		r.wantCode(r.send(message(1, nil)), 0)
	})
	t.Run("so is a real clock", func(t *testing.T) {
		sim, err := New(Options{})
		must(t, err)
		sim.Advance(time.Hour)
		if ahead := time.Until(sim.Now()); ahead < 59*time.Minute || ahead > 61*time.Minute {
			t.Errorf("ahead by %v", ahead)
		}
	})
}
