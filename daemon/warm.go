package daemon

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/botd-chat/botd/callbacks"
	"github.com/botd-chat/botd/chat"
)

// A verdict has no time to ask who has which role in a group: it goes by the last
// reading. So the groups in which one depends on it are read beforehand, again and
// again: none is older than warmAge and warmEvery together, a minute, and one that may
// have changed is read soon, but not more often than each warmPause.
const (
	warmEvery = 20 * time.Second
	warmAge   = 40 * time.Second
	warmPause = 5 * time.Second
	warmSoon  = 100 * time.Millisecond // after a change; others may come with it
	warmFor   = 15 * time.Second       // one reading may take
	warmAtime = 4                      // groups are read at once
)

// asksForRoles says whether a verdict by a rule depends on who is in the group. What is
// written to the bot alone belongs to the group in which its sender is.
func asksForRoles(r callbacks.Rule) bool {
	return len(r.Roles) > 0 || r.Via == chat.ViaDirect && len(r.Groups) > 1
}

// rolesOf says which role somebody had when their group was last read.
func (s *system) rolesOf(app chat.AppName, group chat.GroupID, user chat.UserID) (chat.Role, bool) {
	a := s.app(app)
	if a == nil {
		return "", false
	}
	read, ok := a.directory.Last(group)
	if !ok {
		return "", false
	}
	m, ok := read.Find(user)
	return m.Role, ok
}

// keepWarm reads the groups of those rules until ctx ends.
func (s *system) keepWarm(ctx context.Context) error {
	tick := s.clock.NewTicker(warmEvery)
	defer tick.Stop()
	cold := map[place]bool{} // what could not be read and was told of
	for {
		var again <-chan time.Time
		if pause := s.warm(ctx, cold); pause > 0 {
			again = s.clock.After(pause)
		}
		select {
		case <-tick.Chan():
		case <-again:
		case <-s.stale:
			select {
			case <-s.clock.After(warmSoon):
			case <-ctx.Done():
			}
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

// warm reads what is too old. What was read a moment ago is left until after a pause;
// zero is that nothing was.
func (s *system) warm(ctx context.Context, cold map[place]bool) (pause time.Duration) {
	now := s.now()
	type found struct {
		place
		err error
	}
	results := make(chan found)
	var readers errgroup.Group
	readers.SetLimit(warmAtime)
	go func() {
		for _, p := range now.warm {
			readers.Go(func() error {
				results <- found{p, s.readAhead(ctx, now.apps[p.app], p.group)}
				return nil
			})
		}
		_ = readers.Wait() // none of them fails
		close(results)
	}()
	for f := range results {
		lately, wait := errors.AsType[errLately](f.err)
		switch {
		case wait && (pause == 0 || lately.until < pause):
			pause = lately.until
		case wait:
		case f.err == nil:
			delete(cold, f.place)
		case !cold[f.place] && ctx.Err() == nil:
			cold[f.place] = true
			s.log.Warn("the members of a group could not be read: until they are, triggers with roles: go by the last reading, and without one they hold what anybody writes",
				"app", f.app, "group", f.group, "error", f.err)
		}
	}
	return pause
}

// errLately says that a group may have changed, and was read a moment ago.
type errLately struct{ until time.Duration } // it may be read again

func (errLately) Error() string { return "the group was read a moment ago" }

// readAhead reads a group unless its reading will do.
func (s *system) readAhead(ctx context.Context, a *application, group chat.GroupID) error {
	if last, ok := a.directory.Last(group); ok {
		if age := s.clock.Since(last.ReadAt); age >= 0 && age < warmPause {
			return errLately{warmPause - age}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, warmFor)
	defer cancel()
	_, err := a.directory.Read(ctx, group, warmAge)
	return err
}

// changed says that the members of a group may be others than were read.
func (s *system) changed(app chat.AppName, group chat.GroupID) {
	a := s.app(app)
	if a == nil {
		return
	}
	a.directory.Aged(group)
	s.lookAgain()
}

// lookAgain has the groups looked through before it is time.
func (s *system) lookAgain() {
	select {
	case s.stale <- struct{}{}:
	default: // it is asked for already
	}
}
