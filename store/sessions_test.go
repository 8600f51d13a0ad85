package store

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
)

var step = chat.Key[string]("step")

// by is an arrival of the quiz bot that this member caused in this group.
func by(user chat.UserID, g chat.GroupID) chat.Arrival {
	a := arrival("", g)
	a.Sender = user
	return a
}

// answers takes one event and ends it with this session.
func answers(t testing.TB, s *Store, session chat.State) (was chat.State) {
	t.Helper()
	w := takeEvents(t, s, 1)[0]
	end := done(w)
	end.Session = session
	must(t, s.EndEvent(t.Context(), end))
	return w.Session
}

func at(name string) chat.State {
	s := chat.State{}
	step.Set(s, name)
	return s
}

// meets is what the next event of a member finds as their session, which stays so.
func meets(t testing.TB, s *Store, user chat.UserID, g chat.GroupID) string {
	t.Helper()
	accept(t, s, by(user, g))
	return step.Get(answers(t, s, nil))
}

func TestASessionIsOfOneMemberInOneGroup(t *testing.T) {
	s, _ := newStore(t)
	accept(t, s, by("carol", "@TGS#1"))
	if was := answers(t, s, at("days")); was == nil || len(was) != 0 {
		t.Errorf("the first session is %v", was)
	}
	other := from("notice", "@TGS#1")
	other.Sender = "carol"
	accept(t, s, other)
	if was := answers(t, s, nil); len(was) != 0 {
		t.Errorf("another bot is handed %v", was)
	}
	for _, c := range []struct {
		user  chat.UserID
		group chat.GroupID
		want  string
	}{{"carol", "@TGS#1", "days"}, {"dee", "@TGS#1", ""}, {"carol", "@TGS#2", ""}, {"", "@TGS#1", ""}} {
		if got := meets(t, s, c.user, c.group); got != c.want {
			t.Errorf("%q in %s meets %q", c.user, c.group, got)
		}
	}
	accept(t, s, by("carol", "@TGS#1"))
	answers(t, s, chat.State{})
	if got := meets(t, s, "carol", "@TGS#1"); got != "" {
		t.Errorf("what was cleared is %q", got)
	}
}

func TestASessionIsStoredWithTheAnswerOrNotAtAll(t *testing.T) {
	s, clock := newStore(t)
	accept(t, s, by("carol", "@TGS#1"))
	w := takeEvents(t, s, 1)[0]
	end := done(w, chat.Admins.Say("x")...)
	end.Session, end.Timers, end.Pending = at("days"), []chat.Later{after("a", time.Minute), after("b", time.Minute)}, 1
	var many *chat.TooManyTimers
	if err := s.EndEvent(t.Context(), end); !errors.As(err, &many) {
		t.Fatalf("got %v", err)
	}
	if got, err := s.Session(t.Context(), "quiz", "@TGS#1", "carol"); err != nil || len(got) != 0 {
		t.Errorf("an answer that was refused left %v, %v", got, err)
	}
	clock.move(2 * time.Minute)
	if again := takeEvents(t, s, 1); len(again) != 1 {
		t.Fatal("its lease did not end")
	}
	end.Timers = nil
	if err := s.EndEvent(t.Context(), end); !errors.Is(err, chat.ErrLeaseLost) {
		t.Fatalf("got %v", err)
	}
	if got, _ := s.Session(t.Context(), "quiz", "@TGS#1", "carol"); len(got) != 0 {
		t.Errorf("who was too slow left %v", got)
	}
	failed := chat.EventEnd{Lease: w.Lease, Event: w.Event.ID, Status: chat.Dead, Outcome: chat.Failed, Session: at("days")}
	if err := s.EndEvent(t.Context(), failed); err == nil || !strings.Contains(err.Error(), "status done only") {
		t.Errorf("the session of an event that failed: %v", err)
	}
}

func TestASessionNeedsAMember(t *testing.T) {
	s, _ := newStore(t)
	accept(t, s, by("", "@TGS#1"))
	end := done(takeEvents(t, s, 1)[0])
	end.Session = at("days")
	if err := s.EndEvent(t.Context(), end); err == nil || !strings.Contains(err.Error(), "no sender") {
		t.Errorf("got %v", err)
	}
	end.Session = chat.State{} // there was nothing, and there is nothing
	must(t, s.EndEvent(t.Context(), end))
}

func TestASessionIsForgottenSomeTimeAfterItChanged(t *testing.T) {
	s, clock := newStore(t)
	accept(t, s, by("carol", "@TGS#1"))
	answers(t, s, at("days"))
	clock.move(chat.SessionLife - time.Second)
	if got := meets(t, s, "carol", "@TGS#1"); got != "days" {
		t.Errorf("before its time it is %q", got)
	}
	clock.move(time.Second) // that it was met did not keep it
	if got := meets(t, s, "carol", "@TGS#1"); got != "" {
		t.Errorf("after its time it is %q", got)
	}
	if got, err := s.Session(t.Context(), "quiz", "@TGS#1", "carol"); err != nil || len(got) != 0 {
		t.Errorf("whoever looks sees %v, %v", got, err)
	}
	accept(t, s, by("carol", "@TGS#1"))
	answers(t, s, at("sure"))
	clock.move(chat.SessionLife / 2)
	accept(t, s, by("carol", "@TGS#1"))
	answers(t, s, at("really"))
	clock.move(chat.SessionLife - time.Second)
	if got := meets(t, s, "carol", "@TGS#1"); got != "really" {
		t.Errorf("what was changed again is %q", got)
	}
}

func TestASessionLastsAsLongWhenTheClockIsSetBack(t *testing.T) {
	s, clock := newStore(t)
	accept(t, s, by("carol", "@TGS#1"))
	answers(t, s, at("days"))
	clock.move(-10 * time.Hour)
	if got := meets(t, s, "carol", "@TGS#1"); got != "days" {
		t.Errorf("it is %q", got)
	}
	clock.move(chat.SessionLife)
	if got := meets(t, s, "carol", "@TGS#1"); got != "" {
		t.Errorf("a life later it is %q", got)
	}
}

func TestASessionIsThereAfterARestart(t *testing.T) {
	path, clock := filepath.Join(t.TempDir(), "botd.db"), newHand()
	s, err := Open(t.Context(), Options{URL: "sqlite:" + path, Clock: clock.now})
	must(t, err)
	accept(t, s, by("carol", "@TGS#1"))
	answers(t, s, at("days"))
	accept(t, s, by("carol", "@TGS#1"))
	takeEvents(t, s, 1) // and nothing comes of it
	must(t, s.Close())
	s = openAt(t, path, clock.now)
	if w := takeEvents(t, s, 1); len(w) != 1 || step.Get(w[0].Session) != "days" {
		t.Errorf("taken up: %+v", w)
	}
}

func TestWhatIsHandedOnHasItsSession(t *testing.T) {
	s, _, e, _ := handing(t)
	accept(t, s, by("carol", "@TGS#1"))
	end := done(e.take(t))
	end.Session = at("days")
	must(t, s.EndEvent(t.Context(), end))
	a := by("carol", "@TGS#1")
	a.Kind, a.Text = chat.Typed, "30 please"
	accept(t, s, a)
	w := e.take(t)
	if step.Get(w.Session) != "days" || w.Event.Text != "30 please" || w.Event.Kind != chat.Typed {
		t.Errorf("handed on: %+v", w)
	}
}

func TestASessionThatCannotBeUnderstoodHoldsItsEvent(t *testing.T) {
	s, _ := newStore(t)
	accept(t, s, by("carol", "@TGS#1"))
	answers(t, s, at("days"))
	must(t, s.tx(t.Context(), func(q *tx) error { _, err := q.exec(`UPDATE session SET data = '{'`); return err }))
	accept(t, s, by("carol", "@TGS#1"))
	accept(t, s, by("dee", "@TGS#1"))
	if w := takeEvents(t, s, 1); len(w) != 0 {
		t.Fatalf("handed out: %+v", w)
	}
	h := history(t, s, 2)
	if h.Event.Status != chat.Held || !strings.Contains(h.Event.Reason, "session of a member with bot quiz") || strings.Contains(h.Event.Reason, "carol") {
		t.Errorf("it is %s because %s", h.Event.Status, h.Event.Reason)
	}
	if w := takeEvents(t, s, 1); len(w) != 1 || w[0].Event.Sender != "dee" {
		t.Errorf("after it came %+v", w)
	}
}

func TestForgottenSessionsAreDeleted(t *testing.T) {
	s, clock := newStore(t)
	for i := range retireBatch + 3 {
		accept(t, s, by(chat.UserID("user"+string(rune('A'+i%26))+string(rune('a'+i/26))), "@TGS#1"))
		answers(t, s, at("days"))
	}
	clock.move(chat.SessionLife)
	accept(t, s, by("carol", "@TGS#1"))
	answers(t, s, at("days"))
	if sum := retire(t, s, Retention{}); sum.Sessions != retireBatch+3 {
		t.Errorf("deleted %d", sum.Sessions)
	}
	var left int
	must(t, s.reader.view(t.Context(), func(v view) error { return v.one(`SELECT COUNT(*) FROM session`).Scan(&left) }))
	if left != 1 || meets(t, s, "carol", "@TGS#1") != "days" {
		t.Errorf("%d are left", left)
	}
}

func TestWhatSomebodyWroteIsInTheHistoryAndHandledAgain(t *testing.T) {
	s, _ := newStore(t)
	a := by("carol", "@TGS#1")
	a.Kind, a.Text = chat.Typed, "/extend 30"
	accept(t, s, a)
	answers(t, s, at("sure"))
	if e := history(t, s, 1).Event; e.Text != "/extend 30" || e.Kind != chat.Typed {
		t.Errorf("stored: %+v", e)
	}
	if list, _, _ := s.Events(t.Context(), Filter{}); len(list) != 1 || list[0].Text != "" {
		t.Errorf("listed: %+v", list)
	}
	if _, err := s.ReplayEvent(t.Context(), 1, ann); err != nil {
		t.Fatal(err)
	}
	if w := takeEvents(t, s, 1)[0]; w.Event.Text != "/extend 30" || w.Event.ReplayOf != 1 || step.Get(w.Session) != "sure" {
		t.Errorf("handled again: %+v", w)
	}
}

func TestAUserIsErasedFromSessionsAndTexts(t *testing.T) {
	s, _ := newStore(t)
	a := by("carol", "@TGS#1")
	a.Kind, a.Text = chat.Typed, "I am carol"
	accept(t, s, a)
	answers(t, s, at("days"))
	accept(t, s, by("dee", "@TGS#1"))
	answers(t, s, chat.State{"invited": []byte(`["carol"]`)})
	elsewhere := by("carol", "@TGS#1") // the same name, and somebody else
	elsewhere.App, elsewhere.Bot = "second", "notice"
	accept(t, s, elsewhere)
	answers(t, s, at("kept"))

	e, err := s.Erase(t.Context(), "main", "carol", ann)
	must(t, err)
	if e.Counts.Sessions != 1 || e.Counts.Events != 1 || len(e.Waiting) != 0 {
		t.Errorf("erased: %+v", e)
	}
	if len(e.States) != 1 || e.States[0] != (chat.StateRef{Bot: "quiz", Group: "@TGS#1", User: "dee", Key: "invited"}) {
		t.Errorf("named in %+v", e.States)
	}
	if x := history(t, s, 1).Event; x.Text != "" || x.Sender != e.Token {
		t.Errorf("left: %+v", x)
	}
	if got := meets(t, s, "carol", "@TGS#1"); got != "" {
		t.Errorf("remembered: %q", got)
	}
	if kept, _ := s.Session(t.Context(), "notice", "@TGS#1", "carol"); step.Get(kept) != "kept" {
		t.Errorf("of another application is left %v", kept)
	}
}
