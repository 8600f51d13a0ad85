package oncall

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/plugins"
)

type ackArgs struct {
	Alert string `json:"alert" max:"20"`
}

// ack has the sender take an alert.
func (d desk) ack(_ context.Context, e chat.Event, args ackArgs) ([]chat.Message, error) {
	b := remembered.Get(e.State)
	b.missed(e.Time, time.Duration(d.Wait))
	c := d.meant(&b, *e.Sender, args.Alert)
	switch {
	case c == nil && args.Alert == "":
		return chat.Sender.Say("Which alert do you take? Write /ack with its name, such as /ack A7; /oncall tells which are open."), nil
	case c == nil:
		return chat.Sender.Say("There is no alert %s for you to take; /oncall tells which are open.", plugins.OneLine(args.Alert, 20)), nil
	case c.By == e.Sender.ID:
		return chat.Sender.Say("%s is yours already: %s", c.ID, c.Title), nil
	case c.By != "":
		return chat.Sender.Say("%s has taken %s already: %s", c.By, c.ID, c.Title), nil
	}
	others := slices.DeleteFunc(slices.Clone(c.Asked), func(id chat.UserID) bool { return id == e.Sender.ID })
	c.By, c.Due, c.Seen = e.Sender.ID, time.Time{}, e.Time
	c.Asked = append(slices.Clip(others), c.By) // who hears of it from now on
	said := chat.Sender.Say("%s is yours: %s", c.ID, c.Title)
	if len(others) > 0 {
		said = append(said, chat.Users(others...).Among(d.allowed()).Say("%s has taken %s: %s", c.By, c.ID, c.Title)...)
	}
	b.keep(e, time.Duration(d.Wait))
	return said, nil
}

// meant is the alert that a member speaks of; without a name it is the only one that
// nobody has taken. Nil is none of which the member may know.
func (d desk) meant(b *board, m chat.Member, name string) *incident {
	if name != "" {
		if c := b.called(name); c != nil && d.maySee(m, *c) {
			return c
		}
		return nil
	}
	var only *incident
	for i := range b.Cases {
		c := &b.Cases[i]
		if c.By != "" || !d.maySee(m, *c) {
			continue
		}
		if only != nil {
			return nil
		}
		only = c
	}
	return only
}

// maySee reports whether a member is on call, or was asked, and still may be.
func (d desk) maySee(m chat.Member, c incident) bool {
	return d.onChain(m) || slices.Contains(c.Asked, m.ID) && slices.Contains(d.Roles, m.Role)
}

// oncall tells the sender who is on call, and the alerts that are open.
func (d desk) oncall(_ context.Context, e chat.Event, _ struct{}) ([]chat.Message, error) {
	var chain []string
	for _, s := range d.Chain {
		chain = append(chain, s.told(e.Time))
	}
	lines := []string{"On call: " + strings.Join(chain, "; then ") + "."}
	b := remembered.Get(e.State)
	b.forget(e.Time)
	for _, c := range b.Cases {
		if d.maySee(*e.Sender, c) {
			lines = append(lines, fmt.Sprintf("%s: %s (%s)", c.ID, c.Title, c.told()))
		}
	}
	return chat.Sender.Say("%s", plugins.Fit(strings.Join(lines, "\n"))), nil
}

// told is how an alert stands.
func (c incident) told() string {
	switch {
	case c.By != "":
		return "taken by " + string(c.By)
	case len(c.Asked) == 0:
		return "could be brought to nobody"
	}
	return "asked: " + join(c.Asked)
}
