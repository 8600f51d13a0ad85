package leaks_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
)

// The service does not promise that a history has at once what was sent.
func TestAHistoryThatIsBehind(t *testing.T) {
	hide := func(seq uint32) func(chat.GroupID, uint32, []im.HistoryMessage) []im.HistoryMessage {
		return func(_ chat.GroupID, _ uint32, list []im.HistoryMessage) []im.HistoryMessage {
			return slices.DeleteFunc(list, func(m im.HistoryMessage) bool { return m.Seq == seq })
		}
	}
	empty := func(seq uint32) func(chat.GroupID, uint32, []im.HistoryMessage) []im.HistoryMessage {
		return func(_ chat.GroupID, _ uint32, list []im.HistoryMessage) []im.HistoryMessage {
			for i, m := range list {
				if m.Seq == seq {
					list[i] = im.HistoryMessage{Seq: seq, Empty: true}
				}
			}
			return list
		}
	}
	for name, lack := range map[string]func(uint32) func(chat.GroupID, uint32, []im.HistoryMessage) []im.HistoryMessage{
		"leaves a number out": hide, "has a number empty": empty,
	} {
		inBubble(t, name+", and it is found when it is there", func(r *rig) {
			r.start()
			r.write(class, "dave", "hello")
			r.through(lack(2))
			r.answer("B")
			for range 20 {
				r.watch.Shown(app, class, r.write(class, "dave", "chatter"))
				r.pass(time.Second)
			}
			if len(r.leaks()) != 0 {
				r.t.Fatalf("it was seen")
			}
			judged := r.judged
			r.through(nil)
			r.pass(66 * time.Second)
			if l := r.only(); l.MsgSeq != 2 || l.Result != chat.Recalled {
				r.t.Errorf("the leak is %+v", l)
			}
			if judged != 21 {
				r.t.Errorf("the others were judged %d times", judged)
			}
		})
		inBubble(t, name+", and is not waited for longer than a history can be behind", func(r *rig) {
			r.start()
			r.through(lack(1))
			r.answer("B")
			for range 40 {
				r.write(class, "dave", "chatter")
				r.pass(5 * time.Second)
			}
			r.stop()
			r.start()
			seq, ok, err := r.store.Swept(context.Background(), app, class)
			must(r.t, err)
			if !ok || seq < 30 || seq > 41 {
				r.t.Errorf("it was looked through up to %d, %v", seq, ok)
			}
		})
	}
	inBubble(t, "ends before what was seen: nothing of before the watch is touched", func(r *rig) {
		for n := range 5 {
			r.answer(fmt.Sprint(n))
		}
		r.pass(2 * time.Second)
		r.start()
		r.watch.Shown(app, class, r.write(class, "dave", "hello"))
		r.pass(time.Second)
		r.through(func(_ chat.GroupID, _ uint32, list []im.HistoryMessage) []im.HistoryMessage {
			return slices.DeleteFunc(list, func(m im.HistoryMessage) bool { return m.Seq > 4 })
		})
		r.watch.Shown(app, class, r.answer("B"))
		r.pass(20 * time.Second)
		r.through(nil)
		r.pass(2 * time.Minute)
		if l := r.only(); l.MsgSeq != 7 || l.Result != chat.Recalled || len(r.standing(time.Time{})) != 5 {
			r.t.Errorf("the leak is %+v, and %d are still there", l, len(r.standing(time.Time{})))
		}
	})
	inBubble(t, "is slow in other groups: a hint does not wait for sweeps", func(r *rig) {
		for n := range 80 {
			id := fmt.Sprintf("@TGS#2ROOM%03d", n)
			r.group(id)
			r.groups = append(r.groups, id)
		}
		r.start()
		r.pass(10 * time.Second)
		r.through(func(g chat.GroupID, _ uint32, list []im.HistoryMessage) []im.HistoryMessage {
			if g != class {
				time.Sleep(30 * time.Second)
			}
			return list
		})
		r.pass(100 * time.Second)
		r.watch.Shown(app, class, r.answer("B"))
		r.pass(300 * time.Millisecond)
		if l := r.only(); l.Result != chat.Recalled {
			r.t.Errorf("the leak is %+v", l)
		}
	})
	inBubble(t, "is at an end where nothing was left: what somebody took back is no leak", func(r *rig) {
		r.all = true
		r.start()
		seq := r.answer("B")
		_, err := r.client.Recall(context.Background(), class, []uint32{seq})
		must(r.t, err)
		r.watch.Shown(app, class, seq)
		r.pass(2 * time.Minute)
		if list := r.leaks(); len(list) != 0 {
			r.t.Errorf("%d leaks", len(list))
		}
	})
}
