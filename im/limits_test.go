package im

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/botd-chat/botd/chat"
)

// pass makes a call that leaves at once.
func pass(t *testing.T, l *limiters, api string, g chat.GroupID) {
	t.Helper()
	var v leave
	if err := l.wait(t.Context(), api, g, &v); err != nil {
		t.Fatal(err)
	}
	v.gone()
}

func TestLimitsOfADefaultClient(t *testing.T) {
	for name, c := range map[string]struct {
		api   string
		group chat.GroupID
		calls int
		most  int // calls that may leave within a second
	}{
		"an API":                  {apiRoles, "", 500, 200},
		"an API for accounts":     {apiAccounts, "", 300, 100},
		"the list of all groups":  {apiAllGroups, "", 3, 1},
		"messages into one group": {apiSend, "g", 100, 40},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLimiters(Limits{})
				var at []time.Time
				for range c.calls {
					pass(t, l, c.api, c.group)
					at = append(at, time.Now())
				}
				wantSpread(t, at, c.most)
				if early := at[c.most-1].Sub(at[0]); early >= time.Second {
					t.Errorf("%d calls take %s, want less than a second", c.most, early)
				}
			})
		})
	}
}

func TestLimitsAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiters(Limits{PerGroup: 1, PerAPI: 1000})
		began := time.Now()
		for _, g := range []chat.GroupID{"a", "b", "c"} {
			pass(t, l, apiSend, g)
		}
		pass(t, l, apiRoles, "")
		if took := time.Since(began); took > 10*time.Millisecond {
			t.Errorf("three groups and another API took %s", took)
		}
		pass(t, l, apiSend, "a")
		if took := time.Since(began); took < time.Second {
			t.Errorf("a second message into a group left after %s", took)
		}
	})
}

func TestWaitingForALimitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiters(Limits{PerGroup: 0.1})
		pass(t, l, apiSend, "g")
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		e := l.wait(soon, apiSend, "g", new(leave))
		if e == nil || e.Class != Rate || e.Scope != ScopeGroup || e.Wait == 0 || time.Since(began) != 0 {
			t.Errorf("a turn after the deadline: %v after %s, want to know at once", e, time.Since(began))
		}
		ended, stop := context.WithCancel(t.Context())
		go func() { time.Sleep(time.Second); stop() }()
		if e := l.wait(ended, apiSend, "g", new(leave)); e == nil || e.Class != Retry {
			t.Errorf("cancelled while waiting: %v", e)
		}
	})
}

func TestACallThatGetsNoTurnAtTheAPIGivesItsGroupsPlaceBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiters(Limits{PerGroup: 1, PerAPI: 0.1})
		pass(t, l, apiSend, "a")
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if e := l.wait(soon, apiSend, "b", new(leave)); e == nil || e.Scope != ScopeAPI {
			t.Fatalf("got %v, want no turn at the API", e)
		}
		if !l.groups["b"].atRest() {
			t.Error("the group still has one on its way")
		}
	})
}

func TestGroupsAtRestAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiters(Limits{PerAPI: 1e9})
		var busy leave
		if err := l.wait(t.Context(), apiSend, "busy", &busy); err != nil {
			t.Fatal(err)
		}
		kept := l.groups["busy"]
		for i := range 10 * fewGroups {
			pass(t, l, apiSend, chat.GroupID(rune(i+1)))
			time.Sleep(time.Millisecond)
		}
		// Those of the last second are at work still.
		if n := len(l.groups); n > 3*fewGroups {
			t.Errorf("%d groups are kept", n)
		}
		if l.groups["busy"] != kept {
			t.Error("a group is forgotten with a message on its way")
		}
	})
}
