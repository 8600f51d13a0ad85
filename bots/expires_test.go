package bots_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// strikes stores an event of a schedule that is worth something for an hour.
func (r *rig) strikes() chat.EventID {
	r.t.Helper()
	r.keys++
	now := r.clock.Now()
	receipt, err := r.store.Accept(context.Background(), chat.Arrival{
		Key: fmt.Sprint("test/", r.keys), App: "main", Bot: "quiz", Trigger: "strike", Kind: chat.Schedule,
		Groups: []chat.GroupID{class}, Time: now, Expires: now.Add(time.Hour),
	})
	must(r.t, err)
	return receipt.Events[0]
}

func TestWhatComesOfAnEventExpiresWithIt(t *testing.T) {
	runs := 0
	own := time.Duration(0)
	plugin := pluginOf(func(context.Context, chat.Event) ([]chat.Message, error) {
		runs++
		list := chat.Owners.Say("now or never")
		if own != 0 {
			list[0].Expires = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(own)
		}
		return list, nil
	})
	t.Run("its messages expire when it does, or before", func(t *testing.T) {
		for own1, want := range map[time.Duration]time.Duration{0: time.Hour, 5 * time.Hour: time.Hour, time.Minute: time.Minute} {
			own = own1
			r := newRig(t, plugin)
			id := r.strikes()
			r.settle(0)
			h := r.ended(id, chat.Done, chat.Handled)
			if got := h.Messages[0].Message.Expires.Sub(h.Event.Time); got != want {
				t.Errorf("own %v: it expires after %v", own, got)
			}
		}
	})
	t.Run("the plugin is not run with what has expired", func(t *testing.T) {
		r := newRig(t, plugin)
		id := r.strikes()
		r.clock.Advance(time.Hour)
		runs = 0
		r.settle(0)
		h := r.ended(id, chat.Done, chat.Expired)
		if runs != 0 || !strings.Contains(h.Event.Reason, "worth sending until 2026-01-01T01:00:00Z") {
			t.Errorf("run %d times, %q", runs, h.Event.Reason)
		}
	})
}
