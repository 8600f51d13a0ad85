package audience_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

// service is the far end: a group that can change, fail and be slow.
type service struct {
	mu      sync.Mutex
	about   audience.Group
	members []chat.Member
	err     error
	asked   []string
	entered chan struct{} // when set: Group says that it was entered …
	release chan struct{} // … and waits for this or its context
}

func (s *service) call(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, name)
	return s.err
}

func (s *service) Group(ctx context.Context, _ chat.GroupID) (audience.Group, error) {
	if s.entered != nil {
		s.entered <- struct{}{}
		select {
		case <-s.release:
		case <-ctx.Done():
			return audience.Group{}, ctx.Err()
		}
	}
	err := s.call("group")
	return s.about, err
}

func (s *service) Members(context.Context, chat.GroupID, ...chat.Role) ([]chat.Member, error) {
	err := s.call("members")
	return s.members, err
}

// Roles answers about more people than it was asked about, as no service should.
func (s *service) Roles(context.Context, chat.GroupID, []chat.UserID) ([]chat.Member, error) {
	err := s.call("roles")
	return s.members, err
}

func (s *service) Profiles(_ context.Context, _ chat.GroupID, facts chat.Facts) ([]chat.Member, error) {
	err := s.call("profiles")
	return knowing(s.members, facts), err
}

func (s *service) ProfilesOf(_ context.Context, _ chat.GroupID, _ []chat.UserID, facts chat.Facts) ([]chat.Member, error) {
	err := s.call("profiles of some")
	return knowing(s.members, facts), err
}

// knowing is what the service tells of them when it is asked for these facts.
func knowing(members []chat.Member, facts chat.Facts) []chat.Member {
	list := slices.Clone(members)
	for i := range list {
		p := chat.Profile{Told: facts}
		if had := list[i].Profile; had != nil && facts.Has(chat.Spoke) {
			p.Spoke = had.Spoke
		}
		if had := list[i].Profile; had != nil && len(facts.Keys()) > 0 {
			p.Fields = had.Fields
		}
		list[i].Profile = &p
	}
	return list
}

func (s *service) calls(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(s.asked), func(x string) bool { return x != name }))
}

func room() *service {
	return &service{
		about:   audience.Group{Type: chat.Work, Owner: "ann", Members: 2},
		members: []chat.Member{member("cy", chat.Normal), member("ann", chat.Owner)},
	}
}

func TestDirectoryReadsAgainWhenTheReadingIsTooOld(t *testing.T) {
	s, clock := room(), clockwork.NewFakeClock()
	d := audience.NewDirectory(s, clock)
	began := clock.Now()
	for _, step := range []struct {
		wait  time.Duration
		reads int
	}{{0, 1}, {audience.DefaultMaxAge, 1}, {time.Millisecond, 2}, {-time.Second, 3}} {
		clock.Advance(step.wait)
		m, err := d.Read(t.Context(), "g", audience.DefaultMaxAge)
		if err != nil || len(m.Members) != 2 || m.Type != chat.Work || m.Members[0].ID != "ann" {
			t.Fatalf("after %s: %+v, %v", step.wait, m, err)
		}
		if n := s.calls("members"); n != step.reads {
			t.Errorf("after %s: read %d times, want %d", step.wait, n, step.reads)
		}
		if step.reads == 1 && !m.ReadAt.Equal(began) {
			t.Errorf("after %s: read at %s, want %s", step.wait, m.ReadAt, began)
		}
	}
}

func TestDirectoryAsksOnceForManyAtOnce(t *testing.T) {
	s := room()
	s.entered, s.release = make(chan struct{}), make(chan struct{})
	d := audience.NewDirectory(s, clockwork.NewFakeClock())
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if m, err := d.Read(t.Context(), "g", audience.DefaultMaxAge); err != nil || len(m.Members) != 2 {
				t.Errorf("%v, %v", m, err)
			}
		})
	}
	<-s.entered
	close(s.release)
	all.Wait()
	if n := s.calls("members"); n != 1 {
		t.Errorf("the members were read %d times, want once", n)
	}
}

func TestAWaitingReaderOutlivesTheOneWhoBegan(t *testing.T) {
	s := room()
	s.entered, s.release = make(chan struct{}), make(chan struct{})
	d := audience.NewDirectory(s, clockwork.NewFakeClock())
	first, leave := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		if _, err := d.Read(first, "g", audience.DefaultMaxAge); !errors.Is(err, context.Canceled) {
			t.Errorf("the first was told %v, want that it was cancelled", err)
		}
	})
	<-s.entered
	all.Go(func() {
		if m, err := d.Read(t.Context(), "g", audience.DefaultMaxAge); err != nil || len(m.Members) != 2 {
			t.Errorf("the second got %v, %v", m, err)
		}
	})
	leave()
	select {
	case <-s.entered: // the second asks in its own name
	case <-time.After(10 * time.Second):
		t.Error("the second did not ask in its own name")
	}
	close(s.release)
	all.Wait()
}

func TestDirectoryNeverTurnsAnErrorIntoAList(t *testing.T) {
	down := errors.New("the service is down")
	s, clock := room(), clockwork.NewFakeClock()
	d := audience.NewDirectory(s, clock)
	if _, err := d.Read(t.Context(), "g", audience.DefaultMaxAge); err != nil {
		t.Fatal(err)
	}
	clock.Advance(time.Minute)
	s.err = down
	if m, err := d.Read(t.Context(), "g", audience.DefaultMaxAge); !errors.Is(err, down) || m.Members != nil {
		t.Errorf("while down: %v, %v; want the error and no list, not the old one", m.Members, err)
	}
	if m, _, err := d.Recheck(t.Context(), "g", []chat.UserID{"ann"}, time.Second); !errors.Is(err, down) || m != nil {
		t.Errorf("checking while down: %v, %v", m, err)
	}
	s.err = nil
	if m, err := d.Read(t.Context(), "g", audience.DefaultMaxAge); err != nil || len(m.Members) != 2 {
		t.Errorf("once it is back: %v, %v", m.Members, err)
	}
}

func TestDirectoryRefusesGroupsThatCannotBeTargeted(t *testing.T) {
	t.Run("a Community by its id, without a question", func(t *testing.T) {
		s := room()
		_, err := audience.NewDirectory(s, clockwork.NewFakeClock()).Read(t.Context(), "@TGS#_big", audience.DefaultMaxAge)
		if !errors.Is(err, audience.ErrUntargetable) || len(s.asked) != 0 {
			t.Errorf("%v after %v", err, s.asked)
		}
	})
	for _, kind := range []chat.GroupType{chat.Community, chat.AVChatRoom, "", "BChatRoom"} {
		t.Run("by type "+string(kind), func(t *testing.T) {
			s := room()
			s.about.Type = kind
			_, err := audience.NewDirectory(s, clockwork.NewFakeClock()).Read(t.Context(), "g", audience.DefaultMaxAge)
			if !errors.Is(err, audience.ErrUntargetable) || s.calls("members") != 0 {
				t.Errorf("%v after %v", err, s.asked)
			}
		})
	}
}

func TestDirectoryRefusesAnImplausibleList(t *testing.T) {
	for _, c := range []struct {
		name    string
		about   audience.Group
		members []chat.Member
		says    string // empty: plausible
	}{
		{"the owner is a plain member", audience.Group{Owner: "ann", Members: 2}, []chat.Member{member("ann", chat.Normal), member("cy", chat.Normal)}, "has no owner"},
		{"the owner is missing", audience.Group{Owner: "ann", Members: 2}, []chat.Member{member("cy", chat.Normal)}, "has no owner"},
		{"somebody else is the owner", audience.Group{Owner: "ann", Members: 2}, []chat.Member{member("ann", chat.Normal), member("cy", chat.Owner)}, `the list says "cy"`},
		{"an empty list of a group with members", audience.Group{Members: 2}, nil, "the list is empty"},
		{"a role that does not exist", audience.Group{Members: 1}, []chat.Member{member("cy", "Boss")}, "Boss"},
		{"a group made without an owner", audience.Group{Members: 1}, []chat.Member{member("cy", chat.Normal)}, ""},
		{"a group that is empty", audience.Group{}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.about.Type = chat.Public
			s := &service{about: c.about, members: c.members}
			d := audience.NewDirectory(s, clockwork.NewFakeClock())
			for range 2 { // also the second time: a refused reading is not kept
				m, err := d.Read(t.Context(), "g", audience.DefaultMaxAge)
				switch {
				case c.says == "" && err != nil:
					t.Errorf("refused: %v", err)
				case c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)):
					t.Errorf("got %v, %v; want an error with %q", m.Members, err, c.says)
				}
			}
		})
	}
}

func TestRecheck(t *testing.T) {
	s, clock := room(), clockwork.NewFakeClock()
	d := audience.NewDirectory(s, clock)
	check := func(want []chat.Member, at time.Time, roles int) {
		t.Helper()
		got, readAt, err := d.Recheck(t.Context(), "g", []chat.UserID{"cy", "zoe"}, time.Second)
		if err != nil || !slices.Equal(got, want) || !readAt.Equal(at) || s.calls("roles") != roles {
			t.Errorf("got %v read at %s after %v, %v; want %v read at %s after %d questions", got, readAt, s.asked, err, want, at, roles)
		}
	}
	cy := []chat.Member{member("cy", chat.Normal)}
	t.Run("asks about these users, and about nobody else", func(t *testing.T) { check(cy, clock.Now(), 1) })
	t.Run("asks again, since an answer about some is not kept", func(t *testing.T) { check(cy, clock.Now(), 2) })
	at := clock.Now()
	if _, err := d.Read(t.Context(), "g", audience.DefaultMaxAge); err != nil {
		t.Fatal(err)
	}
	s.members = []chat.Member{member("ann", chat.Owner), member("cy", chat.Admin)}
	clock.Advance(time.Second)
	t.Run("uses a whole reading that is young enough", func(t *testing.T) { check(cy, at, 2) })
	clock.Advance(time.Millisecond)
	t.Run("sees what changed once that is too old", func(t *testing.T) {
		check([]chat.Member{member("cy", chat.Admin)}, clock.Now(), 3)
	})
	t.Run("of nobody is an error", func(t *testing.T) {
		if _, _, err := d.Recheck(t.Context(), "g", nil, time.Second); !errors.Is(err, chat.ErrNobody) {
			t.Error(err)
		}
	})
	t.Run("an unknown role is an error", func(t *testing.T) {
		s.members = []chat.Member{member("cy", "NotMember")}
		if m, _, err := d.Recheck(t.Context(), "g", []chat.UserID{"cy"}, time.Second); err == nil || m != nil {
			t.Error(m, err)
		}
	})
}

func TestNobodyIsHandedAnOlderReadingThanTheyAskedFor(t *testing.T) {
	s, clock := room(), clockwork.NewFakeClock()
	d := audience.NewDirectory(s, clock)
	read := func(maxAge time.Duration, reads int) {
		t.Helper()
		m, err := d.Read(t.Context(), "g", maxAge)
		if err != nil || clock.Since(m.ReadAt) > maxAge || s.calls("members") != reads {
			t.Errorf("for %s: read %s ago after %d questions, %v; want %d questions", maxAge, clock.Since(m.ReadAt), s.calls("members"), err, reads)
		}
	}
	read(time.Minute, 1)
	clock.Advance(3 * time.Second)
	read(time.Minute, 1)
	read(3*time.Second, 1)
	read(2*time.Second, 2)
	read(0, 3)
	read(0, 4) // in the same instant, too
	if _, _, err := d.Recheck(t.Context(), "g", []chat.UserID{"cy"}, 0); err != nil || s.calls("roles") != 1 {
		t.Errorf("checking for 0s: %d questions, %v; want one of its own", s.calls("roles"), err)
	}
}

func TestAReadingUnderWayIsSharedOnlyWithThoseForWhomItIsYoungEnough(t *testing.T) {
	s, clock := room(), clockwork.NewFakeClock()
	s.entered, s.release = make(chan struct{}), make(chan struct{})
	d := audience.NewDirectory(s, clock)
	var all sync.WaitGroup
	ask := func(maxAge time.Duration) {
		asked := clock.Now()
		all.Go(func() {
			m, err := d.Read(t.Context(), "g", maxAge)
			if err != nil || m.ReadAt.Before(asked.Add(-maxAge)) {
				t.Errorf("for %s: read %s before it was asked for, %v", maxAge, asked.Sub(m.ReadAt), err)
			}
		})
	}
	ask(0)
	<-s.entered
	clock.Advance(time.Second) // the reading takes its time
	ask(0)
	ask(5 * time.Second)
	released := make(chan struct{})
	go func() { // the second reading, for the one who wants it younger
		defer close(released)
		<-s.entered
		s.release <- struct{}{}
	}()
	s.release <- struct{}{}
	<-released
	all.Wait()
	if n := s.calls("members"); n != 2 {
		t.Errorf("the members were read %d times, want twice", n)
	}
}
