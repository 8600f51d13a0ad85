package daemon

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

// roll is a service that says who is in its groups, and counts how often it is asked.
type roll struct {
	mu    sync.Mutex
	roles map[chat.UserID]chat.Role
	asked map[chat.GroupID]int
	fails bool
}

func (r *roll) Group(_ context.Context, g chat.GroupID) (audience.Group, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked[g]++
	if r.fails {
		return audience.Group{}, errors.New("the service is down")
	}
	return audience.Group{Type: chat.Public, Members: len(r.roles)}, nil
}

func (r *roll) Members(context.Context, chat.GroupID, ...chat.Role) (list []chat.Member, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, role := range r.roles {
		list = append(list, chat.Member{ID: id, Role: role})
	}
	return list, nil
}

func (r *roll) Roles(context.Context, chat.GroupID, []chat.UserID) ([]chat.Member, error) {
	return nil, errors.New("nobody asks for some here")
}

func (r *roll) Profiles(ctx context.Context, g chat.GroupID, _ chat.Facts) ([]chat.Member, error) {
	return r.Members(ctx, g)
}

func (r *roll) ProfilesOf(context.Context, chat.GroupID, []chat.UserID, chat.Facts) ([]chat.Member, error) {
	return nil, errors.New("nobody asks for some here")
}

func (r *roll) set(f func()) { r.mu.Lock(); defer r.mu.Unlock(); f() }

func (r *roll) times(g chat.GroupID) int { r.mu.Lock(); defer r.mu.Unlock(); return r.asked[g] }

func TestGroupsOnWhichAVerdictDependsAreReadBeforehand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock, log := clockwork.NewRealClock(), &strings.Builder{} // the bubble's
		service := &roll{roles: map[chat.UserID]chat.Role{"ann": chat.Owner, "cy": chat.Normal}, asked: map[chat.GroupID]int{}}
		s := &system{log: slog.New(slog.NewTextHandler(log, nil)), clock: clock, stale: make(chan struct{}, 1)}
		app := &application{directory: audience.NewDirectory(service, clock)}
		s.setup.Store(&setup{apps: map[chat.AppName]*application{"main": app}, warm: []place{{"main", "g"}, {"main", "h"}}})
		if _, ok := s.rolesOf("main", "g", "cy"); ok {
			t.Error("a role is known before anything was read")
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.keepWarm(ctx) }()
		synctest.Wait()
		role := func(user chat.UserID) chat.Role {
			r, ok := s.rolesOf("main", "g", user)
			if ok != (r != "") {
				t.Errorf("%s: %q, %v", user, r, ok)
			}
			return r
		}
		if role("cy") != chat.Normal || role("ann") != chat.Owner || role("zoe") != "" {
			t.Error("roles are not as they were read")
		}
		if _, ok := s.rolesOf("other", "g", "cy"); ok {
			t.Error("a role in an app that is not there")
		}

		age := func() time.Duration { last, _ := app.directory.Last("g"); return time.Since(last.ReadAt) }
		for range 60 { // for ten minutes
			time.Sleep(10 * time.Second)
			if age() > time.Minute {
				t.Fatalf("a reading of %v ago", age())
			}
		}
		if n := service.times("h"); n > 16 {
			t.Errorf("read %d times in ten minutes", n)
		}

		for age() > time.Second {
			time.Sleep(time.Second)
		}
		time.Sleep(warmPause) // the reading is of some time ago, and the next one far
		service.set(func() { service.roles["cy"] = chat.Admin })
		before := maps.Clone(service.asked)
		s.changed("main", "g")
		if role("cy") != chat.Normal {
			t.Error("a change that nobody has read counts")
		}
		time.Sleep(warmSoon)
		synctest.Wait()
		if role("cy") != chat.Admin || service.times("g") != before["g"]+1 || service.times("h") != before["h"] {
			t.Errorf("after a change cy is %q, asked %v after %v", role("cy"), service.asked, before)
		}
		for range 100 { // a crowd that comes in within ten seconds
			s.changed("main", "g")
			time.Sleep(100 * time.Millisecond)
		}
		if n := service.times("g") - before["g"]; n > 4 {
			t.Errorf("a crowd has it read %d times", n)
		}
		service.set(func() { service.roles["cy"] = chat.Normal })
		s.changed("main", "g") // before, it may just have been read
		time.Sleep(warmPause + 2*warmSoon)
		synctest.Wait()
		if role("cy") != chat.Normal {
			t.Error("the last change of many was not read")
		}

		service.set(func() { service.fails = true })
		time.Sleep(5 * time.Minute)
		if role("cy") != chat.Normal || strings.Count(log.String(), "could not be read") != 2 {
			t.Errorf("in an outage cy is %q, and the log says:\n%s", role("cy"), log)
		}
		s.changed("gone", "g") // an app that a reload took away
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
