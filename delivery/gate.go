package delivery

import (
	"sync"
	"time"

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

// gate makes the lanes of an application wait together.
type gate struct {
	mu   sync.Mutex
	apps map[chat.AppName]*pause
}

// pause is why an application waits. After until it is over, or, when probe is
// set, one lane may go and see.
type pause struct {
	until  time.Time
	reason string
	probe  bool
	asked  time.Time // when the last probe went; zero: none since the pause began
}

func newGate() *gate { return &gate{apps: map[chat.AppName]*pause{}} }

// enter asks whether a lane of app may go on now; if not, why and until when.
func (g *gate) enter(app chat.AppName, now time.Time) (until time.Time, reason string, wait bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.apps[app]
	switch {
	case p == nil:
		return time.Time{}, "", false
	case now.Before(p.until):
		return p.until, p.reason, true
	case !p.probe:
		delete(g.apps, app)
		return time.Time{}, "", false
	case !p.asked.IsZero() && now.Sub(p.asked) < probeEvery:
		return now.Add(probing), p.reason, true
	}
	p.asked = now
	return time.Time{}, "", false
}

// shut makes app wait; of two reasons the longer counts. news is false when it
// waited about as long already.
func (g *gate) shut(app chat.AppName, until time.Time, probe bool, reason string) (news bool) {
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
func (g *gate) open(app chat.AppName) (reason string, opened bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.apps[app]
	if p == nil || !p.probe {
		return "", false
	}
	delete(g.apps, app)
	return p.reason, true
}
