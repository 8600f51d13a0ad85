package audience_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"
	"pgregory.net/rapid"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

const hour = time.Hour

func TestAGroupThatIsSaidToBeAnotherIsReadAgain(t *testing.T) {
	s, clock := room(), clockwork.NewFakeClock()
	d := audience.NewDirectory(s, clock)
	read := func(wantReads int) chat.Membership {
		t.Helper()
		m, err := d.Read(t.Context(), "g", hour)
		if err != nil || s.calls("members") != wantReads {
			t.Fatalf("read %d times, want %d: %v", s.calls("members"), wantReads, err)
		}
		return m
	}
	first := read(1)
	read(1)
	d.Aged("g") // within the same instant
	if m, ok := d.Last("g"); !ok || !m.Equal(first) {
		t.Errorf("the last reading is %+v", m)
	}
	clock.Advance(time.Second)
	if second := read(2); !second.ReadAt.After(first.ReadAt) {
		t.Errorf("read at %v, after %v", second.ReadAt, first.ReadAt)
	}
	read(2)
	d.Aged("other")
	read(2)
	d.Aged("g")
	if _, _, err := d.Recheck(t.Context(), "g", []chat.UserID{"cy"}, hour); err != nil || s.calls("roles") != 1 {
		t.Errorf("roles were read %d times: %v", s.calls("roles"), err)
	}
}

func TestNothingIsKnownOfWhatNobodyAskedFor(t *testing.T) {
	d := audience.NewDirectory(room(), clockwork.NewFakeClock())
	d.Aged("g")
	if m, ok := d.Last("g"); ok {
		t.Errorf("%+v", m)
	}
	s := room()
	s.err = fmt.Errorf("the service is down")
	d = audience.NewDirectory(s, clockwork.NewFakeClock())
	if _, err := d.Read(t.Context(), "g", hour); err == nil {
		t.Error("it was read")
	}
	if m, ok := d.Last("g"); ok {
		t.Errorf("after a reading that failed: %+v", m)
	}
}

// A reading that was under way when the group became another may not show it. It is good
// for who asked before, and not for who asks after.
func TestAReadingUnderWayIsTooOldForWhoAsksLater(t *testing.T) {
	s := room()
	s.entered, s.release = make(chan struct{}), make(chan struct{})
	d := audience.NewDirectory(s, clockwork.NewFakeClock())
	var all sync.WaitGroup
	ask := func() {
		all.Go(func() {
			if _, err := d.Read(t.Context(), "g", hour); err != nil {
				t.Error(err)
			}
		})
	}
	ask()
	<-s.entered
	d.Aged("g")
	ask()
	s.release <- struct{}{} // the first reading ends, and only then another one begins
	<-s.entered
	s.release <- struct{}{}
	all.Wait()
	if n := s.calls("members"); n != 2 {
		t.Errorf("it was read %d times", n)
	}
	if _, err := d.Read(t.Context(), "g", hour); err != nil || s.calls("members") != 2 {
		t.Errorf("it was read %d times: %v", s.calls("members"), err)
	}
}

// edition is a group whose only member tells how often it has changed.
type edition struct{ n atomic.Int64 }

func (e *edition) Group(context.Context, chat.GroupID) (audience.Group, error) {
	return audience.Group{Type: chat.Work, Members: 1}, nil
}

func (e *edition) Members(context.Context, chat.GroupID, ...chat.Role) ([]chat.Member, error) {
	n := e.n.Load()
	time.Sleep(50 * time.Microsecond) // the answer is on its way
	return []chat.Member{{ID: chat.UserID(fmt.Sprint(n)), Role: chat.Normal}}, nil
}

func (e *edition) Roles(ctx context.Context, g chat.GroupID, _ []chat.UserID) ([]chat.Member, error) {
	return e.Members(ctx, g)
}

func (e *edition) Profiles(ctx context.Context, g chat.GroupID, _ chat.Facts) ([]chat.Member, error) {
	return e.Members(ctx, g)
}

func (e *edition) ProfilesOf(ctx context.Context, g chat.GroupID, _ []chat.UserID, _ chat.Facts) ([]chat.Member, error) {
	return e.Members(ctx, g)
}

// However many ask while the group changes: nobody who asks after a change was told of
// gets what was before it.
func TestNobodyGetsWhatWasBeforeAChangeThatWasTold(t *testing.T) {
	e := new(edition)
	d := audience.NewDirectory(e, clockwork.NewFakeClock())
	if _, err := d.Read(t.Context(), "g", hour); err != nil {
		t.Fatal(err)
	}
	var told, over atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for over.Load() == 0 {
				least := told.Load()
				m, err := d.Read(t.Context(), "g", hour)
				var got int64
				if err == nil {
					_, err = fmt.Sscan(string(m.Members[0].ID), &got)
				}
				if err != nil || got < least {
					t.Errorf("got %d after %d was told: %v", got, least, err)
					return
				}
			}
		})
	}
	for range 300 {
		n := e.n.Add(1)
		d.Aged("g")
		told.Store(n)
		time.Sleep(100 * time.Microsecond)
	}
	over.Store(1)
	all.Wait()
}

// Whatever is said and asked, and however the clock goes: an answer is as young as was
// asked for, and younger than what was told last.
func TestAnAnswerIsYoungEnoughAndKnowsWhatWasTold(t *testing.T) {
	shared := 0
	rapid.Check(t, func(t *rapid.T) {
		e, clock := new(edition), clockwork.NewFakeClock()
		d := audience.NewDirectory(e, clock)
		var told int64
		began := false
		before := chat.Membership{}
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0:
				clock.Advance(time.Duration(rapid.IntRange(-2, 5).Draw(t, "seconds")) * time.Second)
			case 1:
				e.n.Add(1)
			case 2:
				if d.Aged("g"); began {
					told = e.n.Load()
				}
			default:
				maxAge := time.Duration(rapid.IntRange(0, 4).Draw(t, "age")) * time.Second
				m, err := d.Read(context.Background(), "g", maxAge)
				if err != nil {
					t.Fatal(err)
				}
				var got int64
				if _, err := fmt.Sscan(string(m.Members[0].ID), &got); err != nil {
					t.Fatal(err)
				}
				if age := clock.Since(m.ReadAt); age > maxAge || age < 0 || got < told {
					t.Fatalf("%v old, %v asked for; of %d, and %d was told", age, maxAge, got, told)
				}
				if maxAge == 0 && got != e.n.Load() {
					t.Fatalf("asked for what is now, %d, got %d", e.n.Load(), got)
				}
				if began && m.Equal(before) {
					shared++
				}
				before, began = m, true
				if last, ok := d.Last("g"); !ok || !last.Equal(m) {
					t.Fatalf("the last reading is %+v", last)
				}
			}
		}
	})
	if shared == 0 {
		t.Error("no reading served twice")
	}
}
