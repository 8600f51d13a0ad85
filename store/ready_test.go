package store

import (
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Whoever waits is woken when there is something to take, and when the time to
// come back may have moved; not for what somebody has in hand already.
func TestReady(t *testing.T) {
	s, clock := newStore(t)
	woken := func(ch <-chan struct{}) bool {
		select {
		case <-ch:
			return true
		default:
			return false
		}
	}
	expect := func(what string, events, messages bool) {
		t.Helper()
		if e, m := woken(s.EventsReady()), woken(s.MessagesReady()); e != events || m != messages {
			t.Errorf("%s: woken for events: %v, for messages: %v", what, e, m)
		}
	}
	expect("nothing has come", false, false)
	accept(t, s, arrival("k", "g"))
	accept(t, s, arrival("", "g"))
	expect("two have come", true, false)
	accept(t, s, arrival("k", "g"))
	expect("a repeat", false, false)
	w := takeEvents(t, s, 1)[0]
	expect("one is taken", false, false)
	accept(t, s, arrival("", "g"))
	expect("another behind it", false, false)
	if err := s.EndEvent(t.Context(), chat.EventEnd{Lease: w.Lease, Event: 99, Status: chat.Done}); err == nil {
		t.Fatal("another event was ended")
	}
	expect("an ending that failed", false, false)
	must(t, s.EndEvent(t.Context(), chat.EventEnd{Lease: w.Lease, Event: w.Event.ID, Status: chat.Ready, Due: clock.now().Add(time.Second)}))
	expect("it is tried again later", true, false)
	for range 2 {
		clock.move(time.Second)
		must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
		expect("one is done, others wait", true, false)
	}
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Admins.Say("x")...)))
	expect("the last is done, and says something", false, true)
	m := takeMessages(t, s, 1)[0]
	must(t, s.EndRound(t.Context(), chat.Round{Lease: m.Lease, Message: m.Message.ID, End: &chat.MessageEnd{Status: chat.Done, Outcome: chat.Expired}}))
	expect("its message is done", false, false)
}
