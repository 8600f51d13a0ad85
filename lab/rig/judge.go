package rig

import (
	"context"
	"slices"
	"time"

	"github.com/botd-chat/botd/im/simulator"
)

// Shortly is how long after somebody ceased to qualify a message may still
// reach them: botd sends by a reading of at most 5 seconds, and an attempt takes
// its time to arrive.
const Shortly = 6 * time.Second

// Judge compares every message with what was acknowledged, and asks botd, which
// has to run, what became of the rest.
func (l *Lab) Judge(ctx context.Context) (Figures, error) {
	acknowledged := l.Ledger.Acknowledged()
	fates, err := l.Botd.fates(ctx, acknowledged)
	if err != nil {
		return Figures{}, err
	}
	f := l.Count()
	c := court{groups: l.Groups, journal: l.Service.Journal, acknowledged: acknowledged, fates: fates}
	c.judge(&f, l.Service.Messages())
	c.recovery(&f, l.marks)
	return f, nil
}

// Count is what was done to botd, without what came of it.
func (l *Lab) Count() Figures {
	f := Figures{Kills: l.kills}
	for _, c := range l.Service.Counts() {
		f.Faults += c.Faults
	}
	l.Ledger.mu.Lock()
	defer l.Ledger.mu.Unlock()
	f.Posts, f.Repeated, f.Refused = l.Ledger.posts, l.Ledger.repeated, l.Ledger.refused
	return f
}

// ArrivedByWebhook is how many messages arrived of each webhook, by its number.
func (l *Lab) ArrivedByWebhook() map[int]int {
	all := map[int]int{}
	for _, m := range l.Service.Messages() {
		if n, ok := number(m.Text); ok {
			all[n]++
		}
	}
	return all
}

// court is what a judgement is made of.
type court struct {
	groups       int
	journal      *Journal
	acknowledged map[int]Ack
	fates        map[int]fate
	arrived      map[int]time.Time // when the first copy came
}

// shown is what is known of one webhook's message.
type shown struct {
	copies map[string]int // person → how many
	at     time.Time      // of the first
	right  bool           // nobody has it who must not
}

func (c *court) judge(f *Figures, messages []simulator.Message) {
	all := c.collect(f, messages)
	c.arrived = make(map[int]time.Time, len(all))
	for n, s := range all {
		c.arrived[n] = s.at
		if _, known := c.acknowledged[n]; !known {
			f.Unasked++
		}
	}
	for n := range c.acknowledged {
		f.Acknowledged++
		c.settle(f, n, all[n])
	}
}

// collect sorts all messages by webhook, and counts those who must not have
// them.
func (c *court) collect(f *Figures, messages []simulator.Message) map[int]*shown {
	all := map[int]*shown{}
	for _, m := range messages {
		n, ok := number(m.Text)
		if !ok {
			f.Unasked++
			continue
		}
		if all[n] == nil {
			all[n] = &shown{copies: map[string]int{}, at: m.Time, right: true}
		}
		for _, who := range m.Recipients {
			all[n].copies[who]++
			if m.Group != c.group(n) || !c.journal.Once(m.Group, who, m.Time.Add(-Shortly), m.Time) {
				f.Outsiders++
				all[n].right = false
			}
		}
	}
	return all
}

func (c *court) group(n int) string { return GroupID(n % c.groups) }

// settle counts what became of an acknowledged webhook.
func (c *court) settle(f *Figures, n int, s *shown) {
	told := c.fates[n]
	if s == nil {
		switch told {
		case unknown:
			f.Unknown++
		case sent, partly, unending:
			f.Lost++
		default:
			f.GivenUp++
		}
		return
	}
	for _, copies := range s.copies {
		if copies > 1 {
			f.Doubled += copies - 1
			s.right = false
		}
	}
	if told != sent && told != unknown {
		f.Misreported++
		s.right = false
	}
	switch {
	case !c.complete(n, s):
		f.Lost++
	case s.right:
		f.Once++
	}
}

// complete reports whether all have it who qualified from the time the webhook
// was posted, and somewhat before, until it was sent.
func (c *court) complete(n int, s *shown) bool {
	for _, who := range c.journal.Everybody(c.group(n)) {
		if s.copies[who] == 0 && c.journal.Always(c.group(n), who, c.acknowledged[n].Posted.Add(-Shortly), s.at) {
			return false
		}
	}
	return true
}

// recovery measures from each end of trouble how long what waited then took,
// unless the next trouble came before it was through.
func (c *court) recovery(f *Figures, marks []mark) {
	for _, m := range marks {
		var first, last time.Time
		for n, a := range c.acknowledged {
			at, came := c.arrived[n]
			if !came || a.Known.After(m.over) || !at.After(m.over) {
				continue
			}
			if first.IsZero() || at.Before(first) {
				first = at
			}
			if at.After(last) {
				last = at
			}
		}
		if first.IsZero() {
			continue // nothing waited
		}
		f.Marks++
		f.Moving = max(f.Moving, m.until(first))
		f.Drained = max(f.Drained, f.Moving, m.until(last))
	}
}

// until is how long after the end of trouble something happened; 0 when new
// trouble came first, which is then to blame.
func (m mark) until(t time.Time) time.Duration {
	if !m.next.IsZero() && t.After(m.next) {
		return 0
	}
	return t.Sub(m.over)
}

// Busiest is the largest number of calls of one API, and the largest in one
// group, that began within any one second.
func Busiest(calls []simulator.Call, api string) (all, group int) {
	var times []time.Time
	groups := map[string][]time.Time{}
	for _, c := range calls {
		if c.API == api {
			times = append(times, c.Time)
			groups[c.Group] = append(groups[c.Group], c.Time)
		}
	}
	for _, g := range groups {
		group = max(group, within(g, time.Second))
	}
	return within(times, time.Second), group
}

// within is how many of these times lie within one d, at the most.
func within(times []time.Time, d time.Duration) (most int) {
	slices.SortFunc(times, time.Time.Compare)
	from := 0
	for to := range times {
		for times[to].Sub(times[from]) >= d {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}
