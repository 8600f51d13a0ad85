package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

var (
	ofGroup = chat.Memory{Bot: "quiz", Group: "@TGS#1"}
	ofCarol = chat.Memory{Bot: "quiz", Group: "@TGS#1", User: "carol"}
)

func sets(key, value string) func(chat.State) error {
	return func(s chat.State) error { s[key] = []byte(value); return nil }
}

// remembered is what is remembered, as text.
func remembered(t *testing.T, s *Store, m chat.Memory) map[string]string {
	t.Helper()
	state, _, err := s.Remembered(t.Context(), m)
	must(t, err)
	text := map[string]string{}
	for key, value := range state {
		text[key] = string(value)
	}
	return text
}

func TestAPersonChangesWhatABotRemembers(t *testing.T) {
	s, clock := newStore(t)
	must(t, s.EditMemory(t.Context(), "main", ofGroup, sets("done", `["dee"]`)))
	must(t, s.EditMemory(t.Context(), "main", ofGroup, sets("n", `1`)))
	must(t, s.EditMemory(t.Context(), "main", ofCarol, sets("step", `"days"`)))
	if diff := cmp.Diff(map[string]string{"done": `["dee"]`, "n": "1"}, remembered(t, s, ofGroup)); diff != "" {
		t.Errorf("of the group:\n%s", diff)
	}
	state, expires, err := s.Remembered(t.Context(), ofCarol)
	if err != nil || step.Get(state) != "days" || !expires.Equal(clock.now().Add(chat.SessionLife)) {
		t.Errorf("of carol: %v until %v, %v", state, expires, err)
	}
	list, err := s.Sessions(t.Context(), "quiz", "@TGS#1")
	if diff := cmp.Diff([]chat.SessionRecord{{User: "carol", Bytes: len(`{"step":"days"}`), Expires: expires}}, list); diff != "" || err != nil {
		t.Errorf("sessions: %s %v", diff, err)
	}
	accept(t, s, by("carol", "@TGS#1"))
	if w := takeEvents(t, s, 1)[0]; step.Get(w.Session) != "days" || string(w.State["n"]) != "1" {
		t.Errorf("the plugin is handed %+v", w)
	} else {
		must(t, s.EndEvent(t.Context(), done(w)))
	}
	no := errors.New("no")
	if err := s.EditMemory(t.Context(), "main", ofGroup, func(s chat.State) error { s["n"] = []byte("2"); return no }); !errors.Is(err, no) {
		t.Errorf("got %v", err)
	}
	must(t, s.EditMemory(t.Context(), "main", ofGroup, func(s chat.State) error { delete(s, "done"); return nil }))
	must(t, s.DropMemory(t.Context(), "main", ofCarol))
	if diff := cmp.Diff(map[string]string{"n": "1"}, remembered(t, s, ofGroup)); diff != "" || len(remembered(t, s, ofCarol)) != 0 {
		t.Errorf("left of the group: %s, and of carol %v", diff, remembered(t, s, ofCarol))
	}
	clock.move(chat.SessionLife)
	if _, expires, err := s.Remembered(t.Context(), ofCarol); err != nil || !expires.IsZero() {
		t.Errorf("what is forgotten is forgotten at %v, %v", expires, err)
	}
}

func TestWhatAnEventInHandWasGivenIsNotChanged(t *testing.T) {
	s, clock := newStore(t)
	accept(t, s, by("carol", "@TGS#1"))
	w := takeEvents(t, s, 1)[0]
	before := dump(t, s)
	for _, m := range []chat.Memory{ofGroup, ofCarol, {Bot: "quiz", Group: "@TGS#1", User: "dee"}} {
		if err := s.EditMemory(t.Context(), "main", m, sets("n", "1")); !errors.Is(err, ErrNotNow) || !strings.Contains(err.Error(), "botd pause quiz") {
			t.Errorf("edit: %v", err)
		}
		if err := s.DropMemory(t.Context(), "main", m); !errors.Is(err, ErrNotNow) {
			t.Errorf("drop: %v", err)
		}
	}
	if diff := cmp.Diff(before, dump(t, s)); diff != "" {
		t.Errorf("something changed: %s", diff)
	}
	must(t, s.EditMemory(t.Context(), "main", chat.Memory{Bot: "quiz", Group: "@TGS#2"}, sets("n", "1"))) // of another group
	must(t, s.EndEvent(t.Context(), chat.EventEnd{Lease: w.Lease, Event: w.Event.ID, Status: chat.Ready, Due: clock.now().Add(time.Minute)}))
	must(t, s.EditMemory(t.Context(), "main", ofGroup, sets("n", "2"))) // between two tries
	clock.move(time.Minute)
	if w := takeEvents(t, s, 1)[0]; string(w.State["n"]) != "2" {
		t.Errorf("its next try is handed %v", w.State)
	}
}

func TestWhatCannotBeUnderstoodIsDropped(t *testing.T) {
	s, _ := newStore(t)
	must(t, s.EditMemory(t.Context(), "main", ofGroup, sets("n", "1")))
	must(t, s.tx(t.Context(), func(q *tx) error { _, err := q.exec(`UPDATE state SET data = '{'`); return err }))
	if err := s.EditMemory(t.Context(), "main", ofGroup, sets("n", "2")); err == nil {
		t.Error("it was changed")
	}
	must(t, s.DropMemory(t.Context(), "main", ofGroup))
	if got := remembered(t, s, ofGroup); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
}
