package simulator

import (
	"testing"
	"time"
)

func TestItem22Duplicates(t *testing.T) {
	copies := func(r *rig, user string) int {
		box, err := r.sim.Inbox(user)
		must(t, err)
		return len(box.Messages)
	}
	t.Run("a repeat within 300 s is answered as the first and not delivered", func(t *testing.T) {
		r := newRig(t)
		r.send(message(9, nil))
		first := r.send(message(1, nil))
		r.sim.Advance(299 * time.Second)
		again := r.send(message(1, nil))
		r.wantCode(again, 0)
		if again.MsgSeq != first.MsgSeq || again.MsgSeq != 2 || copies(r, "alice") != 2 {
			t.Errorf("first %+v, again %+v, alice has %d", first, again, copies(r, "alice"))
		}
	})
	t.Run("after 300 s it is delivered again", func(t *testing.T) {
		r := newRig(t)
		r.send(message(1, nil))
		r.sim.Advance(300 * time.Second)
		if again := r.send(message(1, nil)); again.MsgSeq != 2 || copies(r, "alice") != 2 {
			t.Errorf("again %+v, alice has %d", again, copies(r, "alice"))
		}
	})
	t.Run("another To_Account does not make it another message", func(t *testing.T) {
		r := newRig(t)
		r.send(message(1, fieldSet{"To_Account": []string{"alice"}}))
		r.send(message(1, fieldSet{"To_Account": []string{"carol"}}))
		r.wantSeen(1, []string{"alice"}, Targeted)
	})
	t.Run("another content, sender or group does", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.AddGroup(classRoom("other", "Public")))
		r.send(message(1, nil))
		r.send(message(1, fieldSet{"MsgBody": textElements("another")}))
		r.send(message(1, fieldSet{"From_Account": "carol"}))
		r.send(message(1, fieldSet{"GroupId": "other"}))
		if copies(r, "alice") != 4 {
			t.Errorf("alice has %d, want 4", copies(r, "alice"))
		}
	})
	t.Run("by mode the same Random alone is enough within a group", func(t *testing.T) {
		r := newRig(t, in(Modes{Duplicate: "random"}))
		must(t, r.sim.AddGroup(classRoom("other", "Public")))
		r.send(message(1, nil))
		r.send(message(1, fieldSet{"MsgBody": textElements("another"), "From_Account": "carol"}))
		r.send(message(1, fieldSet{"GroupId": "other"}))
		if copies(r, "alice") != 2 {
			t.Errorf("alice has %d, want one of each group", copies(r, "alice"))
		}
	})
	t.Run("by mode a repeat is answered with MsgSeq 0", func(t *testing.T) {
		r := newRig(t, in(Modes{DuplicateSeq: "zero"}))
		r.send(message(1, nil))
		if again := r.send(message(1, nil)); again.MsgSeq != 0 || again.ErrorCode != 0 {
			t.Errorf("got %+v", again)
		}
	})
	t.Run("what is older than the window is forgotten", func(t *testing.T) {
		r := newRig(t)
		for i := range 20 {
			r.send(message(i, nil))
		}
		r.sim.Advance(301 * time.Second)
		r.send(message(100, nil))
		if n := len(r.sim.seen.queue); n != 1 || len(r.sim.seen.first) != 2 {
			t.Errorf("%d remembered under %d keys", n, len(r.sim.seen.first))
		}
	})
	t.Run("and the oldest where there are too many", func(t *testing.T) {
		r := newRig(t, func(o *Options) { o.Limits.Duplicates = 3 })
		for i := range 4 {
			r.send(message(i, nil))
		}
		if again := r.send(message(3, nil)); again.MsgSeq != 4 {
			t.Errorf("the newest was forgotten: %+v", again)
		}
		if again := r.send(message(0, nil)); again.MsgSeq != 5 {
			t.Errorf("the oldest was remembered: %+v", again)
		}
	})
}

func TestItem23RefusedMessagesDoNotOccupyTheirRandom(t *testing.T) {
	muted := func(t *testing.T, m Modes) *rig {
		r := newRig(t, in(m))
		must(t, r.sim.Mute(room, "carol", time.Minute))
		r.wantCode(r.send(message(1, fieldSet{"From_Account": "carol"})), 10017)
		must(t, r.sim.Mute(room, "carol", 0))
		r.wantCode(r.send(message(1, fieldSet{"From_Account": "carol"})), 0)
		return r
	}
	t.Run("the same Random is free", func(t *testing.T) {
		muted(t, Modes{}).wantSeen(1, staff, Targeted)
	})
	t.Run("by mode it is a duplicate of nothing", func(t *testing.T) {
		muted(t, Modes{RefusedRandom: "kept"}).wantSeen(1, nil, "")
	})
	for mode, want := range map[string]int{"free": 2, "kept": 1} {
		t.Run("after a drop it is "+mode, func(t *testing.T) {
			r := newRig(t, in(Modes{RefusedRandom: mode}), func(o *Options) { o.Limits.GroupMessagesPerSecond = 1 })
			r.send(message(1, nil))
			r.send(message(2, nil))
			r.sim.Advance(time.Second)
			r.send(message(2, nil))
			if n := len(r.sim.Messages()); n != want {
				t.Errorf("%d messages took effect, want %d", n, want)
			}
		})
	}
}
