package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

// after is a timer of this name that comes after d.
func after(name chat.TriggerName, d time.Duration) chat.Later {
	return chat.Later{Name: name, After: chat.Duration(d), Payload: []byte(`{"for":"` + name + `"}`)}
}

// asks lets an event of bot in g ask for timers, and returns the event.
func asks(t testing.TB, s *Store, bot chat.BotName, g chat.GroupID, list ...chat.Later) chat.EventID {
	t.Helper()
	accept(t, s, from(bot, g))
	w := takeEvents(t, s, 1)[0]
	end := done(w)
	end.Timers = list
	must(t, s.EndEvent(t.Context(), end))
	return w.Event.ID
}

// fire turns what is due into events and returns which timer became which.
func fire(t testing.TB, s *Store) string {
	t.Helper()
	list, _, err := s.FireTimers(t.Context(), 10)
	must(t, err)
	var text []string
	for _, x := range list {
		text = append(text, fmt.Sprintf("%s %s", x.Label(), x.Made))
	}
	return strings.Join(text, ", ")
}

func pendingTimers(t testing.TB, s *Store) string {
	t.Helper()
	list, _, err := s.Timers(t.Context(), PendingTimers{})
	must(t, err)
	var text []string
	for _, x := range list {
		text = append(text, fmt.Sprintf("%s %s", x.ID, x.Label()))
	}
	return strings.Join(text, ", ")
}

func history(t testing.TB, s *Store, id chat.EventID) chat.EventHistory {
	t.Helper()
	h, err := s.History(t.Context(), id)
	must(t, err)
	return h
}

func TestATimerComesBackAsAnEventOnce(t *testing.T) {
	s, clock := newStore(t)
	set := clock.now()
	keeps := after("closes", time.Minute)
	keeps.Sender = true
	asks(t, s, "quiz", "@TGS#1", after("solution", 2*time.Minute), keeps)
	<-s.TimersReady()
	if got := fire(t, s); got != "" {
		t.Errorf("before its time came %s", got)
	}
	if _, next, _ := s.FireTimers(t.Context(), 10); !next.Equal(set.Add(time.Minute)) {
		t.Errorf("the first is due %v", next)
	}
	clock.move(time.Minute)
	accept(t, s, from("quiz", "@TGS#1")) // e2, which was there before it came
	clock.move(3 * time.Second)
	if got := fire(t, s); got != "closes e3" {
		t.Fatalf("came: %s", got)
	}
	if got := fire(t, s); got != "" {
		t.Errorf("it came again: %s", got)
	}
	if w := takeEvents(t, s, 10); len(w) != 1 || w[0].Event.ID != 2 {
		t.Fatalf("before those that were there already came %+v", w)
	} else {
		must(t, s.EndEvent(t.Context(), done(w[0])))
	}
	e := takeEvents(t, s, 10)[0].Event
	want := chat.EventRecord{ID: 3, Receipt: e.Receipt, App: "main", Bot: "quiz", Trigger: "closes", Kind: chat.Timer, Group: "@TGS#1", Sender: "minji",
		Payload: []byte(`{"for":"closes"}`), Time: set.Add(time.Minute), Accepted: clock.now(), Status: chat.Ready, Attempts: 1, Due: clock.now(), TimerOf: 1}
	if diff := cmp.Diff(want, e); diff != "" || e.Receipt == "" {
		t.Errorf("the event:\n%s", diff)
	}
	h := history(t, s, 1)
	if x := h.Timers; len(x) != 2 || x[0].Status != chat.Ready || !x[0].Due.Equal(set.Add(2*time.Minute)) || x[0].Sender != "" ||
		x[1].Outcome != chat.Fired || x[1].Made != 3 || !x[1].Ended.Equal(clock.now()) || !x[1].Set.Equal(set) {
		t.Errorf("the event that set them tells of %+v", x)
	}
	if c, err := s.Counts(t.Context()); err != nil || c.Timers.Ready != 1 || c.Timers.Age != 0 {
		t.Errorf("counted: %+v, %v", c.Timers, err)
	}
	clock.move(2 * time.Minute)
	if c, _ := s.Counts(t.Context()); c.Timers.Age != 63*time.Second {
		t.Errorf("overdue for %v", c.Timers.Age)
	}
}

func TestManyThatAreDueComeInTheOrderOfTheirTimes(t *testing.T) {
	s, clock := newStore(t)
	asks(t, s, "quiz", "@TGS#1", after("b", 2*time.Second), after("a", time.Second), after("c", 2*time.Second))
	asks(t, s, "notice", "@TGS#2", after("d", 1500*time.Millisecond))
	clock.move(time.Minute)
	list, next, err := s.FireTimers(t.Context(), 3)
	must(t, err)
	if len(list) != 3 || next.After(clock.now()) || next.IsZero() {
		t.Errorf("took %d, the next is due %v", len(list), next)
	}
	if got := fire(t, s); got != "c e6" {
		t.Errorf("and then %s", got)
	}
	if list[0].Label()+list[1].Label()+list[2].Label() != "adb" || list[2].Made != 5 {
		t.Errorf("came %+v", list)
	}
	if got := handed(t, s); got != "e3 e4" && got != "e4 e3" {
		t.Errorf("handed out: %s", got)
	}
}

func TestATimerComesOnceWhenTheProcessDiesAroundIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	clock := newHand()
	s, err := Open(t.Context(), Options{URL: "sqlite:" + path, Clock: clock.now})
	must(t, err)
	asks(t, s, "quiz", "@TGS#1", after("closes", time.Hour))
	must(t, s.Close())
	clock.move(24 * time.Hour) // it was down when it was due
	s, err = Open(t.Context(), Options{URL: "sqlite:" + path, Clock: clock.now})
	must(t, err)
	died := errors.New("died before the commit")
	err = s.tx(t.Context(), func(q *tx) error {
		if list, err := q.fire(10, clock.now()); err != nil || len(list) != 1 {
			t.Errorf("fired %d, %v", len(list), err)
		}
		return died
	})
	if !errors.Is(err, died) {
		t.Fatal(err)
	}
	if got := handed(t, s); got != "" {
		t.Errorf("although nothing was stored, there is %s", got)
	}
	if got := fire(t, s); got != "closes e2" {
		t.Errorf("came: %s", got)
	}
	must(t, s.Close())
	s = openAt(t, path, clock.now)
	if got := fire(t, s); got != "" {
		t.Errorf("it came again: %s", got)
	}
	if got := handed(t, s); got != "e2" {
		t.Errorf("handed out: %s", got)
	}
}

func TestOneOfANameAndKeyIsPending(t *testing.T) {
	s, clock := newStore(t)
	keyed := after("closes", time.Minute)
	keyed.Key = "q7"
	asks(t, s, "quiz", "@TGS#1", after("closes", time.Minute), keyed)
	asks(t, s, "quiz", "@TGS#2", after("closes", time.Minute)) // another group
	asks(t, s, "notice", "@TGS#1", after("closes", time.Minute))
	asks(t, s, "quiz", "@TGS#1", after("closes", time.Hour))
	keyed.Cancel = true
	asks(t, s, "quiz", "@TGS#1", keyed, chat.Later{Name: "never-set", Cancel: true})
	if got := pendingTimers(t, s); got != "t3 closes, t4 closes, t5 closes" {
		t.Errorf("pending: %s", got)
	}
	h := history(t, s, 1)
	if x := h.Timers; x[0].Outcome != chat.Replaced || x[0].Reason != "set anew by event e4" || x[1].Outcome != chat.Cancelled || x[1].Reason != "cancelled by event e5" {
		t.Errorf("the first event tells of %+v", x)
	}
	clock.move(time.Minute)
	if got := fire(t, s); got != "closes e6, closes e7" {
		t.Errorf("came: %s", got)
	}
	clock.move(time.Hour)
	if got := fire(t, s); got != "closes e8" {
		t.Errorf("came: %s", got)
	}
}

func TestMoreTimersThanABotMayHaveAreRefusedWithTheWholeAnswer(t *testing.T) {
	s, _ := newStore(t)
	asks(t, s, "quiz", "@TGS#1", after("a", time.Minute), after("b", time.Minute))
	asks(t, s, "quiz", "@TGS#2", after("a", time.Minute))
	accept(t, s, from("quiz", "@TGS#1"))
	w := takeEvents(t, s, 1)[0]
	end := done(w, chat.Admins.Say("hello")...)
	end.State = chat.State{"n": []byte("1")}
	end.Timers, end.Pending = []chat.Later{after("c", time.Minute)}, 2
	var many *chat.TooManyTimers
	if err := s.EndEvent(t.Context(), end); !errors.As(err, &many) || *many != (chat.TooManyTimers{Pending: 3, Limit: 2}) {
		t.Fatalf("got %v", err)
	}
	if h := history(t, s, w.Event.ID); h.Event.Status != chat.Ready || len(h.Messages)+len(h.Timers) > 0 {
		t.Errorf("stored: %+v", h)
	}
	if state, _ := s.State(t.Context(), "quiz", "@TGS#1"); len(state) > 0 {
		t.Errorf("remembered: %v", state)
	}
	end.Timers = append(end.Timers, chat.Later{Name: "a", Cancel: true})
	must(t, s.EndEvent(t.Context(), end)) // the lease is still good
	if got := pendingTimers(t, s); got != "t2 b, t3 a, t5 c" && got != "t2 b, t3 a, t4 c" {
		t.Errorf("pending: %s", got)
	}
	end.Status, end.Messages, end.State = chat.Dead, nil, nil
	if err := s.EndEvent(t.Context(), end); err == nil || !strings.Contains(err.Error(), "status done only") {
		t.Errorf("timers of an event that failed: %v", err)
	}
}

func TestATimerTellsHowLongNotWhen(t *testing.T) {
	s, clock := newStore(t)
	asks(t, s, "quiz", "@TGS#1", after("closes", 10*time.Minute))
	clock.move(4 * time.Minute)
	fire(t, s)
	clock.move(-time.Hour)
	if got := fire(t, s); got != "" {
		t.Errorf("when the clock was set back came %q", got)
	}
	clock.move(6 * time.Minute)
	if got := fire(t, s); got != "closes e2" {
		t.Errorf("ten minutes after it was set came %q", got)
	}
	asks(t, s, "notice", "@TGS#1", after("soon", 10*time.Minute))
	clock.move(24 * time.Hour) // set forward, or asleep
	if got := fire(t, s); got != "soon e4" {
		t.Errorf("came: %s", got)
	}
}

func TestTheTimerOfAPausedBotBecomesAnEventThatWaits(t *testing.T) {
	s, clock := newStore(t)
	asks(t, s, "quiz", "@TGS#1", after("closes", time.Minute))
	brake(t, s, "quiz")
	accept(t, s, from("quiz", "@TGS#1"))
	if got := handed(t, s); got != "" { // which parks the lane
		t.Fatal(got)
	}
	clock.move(time.Minute)
	if got := fire(t, s); got != "closes e3" {
		t.Errorf("came: %s", got)
	}
	if got := handed(t, s); got != "" {
		t.Errorf("handed out during the pause: %s", got)
	}
	resume(t, s, "quiz")
	if got := handed(t, s); got != "e2" {
		t.Errorf("handed out after it: %s", got)
	}
}

func TestAPersonCancelsATimer(t *testing.T) {
	s, clock := newStore(t)
	asks(t, s, "quiz", "@TGS#1", after("a", time.Minute), after("b", time.Minute))
	must(t, s.CancelTimer(t.Context(), 1, ann))
	clock.move(time.Minute)
	if got := fire(t, s); got != "b e2" {
		t.Errorf("came: %s", got)
	}
	h := history(t, s, 1)
	if x := h.Timers[0]; x.Outcome != chat.Cancelled || x.Reason != "cancelled by ann: the teacher asked" || !x.Ended.Equal(h.Acts[0].At) {
		t.Errorf("the timer: %+v", x)
	}
	if a := h.Acts; len(a) != 1 || a[0].Target != "t1" || a[0].What != chat.CalledOff || a[0].Who != "ann" || a[0].Before.Status != chat.Ready {
		t.Errorf("acts: %+v", a)
	}
	for id, want := range map[chat.TimerID]string{1: "not pending any more: cancelled by ann", 2: "come already, as event e2"} {
		if err := s.CancelTimer(t.Context(), id, ann); !errors.Is(err, ErrNotNow) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", id, err)
		}
	}
	if err := s.CancelTimer(t.Context(), 9, ann); !errors.Is(err, ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
}

func TestPendingTimersAreListedByTheirTime(t *testing.T) {
	s, _ := newStore(t)
	asks(t, s, "quiz", "@TGS#1", after("c", 3*time.Minute), after("a", time.Minute), after("b", time.Minute))
	asks(t, s, "quiz", "@TGS#2", after("d", 2*time.Minute))
	asks(t, s, "notice", "@TGS#1", after("e", time.Second))
	for _, c := range []struct {
		f    PendingTimers
		want string
		next chat.TimerID
	}{
		{PendingTimers{}, "eabdc", 0},
		{PendingTimers{Limit: 2}, "ea", 2},
		{PendingTimers{Limit: 2, After: 2}, "bd", 4},
		{PendingTimers{After: 4}, "c", 0},
		{PendingTimers{Bot: "quiz"}, "abdc", 0},
		{PendingTimers{Group: "@TGS#1"}, "eabc", 0},
		{PendingTimers{Bot: "quiz", Group: "@TGS#1", After: 2}, "bc", 0},
	} {
		list, next, err := s.Timers(t.Context(), c.f)
		must(t, err)
		got := ""
		for _, x := range list {
			got += x.Label()
		}
		if got != c.want || next != c.next {
			t.Errorf("%+v: %s, next %s", c.f, got, next)
		}
	}
	if _, _, err := s.Timers(t.Context(), PendingTimers{After: 99}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a cursor of nothing: %v", err)
	}
}

func TestAnEventStaysUntilItsTimersHaveCome(t *testing.T) {
	s, clock := newStore(t)
	asks(t, s, "quiz", "@TGS#1", after("closes", time.Hour))
	clock.move(time.Minute)
	all := Retention{Done: clock.now().Add(24 * time.Hour)}
	if sum := retire(t, s, all); sum.Events != 0 {
		t.Errorf("deleted: %+v", sum)
	}
	clock.move(time.Hour)
	fire(t, s)
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
	all.Done = clock.now().Add(-time.Minute)
	if sum := retire(t, s, all); sum.Events != 1 {
		t.Errorf("deleted: %+v", sum)
	}
	if n := count(t, s, `SELECT COUNT(*) FROM timer`); n != 0 {
		t.Errorf("%d timers are left", n)
	}
	if h := history(t, s, 2); h.Event.TimerOf != 1 {
		t.Errorf("what came of it does not say so any more: %+v", h.Event)
	}
}

func count(t testing.TB, s *Store, text string) (n int) {
	t.Helper()
	must(t, s.reader.view(t.Context(), func(v view) error { return v.one(text).Scan(&n) }))
	return n
}

// What bounds a timer's messages stands with the event that set it.
func TestATimerWithoutItsEventIsGivenUpAndHoldsNobodyUp(t *testing.T) {
	s, clock := newStore(t)
	lost := asks(t, s, "quiz", "@TGS#1", after("closes", time.Minute))
	asks(t, s, "quiz", "@TGS#1", after("solution", 2*time.Minute))
	must(t, s.tx(t.Context(), func(q *tx) error {
		_, err := q.exec(`DELETE FROM event WHERE id = $1`, int64(lost))
		return err
	}))
	clock.move(time.Minute)
	if got := fire(t, s); got != "" {
		t.Errorf("of a timer without its event came %s", got)
	}
	clock.move(time.Minute)
	if got := fire(t, s); got != "solution e3" {
		t.Errorf("after it came %q", got)
	}
	if got := pendingTimers(t, s); got != "" {
		t.Errorf("%s are pending", got)
	}
}

func TestAReplayOfWhatATimerBroughtSaysOfWhichEvent(t *testing.T) {
	s, clock := newStore(t)
	asks(t, s, "quiz", "@TGS#1", after("closes", time.Hour))
	clock.move(time.Hour)
	fire(t, s)
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
	_, err := s.ReplayEvent(t.Context(), 2, ann)
	must(t, err)
	if e := takeEvents(t, s, 1)[0].Event; e.Kind != chat.Timer || e.TimerOf != 1 || e.ReplayOf != 2 || string(e.Payload) != `{"for":"closes"}` {
		t.Errorf("the replay: %+v", e)
	}
}

func TestAUserIsErasedFromTimersAndFromWhatCameOfThem(t *testing.T) {
	s, clock := newStore(t)
	// Caused by minji, by way of two timers in a row.
	derived := chat.Later{Name: "closes", Key: "a/minji", After: chat.Duration(time.Minute), Sender: true, Payload: []byte(`{"text":"what minji wrote"}`)}
	asks(t, s, "quiz", "@TGS#1", derived)
	clock.move(time.Minute)
	fire(t, s)
	end := done(takeEvents(t, s, 1)[0], chat.Admins.Say("minji wrote this")...)
	end.Timers = []chat.Later{{Name: "again", After: chat.Duration(time.Minute), Payload: []byte(`{"text":"what minji wrote, again"}`)}}
	must(t, s.EndEvent(t.Context(), end))
	clock.move(time.Minute)
	fire(t, s)
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Admins.Say("minji wrote this once more")...)))
	for range 2 {
		m := takeMessages(t, s, 1)[0]
		must(t, s.EndRound(t.Context(), chat.Round{Lease: m.Lease, Message: m.Message.ID, End: &chat.MessageEnd{Status: chat.Done, Outcome: chat.Nobody}}))
	}
	// Of somebody else, with minji in its payload; one of both is still pending.
	other := from("notice", "@TGS#1")
	other.Sender, other.Payload = "boss", []byte(`{}`)
	ask := func(payload string) {
		accept(t, s, other)
		end := done(takeEvents(t, s, 1)[0])
		end.Timers = []chat.Later{{Name: "n", Key: payload, After: chat.Duration(time.Minute), Payload: []byte(payload)}}
		must(t, s.EndEvent(t.Context(), end))
	}
	ask(`{"user":"minji"}`)
	ask(`{"user":"boss"}`)
	clock.move(time.Minute)
	fire(t, s)
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0])))
	asks(t, s, "quiz", "@TGS#1", after("pending", time.Minute))

	e, err := s.Erase(t.Context(), "main", "minji", ann)
	must(t, err)
	// e1 to e3, e6 which was made of the timer that named minji; that timer and the two before.
	if want := (chat.Erased{Events: 4, Messages: 2, Timers: 3}); e.Counts != want {
		t.Errorf("erased %+v, want %+v", e.Counts, want)
	}
	if len(e.Waiting) != 1 || e.Waiting[0] != 8 {
		t.Errorf("waiting: %v", e.Waiting)
	}
	text := everything(t, s)
	for line := range strings.Lines(text) {
		if strings.Contains(line, "minji") && !strings.Contains(line, `{"answer":"B"}`) && !strings.Contains(line, "pending") {
			t.Errorf("left: %s", line)
		}
	}
	if !strings.Contains(text, `{"user":"boss"}`) {
		t.Errorf("somebody else's is gone:\n%s", text)
	}
}
