package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/lab/rig"
)

// noon is when the times of these tests begin.
var noon = time.Date(2026, time.December, 1, 12, 0, 0, 0, time.UTC)

// kept is a court before which botd kept its word: five minutes of times in one group,
// with an outage from the first second of the second minute for two and a half minutes.
func kept() *court {
	away := outage{noon.Add(61 * time.Second), noon.Add(211 * time.Second)}
	c := &court{world: &world{first: noon, last: noon.Add(5 * time.Minute), outages: []outage{away}}, groups: 1}
	for _, r := range rules {
		var missed []time.Time
		for _, meant := range c.meant(r) {
			at := meant.Add(time.Millisecond)
			if !meant.Before(away.from) && meant.Before(away.to) {
				at = away.to
			}
			late := at.Sub(meant)
			switch {
			case r.expire > 0 && late >= r.expire:
				c.leaveOut(r, meant, chat.FiringExpired)
			case late > punctual && r.missed == chat.MissedSkip:
				c.leaveOut(r, meant, chat.FiringMissed)
			case late > punctual && r.missed == chat.MissedOnce:
				missed = append(missed, meant)
			default:
				c.strike(r, meant, at)
			}
		}
		for _, meant := range missed {
			c.leaveOut(r, meant, chat.FiringMissed)
		}
	}
	return c
}

func (c *court) leaveOut(r rule, meant time.Time, why chat.FiringOutcome) {
	c.firings = append(c.firings, chat.Firing{Name: r.name, Meant: meant, Last: meant, Count: 1, Outcome: why, Reason: "for a reason"})
}

func (c *court) strike(r rule, meant, at time.Time) {
	group := rig.GroupID(0)
	c.firings = append(c.firings, chat.Firing{Name: r.name, Meant: meant, Last: meant, Count: 1, Struck: at, Outcome: chat.FiringDone, Receipt: "r1"})
	c.events = append(c.events, chat.EventRecord{Trigger: r.name, Time: meant, Group: chat.GroupID(group)})
	c.messages = append(c.messages, simulator.Message{Group: group, Recipients: rig.Steady, Text: fmt.Sprintf("%s %d", r.name, meant.Unix())})
}

// of finds the firing of a rule so long after noon.
func (c *court) of(name chat.TriggerName, after time.Duration) int {
	return slices.IndexFunc(c.firings, func(x chat.Firing) bool { return x.Name == name && x.Meant.Equal(noon.Add(after)) })
}

func TestTheJudgeAcquits(t *testing.T) {
	var f figures
	kept().judge(&f)
	if err := f.verdict(); err != nil {
		t.Fatal(err)
	}
	// Of those of each two seconds, the 45 more than a minute before the end of the outage
	// and of those of each three seconds the 30.
	if f.LeftOut[chat.FiringMissed] != 75 || f.LeftOut[chat.FiringExpired] != 45 || f.MadeUp != 91 || f.Arrived != f.Struck || f.Outages != 1 {
		t.Errorf("%+v", f)
	}
}

func TestTheJudgeSeesWhatIsWrong(t *testing.T) {
	for name, spoil := range map[string]func(c *court){
		"a time that nobody decided": func(c *court) { i := c.of("each", 0); c.firings = slices.Delete(c.firings, i, i+1) },
		"a time decided twice":       func(c *court) { c.firings = append(c.firings, c.firings[c.of("each", 0)]) },
		"two events of one time":     func(c *court) { c.events = append(c.events, c.events[0]) },
		"an event of no time": func(c *court) {
			c.events = append(c.events, chat.EventRecord{Trigger: "each", Time: noon.Add(-time.Second)})
		},
		"no event of a time":         func(c *court) { c.events = c.events[1:] },
		"a message twice":            func(c *court) { c.messages = append(c.messages, c.messages[0]) },
		"no message":                 func(c *court) { c.messages = c.messages[1:] },
		"a message at some":          func(c *court) { c.messages[0].Recipients = rig.Steady[1:] },
		"a message at somebody else": func(c *court) { c.messages[0].Recipients = append(slices.Clone(rig.Steady), "member0") },
		"a message of another's":     func(c *court) { c.messages = append(c.messages, simulator.Message{Text: "hello"}) },
		"left out without a reason":  func(c *court) { c.firings[c.of("skipped", 63*time.Second)].Reason = "" },
		"left out, and sent": func(c *court) {
			i := c.of("skipped", 63*time.Second)
			x := c.firings[i]
			c.strike(rules[2], x.Meant, x.Meant)
			c.firings = c.firings[:len(c.firings)-1]
		},
		"missed while all was well": func(c *court) {
			c.firings[c.of("skipped", 30*time.Second)] = chat.Firing{Name: "skipped", Meant: noon.Add(30 * time.Second), Last: noon.Add(30 * time.Second), Outcome: chat.FiringMissed, Reason: "so"}
		},
		"missed where all are made up": func(c *court) {
			c.firings[c.of("each", 70*time.Second)].Receipt = ""
			c.firings[c.of("each", 70*time.Second)].Outcome = chat.FiringMissed
		},
		"made up where it is left out": func(c *court) {
			i := c.of("skipped", 63*time.Second)
			c.firings = slices.Delete(c.firings, i, i+1)
			c.strike(rules[2], noon.Add(63*time.Second), noon.Add(211*time.Second))
		},
		"made up twice instead of once": func(c *court) {
			for _, s := range []time.Duration{62, 64} {
				i := c.of("latest", s*time.Second)
				c.firings = slices.Delete(c.firings, i, i+1)
				c.strike(rules[1], noon.Add(s*time.Second), noon.Add(211*time.Second))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, f := kept(), figures{}
			spoil(c)
			c.judge(&f)
			if f.verdict() == nil {
				t.Errorf("it was not seen:\n%s", f)
			}
		})
	}
}
