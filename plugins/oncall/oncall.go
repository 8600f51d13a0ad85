// Package oncall is a plugin that brings an alert to whoever is on call, and to the
// next in the chain while nobody takes it.
//
// What people see: whoever is on call gets the alert, privately, with a short name such
// as A7. By writing "/ack A7" they take it; all who were asked are told who did. If
// nobody takes it in time, the next in the chain are asked, and at once if the message
// to those before them reached nobody. Each time it is looked who is an admin now: who
// is none any more is passed over, and that is told. At the end of the chain those in
// its last step are asked again and again, or the owner is told that nobody has taken
// it. When it is resolved, all who were asked are told. Nobody else ever sees an alert;
// the owner, unless on call, is told its name alone.
//
// Its triggers:
//
//	alerts    what Alertmanager or Grafana post, or {"id": "disk-7", "text": "The disk is
//	          full"}, and with "resolved": true when it is over. Those of one group, or
//	          with one id, are one alert.
//	handover  tells those whose turn it is that they are on call; for a schedule
//
// Its commands, which also want a trigger with a text, are /ack and /oncall. One with
// message: holds them, hold: true, or relays them, relay: true: others are told who took
// an alert, and what comes of a message that is neither goes to its sender alone.
//
// All that is known of an alert is in the state, and when the next are asked is a
// timer: a restart loses nothing. An alert that was taken is remembered for a day after
// it was last heard of.
package oncall

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

// Options are what an operator can set.
type Options struct {
	Chain   []Step           `json:"chain" required:"true" max:"10" about:"Who is asked, one step after the other."`
	Wait    plugins.Duration `json:"wait" min:"10s" max:"24h" about:"How long a step has before the next is asked."`
	Roles   []chat.Role      `json:"roles" required:"true" about:"Who may be asked: whoever has none of these roles at that moment is passed over."`
	Last    string           `json:"last" enum:"repeat,owner" about:"When the last step has not taken it: repeat asks it again, owner tells the group's owner, without the alert."`
	Repeats int              `json:"repeats" min:"1" max:"100" about:"With last: repeat, how often; then the owner is told."`
}

// Defaults sets what holds when nothing is said.
func (o *Options) Defaults() {
	o.Wait, o.Last, o.Repeats = plugins.Duration(5*time.Minute), repeat, 12
	o.Roles = []chat.Role{chat.Owner, chat.Admin}
}

const repeat = "repeat"

// Validate reports steps that ask nobody.
func (o Options) Validate() error {
	var errs []error
	for i, s := range o.Chain {
		if err := s.validate(); err != nil {
			errs = append(errs, fmt.Errorf("chain[%d]: %w", i, err))
		}
	}
	for _, r := range o.Roles {
		if err := r.Validate(); err != nil {
			errs = append(errs, fmt.Errorf("roles: %w", err))
		}
	}
	return errors.Join(errs...)
}

// Plugin is the plugin for those on call. It needs the members, whose roles it looks at.
var Plugin = plugins.Define("oncall", "1.0.0", func(o Options) (plugins.Handler, error) {
	d := desk{o}
	m := plugins.NewMux()
	plugins.On(m, "alerts", d.alerts)
	m.On("handover", d.handover)
	plugins.OnTimer(m, next, d.goOn)
	plugins.OnReport(m, asked, d.reported)
	plugins.Command(m, "/ack [alert]", d.ack).About("You take an alert, and nobody else is asked.").For(o.Roles...)
	plugins.Command(m, "/oncall", d.oncall).About("Who is on call, and which alerts are open.").For(o.Roles...)
	return m, nil
}).With(plugins.Members)

// remembered is where the alerts of a group are.
const remembered = chat.Key[board]("oncall")

// desk answers events.
type desk struct{ Options }

// alerts opens an alert, goes on with one, or ends it.
func (d desk) alerts(_ context.Context, e chat.Event, p payload) ([]chat.Message, error) {
	a := read(p, e.Payload)
	b := remembered.Get(e.State)
	b.forget(e.Time)
	b.missed(e.Time, time.Duration(d.Wait))
	c := b.find(a.key)
	var said []chat.Message
	switch {
	case a.resolved && c == nil:
	case a.resolved:
		said = d.over(c)
		b.remove(a.key)
	case c == nil:
		said = d.open(e, &b, a)
	default:
		said = d.again(e, &b, c, a)
	}
	b.keep(e, time.Duration(d.Wait))
	return said, nil
}

// over is an alert that is resolved.
func (d desk) over(c *incident) []chat.Message {
	if len(c.Asked) == 0 {
		return chat.Owners.Say("Alert %s, which could be brought to nobody, is resolved.", c.ID)
	}
	return d.toAsked(c).Say("%s is resolved: %s%s", c.ID, c.Title, takenBy(c.By))
}

// open is a new alert.
func (d desk) open(e chat.Event, b *board, a alert) []chat.Message {
	c := b.add(a, e.Time)
	if b.size() > maxBoard || len(b.Cases) > maxCases {
		b.remove(a.key)
		return d.untracked(e, a)
	}
	c.Text = a.text // those who are asked first read all of it
	said := d.step(e, c, 0)
	b.write(c, a)
	return said
}

// untracked is an alert too many. To bring it to one step is more than to refuse it.
func (d desk) untracked(e chat.Event, a alert) []chat.Message {
	for step := range d.Chain {
		if people, _ := d.people(e, step); len(people) > 0 {
			return chat.Urgent(chat.Users(people...).Among(d.allowed()).Say("%s", plugins.Fit(a.text+
				"\n\nThere are too many open alerts: nobody else is asked about this one. Take some of them by /ack.")))
		}
	}
	return chat.Owners.Say("There are too many open alerts, and nobody is on call.")
}

// again is one that is open and fires again.
func (d desk) again(e chat.Event, b *board, c *incident, a alert) []chat.Message {
	changed := c.Title != a.title || c.Text != a.text && c.Text != c.Title
	b.write(c, a)
	c.Seen = e.Time
	key := "oncall-" + c.ID
	switch {
	case c.By != "" && !d.may(e, c.By):
		note := fmt.Sprintf("%s, who had taken it, %s.", c.By, d.why(e, c.By))
		c.By, c.Repeats = "", 0
		return d.step(e, c, 0, note)
	case c.By != "":
		return chat.Collapse(key, chat.Users(c.By).Among(d.allowed()).Say("%s, which you have taken, is still firing:\n%s", c.ID, a.text))
	case c.Due.IsZero():
		c.Repeats = 0
		return d.step(e, c, 0)
	case changed:
		return chat.Collapse(key, d.toAsked(c).Say("%s has changed:\n%s", c.ID, a.text))
	}
	return nil
}

// may reports whether somebody may be asked now.
func (d desk) may(e chat.Event, id chat.UserID) bool {
	return slices.ContainsFunc(e.Members, func(m chat.Member) bool { return m.ID == id && slices.Contains(d.Roles, m.Role) })
}

// toAsked is all who were asked and may still be; somebody was.
func (d desk) toAsked(c *incident) chat.Audience {
	return chat.Users(c.Asked...).Among(d.allowed())
}

func (d desk) allowed() chat.Audience { return chat.Audience{Roles: d.Roles} }

// handover tells those whose turn it is.
func (d desk) handover(_ context.Context, e chat.Event) ([]chat.Message, error) {
	people, _ := d.people(e, 0)
	if len(people) == 0 {
		return chat.Owners.Say("Nobody is on call: those whose turn it is are not in the group, or have none of the roles that are asked for."), nil
	}
	open := ""
	b := remembered.Get(e.State)
	if b.forget(e.Time); len(b.Cases) > 0 {
		open = fmt.Sprintf(" Open alerts: %d; /oncall tells which.", len(b.Cases))
	}
	return chat.Users(people...).Among(d.allowed()).Say("You are on call from now on.%s", open), nil
}

func takenBy(u chat.UserID) string {
	if u == "" {
		return ""
	}
	return fmt.Sprintf(" (%s took it)", u)
}

func join(ids []chat.UserID) string {
	var list []string
	for _, id := range ids {
		list = append(list, string(id))
	}
	return strings.Join(list, ", ")
}
