package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im/simulator"
	"github.com/botd-chat/botd/internal/moves"
	"github.com/botd-chat/botd/store"
)

// shortly is how long after somebody ceased to qualify a message may still
// reach them: botd goes by a reading of at most 5 s, may wait a second for its
// place, and a call takes 5 s at the most before it is given up.
const shortly = 12 * time.Second

// slowest is how long a commit takes at the most, which may be the one that comes
// before a call.
func (p *plan) slowest() (most time.Duration) {
	for _, a := range p.arrive {
		most = max(most, a.slow)
	}
	return most
}

var readyOnes = store.Filter{Status: chat.Ready, Limit: 1}

// court is a judgement under way. It knows what senders were told, what the
// service really did, who was who when, and what botd says of itself.
type court struct {
	*run
	copies map[int]map[int][]simulator.Message // by order and message
	orders map[int]order
	found  []error
}

// judge returns everything that is wrong; nil when every promise was kept.
func (r *run) judge(ctx context.Context, l *life, quiet bool) error {
	c := &court{run: r, copies: map[int]map[int][]simulator.Message{}, orders: map[int]order{}}
	for _, a := range r.arrive {
		c.orders[a.order.N] = a.order
	}
	c.figures.Acknowledged = len(c.acks.events)
	if !quiet {
		c.wrong("it is not quiet an hour after the trouble")
	}
	c.collect()
	histories := c.histories(ctx, l)
	for _, h := range histories {
		c.event(h)
		c.sum(h)
	}
	c.counting(histories)
	c.sessions(ctx, l, histories)
	c.reports(ctx, l, histories)
	c.order(histories)
	c.rates()
	if err := moves.Check(ctx, r.disk.file()); err != nil {
		c.wrong("%w", err)
	}
	c.found = append(c.found, r.failed...)
	if len(c.found) > 0 {
		for _, h := range histories {
			c.stories.WriteString(story(c.number(h.Event.ID), h, r.began))
		}
	}
	return errors.Join(c.found...)
}

func (c *court) wrong(format string, args ...any) {
	c.found = append(c.found, fmt.Errorf(format, args...))
}

// collect sorts what the service did, and looks at each copy whether it is at
// the right person.
func (c *court) collect() {
	for _, m := range c.world.sim.Messages() {
		n, i, _, ok := readText(m.Text)
		o, ordered := c.orders[n]
		if !ok || !ordered || i >= len(o.Say) || i < received || m.Group != o.Group {
			c.wrong("group %s got %q, which nobody ordered there", m.Group, m.Text)
			continue
		}
		if c.copies[n] == nil {
			c.copies[n] = map[int][]simulator.Message{}
		}
		c.copies[n][i] = append(c.copies[n][i], m)
		if m.Reason != simulator.Targeted {
			c.wrong("order %d, message %d was broadcast", n, i)
		}
		for _, who := range m.Recipients {
			c.receiver(o, o.to(i), m, who)
		}
	}
	for _, call := range c.world.sim.Calls() {
		switch call.Fault {
		case "":
			continue
		case simulator.ErrorCode:
			c.seen.note("fault", fmt.Sprintf("%s %d", call.Fault, call.Code))
		default:
			c.seen.note("fault", call.Fault)
		}
		c.figures.Faults++
	}
}

// receiver asks whether somebody qualified at some moment shortly before.
func (c *court) receiver(o order, rule chat.Audience, m simulator.Message, who string) {
	for _, role := range c.world.during(m.Group, who, m.Time.Add(-shortly-c.slowest()), m.Time) {
		if role != "" && reaches(rule, o.User, who, role) && reaches(ceilings[o.Bot], o.User, who, role) {
			return
		}
	}
	c.figures.Outsiders++
	c.wrong("order %d: %s got %q at %v and did not qualify", o.N, who, m.Text, m.Time.Sub(c.began))
}

// reaches is the judge's own reading of a rule.
func reaches(a chat.Audience, sender, who, role string) bool {
	names := map[string]chat.Role{simulator.Owner: chat.Owner, simulator.Admin: chat.Admin, simulator.Ordinary: chat.Normal}
	if slices.Contains(a.Except, chat.UserID(who)) || a.Within != nil && !reaches(*a.Within, sender, who, role) {
		return false
	}
	return a.Everyone || slices.Contains(a.Roles, names[role]) || slices.Contains(a.Users, chat.UserID(who)) || a.Sender && who == sender ||
		slices.ContainsFunc(a.AnyOf, func(x chat.Audience) bool { return reaches(x, sender, who, role) })
}

// histories is what botd tells of each acknowledged event, which it must.
func (c *court) histories(ctx context.Context, l *life) []chat.EventHistory {
	var all []chat.EventHistory
	of := map[chat.EventID]int{}
	for _, n := range slices.Sorted(maps.Keys(c.acks.events)) {
		id := c.acks.events[n]
		h, err := l.store.History(ctx, id)
		switch {
		case err != nil:
			c.figures.Lost++
			c.wrong("order %d was acknowledged as event %s and is lost: %w", n, id, err)
			continue
		case !strings.Contains(string(h.Event.Payload), fmt.Sprintf(`{"n":%d,`, n)):
			c.wrong("order %d was acknowledged as event %s, which is another's", n, id)
		case of[id] != 0:
			c.wrong("event %s is that of two orders", id)
		}
		of[id]++
		all = append(all, c.apart(n, h))
	}
	list, _, err := l.store.Events(ctx, store.Filter{Limit: 500})
	if err != nil {
		c.wrong("listing the events: %w", err)
	}
	list = slices.DeleteFunc(list, func(e chat.EventRecord) bool { return e.Kind == chat.Reported })
	list = c.standing(ctx, l, list)
	if len(list) > len(c.orders) {
		c.wrong("%d orders became %d events", len(c.orders), len(list))
	}
	slices.SortFunc(all, func(a, b chat.EventHistory) int { return cmp.Compare(a.Event.ID, b.Event.ID) })
	return all
}

// number is whose event it is.
func (c *court) number(id chat.EventID) int {
	for n, e := range c.acks.events {
		if e == id {
			return n
		}
	}
	return -1
}

// event asks whether an event had its one effect, or botd says why not.
func (c *court) event(h chat.EventHistory) {
	n := c.number(h.Event.ID)
	o := c.orders[n]
	c.seen.note("event", string(h.Event.Outcome))
	if h.Event.Status != chat.Done || h.Event.Outcome != chat.Handled {
		if len(h.Messages) > 0 || c.answered(n) {
			c.wrong("event %s is %s, %s, and has messages", h.Event.ID, h.Event.Status, h.Event.Outcome)
		}
		if h.Event.Reason == "" {
			c.wrong("event %s is %s, %s, and does not say why", h.Event.ID, h.Event.Status, h.Event.Outcome)
		}
		return
	}
	if len(h.Messages) != len(o.Say) {
		c.wrong("event %s was handled and has %d messages, not %d", h.Event.ID, len(h.Messages), len(o.Say))
		return
	}
	for i, m := range h.Messages {
		if gotN, gotI, _, ok := readText(m.Message.Text); !ok || gotN != n || gotI != i {
			c.wrong("message %d of event %s says %q", i, h.Event.ID, m.Message.Text)
		}
		c.message(n, i, m)
	}
}

// sum counts what became of an event.
func (c *court) sum(h chat.EventHistory) {
	sent, unknown := false, false
	for _, m := range h.Messages {
		for _, d := range m.Deliveries {
			sent, unknown = sent || d.Outcome == chat.Sent, unknown || d.Outcome == chat.Unknown
		}
	}
	switch {
	case unknown:
		c.figures.Unknown++
	case sent:
		c.figures.Once++
	default:
		c.figures.GivenUp++
	}
}

// message holds the copies of a message against what botd says of it.
func (c *court) message(n, i int, m chat.MessageHistory) {
	c.seen.note("message", string(m.Outcome))
	if len(m.Deliveries) > 1 {
		c.seen.note("delivery", "more than one part")
	}
	got := map[string]int{}
	for _, x := range c.copies[n][i] {
		for _, who := range x.Recipients {
			got[who]++
		}
	}
	for _, d := range m.Deliveries {
		if len(d.Lost) > 0 {
			c.seen.note("delivery", "narrowed")
		}
		if !d.Resent.IsZero() {
			c.seen.note("delivery", "sent again by the bot's rule")
		}
		for _, id := range d.Recipients.IDs() {
			c.person(n, d, m.Group, string(id), got[string(id)])
			delete(got, string(id))
		}
		c.lost(n, d, got)
	}
	for who, copies := range got {
		c.wrong("order %d, message %d: %s got it %d times and is not among whom botd sent it to", n, i, who, copies)
	}
}

// lost are those that botd says it left out. Before that, an attempt may have
// reached them; then the delivery is unknown, or there was nobody to begin with.
func (c *court) lost(n int, d chat.DeliveryHistory, got map[string]int) {
	for _, x := range d.Lost {
		if copies := got[string(x.User)]; copies > 1 || copies == 1 && d.Outcome != chat.Unknown {
			c.wrong("order %d, delivery %s: %s got it %d times, and botd says it was left out (%s)", n, d.ID, x.User, copies, d.Outcome)
		}
		delete(got, string(x.User))
	}
}

// person holds how often somebody got a message against what botd says.
func (c *court) person(n int, d chat.DeliveryHistory, group chat.GroupID, who string, copies int) {
	least, most := 0, 0
	switch {
	case d.Outcome == chat.Sent && strings.HasPrefix(d.Reason, "assumed"), d.Outcome == chat.Unknown:
		most = 1
	case d.Outcome == chat.Sent:
		least, most = 1, 1
	}
	if !d.Resent.IsZero() {
		most = 2 // botd says so
	}
	if copies > most {
		c.figures.Doubled += copies - most
		c.wrong("order %d, delivery %s (%s, %s): %s got it %d times", n, d.ID, d.Outcome, d.Reason, who, copies)
	}
	if copies < least && c.world.always(string(group), who, c.acks.times[n], time.Now()) {
		c.figures.Lost++
		c.wrong("order %d, delivery %s (%s, %s): %s did not get it", n, d.ID, d.Outcome, d.Reason, who)
	}
}

// counting asks whether what a bot remembers was kept with each answer, and
// with no other.
func (c *court) counting(all []chat.EventHistory) {
	next := map[string]int{}
	for _, h := range all {
		n := c.number(h.Event.ID)
		if !c.orders[n].Count || h.Event.Outcome != chat.Handled || len(h.Messages) == 0 {
			continue
		}
		lane := string(h.Event.Bot) + string(h.Event.Group)
		next[lane]++
		if _, _, got, _ := readText(h.Messages[0].Message.Text); got != next[lane] {
			c.wrong("event %s is number %d that counts, and its plugin knew of %d before", h.Event.ID, next[lane], got-1)
		}
	}
}

// order asks whether what is in one lane left it in the order in which it came.
// What belongs to one event may be on its way together.
func (c *court) order(all []chat.EventHistory) {
	type last struct {
		event chat.EventID
		at    time.Time
	}
	lanes := map[string]last{}
	for _, m := range inOrder(all) {
		lane := fmt.Sprint(m.Group, m.Message.Priority.OrDefault())
		n, i, _, _ := readText(m.Message.Text)
		before := lanes[lane]
		for _, x := range c.copies[n][i] {
			if before.event != m.Event && x.Time.Before(before.at) {
				c.wrong("message %s, order %d, was sent before one of event %s, which is before it in its lane", m.ID, n, before.event)
			}
			if m.Outcome == chat.Sent && x.Time.After(lanes[lane].at) {
				lanes[lane] = last{m.Event, x.Time}
			}
		}
	}
}

// inOrder lists all messages as they came into their lanes.
func inOrder(all []chat.EventHistory) []chat.MessageHistory {
	var list []chat.MessageHistory
	for _, h := range all {
		list = append(list, h.Messages...)
	}
	slices.SortFunc(list, func(a, b chat.MessageHistory) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// rates asks whether any second held more calls than are allowed.
func (c *court) rates() {
	var times []time.Time
	groups := map[string][]time.Time{}
	for _, x := range c.world.sim.Calls() {
		if x.API == "send_group_msg" {
			times, groups[x.Group] = append(times, x.Time), append(groups[x.Group], x.Time)
		}
	}
	if n := busiest(times); n > c.limits.app {
		c.wrong("%d calls in a second, of %d allowed", n, c.limits.app)
	}
	for g, times := range groups {
		if n := busiest(times); g != "" && n > c.limits.group {
			c.wrong("%d messages in a second to group %s, of %d allowed", n, g, c.limits.group)
		}
	}
}

// busiest is how many of these times lie within one second, at the most.
func busiest(times []time.Time) (most int) {
	slices.SortFunc(times, time.Time.Compare)
	from := 0
	for to := range times {
		for times[to].Sub(times[from]) >= time.Second {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}
