package delivery

import (
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
	lines map[line]*breaker
}

// line is one of the two ways of an application to the service: a gateway may
// let questions pass and no messages.
type line struct {
	app chat.AppName
	way way
}

type way string

const (
	asking  way = "asking"
	sending way = "sending"
)

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
	return &Gate{clock: clock, log: log, apps: map[chat.AppName]*pause{}, lines: map[line]*breaker{}}
}

// Closed is the error of whoever comes to a closed gate. Nothing was asked.
type Closed struct {
	Reason string
	until  time.Time
}

func (c *Closed) Error() string { return c.Reason }

// from says until when by the clock as it is now. It may have been set since the
// pause began, and whoever stores the time, stores what the clock says, and of
// that whole microseconds: who came before the pause is over would come in vain.
func (c *Closed) from(now time.Time) *Closed {
	c.until = now.Add(c.until.Sub(now) + time.Microsecond)
	return c
}

// Until is when to come again.
func (c *Closed) Until() time.Time { return c.until }

// Through asks the service something for app if its gate is open, and heeds what
// came of it. The error is a [*Closed] or that of ask, which also says whether
// the service was asked at all.
func (g *Gate) Through(app chat.AppName, ask func() (asked bool, err error)) error {
	probe, closed := g.enter(app, 0, asking)
	if closed != nil {
		return closed
	}
	if probe {
		defer g.leave(app)
	}
	asked, err := ask()
	if asked || err != nil {
		g.heard(app, asking, err)
	}
	return err
}

// enter asks whether somebody who works for app may go on now, with a message or
// none, on these ways. probe says that it is the one who finds out whether the
// service can be reached again: it makes as few calls as it can, and leaves.
func (g *Gate) enter(app chat.AppName, m chat.MessageID, ways ...way) (probe bool, closed *Closed) {
	now := g.clock.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if closed := g.paused(app, now); closed != nil {
		return false, closed.from(now)
	}
	var broken []*breaker
	for _, w := range ways {
		l := g.lines[line{app, w}]
		if l == nil || !l.broken() {
			continue
		}
		if closed := l.closed(now, m); closed != nil {
			return false, closed.from(now)
		}
		broken = append(broken, l)
	}
	for _, l := range broken {
		l.probe(now, m)
	}
	return len(broken) > 0, nil
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
	for _, w := range []way{asking, sending} {
		if l := g.lines[line{app, w}]; l != nil {
			l.probed = time.Time{}
		}
	}
}

// heard takes note of what came of a call; nil is success. Calls that were not
// made are not to be told.
func (g *Gate) heard(app chat.AppName, w way, err error) {
	now := g.clock.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	at := line{app, w}
	l := g.lines[at]
	switch reached(err) {
	case answered:
		delete(g.lines, at)
		if l != nil && l.broken() {
			g.log.Info("the service answers again", "app", app, "when", w, "was_away_for", now.Sub(l.since), "calls_in_vain", l.failures)
		}
	case unreachable:
		if l == nil {
			l = &breaker{since: now}
			g.lines[at] = l
		}
		if l.fail(now, err) {
			g.log.Error("the service cannot be reached: messages wait, one at a time is tried, and nothing is lost",
				"app", app, "when", w, "error", err, "tried_every", maxProbePause)
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
