package simulator

import (
	"testing"
	"time"
)

func TestItem11CallsPerSecond(t *testing.T) {
	t.Run("200 calls of one API in a second, then 60007, in any window of a second", func(t *testing.T) {
		r := newRig(t)
		const ask = `{"GroupId":"` + room + `","User_Account":["alice"]}`
		for range 100 {
			r.wantCode(r.group("get_role_in_group", ask), 0)
		}
		r.sim.Advance(600 * time.Millisecond)
		for range 100 {
			r.wantCode(r.group("get_role_in_group", ask), 0)
		}
		r.wantCode(r.group("get_role_in_group", ask), 60007)
		r.sim.Advance(399 * time.Millisecond)
		r.wantCode(r.group("get_role_in_group", ask), 60007)
		r.wantCode(r.group("get_group_info", `{"GroupIdList":["`+room+`"]}`), 0)
		r.sim.Advance(time.Millisecond)
		for range 100 {
			r.wantCode(r.group("get_role_in_group", ask), 0)
		}
		r.wantCode(r.group("get_role_in_group", ask), 60007)
	})
	t.Run("get_appid_group_list once a second", func(t *testing.T) {
		r := newRig(t)
		r.wantCode(r.group("get_appid_group_list", `{}`), 0)
		r.wantCode(r.group("get_appid_group_list", `{}`), 60007)
		r.sim.Advance(time.Second)
		r.wantCode(r.group("get_appid_group_list", `{}`), 0)
	})
	t.Run("account APIs 100 times", func(t *testing.T) {
		r := newRig(t)
		const ask = `{"CheckItem":[{"UserID":"alice"}]}`
		for range 100 {
			r.wantCode(r.ask("im_open_login_svc/account_check", r.query(), ask), 0)
		}
		r.wantCode(r.ask("im_open_login_svc/account_check", r.query(), ask), 60007)
	})
	t.Run("a limit can be set, and taken away", func(t *testing.T) {
		r := newRig(t, func(o *Options) { o.Limits = Limits{CallsPerSecond: 2, GroupListsPerSecond: -1} })
		for i, want := range []int{0, 0, 60007} {
			r.wantCode(r.send(message(i, nil)), want)
		}
		for range 20 {
			r.wantCode(r.group("get_appid_group_list", `{}`), 0)
		}
	})
	t.Run("a refused caller uses nothing up", func(t *testing.T) {
		r := newRig(t)
		q := r.query()
		q.Set("usersig", "AAAA")
		for range 5 {
			r.wantCode(r.ask("group_open_http_svc/get_appid_group_list", q, `{}`), 70003)
		}
		r.wantCode(r.group("get_appid_group_list", `{}`), 0)
	})
}

func TestItem12MessagesPerGroupAndSecond(t *testing.T) {
	fill := func(r *rig, n int, edit fieldSet) {
		for i := range n {
			if a := r.send(message(1000+i, edit)); a.ErrorCode != 0 || a.MsgDropReason != "" {
				r.t.Fatalf("message %d of %d: %+v", i, n, a)
			}
		}
	}
	t.Run("the 41st is dropped with a success answer and leaves no trace", func(t *testing.T) {
		r := newRig(t)
		must(t, r.sim.AddGroup(classRoom("other", "Public")))
		fill(r, 40, nil)
		a := r.send(message(1, nil))
		r.wantCode(a, 0)
		if a.MsgDropReason != "MsgFreqCtrl" {
			t.Errorf("got %+v", a)
		}
		r.wantSeen(1, nil, "")
		if a := r.send(message(2, fieldSet{"GroupId": "other"})); a.MsgDropReason != "" {
			t.Error("another group suffers")
		}
		r.sim.Advance(time.Second)
		if a := r.send(message(3, nil)); a.MsgSeq != 41 {
			t.Errorf("the next took number %d, want 41", a.MsgSeq)
		}
	})
	t.Run("it is 10023 by mode", func(t *testing.T) {
		r := newRig(t, in(Modes{GroupRate: "10023"}))
		fill(r, 40, nil)
		r.wantCode(r.send(message(1, nil)), 10023)
		r.wantSeen(1, nil, "")
	})
	t.Run("a higher priority goes before a lower one, and even High has an end", func(t *testing.T) {
		r := newRig(t)
		fill(r, 40, fieldSet{"MsgPriority": "Low"})
		if a := r.send(message(1, fieldSet{"MsgPriority": "Low"})); a.MsgDropReason == "" {
			t.Error("Low passed")
		}
		fill(r, 40, fieldSet{"MsgPriority": "High", "From_Account": "carol"})
		for _, p := range []string{"High", "Normal", "Low"} {
			if a := r.send(message(1, fieldSet{"MsgPriority": p})); a.MsgDropReason == "" {
				t.Errorf("%s passed", p)
			}
		}
	})
	t.Run("members who write count too", func(t *testing.T) {
		r := newRig(t, func(o *Options) { o.Limits.GroupMessagesPerSecond = 1 })
		must(t, r.sim.Speak(room, "carol", "hello"))
		if a := r.send(message(1, nil)); a.MsgDropReason == "" {
			t.Errorf("got %+v", a)
		}
		if err := r.sim.Speak(room, "carol", "again"); err == nil {
			t.Error("carol wrote beyond the limit")
		}
	})
}
