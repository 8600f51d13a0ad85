package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/leaks"
)

var _ leaks.Store = (*Store)(nil)

// leaked is a message that was seen half a minute before it was found.
func leaked(clock *hand, seq uint32) chat.Leak {
	return chat.Leak{App: "main", Group: "@TGS#1", MsgSeq: seq, Random: seq * 7, Sender: "minji",
		Shown: clock.now().Add(-30 * time.Second), Found: clock.now(), FoundBy: chat.FoundBySweep}
}

func keep(t testing.TB, s *Store, l chat.Leak, keys ...string) chat.Leak {
	t.Helper()
	var list []chat.Arrival
	for _, key := range keys {
		a := held(key, l.Group)
		a.Bot, a.Revive = chat.BotName("bot "+key), true
		list = append(list, a)
	}
	kept, known, err := s.KeepLeak(t.Context(), l, list)
	must(t, err)
	if known {
		t.Fatalf("leak %s is known", kept.ID)
	}
	return kept
}

func takeLeaks(t testing.TB, s *Store) (ids string, next time.Time) {
	t.Helper()
	list, next, err := s.TakeLeaks(t.Context(), 2, time.Minute)
	must(t, err)
	for _, l := range list {
		ids += fmt.Sprint(l.ID, l.Events, " ")
	}
	return strings.TrimSpace(ids), next
}

// takenBack is a leak whose message was taken back.
func takenBack(l chat.Leak, clock *hand) chat.Leak {
	l.Result, l.Ended, l.Attempts = chat.Recalled, clock.now(), l.Attempts+1
	return l
}

func TestALeakIsKeptWithWhatItMeans(t *testing.T) {
	s, clock := newStore(t)
	had := accept(t, s, func() chat.Arrival { a := held("a", "@TGS#1"); a.Bot = "bot a"; return a }())
	l := leaked(clock, 7)
	kept := keep(t, s, l, "a", "b")
	want := l
	want.ID, want.Events, want.Due = 1, []chat.EventID{had.Events[0], 2}, clock.now()
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("kept:\n%s", diff)
	}
	clock.move(time.Second)
	again, known, err := s.KeepLeak(t.Context(), l, []chat.Arrival{held("c", "@TGS#1")})
	if err != nil || !known || !cmp.Equal(again, want) {
		t.Errorf("found again: %+v, %t, %v", again, known, err)
	}
	anew := l
	anew.Random++ // the group was made anew, and has its numbers again
	if second := keep(t, s, anew, "d"); second.ID != 2 {
		t.Errorf("of a group made anew: %+v", second)
	}
	if n, err := s.CountEvents(t.Context(), Filter{}); err != nil || n != 3 {
		t.Errorf("%d events (%v)", n, err)
	}
	h, err := s.History(t.Context(), 2)
	must(t, err)
	if !cmp.Equal(h.Leaks, []chat.Leak{want}) {
		t.Errorf("its event tells of %+v", h.Leaks)
	}
	if c, err := s.Counts(t.Context()); err != nil || c.Leaks.Ready != 2 || c.Leaks.Age != 31*time.Second {
		t.Errorf("counted %+v, %v", c.Leaks, err)
	}
	// One that no bot can take is to be taken back all the same.
	alone, known, err := s.KeepLeak(t.Context(), leaked(clock, 8), nil)
	if err != nil || known || alone.ID == 0 || len(alone.Events) != 0 {
		t.Errorf("without an event: %+v, %t, %v", alone, known, err)
	}
	if _, known, err := s.KeepLeak(t.Context(), leaked(clock, 8), nil); err != nil || !known {
		t.Errorf("again: %t, %v", known, err)
	}
	alone.Result, alone.Ended = chat.Recalled, clock.now()
	must(t, s.EndLeak(t.Context(), alone, chat.Message{To: chat.Admins, Text: "it is gone"}))
}

func TestALeakIsTriedUntilItEnds(t *testing.T) {
	s, clock := newStore(t)
	a := keep(t, s, leaked(clock, 1), "a")
	clock.move(time.Second)
	b := keep(t, s, leaked(clock, 2), "b")
	keep(t, s, leaked(clock, 3), "c")
	ids, _ := takeLeaks(t, s)
	if ids != "l1 [e1] l2 [e2]" && ids != "l1[e1] l2[e2]" {
		t.Errorf("taken: %s", ids)
	}
	if ids, next := takeLeaks(t, s); !strings.HasPrefix(ids, "l3") || !next.Equal(clock.now().Add(time.Minute)) {
		t.Errorf("taken: %s, and then at %s", ids, next)
	}
	a.Attempts, a.Due, a.Code, a.Error = 1, clock.now().Add(5*time.Second), 10002, "busy"
	must(t, s.EndLeak(t.Context(), a, chat.Message{}))
	b = takenBack(b, clock)
	must(t, s.EndLeak(t.Context(), b, chat.Message{}))
	if ids, next := takeLeaks(t, s); ids != "" || !next.Equal(a.Due) {
		t.Errorf("taken: %s, and then at %s", ids, next)
	}
	clock.move(5 * time.Second)
	list, _, err := s.TakeLeaks(t.Context(), 9, time.Minute)
	must(t, err)
	if len(list) != 1 || list[0].Attempts != 1 || list[0].Code != 10002 || list[0].Error != "busy" || list[0].Events[0] != 1 {
		t.Errorf("taken again: %+v", list)
	}
	if err := s.EndLeak(t.Context(), b, chat.Message{}); !errors.Is(err, ErrNotNow) {
		t.Errorf("it ended twice: %v", err)
	}
	for name, l := range map[string]chat.Leak{
		"not kept":             takenBack(chat.Leak{ID: 99}, clock),
		"unclear":              {ID: a.ID, Result: chat.RecallOpen, Ended: clock.now()},
		"without a result":     {ID: a.ID, Ended: clock.now()},
		"with one too early":   {ID: a.ID, Result: chat.Recalled},
		"with an empty notice": takenBack(chat.Leak{ID: 99}, clock),
	} {
		if err := s.EndLeak(t.Context(), l, chat.Message{}); err == nil {
			t.Errorf("one that is %s ended", name)
		}
	}
	if err := s.EndLeak(t.Context(), takenBack(a, clock), chat.Message{Text: "to nobody"}); err == nil {
		t.Error("a notice to nobody was kept")
	}
	clock.move(time.Hour)
	if ids, _ := takeLeaks(t, s); !strings.Contains(ids, "l1") {
		t.Errorf("what failed changed something: taken %s", ids)
	}
}

// A process that dies while it takes a message back leaves it for all to see.
func TestALeakIsDueAtTheStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "botd.db")
	clock := newHand()
	s := openAt(t, path, clock.now)
	keep(t, s, leaked(clock, 7), "a")
	if ids, _ := takeLeaks(t, s); ids != "l1 [e1]" {
		t.Errorf("taken: %s", ids)
	}
	must(t, s.Close())
	s = openAt(t, path, clock.now)
	if ids, _ := takeLeaks(t, s); ids != "l1 [e1]" {
		t.Errorf("taken after the start: %q", ids)
	}
}

func TestWhatIsSaidOfALeakIsSaidByItsEvents(t *testing.T) {
	s, clock := newStore(t)
	l := keep(t, s, leaked(clock, 1), "a", "b")
	must(t, s.EndEvent(t.Context(), done(takeEvents(t, s, 1)[0], chat.Admins.Say("an answer")...))) // of the first
	clock.move(time.Hour)
	notice := chat.Message{To: chat.Admins, Text: "It could be seen.", Priority: chat.High}
	must(t, s.EndLeak(t.Context(), takenBack(l, clock), notice))
	for i, id := range l.Events {
		h, err := s.History(t.Context(), id)
		must(t, err)
		last := h.Messages[len(h.Messages)-1]
		if !cmp.Equal(last.Message, notice) || last.Status != chat.Ready || last.Bot != h.Event.Bot || last.Sender != "minji" || last.Group != "@TGS#1" {
			t.Errorf("event %s says %+v", id, last)
		}
		if len(h.Messages) != 3-i || h.Leaks[0].Result != chat.Recalled {
			t.Errorf("event %s has %d messages: %+v", id, len(h.Messages), h.Leaks)
		}
	}
	soundLanes(t, s)
}

func TestLeaksAreListed(t *testing.T) {
	s, clock := newStore(t)
	for i := range uint32(5) {
		l := leaked(clock, i+1)
		if i == 4 {
			l.Group = "@TGS#2"
		}
		l = keep(t, s, l, fmt.Sprint(i))
		switch i {
		case 0:
			must(t, s.EndLeak(t.Context(), takenBack(l, clock), chat.Message{}))
		case 1:
			l.Result, l.Ended = chat.NotRecalled, clock.now()
			must(t, s.EndLeak(t.Context(), l, chat.Message{}))
		}
	}
	for _, c := range []struct {
		name string
		ask  LeakQuery
		want string
		next chat.LeakID
	}{
		{"all", LeakQuery{}, "5 4 3 2 1", 0},
		{"a page", LeakQuery{Limit: 2}, "5 4", 4},
		{"the next", LeakQuery{Limit: 2, After: 4}, "3 2", 2},
		{"those that may still be seen", LeakQuery{Open: true}, "5 4 3 2", 0},
		{"of a group", LeakQuery{Group: "@TGS#2"}, "5", 0},
		{"of a bot", LeakQuery{Bot: "bot 2"}, "3", 0},
		{"of a bot that has none", LeakQuery{Bot: "bot"}, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			list, next, err := s.Leaks(t.Context(), c.ask)
			must(t, err)
			var ids []string
			for _, l := range list {
				ids = append(ids, fmt.Sprint(int64(l.ID)))
				if len(l.Events) != 1 || l.Events[0] != chat.EventID(l.ID) {
					t.Errorf("leak %s has the events %v", l.ID, l.Events)
				}
			}
			if got := strings.Join(ids, " "); got != c.want || next != c.next {
				t.Errorf("listed %q, then after %s", got, next)
			}
		})
	}
}

func TestUpToWhereAGroupWasLookedThrough(t *testing.T) {
	s, clock := newStore(t)
	if n, ok, err := s.Swept(t.Context(), "main", "g"); n != 0 || ok || err != nil {
		t.Errorf("before: %d, %t, %v", n, ok, err)
	}
	for _, later := range []time.Duration{0, time.Hour} {
		first, err := s.WatchedSince(t.Context(), "main", "g", clock.now().Add(later))
		if must(t, err); !first.Equal(clock.now()) {
			t.Errorf("watched since %v, want %v", first, clock.now())
		}
	}
	if n, ok, err := s.Swept(t.Context(), "main", "g"); n != 0 || ok || err != nil {
		t.Errorf("watched, and not looked through: %d, %t, %v", n, ok, err)
	}
	for _, seq := range []uint32{7, 1<<32 - 1, 3} { // made anew
		must(t, s.KeepSwept(t.Context(), "main", "g", seq))
		if n, ok, err := s.Swept(t.Context(), "main", "g"); n != seq || !ok || err != nil {
			t.Errorf("%d, %t, %v", n, ok, err)
		}
	}
	if _, ok, err := s.Swept(t.Context(), "other", "g"); ok || err != nil {
		t.Errorf("of another application: %t, %v", ok, err)
	}
}

func TestLeaksGoAfterTheirEvents(t *testing.T) {
	path, clock := filepath.Join(t.TempDir(), "botd.db"), newHand()
	s := openAt(t, path, clock.now)
	l := keep(t, s, leaked(clock, 1), "a")
	finish := func() {
		t.Helper()
		for _, w := range takeEvents(t, s, 9) {
			must(t, s.EndEvent(t.Context(), done(w)))
		}
		for _, w := range takeMessages(t, s, 9) {
			must(t, s.EndRound(t.Context(), chat.Round{Lease: w.Lease, Message: w.Message.ID, End: &chat.MessageEnd{Status: chat.Done, Outcome: chat.Nobody}}))
		}
	}
	finish()
	clock.move(1000 * time.Hour)
	all := Retention{Done: clock.now(), Dead: clock.now()}
	if sum := retire(t, s, all); sum.Events+sum.Leaks != 0 {
		t.Errorf("deleted %+v although the message is still to be taken back", sum)
	}
	must(t, s.EndLeak(t.Context(), takenBack(l, clock), chat.Admins.Say("It could be seen.")[0]))
	if sum := retire(t, s, all); sum.Events+sum.Leaks != 0 {
		t.Errorf("deleted %+v although somebody is still to be told", sum)
	}
	finish()
	clock.move(1000 * time.Hour)
	all.Done = clock.now()
	if sum := retire(t, s, all); sum.Events != 1 || sum.Messages != 2 || sum.Leaks != 1 {
		t.Errorf("deleted %+v", sum)
	}
	// It is known no more. Its key is, and there is no event to tell anybody by.
	l = keep(t, s, leaked(clock, 1), "a")
	if len(l.Events) != 0 {
		t.Errorf("its events are %v", l.Events)
	}
	must(t, s.EndLeak(t.Context(), takenBack(l, clock), chat.Admins.Say("It could be seen.")[0]))
	for _, f := range examine(t, path, clock.now()) {
		if f.Problem != "" {
			t.Errorf("%s: %s", f.Check, f.Problem)
		}
	}
	clock.move(time.Hour)
	if sum := retire(t, s, Retention{Done: clock.now()}); sum.Leaks != 1 {
		t.Errorf("deleted %+v", sum)
	}
}

func TestAUserIsErasedFromLeaks(t *testing.T) {
	s, clock := newStore(t)
	open, other := keep(t, s, leaked(clock, 1), "a"), leaked(clock, 2)
	other.Sender = "minjix"
	other = keep(t, s, other, "b")
	ended := leaked(clock, 3)
	ended = takenBack(keep(t, s, ended, "c"), clock)
	ended.Error = "no account minji"
	for _, l := range []chat.Leak{takenBack(other, clock), ended} {
		must(t, s.EndLeak(t.Context(), l, chat.Message{}))
	}
	e, err := s.Erase(t.Context(), "main", "minji", ann)
	must(t, err)
	if e.Counts.Leaks != 1 || len(e.Waiting) != 3 {
		t.Errorf("erased %+v, waiting: %v", e.Counts, e.Waiting)
	}
	list, _, err := s.Leaks(t.Context(), LeakQuery{})
	must(t, err)
	if got := fmt.Sprint(list[0].Sender, list[1].Sender, list[2].Sender); got != fmt.Sprint(e.Token, "minjix", "minji") {
		t.Errorf("senders: %s", got)
	}
	if list[0].Error != "no account "+string(e.Token) {
		t.Errorf("it says %q", list[0].Error)
	}
	must(t, s.EndLeak(t.Context(), takenBack(open, clock), chat.Message{}))
	if again, err := s.Erase(t.Context(), "main", "minji", ann); err != nil || again.Counts.Leaks != 1 {
		t.Errorf("when it is over: %+v, %v", again.Counts, err)
	}
}

func TestLeaksAfterTheClockWasSetBack(t *testing.T) {
	s, clock := newStore(t)
	l := keep(t, s, leaked(clock, 1), "a")
	clock.move(time.Hour)
	accept(t, s, arrival("", "g")) // somebody looks at the clock
	l.Attempts, l.Due = 1, clock.now().Add(time.Second)
	must(t, s.EndLeak(context.Background(), l, chat.Message{}))
	clock.move(-time.Hour)
	if ids, next := takeLeaks(t, s); ids != "" || !next.Equal(clock.now().Add(time.Second)) {
		t.Errorf("taken: %s, and then at %s", ids, next)
	}
}

func TestWhatIsNotWatchedAnyMoreIsForgotten(t *testing.T) {
	s, _ := newStore(t)
	for _, g := range []chat.GroupID{"a", "b", "c"} {
		must(t, s.KeepSwept(t.Context(), "main", g, 7))
	}
	must(t, s.KeepSwept(t.Context(), "other", "a", 7))
	n, err := s.ForgetSwept(t.Context(), func(app chat.AppName, g chat.GroupID) bool { return app == "main" && g != "b" })
	if n != 2 || err != nil {
		t.Errorf("forgot %d, %v", n, err)
	}
	for at, want := range map[string]bool{"main a": true, "main b": false, "main c": true, "other a": false} {
		app, g, _ := strings.Cut(at, " ")
		if _, ok, err := s.Swept(t.Context(), chat.AppName(app), chat.GroupID(g)); ok != want || err != nil {
			t.Errorf("%s: %v, %v", at, ok, err)
		}
	}
}
