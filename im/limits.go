package im

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/time/rate"

	"github.com/botd-chat/botd/chat"
)

// Limits are how often a [Client] calls. Zero is the service's own default
// (product/1047/34620); raise them only as far as they were raised in the console.
// Calls leave a little slower than that, because on their way some catch up with
// others, and at the very limit every one of those would be refused.
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
// All have a burst of 1, so that no second holds more calls than the limit says.
type limiters struct {
	limits Limits

	mu     sync.Mutex
	apis   map[string]*rate.Limiter
	groups map[chat.GroupID]*rate.Limiter
}

// margin is how much of a limit is used: a message leaves 25 ms later than it
// might after the one that it must not share a second with.
const margin = 0.975

func newLimiters(l Limits) *limiters {
	return &limiters{
		limits: l.withDefaults(),
		apis:   map[string]*rate.Limiter{},
		groups: map[chat.GroupID]*rate.Limiter{},
	}
}

func (l *limiters) api(api string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.apis[api] == nil {
		l.apis[api] = rate.NewLimiter(margin*l.perSecond(api), 1)
	}
	return l.apis[api]
}

func (l *limiters) perSecond(api string) rate.Limit {
	switch api {
	case apiAllGroups:
		return rate.Limit(l.limits.AllGroups)
	case apiAccounts:
		return rate.Limit(l.limits.Accounts)
	}
	return rate.Limit(l.limits.PerAPI)
}

// manyGroups is how many groups are kept before those at rest are forgotten.
const manyGroups = 1024

func (l *limiters) group(g chat.GroupID) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.groups) >= manyGroups {
		for id, x := range l.groups {
			if x.Tokens() >= 1 {
				delete(l.groups, id)
			}
		}
	}
	if l.groups[g] == nil {
		l.groups[g] = rate.NewLimiter(margin*rate.Limit(l.limits.PerGroup), 1)
	}
	return l.groups[g]
}

// wait waits for a place in the limits of the API, and of the group if there is
// one. Nothing was sent when it fails.
func (l *limiters) wait(ctx context.Context, api string, g chat.GroupID) *Error {
	if g != "" {
		if err := pace(ctx, api, ScopeGroup, l.group(g)); err != nil {
			return err
		}
	}
	return pace(ctx, api, ScopeAPI, l.api(api))
}

func pace(ctx context.Context, api string, scope Scope, l *rate.Limiter) *Error {
	err := l.Wait(ctx)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return &Error{API: api, Class: Retry, Err: fmt.Errorf("waiting for its turn: %w", ctx.Err())}
	}
	// The turn would come after the deadline.
	return &Error{
		API: api, Class: Rate, Scope: scope, Wait: leastWait,
		Err: errors.New("more calls wait for their turn than can be made in time"),
	}
}
