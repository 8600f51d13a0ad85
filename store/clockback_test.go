package store

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

func TestEventsAfterTheClockWasSetBack(t *testing.T) {
	s, h := newStore(t)
	accept(t, s, arrival("a", "@TGS#1"))
	w := takeEvents(t, s, 1)
	must(t, s.EndEvent(t.Context(), done(w[0])))
	h.move(-time.Hour)
	accept(t, s, arrival("b", "@TGS#1"))
	waited := time.Duration(0)
	for len(takeEvents(t, s, 1)) == 0 && waited < 2*time.Hour {
		h.move(time.Second)
		waited += time.Second
	}
	if waited > 2*time.Minute {
		t.Errorf("an accepted event was handed out after %v", waited)
	}
}

// What waits when a process ends was due at once, and still is when the clock
// was set back before the next began, also if nothing was ever sent.
func TestWhatWaitsIsDueAfterTheClockWasSetBackOverARestart(t *testing.T) {
	path, h := filepath.Join(t.TempDir(), "botd.db"), newHand()
	s := openAt(t, path, h.now)
	reopen := func() {
		t.Helper()
		must(t, s.Close())
		h.move(-6 * time.Hour)
		s = openAt(t, path, h.now)
	}
	accept(t, s, arrival("a", "@TGS#1"))
	reopen()
	w := takeEvents(t, s, 1)
	if len(w) != 1 {
		t.Fatal("the event waits as long as the clock went back")
	}
	must(t, s.EndEvent(t.Context(), chat.EventEnd{Lease: w[0].Lease, Event: w[0].Event.ID, Status: chat.Ready, Reason: "to be tried again", Due: h.now().Add(time.Minute)}))
	reopen()
	h.move(10 * time.Minute)
	if w = takeEvents(t, s, 1); len(w) != 1 {
		t.Fatal("what is to be tried again waits as long as the clock went back")
	}
	must(t, s.EndEvent(t.Context(), done(w[0], chat.Everyone.Say("hello")...)))
	reopen()
	m := takeMessages(t, s, 1)
	if len(m) != 1 {
		t.Fatal("the message waits as long as the clock went back")
	}
	must(t, s.EndRound(t.Context(), chat.Round{Lease: m[0].Lease, Message: m[0].Message.ID, End: &chat.MessageEnd{Status: chat.Done, Outcome: chat.Nobody, Reason: "for nobody"}}))
	reopen()
	accept(t, s, arrival("b", "@TGS#1"))
	if w := takeEvents(t, s, 1); len(w) != 1 {
		t.Error("what comes into an empty lane waits as long as the clock went back")
	}
}

func TestAClockThatIsSetBackWakesNobodyWhoIsPaused(t *testing.T) {
	s, h := newStore(t)
	accept(t, s, arrival("a", "@TGS#1"))
	brake(t, s, "quiz")
	takeEvents(t, s, 1)
	h.move(-time.Hour)
	if w := takeEvents(t, s, 1); len(w) != 0 {
		t.Errorf("took %+v", w)
	}
	resume(t, s, "quiz")
	if w := takeEvents(t, s, 1); len(w) != 1 {
		t.Errorf("after the pause %d events are due", len(w))
	}
}
