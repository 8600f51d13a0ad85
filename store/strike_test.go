package store

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/botd-chat/botd/chat"
)

func TestTimesThatAreLeftOut(t *testing.T) {
	s, clock := newStore(t)
	r := synced(t, s, daily("a"))[0]
	nine := clock.now()
	at := func(minutes int) time.Time { return nine.Add(time.Duration(minutes) * time.Minute) }
	again := func() chat.ScheduleRecord { return schedule(t, s, r.ID) }
	clock.move(time.Hour)
	// Those in a row for one reason are one row, and others are not.
	strike(t, s, leftOut(again(), at(1), chat.FiringMissed, "botd was down"))
	many := leftOut(again(), at(4), chat.FiringMissed, "botd was down")
	many.Firings[0].Meant, many.Firings[0].Last, many.Firings[0].Count = at(2), at(4), 3
	got := strike(t, s, many)[0]
	if f := got.Firings[0]; !f.Meant.Equal(at(2)) || !f.Last.Equal(at(4)) || f.Count != 3 || !f.Done.Equal(clock.now()) || got.Repeated[0] {
		t.Errorf("what was decided: %+v", f)
	}
	strike(t, s, leftOut(again(), at(5), chat.FiringMissed, "another reason"))
	strike(t, s, leftOut(again(), at(6), chat.FiringQuiet, "another reason"))
	strike(t, s, striken(again(), at(7), "@TGS#1"))
	strike(t, s, leftOut(again(), at(8), chat.FiringQuiet, "another reason"))
	if got := fired(t, s, r.ID); got != "09:08 quiet, 09:07 underway, 09:06 quiet, 09:05 missed, 09:01-09:04x4 missed" {
		t.Errorf("fired: %s", got)
	}
	// Struck later by a person: alone, its row becomes that of what then came.
	for _, minute := range []int{5, 1, 3} {
		st := striken(r, at(minute), "@TGS#1")
		st.After, st.Until, st.By = time.Time{}, time.Time{}, &ann
		if got := strike(t, s, st)[0]; got.Lost || got.Repeated[0] {
			t.Errorf("09:0%d is made up: %+v", minute, got)
		}
		if got := strike(t, s, st)[0]; !got.Repeated[0] {
			t.Errorf("09:0%d is made up twice: %+v", minute, got)
		}
	}
	if got := fired(t, s, r.ID); got != "09:08 quiet, 09:07 underway, 09:06 quiet, 09:05 underway, 09:03 underway, 09:01 underway, 09:01-09:04x4 missed" {
		t.Errorf("fired: %s", got)
	}
	// Many in a row that are there already stay as they are.
	must(t, s.SetSchedulesBack(t.Context(), at(4)))
	must(t, s.tx(t.Context(), func(q *tx) error { _, err := q.exec(beginSchedule, micros(nine), int64(r.ID)); return err }))
	many.After, many.Until, many.Firings[0].Meant, many.Firings[0].Count = nine, at(8), at(1), 1
	many.Firings[0].Last = at(1)
	if got := strike(t, s, many)[0]; !got.Repeated[0] {
		t.Errorf("left out once more: %+v", got)
	}
	if r := again(); !r.Decided.Equal(at(8)) {
		t.Errorf("by hand, nothing is decided: %v", r.Decided)
	}
}

func TestStrikesThatMakeNoSense(t *testing.T) {
	s, clock := newStore(t)
	r := synced(t, s, daily("a"))[0]
	now := clock.now().Add(time.Minute)
	for name, spoil := range map[string]func(*chat.Strike){
		"has none to make":       func(st *chat.Strike) { st.Firings[0].Arrival = nil },
		"and stands for 2":       func(st *chat.Strike) { st.Firings[0].Count = 2 },
		"names at least one":     func(st *chat.Strike) { st.Firings[0].Arrival.Groups = nil },
		"would be only up to":    func(st *chat.Strike) { st.Until = st.After.Add(-1) },
		"a time meant from 2026": func(st *chat.Strike) { st.Firings[0].Last = now.Add(-1) },
	} {
		st := striken(r, now, "@TGS#1")
		spoil(&st)
		if _, err := s.Strike(t.Context(), []chat.Strike{st}); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "schedule s1") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := countEvents(t, s); n != 0 {
		t.Errorf("%d events", n)
	}
}

// One that is lost does not keep the others from being stored.
func TestStrikesTogether(t *testing.T) {
	s, clock := newStore(t)
	all := synced(t, s, daily("a"), daily("b"), daily("c"))
	now := clock.now().Add(time.Minute)
	strike(t, s, leftOut(all[1], now, chat.FiringMissed, "x"))
	got := strike(t, s, striken(all[0], now, "@TGS#1"), striken(all[1], now, "@TGS#1"), striken(all[2], now, "@TGS#1"), chat.Strike{Schedule: 99, Until: now})
	for i, lost := range []bool{false, true, false, true} {
		if got[i].Lost != lost {
			t.Errorf("%d: %+v", i, got[i])
		}
	}
	if w := takeEvents(t, s, 9); len(w) != 1 || countEvents(t, s) != 2 {
		t.Errorf("in one lane: %+v", w)
	}
}

func TestOverlap(t *testing.T) {
	s, clock := newStore(t)
	r := synced(t, s, daily("a"))[0]
	skip := func(groups ...chat.GroupID) chat.Firing {
		t.Helper()
		clock.move(time.Minute)
		st := striken(schedule(t, s, r.ID), clock.now(), groups...)
		st.Firings[0].Overlap = chat.OverlapSkip
		return strike(t, s, st)[0].Firings[0]
	}
	if f := skip("@TGS#1", "@TGS#2"); f.Outcome != chat.FiringUnderway || f.Reason != "" {
		t.Fatalf("the first: %+v", f)
	}
	if f := skip("@TGS#1", "@TGS#2"); f.Outcome != chat.FiringOverlapped || f.Receipt != "" || f.Reason != "what came of a time before is not over in @TGS#1, @TGS#2" {
		t.Errorf("both are busy: %+v", f)
	}
	w := takeEvents(t, s, 9)
	must(t, s.EndEvent(t.Context(), done(w[0], chat.Admins.Say("hello")...)))
	must(t, s.EndEvent(t.Context(), done(w[1])))
	if f := skip("@TGS#1", "@TGS#2"); f.Outcome != chat.FiringUnderway || len(f.Events) != 1 || f.Reason != "left out in some groups: what came of a time before is not over in @TGS#1" {
		t.Errorf("a message is on its way in one: %+v", f)
	}
	sending(t, s, "boss")
	if f := skip("@TGS#1"); f.Outcome != chat.FiringUnderway || f.Reason != "" {
		t.Errorf("it was sent: %+v", f)
	}
	// One that queues does not ask.
	clock.move(time.Minute)
	if f := strike(t, s, striken(schedule(t, s, r.ID), clock.now(), "@TGS#1"))[0].Firings[0]; f.Outcome != chat.FiringUnderway {
		t.Errorf("it waits its turn: %+v", f)
	}
	// What another schedule has under way is no matter.
	b := synced(t, s, daily("a"), daily("b"))[1]
	st := striken(b, clock.now(), "@TGS#1")
	st.Firings[0].Overlap = chat.OverlapSkip
	if f := strike(t, s, st)[0].Firings[0]; f.Outcome != chat.FiringUnderway {
		t.Errorf("another schedule: %+v", f)
	}
}

func TestAClockThatWasAhead(t *testing.T) {
	s, clock := newStore(t)
	r := synced(t, s, daily("a"))[0]
	nine := clock.now()
	at := func(minutes int) time.Time { return nine.Add(time.Duration(minutes) * time.Minute) }
	clock.move(24 * time.Hour)
	hand, err := s.CreateSchedule(t.Context(), party(), ann)
	must(t, err)
	st := striken(r, at(90), "@TGS#1")
	st.Firings = append([]chat.Planned{{Meant: at(1), Last: at(60), Count: 60, Outcome: chat.FiringMissed, Reason: "x"},
		{Meant: at(70), Outcome: chat.FiringQuiet}}, st.Firings...)
	strike(t, s, st)
	<-s.SchedulesChanged()
	clock.move(at(31).Sub(clock.now()))
	must(t, s.Ping(t.Context()))
	accept(t, s, arrival("k", "@TGS#1")) // which looks at the clock
	isTold(t, s)
	if r := schedule(t, s, r.ID); !r.Decided.Equal(at(31)) || !r.Started.Equal(nine) {
		t.Errorf("decided up to %v, started %v", r.Decided, r.Started)
	}
	if h := schedule(t, s, hand.ID); !h.Started.Equal(at(31)) || !h.Decided.Equal(at(31)) {
		t.Errorf("one that was made meanwhile begins now: %+v", h)
	}
	if got := fired(t, s, r.ID); got != "10:30 underway, 09:01-09:31x31 missed" {
		t.Errorf("fired: %s", got)
	}
}

// Whatever sequence of decisions, clocks set back, repeats and restarts: each time
// makes events once at most, and what is said to be stored is.
func TestStrikesHoldOnWhateverComes(t *testing.T) {
	path, clock := filepath.Join(t.TempDir(), "botd.db"), newHand()
	open := func() (s *Store) {
		s, err := Open(t.Context(), Options{URL: "sqlite:" + path, Clock: clock.now})
		must(t, err)
		return s
	}
	s, n := open(), 0
	defer func() { must(t, s.Close()) }()
	rapid.Check(t, func(t *rapid.T) {
		n++
		name := chat.TriggerName(fmt.Sprint("a", n)) // each its own
		_, err := s.SyncSchedules(t.Context(), []chat.ScheduleSpec{daily(name)})
		if err != nil {
			t.Fatal(err)
		}
		made := map[time.Time]chat.EventID{}
		var last []chat.Strike
		for range rapid.IntRange(1, 15).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0:
				clock.move(time.Duration(rapid.IntRange(1, 10).Draw(t, "minutes")) * time.Minute)
			case 1:
				back := time.Duration(rapid.IntRange(1, 10).Draw(t, "back")) * time.Minute
				clock.move(-back)
				if err := s.SetSchedulesBack(t.Context(), clock.now()); err != nil {
					t.Fatal(err)
				}
			case 2:
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = open()
			case 3: // once more what was struck before
				checkStrikes(t, s, last, made)
			default:
				all, err := s.Schedules(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				last = nil
				for at := all[0].Decided.Truncate(time.Minute).Add(time.Minute); !at.After(clock.now()); at = at.Add(time.Minute) {
					st := leftOut(all[0], at, chat.FiringMissed, "x")
					if rapid.Bool().Draw(t, "makes events") {
						st = striken(all[0], at, "@TGS#1")
					}
					last = append(last, st)
					all[0].Decided = at
				}
				checkStrikes(t, s, last, made)
			}
		}
		list, _, err := s.Events(t.Context(), Filter{Trigger: name, Limit: 500})
		if err != nil || len(list) != len(made) {
			t.Fatalf("%d events of %d times: %v", len(list), len(made), err)
		}
	})
}

func checkStrikes(t *rapid.T, s *Store, list []chat.Strike, made map[time.Time]chat.EventID) {
	all, err := s.Strike(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range all {
		if got.Lost {
			continue
		}
		f, meant := got.Firings[0], list[i].Firings[0].Meant
		switch {
		case len(f.Events) == 0 && made[meant] != 0:
			t.Fatalf("%v made events, and is left out", meant)
		case len(f.Events) == 0:
		case made[meant] == 0:
			made[meant] = f.Events[0]
		case made[meant] != f.Events[0] || !got.Repeated[0]:
			t.Fatalf("%v made %v, and then %s: %s", meant, made[meant], f.Events[0], fmt.Sprint(got.Repeated))
		}
	}
}
