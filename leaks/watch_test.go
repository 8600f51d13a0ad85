package leaks_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
)

// only is the one leak that there is.
func (r *rig) only() chat.Leak {
	r.t.Helper()
	list := r.leaks()
	if len(list) != 1 {
		r.t.Fatalf("%d leaks, want one: %+v", len(list), list)
	}
	return list[0]
}

func TestALeakIsTakenBack(t *testing.T) {
	inBubble(t, "at once, where a callback tells of it", func(r *rig) {
		r.start()
		fine := r.write(class, "dave", "hello")
		seq := r.answer("B")
		began := time.Now()
		r.watch.Shown(app, class, fine)
		r.watch.Shown(app, class, seq)
		r.pass(300 * time.Millisecond)
		l := r.only()
		if l.Result != chat.Recalled || l.FoundBy != chat.FoundByCallback || l.MsgSeq != seq || l.Sender != "carol" || l.Attempts != 1 || l.Error != "" {
			r.t.Errorf("the leak is %+v", l)
		}
		if took := l.Ended.Sub(began); took > 300*time.Millisecond {
			r.t.Errorf("it took %s", took)
		}
		if left := r.standing(time.Time{}); len(left) > 0 {
			r.t.Errorf("%d are still there", len(left))
		}
		for _, m := range r.sim.Messages() {
			if m.Seq == fine && !m.Recalled.IsZero() {
				r.t.Errorf("what was right to be seen is gone")
			}
		}
		h, err := r.store.History(context.Background(), l.Events[0])
		must(r.t, err)
		if len(l.Events) != 1 || h.Event.Sender != "carol" || h.Event.Text != "/answer secret B" {
			r.t.Errorf("it became %v, of %q", l.Events, h.Event.Sender)
		}
		told := r.told(l)
		if len(told) != 1 || !strings.Contains(told[0], "carol") || !strings.Contains(told[0], "taken back after a second") || strings.Contains(told[0], "secret") {
			r.t.Errorf("the admins are told %q", told)
		}
		if len(r.found) != 1 || len(r.visible) != 1 || r.stuck != 0 || !strings.Contains(r.said(), "level=ERROR") {
			r.t.Errorf("found %v, visible for %v, stuck %d", r.found, r.visible, r.stuck)
		}
	})
	inBubble(t, "by the next sweep, where no callback comes", func(r *rig) {
		r.start()
		r.answer("B")
		r.pass(66 * time.Second)
		if l := r.only(); l.Result != chat.Recalled || l.FoundBy != chat.FoundBySweep {
			r.t.Errorf("the leak is %+v", l)
		}
	})
	inBubble(t, "at the start, where botd was down", func(r *rig) {
		r.start()
		r.stop()
		for n := range 3 {
			r.answer(fmt.Sprint(n))
		}
		r.write(class, "dave", "hello")
		r.pass(time.Hour)
		r.start()
		list := r.leaks()
		if len(list) != 3 || len(r.standing(time.Time{})) > 0 {
			r.t.Fatalf("%d leaks, %d still there", len(list), len(r.standing(time.Time{})))
		}
		if told := r.told(list[0]); len(told) != 1 || !strings.Contains(told[0], "after 60 minutes") {
			r.t.Errorf("the admins are told %q", told)
		}
		r.stop()
		r.start() // there is nothing to find twice
		if again := r.leaks(); len(again) != 3 || len(r.found) != 3 {
			r.t.Errorf("%d leaks, found %d", len(again), len(r.found))
		}
	})
	inBubble(t, "also where no bot can take it, and what comes after it", func(r *rig) {
		r.start()
		r.answer(strings.Repeat("B", 5000))
		r.answer("B")
		r.pass(66 * time.Second)
		list := r.leaks()
		if len(list) != 2 || len(list[0].Events) != 0 || list[0].Result != chat.Recalled || list[1].Result != chat.Recalled {
			r.t.Errorf("the leaks are %+v", list)
		}
	})
	inBubble(t, "in the order in which it was written, however much there is", func(r *rig) {
		r.start()
		r.stop()
		for n := range 1500 {
			if n%7 == 0 {
				r.answer(fmt.Sprint(n))
			} else {
				r.write(class, "dave", "chatter")
			}
		}
		r.begin()
		r.pass(time.Minute)
		list := r.leaks()
		if len(list) != 215 || len(r.standing(time.Time{})) > 0 {
			r.t.Fatalf("%d leaks, %d still there", len(list), len(r.standing(time.Time{})))
		}
		if !slices.IsSortedFunc(list, func(a, b chat.Leak) int { return int(a.MsgSeq) - int(b.MsgSeq) }) {
			r.t.Errorf("they were not found in their order")
		}
	})
}

func TestWhatWasWrittenBeforeTheWatchIsLeftAlone(t *testing.T) {
	inBubble(t, "in a group that was not watched before", func(r *rig) {
		for n := range 30 {
			r.answer(fmt.Sprint(n))
		}
		r.pass(2 * time.Second)
		must(r.t, r.sim.Inject(simulator.Fault{Kind: simulator.BadStatus, API: "group_msg_get_simple"}))
		began := time.Now()
		r.begin()
		r.pass(5 * time.Minute) // the first look comes late
		for n := range 50 {
			r.answer(fmt.Sprint(n))
		}
		r.sim.ClearFaults()
		r.pass(2 * time.Minute)
		if list := r.leaks(); len(list) != 50 || len(r.standing(began)) > 0 || len(r.standing(time.Time{})) != 30 {
			r.t.Errorf("%d leaks; %d are still there, and %d of before", len(list), len(r.standing(began)), len(r.standing(time.Time{}))-len(r.standing(began)))
		}
	})
	inBubble(t, "and no more than that, where the first look comes after another start", func(r *rig) {
		r.answer("before")
		r.pass(2 * time.Second)
		must(r.t, r.sim.Inject(simulator.Fault{Kind: simulator.BadStatus, API: "group_msg_get_simple"}))
		began := time.Now()
		r.start()
		r.answer("while it cannot be looked at")
		r.pass(5 * time.Second)
		r.stop()
		r.answer("while botd is down")
		r.pass(5 * time.Second)
		r.sim.ClearFaults()
		r.begin()
		r.pass(2 * time.Minute)
		if list := r.leaks(); len(list) != 2 || len(r.standing(began)) > 0 || len(r.standing(time.Time{})) != 1 {
			r.t.Errorf("%d leaks; %d are still there, and %d of before", len(list), len(r.standing(began)), len(r.standing(time.Time{}))-len(r.standing(began)))
		}
	})
	inBubble(t, "and a group without a word is looked through from its first", func(r *rig) {
		r.start()
		r.answer("B")
		r.pass(66 * time.Second)
		if l := r.only(); l.MsgSeq != 1 || l.Result != chat.Recalled {
			r.t.Errorf("the leak is %+v", l)
		}
	})
	for name, again := range map[string]func(*rig, []string){
		"by another configuration": func(r *rig, groups []string) {
			r.groups = groups
			r.swap()
		},
		"by another start": func(r *rig, groups []string) {
			r.stop()
			r.begin()
			r.pass(time.Minute)
			r.stop()
			r.groups = groups
			r.begin()
		},
	} {
		inBubble(t, "and while it was not watched, "+name, func(r *rig) {
			r.start()
			groups := r.groups
			r.groups = nil
			r.refuse(func(what string) error {
				if what == "forget" {
					return errFull
				}
				return nil
			})
			r.swap()
			seq := r.answer("A")
			r.watch.Shown(app, class, seq)
			r.pass(time.Minute)
			r.refuse(nil)
			r.pass(5 * time.Minute)
			began := time.Now()
			again(r, groups)
			r.answer("B")
			r.pass(2 * time.Minute)
			if l := r.only(); l.MsgSeq == seq || l.Result != chat.Recalled || len(r.standing(began)) != 0 {
				r.t.Errorf("the leak is %+v", l)
			}
		})
	}
}

func TestAHintIsAReasonToLookAndNothingElse(t *testing.T) {
	inBubble(t, "one that comes before its message is in the history", func(r *rig) {
		r.start()
		r.watch.Shown(app, class, 1)
		r.pass(10 * time.Second)
		r.answer("B")
		r.pass(10 * time.Second)
		if l := r.only(); l.FoundBy != chat.FoundByCallback || l.Result != chat.Recalled {
			r.t.Errorf("the leak is %+v", l)
		}
	})
	inBubble(t, "one that is forged takes nothing back, and costs few calls", func(r *rig) {
		r.start()
		r.write(class, "dave", "hello")
		r.pass(2 * time.Minute)
		before := len(r.sim.Calls())
		for n := range uint32(5000) {
			r.watch.Shown(app, class, 1+n*800_000)
		}
		r.watch.Shown(app, "@TGS#2ELSEWHERE", 1)
		r.pass(40 * time.Second)
		if calls := len(r.sim.Calls()) - before; calls > 20 || len(r.leaks()) > 0 || r.sim.Messages()[0].Recalled != (time.Time{}) {
			r.t.Errorf("%d calls, %d leaks", calls, len(r.leaks()))
		}
		before = len(r.sim.Calls())
		r.pass(10 * time.Minute) // it is forgotten, and only the sweeps go on
		if calls := len(r.sim.Calls()) - before; calls < 9 || calls > 12 {
			r.t.Errorf("%d calls in ten minutes", calls)
		}
	})
	inBubble(t, "a busy group's are looked for together", func(r *rig) {
		r.start()
		before := len(r.sim.Calls())
		for range 400 {
			r.watch.Shown(app, class, r.write(class, "dave", "chatter"))
			r.pass(25 * time.Millisecond)
		}
		r.watch.Shown(app, class, r.answer("B"))
		r.pass(time.Second)
		if calls := len(r.sim.Calls()) - before; calls > 60 || len(r.standing(time.Time{})) > 0 {
			r.t.Errorf("%d calls for 10 s, %d still there", calls, len(r.standing(time.Time{})))
		}
	})
}

func TestNothingIsPassedOverWhileSomethingFails(t *testing.T) {
	inBubble(t, "the service", func(r *rig) {
		r.start()
		must(r.t, r.sim.Inject(simulator.Fault{Kind: simulator.HangUp, API: "group_msg_get_simple"}))
		for n := range 45 {
			r.watch.Shown(app, class, r.answer(fmt.Sprint(n)))
			r.pass(time.Minute)
		}
		if len(r.leaks()) > 0 {
			r.t.Fatalf("it saw the history")
		}
		r.sim.ClearFaults()
		r.pass(66 * time.Second)
		if list := r.leaks(); len(list) != 45 || len(r.standing(time.Time{})) > 0 {
			r.t.Errorf("%d leaks, %d still there", len(list), len(r.standing(time.Time{})))
		}
		if n := strings.Count(r.said(), "cannot be looked through"); n < 2 || n > 8 || !strings.Contains(r.said(), "looked through for leaks again") {
			r.t.Errorf("the log says %d times that it fails", n)
		}
	})
	inBubble(t, "who is who, also over a restart", func(r *rig) {
		r.start()
		r.doubt(errors.New("the group cannot be read"))
		r.answer("B")
		r.write(class, "dave", "hello")
		r.pass(5 * time.Minute)
		r.stop()
		r.start()
		if len(r.leaks()) > 0 {
			r.t.Fatalf("it was judged")
		}
		r.doubt(nil)
		r.pass(2 * time.Minute)
		if l := r.only(); l.Result != chat.Recalled {
			r.t.Errorf("the leak is %+v", l)
		}
	})
	for _, what := range []string{"swept", "keep swept", "keep leak", "take", "end"} {
		inBubble(t, "the store, when it is to "+what, func(r *rig) {
			r.start()
			r.stop()
			r.refuse(func(is string) error {
				if is == what {
					return errFull
				}
				return nil
			})
			r.begin()
			r.answer("B")
			r.pass(5 * time.Minute)
			r.refuse(nil)
			r.pass(5 * time.Minute)
			l := r.only()
			if told := r.told(l); l.Result != chat.Recalled || len(told) != 1 || len(r.visible) != 1 || len(r.found) != 1 {
				r.t.Errorf("the leak is %+v; told %q, counted %d and %d", l, told, len(r.found), len(r.visible))
			}
		})
	}
}

func TestAGroupThatIsMadeAnew(t *testing.T) {
	inBubble(t, "is looked through from its first message", func(r *rig) {
		r.start()
		for range 100 {
			r.write(class, "dave", "chatter")
		}
		r.pass(2 * time.Minute)
		must(r.t, r.sim.Destroy(class))
		r.pass(2 * time.Minute)
		r.group(class)
		for n := range 25 {
			r.answer(fmt.Sprint(n))
		}
		r.pass(3 * time.Minute)
		if list := r.leaks(); len(list) != 25 || len(r.standing(time.Time{})) > 0 {
			r.t.Errorf("%d leaks, %d still there", len(list), len(r.standing(time.Time{})))
		}
	})
	inBubble(t, "keeps what has a leak's number by then", func(r *rig) {
		r.start()
		must(r.t, r.sim.Inject(simulator.Fault{Kind: simulator.BadStatus, API: "group_msg_recall"}))
		seq := r.answer("B")
		r.watch.Shown(app, class, seq)
		r.pass(5 * time.Second)
		must(r.t, r.sim.Destroy(class))
		r.group(class)
		r.write(class, "carol", "a new beginning")
		r.sim.ClearFaults()
		r.pass(2 * time.Minute)
		l := r.only()
		last := r.sim.Messages()[len(r.sim.Messages())-1]
		if l.Result != chat.Recalled || !strings.Contains(l.Error, "another message") || !last.Recalled.IsZero() || last.Seq != seq {
			r.t.Errorf("the leak is %+v, what has its number %+v", l, last)
		}
	})
}

// A reload by hand is taken while botd stops.
func TestWhatIsWatchedChangesWhileTheWatchEnds(t *testing.T) {
	inBubble(t, "and nobody reads what is being written", func(r *rig) {
		for range 20 {
			r.start()
			ended, reloading := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(reloading)
				for {
					select {
					case <-ended:
						return
					default:
						r.swap()
						time.Sleep(time.Microsecond)
					}
				}
			}()
			r.stop()
			close(ended)
			<-reloading
		}
	})
}
