package delivery_test

import (
	"slices"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/delivery"
	"github.com/botd-chat/botd/im"
)

// stumbles is a client that panics over one text, always.
type stumbles struct {
	delivery.Client
	over string
}

func (c stumbles) Prepare(m im.Targeted) (im.Prepared, error) {
	if m.To.IDs()[0] == chat.UserID(c.over) {
		panic("over " + c.over)
	}
	return c.Client.Prepare(m)
}

// One of several messages in hand that makes us panic takes nothing from the
// others: what came of them is stored.
func TestAPanicBesideOthers(t *testing.T) {
	r := newRig(t)
	apps := r.worker.Apps
	r.worker.Apps = func(name chat.AppName) *delivery.App {
		a := *apps(name)
		a.Client = stumbles{r.client, "carol"}
		return &a
	}
	var said []chat.Message
	for _, u := range []chat.UserID{"alice", "bob", "carol", "dave"} {
		said = append(said, chat.Users(u).Say("for %s", u)...)
	}
	e := r.say(class, "", said...)
	r.settle(10 * time.Minute)
	h, err := r.store.History(t.Context(), e)
	must(t, err)
	for _, m := range h.Messages {
		want := chat.Done
		if m.Message.Text == "for carol" {
			want = chat.Ready
		}
		if m.Status != want {
			t.Errorf("%s is %s, %s (%s)", m.Message.Text, m.Status, m.Outcome, m.Reason)
		}
	}
	if n := len(r.calls()); n != 3 {
		t.Errorf("%d calls for 3 messages", n)
	}
	if !slices.Equal(r.sees("alice"), []string{"for alice"}) {
		t.Errorf("alice saw %q", r.sees("alice"))
	}
}
