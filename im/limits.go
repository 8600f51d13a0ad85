package im

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Limits are how often a [Client] calls. Zero is the service's own default
// (product/1047/34620); raise them only as far as they were raised in the console.
// No second sees more calls leave than that, and under demand 98 in 100 of them do.
type Limits struct {
	PerAPI    float64 // calls a second of each API; 0: 200
	Accounts  float64 // calls a second of each API for accounts; 0: 100
	AllGroups float64 // calls a second of get_appid_group_list; 0: 0.9, of 1 allowed
	PerGroup  float64 // messages a second into one group; 0: 40
}

func (l Limits) withDefaults() Limits {
	for _, f := range []struct {
		field *float64
		value float64
	}{{&l.PerAPI, 200}, {&l.Accounts, 100}, {&l.AllGroups, 0.9}, {&l.PerGroup, 40}} {
		if *f.field <= 0 {
			*f.field = f.value
		}
	}
	return l
}

// limiters hold one pace for each API, and one for each group that is sent to.
type limiters struct {
	apis map[string]*pace // of every API that is called; never changed

	mu     sync.Mutex
	limits Limits
	groups map[chat.GroupID]*pace
	many   int       // groups are looked through for those at rest when there are so many
	paused time.Time // no call before this
}

// fewGroups is how many groups are kept without looking for those at rest.
const fewGroups = 1024

func newLimiters(l Limits) *limiters {
	l = l.withDefaults()
	apis := make(map[string]*pace, len(paths))
	for api := range paths {
		apis[api] = newPace(l.perSecond(api))
	}
	return &limiters{limits: l, apis: apis, groups: map[chat.GroupID]*pace{}, many: fewGroups}
}

// change puts other limits in place of these. What has left counts on.
func (l *limiters) change(to Limits) {
	to = to.withDefaults()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limits = to
	for api, p := range l.apis {
		p.change(to.perSecond(api))
	}
	for _, p := range l.groups {
		p.change(to.PerGroup)
	}
}

func (l *limiters) pause(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until.After(l.paused) {
		l.paused = until
	}
}

func (l *limiters) pausedUntil() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.paused
}

func (l Limits) perSecond(api string) float64 {
	switch api {
	case apiAllGroups:
		return l.AllGroups
	case apiAccounts:
		return l.Accounts
	}
	return l.PerAPI
}

// joinGroup puts the caller into a group's line. Nobody can forget the group in
// between.
func (l *limiters) joinGroup(ctx context.Context, g chat.GroupID) (*pace, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.groups[g]
	if p == nil {
		l.forget()
		p = newPace(l.limits.PerGroup)
		l.groups[g] = p
	}
	return p, p.join(ctx)
}

// forget drops the groups at rest, when there are many. It looks again when
// there are twice as many as were left, so that it costs each call little.
func (l *limiters) forget() {
	if len(l.groups) < l.many {
		return
	}
	for id, p := range l.groups {
		if p.atRest() {
			delete(l.groups, id)
		}
	}
	l.many = max(fewGroups, 2*len(l.groups))
}

// leave is leave to make one call, once. It must come to an end by gone or by
// unused; whichever is first counts.
type leave struct {
	group, api *pace // group is nil for a call that is not into one
	over       atomic.Bool
}

// gone says that the call is on its way.
func (v *leave) gone() { v.end((*pace).gone) }

// unused says that nothing left and nothing will.
func (v *leave) unused() { v.end((*pace).unused) }

func (v *leave) end(how func(*pace)) {
	if !v.over.CompareAndSwap(false, true) {
		return
	}
	how(v.api)
	if v.group != nil {
		how(v.group)
	}
}

// wait waits for a place in the limits of the API, and before it of the group if
// there is one. Nothing was sent, and v holds no place, when it fails.
func (l *limiters) wait(ctx context.Context, api string, g chat.GroupID, v *leave) *Error {
	if g != "" {
		group, err := l.joinGroup(ctx, g)
		if err == nil {
			err = group.wait(ctx)
		}
		if err != nil {
			return noTurn(api, ScopeGroup, err)
		}
		v.group = group
	}
	v.api = l.apis[api]
	err := v.api.join(ctx)
	if err == nil {
		err = v.api.wait(ctx)
	}
	if err != nil {
		if v.group != nil {
			v.group.unused()
		}
		return noTurn(api, ScopeAPI, err)
	}
	return nil
}

// noTurn is the error of a call that did not get its turn.
func noTurn(api string, scope Scope, err error) *Error {
	if errors.Is(err, errLate) {
		return &Error{API: api, Class: Rate, Scope: scope, Wait: leastWait, Err: err}
	}
	return &Error{API: api, Class: Retry, Err: fmt.Errorf("waiting for its turn: %w", err)}
}
