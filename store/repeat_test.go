package store

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/botd-chat/botd/chat"
)

// posted is what a hook hands over.
func posted(key, body string, rule chat.SameBody, groups ...chat.GroupID) chat.Arrival {
	a := arrival(key, groups...)
	a.Body, a.SameBody = body, rule
	a.Origin = &chat.Origin{Hook: "h", Scheme: "github", ID: key}
	return a
}

func TestARepeatIsOneForAsLongAsItSays(t *testing.T) {
	s, clock := newStore(t)
	a := arrival("k", "g")
	a.Within = 5 * time.Minute
	first := accept(t, s, a)
	clock.move(5 * time.Minute)
	if r := accept(t, s, a); !r.Repeated || r.ID != first.ID {
		t.Errorf("five minutes later: %+v", r)
	}
	clock.move(time.Second)
	second := accept(t, s, a)
	if second.Repeated || second.ID == first.ID {
		t.Errorf("a second more: %+v", second)
	}
	if r := accept(t, s, a); !r.Repeated || r.ID != second.ID {
		t.Errorf("again: %+v", r)
	}
	a.Within = 0
	clock.move(time.Hour)
	if r := accept(t, s, a); !r.Repeated {
		t.Errorf("an hour later, with a key that stays: %+v", r)
	}
}

func TestAKeyIsForOneContent(t *testing.T) {
	s, _ := newStore(t)
	a := arrival("k", "g")
	a.Print = "one"
	first := accept(t, s, a)
	if r := accept(t, s, a); !r.Repeated || r.ID != first.ID {
		t.Errorf("the same: %+v", r)
	}
	a.Print = "another"
	if _, err := s.Accept(t.Context(), a); !errors.Is(err, ErrReused) {
		t.Errorf("another content: %v", err)
	}
	a.Groups = []chat.GroupID{"g2"}
	if _, err := s.Accept(t.Context(), a); !errors.Is(err, ErrReused) {
		t.Errorf("another content for another group: %v", err)
	}
	a.Print = ""
	if r := accept(t, s, a); r.Repeated || r.ID != first.ID {
		t.Errorf("nobody looks: %+v", r)
	}
}

func TestTheSameBodyUnderAnotherID(t *testing.T) {
	for _, tt := range []struct {
		rule     chat.SameBody
		repeated bool
		same     chat.EventID
	}{
		{chat.SameBodyTake, false, 0}, {chat.SameBodyFlag, false, 1}, {chat.SameBodyDrop, true, 0},
	} {
		t.Run(string(tt.rule), func(t *testing.T) {
			s, _ := newStore(t)
			first := accept(t, s, posted("a", "digest", tt.rule, "g"))
			for _, key := range []string{"b", "c"} {
				r := accept(t, s, posted(key, "digest", tt.rule, "g"))
				if r.Repeated != tt.repeated || tt.repeated && r.ID != first.ID {
					t.Errorf("under %s: %+v", key, r)
				}
				if again := accept(t, s, posted(key, "digest", tt.rule, "g")); !again.Repeated || again.ID != r.ID || !cmp.Equal(again.Events, r.Events) {
					t.Errorf("under %s again: %+v after %+v", key, again, r)
				}
				h, err := s.History(t.Context(), r.Events[0])
				if err != nil || h.Event.Origin == nil || h.Event.Origin.SameAs != tt.same {
					t.Errorf("under %s: origin %+v, %v", key, h.Event.Origin, err)
				}
			}
			if r := accept(t, s, posted("d", "another", tt.rule, "g")); r.Repeated || r.ID == first.ID {
				t.Errorf("another body: %+v", r)
			}
			if r := accept(t, s, posted("e", "digest", tt.rule, "g2")); r.Repeated {
				t.Errorf("another group: %+v", r)
			}
		})
	}
}

func TestAllOrNothingOfABatch(t *testing.T) {
	s, _ := newStore(t)
	receipts, err := s.AcceptAll(t.Context(), []chat.Arrival{arrival("a", "g"), arrival("b", "g"), arrival("a", "g")})
	if err != nil {
		t.Fatal(err)
	}
	if receipts[0].ID == receipts[1].ID || receipts[2].ID != receipts[0].ID || !receipts[2].Repeated || receipts[0].Events[0] > receipts[1].Events[0] {
		t.Errorf("receipts %+v", receipts)
	}
	reused := arrival("a", "g")
	reused.Print = "x"
	first := arrival("p", "g")
	first.Print = "y"
	bad := first
	bad.Print = "z"
	if _, err := s.AcceptAll(t.Context(), []chat.Arrival{arrival("c", "g"), first, bad}); !errors.Is(err, ErrReused) {
		t.Fatal(err)
	}
	for _, key := range []string{"c", "p"} {
		if r := accept(t, s, arrival(key, "g")); r.Repeated {
			t.Errorf("%s was kept of a batch that was refused: %+v", key, r)
		}
	}
	if _, err := s.AcceptAll(t.Context(), nil); err == nil {
		t.Error("an empty batch was accepted")
	}
}

func TestAnOriginStaysWithWhatComesOfTheEvent(t *testing.T) {
	s, clock := newStore(t)
	a := posted("k", "", "", "g")
	a.Origin.Credential = "ci"
	a.Origin.Ceiling = &chat.Ceiling{Audience: &chat.Admins, Recipients: 3}
	r := accept(t, s, a)
	work, _, err := s.TakeEvents(t.Context(), 1, time.Minute)
	if err != nil || len(work) != 1 {
		t.Fatalf("took %d events: %v", len(work), err)
	}
	if diff := cmp.Diff(a.Origin, work[0].Event.Origin); diff != "" {
		t.Error("taken: " + diff)
	}
	end := done(work[0])
	end.Timers = []chat.Later{after("closing", time.Minute)}
	if err := s.EndEvent(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	clock.move(time.Hour)
	fired, _, err := s.FireTimers(t.Context(), 10)
	if err != nil || len(fired) != 1 {
		t.Fatalf("fired %d timers: %v", len(fired), err)
	}
	again, err := s.ReplayEvent(t.Context(), r.Events[0], ann)
	if err != nil {
		t.Fatal(err)
	}
	for name, id := range map[string]chat.EventID{"the event": r.Events[0], "its timer's": fired[0].Made, "its replay": again.Events[0]} {
		h, err := s.History(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a.Origin, h.Event.Origin); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
