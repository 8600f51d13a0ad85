package leaks_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

func TestWhatTheServiceSaysToARecall(t *testing.T) {
	leak := func(r *rig) {
		r.watch.Shown(app, class, r.answer("B"))
		r.pass(time.Second)
	}
	fault := func(r *rig, f simulator.Fault) { must(r.t, r.sim.Inject(f)) }
	for code, remedy := range map[int]string{10031: "a person", 10032: "a person", 10033: "groups of this type", 10041: "in the console", 20016: "a person"} {
		inBubble(t, fmt.Sprintf("%d is the end, and loud", code), func(r *rig) {
			r.start()
			// All of it fails, so it is as good as the code of the one message.
			fault(r, simulator.Fault{Kind: simulator.ErrorCode, Code: code, API: "group_msg_recall"})
			leak(r)
			r.pass(time.Hour)
			l := r.only()
			if l.Result != chat.NotRecalled || l.Attempts != 1 || l.Code != code || l.Ended.IsZero() || r.stuck != 1 || len(r.visible) != 0 {
				r.t.Errorf("the leak is %+v", l)
			}
			if told := r.told(l); len(told) != 1 || !strings.Contains(told[0], remedy) || !strings.Contains(told[0], fmt.Sprint(code)) {
				r.t.Errorf("the admins are told %q", told)
			}
			if !strings.Contains(r.said(), remedy) {
				r.t.Errorf("the log has no remedy:\n%s", r.said())
			}
		})
	}
	for _, code := range []int{10010, 10015, 10030, 20022, 20023} {
		inBubble(t, fmt.Sprintf("%d says that it is gone", code), func(r *rig) {
			r.start()
			fault(r, simulator.Fault{Kind: simulator.ErrorCode, Code: code, API: "group_msg_recall"})
			leak(r)
			if l := r.only(); l.Result != chat.Recalled || l.Code != code || len(r.told(l)) != 1 {
				r.t.Errorf("the leak is %+v", l)
			}
		})
	}
	inBubble(t, "of one message among others, each has its own", func(r *rig) {
		must(r.t, r.sim.SetModes(simulator.Modes{Recall: "10031"}))
		r.start()
		r.stop()
		for n := range 5 {
			r.answer(fmt.Sprint(n))
		}
		r.pass(5 * time.Minute)
		for n := range 5 {
			r.answer(fmt.Sprint(n))
		}
		r.start()
		list := r.leaks()
		for i, want := range []chat.RecallResult{chat.NotRecalled, chat.Recalled} {
			if l := list[i*5]; len(list) != 10 || l.Result != want {
				r.t.Errorf("of %d, leak %d is %+v", len(list), i*5, l)
			}
		}
	})
	for _, f := range []simulator.Fault{
		{Kind: simulator.ErrorCode, Code: 10002}, {Kind: simulator.ErrorCode, Code: 10007}, {Kind: simulator.ErrorCode, Code: 60007},
		{Kind: simulator.ErrorCode, Code: 60010}, {Kind: simulator.BadStatus}, {Kind: simulator.Slow, Delay: 6 * time.Second}, {Kind: simulator.Truncated},
	} {
		for _, f.When = range []string{simulator.Before, simulator.After} {
			inBubble(t, fmt.Sprintf("%s %d, %s it was done, is tried again and again", f.Kind, f.Code, f.When), func(r *rig) {
				r.start()
				f.API = "group_msg_recall"
				fault(r, f)
				leak(r)
				r.pass(20 * time.Minute)
				r.sim.ClearFaults()
				attempts := r.only().Attempts
				r.pass(66 * time.Second)
				l := r.only()
				if l.Result != chat.Recalled || len(r.told(l)) != 1 || len(r.visible) != 1 {
					r.t.Errorf("the leak is %+v", l)
				}
				// The effect may have been had the first time; then there is nothing left to do.
				if f.When == simulator.Before && (attempts < 20 || attempts > 30) {
					r.t.Errorf("tried %d times in 20 minutes", attempts)
				}
			})
		}
	}
	inBubble(t, "a person who was faster", func(r *rig) {
		r.start()
		fault(r, simulator.Fault{Kind: simulator.BadStatus, API: "group_msg_recall", Count: 1})
		leak(r)
		results, err := r.client.Recall(context.Background(), class, []uint32{1})
		must(r.t, err)
		must(r.t, results[0].Err)
		r.pass(5 * time.Second)
		if l := r.only(); l.Result != chat.Recalled || l.Attempts > 2 {
			r.t.Errorf("the leak is %+v", l)
		}
	})
	inBubble(t, "a group that is not watched any more", func(r *rig) {
		r.start()
		fault(r, simulator.Fault{Kind: simulator.BadStatus, API: "group_msg_recall"})
		leak(r)
		r.groups = nil
		r.swap()
		r.sim.ClearFaults()
		r.pass(2 * time.Minute)
		if l := r.only(); l.Result != chat.Recalled {
			r.t.Errorf("the leak is %+v", l)
		}
	})
}

func TestManyGroupsAreNotLookedThroughAtOnce(t *testing.T) {
	inBubble(t, "400 of them", func(r *rig) {
		r.groups = nil
		for n := range 400 {
			id := fmt.Sprintf("@TGS#2ROOM%03d", n)
			r.group(id)
			r.groups = append(r.groups, id)
		}
		r.begin()
		r.pass(2 * time.Minute)
		calls := r.sim.Calls()
		busiest := 0
		for i, c := range calls {
			n := 0
			for _, other := range calls[:i+1] {
				if c.Time.Sub(other.Time) < time.Second {
					n++
				}
			}
			busiest = max(busiest, n)
		}
		if len(calls) < 400 || busiest > 100 {
			r.t.Errorf("%d calls, %d in one second", len(calls), busiest)
		}
		// And one that is told of does not wait for them.
		seq := r.write(r.groups[7], "carol", "/answer secret B")
		r.watch.Shown(app, chat.GroupID(r.groups[7]), seq)
		r.pass(300 * time.Millisecond)
		if l := r.only(); l.Result != chat.Recalled {
			r.t.Errorf("the leak is %+v", l)
		}
	})
}
