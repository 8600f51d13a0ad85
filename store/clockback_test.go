package store

import (
	"testing"
	"time"
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
