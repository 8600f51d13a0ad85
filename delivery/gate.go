package delivery

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jonboulle/clockwork"

	"github.com/botd-chat/botd/chat"
)

const (
	// probeEvery is the pause of an application that is not configured as it
	// should be: nothing will succeed until a person changes something, and
	// somebody has to find out that it was changed (product/1047/34348).
	probeEvery = time.Minute
	// probing is how long others wait while one finds out.
	probing = 5 * time.Second
)

// Gate makes whatever asks the service for one application wait together: after
// a rate or a configuration error for as long as that asks for, and while the
// service cannot be reached until one of them reached it.
type Gate struct {
	clock clockwork.Clock
	log   *slog.Logger

	mu    sync.Mutex
	apps  map[chat.AppName]*pause
	lines map[chat.AppName]*breaker
}

// pause is why an application waits. After until it is over, or, when probe is
// set, one lane may go and see.
type pause struct {
	until  time.Time
	reason string
	probe  bool
	asked  time.Time // when the last probe went; zero: none since the pause began
}

// NewGate returns a gate that is open to all. A nil log is none.
func NewGate(clock clockwork.Clock, log *slog.Logger) *Gate {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Gate{clock: clock, log: log, apps: map[chat.AppName]*pause{}, lines: map[chat.AppName]*breaker{}}
}

// Closed is the error of whoever comes to a closed gate. Nothing was asked.
type Closed struct {
	Reason string
	until  time.Time
}

func (c *Closed) Error() string { return c.Reason }

// Until is when to come again.
func (c *Closed) Until() time.Time { return c.until }

// Through makes calls for app if its gate is open, and heeds what came of them.
// The error is a [*Closed] or that of the calls. A call that reached nobody
// says whether it asked at all.
func (g *Gate) Through(app chat.AppName, calls func() (asked bool, err error)) error {
	probe, closed := g.enter(app, g.clock.Now())
	if closed != nil {
		return closed
	}
	if probe {
		defer g.leave(app)
	}
	asked, err := calls()
	if asked || err != nil {
		g.heard(app, err)
	}
	return err
}

// enter asks whether somebody who works for app may go on now. probe says that
// it is the one who finds out whether the service can be reached again: it makes
// one call and leaves.
func (g *Gate) enter(app chat.AppName, now time.Time) (probe bool, closed *Closed) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if closed := g.paused(app, now); closed != nil {
		return false, closed
	}
	if l := g.lines[app]; l != nil {
		return l.enter(now)
	}
	return false, nil
}

// paused is what keeps app waiting for its pause.
func (g *Gate) paused(app chat.AppName, now time.Time) *Closed {
	p := g.apps[app]
	switch {
	case p == nil:
		return nil
	case now.Before(p.until):
		return &Closed{p.reason, p.until}
	case !p.probe:
		delete(g.apps, app)
		return nil
	case !p.asked.IsZero() && now.Sub(p.asked) < probeEvery:
		return &Closed{p.reason, now.Add(probing)}
	}
	p.asked = now
	return nil
}

// leave ends a probe that perhaps asked nothing: then another may.
func (g *Gate) leave(app chat.AppName) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if l := g.lines[app]; l != nil {
		l.probed = time.Time{}
	}
}

// heard takes note of what came of a call; nil is success. Calls that were not
// made are not to be told.
func (g *Gate) heard(app chat.AppName, err error) {
	now := g.clock.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lines[app]
	switch reached(err) {
	case answered:
		if l != nil {
			delete(g.lines, app)
			if l.broken() {
				g.log.Info("the service answers again", "app", app, "was_away_for", now.Sub(l.since), "calls_in_vain", l.failures)
			}
		}
	case unreachable:
		if l == nil {
			l = &breaker{since: now}
			g.lines[app] = l
		}
		if l.fail(now, err) {
			g.log.Error(fmt.Sprintf("the service cannot be reached: the application's messages wait, and one is tried every now and then, at the latest every %v; nothing is lost", maxProbePause),
				"app", app, "error", err)
		}
	case untold:
	}
}

// shut makes app wait; of two reasons the longer counts. news is false when it
// waited about as long already.
func (g *Gate) shut(app chat.AppName, until time.Time, probe bool, reason string) (news bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p := g.apps[app]; p != nil && p.until.After(until.Add(-time.Second)) {
		return false
	}
	g.apps[app] = &pause{until: until, probe: probe, reason: reason}
	return true
}

// open ends the pause of app that waits for a person, since the service
// answers again.
func (g *Gate) open(app chat.AppName) (reason string, opened bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.apps[app]
	if p == nil || !p.probe {
		return "", false
	}
	delete(g.apps, app)
	return p.reason, true
}
