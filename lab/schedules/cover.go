package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/internal/fail"
)

// cover counts what a run, or many, really met: a schedule in which nothing
// happens tests nothing.
type cover struct {
	mu sync.Mutex
	n  map[string]int
}

func (c *cover) note(kind, what string) { c.add(kind+": "+what, 1) }

func (c *cover) add(what string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n == nil {
		c.n = map[string]int{}
	}
	c.n[what] += n
}

// take adds what another met.
func (c *cover) take(other *cover) {
	other.mu.Lock()
	defer other.mu.Unlock()
	for what, n := range other.n {
		c.add(what, n)
	}
}

// wanted is what many seeds together have to meet.
func wanted() []string {
	var all []string
	add := func(kind string, what ...string) {
		for _, w := range what {
			all = append(all, kind+": "+w)
		}
	}
	for _, p := range fail.Points {
		add("step", string(p))
		add("died", string(p))
	}
	add("died", "stopped")
	add("power", losses...)
	add("clock", "set while botd runs", "set while botd was down")
	add("webhook", "posted twice", "not acknowledged")
	add("held", "kept", "written again", "voided", "not stored", "seen by others")
	add("fault", simulator.BadStatus, simulator.HangUp, simulator.Slow, simulator.Truncated, simulator.Empty, simulator.Dropped,
		simulator.AllRoles, simulator.BlankRole)
	for _, c := range codes {
		add("fault", fmt.Sprintf("%s %d", simulator.ErrorCode, c))
	}
	add("event", outcomes(chat.Handled, chat.Refused)...)
	add("message", outcomes(chat.Sent, chat.Nobody, chat.Dropped, chat.Expired, chat.Refused, chat.Failed, chat.Unknown)...)
	add("report", outcomes(chat.Sent, chat.Nobody, chat.Dropped, chat.Expired, chat.Failed, chat.Unknown)...)
	add("session", "kept")
	add("delivery", "narrowed", "sent again by the bot's rule", "more than one part")
	return all
}

func outcomes(list ...chat.Outcome) []string {
	var all []string
	for _, o := range list {
		all = append(all, string(o))
	}
	return all
}

// missing lists what was wanted and not met.
func (c *cover) missing() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(wanted(), func(w string) bool { return c.n[w] > 0 })
}

func (c *cover) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(c.n)) {
		fmt.Fprintf(&b, "  %-48s%9d\n", what, c.n[what])
	}
	return b.String()
}
