package main

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/lab/rig"
	"github.com/botd-chat/botd/store"
)

// evidence is what is known when all is over.
type evidence struct {
	firings  []chat.Firing
	events   []chat.EventRecord
	messages []simulator.Message
}

// judge reads what the store has, which nobody uses any more, and what arrived.
func (w *world) judge(ctx context.Context) (f figures, err error) {
	s, err := store.Open(ctx, store.Options{URL: "sqlite:" + w.store})
	if err != nil {
		return f, err
	}
	defer func() { _ = s.Close() }()
	e := evidence{messages: w.service.Messages()}
	for before, more := int64(0), true; more; more = before != 0 {
		list, next, err := s.Firings(ctx, store.FiringQuery{Before: before, Limit: 500})
		if err != nil {
			return f, err
		}
		e.firings, before = append(e.firings, list...), next
	}
	for before, more := chat.EventID(0), true; more; more = before != 0 {
		list, next, err := s.Events(ctx, store.Filter{Before: before, Limit: 500})
		if err != nil {
			return f, err
		}
		e.events, before = append(e.events, list...), next
	}
	c := court{world: w, evidence: e, groups: len(w.service.Groups())}
	c.judge(&f)
	return f, nil
}

// court holds what happened against what was meant.
type court struct {
	*world
	evidence
	groups int
}

// struck is a time of a rule in a group.
type struck struct {
	name  chat.TriggerName
	meant int64 // seconds
	group chat.GroupID
}

func (c *court) judge(f *figures) {
	copies := map[struck]map[string]int{}
	for _, m := range c.messages {
		name, second, ok := strings.Cut(m.Text, " ")
		n, err := strconv.ParseInt(second, 10, 64)
		if !ok || err != nil {
			f.wrong("a message that nobody meant: %q", m.Text)
			continue
		}
		k := struck{chat.TriggerName(name), n, chat.GroupID(m.Group)}
		if copies[k] == nil {
			copies[k] = map[string]int{}
		}
		for _, who := range m.Recipients {
			copies[k][who]++
		}
	}
	events := map[struck][]chat.EventRecord{}
	for _, e := range c.events {
		k := struck{e.Trigger, e.Time.Unix(), e.Group}
		events[k] = append(events[k], e)
	}
	for _, r := range rules {
		c.rule(f, r, events, copies)
	}
	for k := range events {
		f.wrong("an event that nobody meant: %s at %s in %s", k.name, time.Unix(k.meant, 0).UTC(), k.group)
	}
	f.Outages, f.Kills = len(c.outages), c.kills
}

// rule judges all times of a rule, and takes its events away.
func (c *court) rule(f *figures, r rule, events map[struck][]chat.EventRecord, copies map[struck]map[string]int) {
	madeUp := map[int]int{} // by outage
	for _, meant := range c.meant(r) {
		f.Meant++
		covers := c.covering(r.name, meant)
		if len(covers) != 1 {
			f.wrong("%s at %s is decided %d times", r.name, meant, len(covers))
			f.Lost += max(0, 1-len(covers))
			continue
		}
		firing := covers[0]
		late, which := c.held(meant)
		if firing.Receipt == "" {
			f.left(firing)
			if !r.mayLeaveOut(firing.Outcome, late) {
				f.wrong("%s at %s is left out as %s, and could be struck %s after", r.name, meant, firing.Outcome, late)
			}
			for n := range c.groups {
				k := struck{r.name, meant.Unix(), chat.GroupID(rig.GroupID(n))}
				if len(events[k]) > 0 || len(copies[k]) > 0 {
					f.wrong("%s at %s is left out, and came in %s", r.name, meant, k.group)
				}
			}
			continue
		}
		f.Struck++
		if which < 0 {
			f.late = append(f.late, firing.Struck.Sub(meant))
		}
		if firing.Struck.Sub(meant) > punctual {
			f.MadeUp++
			madeUp[which]++
			if r.missed == chat.MissedSkip || r.missed == chat.MissedOnce && madeUp[which] > 1 {
				f.wrong("%s at %s is made up, which is not its rule", r.name, meant)
			}
		}
		for n := range c.groups {
			k := struck{r.name, meant.Unix(), chat.GroupID(rig.GroupID(n))}
			c.arrived(f, r, late, k, events[k], copies[k])
			delete(events, k)
		}
	}
}

// covering lists what was decided about a time.
func (c *court) covering(name chat.TriggerName, meant time.Time) (found []chat.Firing) {
	for _, x := range c.firings {
		if x.Name == name && !meant.Before(x.Meant) && !meant.After(x.Last) {
			found = append(found, x)
		}
	}
	return found
}

// arrived judges what came of a time in a group.
func (c *court) arrived(f *figures, r rule, late time.Duration, k struck, events []chat.EventRecord, copies map[string]int) {
	if len(events) != 1 {
		f.wrong("%s at %s has %d events in %s", k.name, time.Unix(k.meant, 0).UTC(), len(events), k.group)
		f.Lost += max(0, 1-len(events))
		f.Doubled += max(0, len(events)-1)
		return
	}
	got := 0
	for who, n := range copies {
		if !slices.Contains(rig.Steady, who) {
			f.wrong("%s was seen by %s", k.name, who)
		}
		got += min(n, 1)
		f.Doubled += n - 1
	}
	f.Events++
	switch {
	case got == len(rig.Steady):
		f.Arrived++
	case got == 0 && r.mayLeaveOut(chat.FiringExpired, late):
		f.TooLate++ // it was struck in time, and not worth sending when its turn came
	default:
		f.Lost++
		f.wrong("%s at %s reached %d of %d in %s; its event is %s %s", k.name, time.Unix(k.meant, 0).UTC(), got, len(rig.Steady), k.group,
			events[0].Status, events[0].Outcome)
	}
}

// punctual is how late a time is made up and no more on time; slack is how long a
// process may take to see that it is back.
const (
	punctual = time.Minute
	slack    = 5 * time.Second
)

// held is how long after a time nobody could strike it, and in which outage; -1 is in
// none.
func (c *court) held(meant time.Time) (late time.Duration, which int) {
	for n, o := range c.outages {
		// A time may still be on its way when the outage begins.
		if !meant.Before(o.from.Add(-slack)) && meant.Before(o.to) {
			return o.to.Sub(meant), n
		}
	}
	return 0, -1
}

// mayLeaveOut reports whether a rule allows to leave a time out that nobody could strike
// for so long.
func (r rule) mayLeaveOut(outcome chat.FiringOutcome, late time.Duration) bool {
	switch outcome {
	case chat.FiringExpired:
		return r.expire > 0 && late+slack > r.expire
	case chat.FiringMissed:
		return r.missed != chat.MissedAll && late+slack > punctual
	default:
		return false
	}
}
