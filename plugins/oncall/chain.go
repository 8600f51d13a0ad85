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

// next comes when those who were asked had their time. There is one for all alerts.
var next = plugins.NewTimer[struct{}]("next")

// asked says whether those who were asked have the message.
var asked = plugins.NewReport[turnOf]("asked")

// turnOf is which of the askings a report is about.
type turnOf struct {
	Alert string `json:"alert"`
	Turn  int    `json:"turn"`
}

// goOn asks the next about the alert that waits longest. One at a time is enough: the
// timer comes for the others a second later.
func (d desk) goOn(_ context.Context, e chat.Event, _ struct{}) ([]chat.Message, error) {
	b := remembered.Get(e.State)
	b.Next = time.Time{}
	b.forget(e.Time)
	b.setBack(e.Time, time.Duration(d.Wait))
	var said []chat.Message
	if c := b.due(); c != nil && !c.Due.After(e.Time) {
		said = d.escalate(e, c)
	}
	b.keep(e, time.Duration(d.Wait))
	return said, nil
}

// reported has the next asked at once if those who were asked have nothing.
func (d desk) reported(_ context.Context, e chat.Event, end chat.Ending, of turnOf) ([]chat.Message, error) {
	b := remembered.Get(e.State)
	c := b.called(of.Alert)
	if end.Reached > 0 || c == nil || c.Turn != of.Turn || c.Due.IsZero() {
		return nil, nil
	}
	c.Lost = true
	if c.Step < len(d.Chain)-1 {
		c.Due = e.Time
	}
	b.keep(e, time.Duration(d.Wait))
	return nil, nil
}

// escalate asks the next in the chain, or what is to be done at its end.
func (d desk) escalate(e chat.Event, c *incident) []chat.Message {
	if c.Step < len(d.Chain)-1 {
		return d.step(e, c, c.Step+1)
	}
	if d.Last == repeat && c.Repeats < d.Repeats {
		c.Repeats++
		return d.step(e, c, c.Step)
	}
	return d.unheard(c)
}

// step asks the first step from this one on in which there is somebody who can be
// asked. Notes are said with the alert.
func (d desk) step(e chat.Event, c *incident, from int, notes ...string) []chat.Message {
	if c.Lost {
		notes = append(notes, "The last message about it is not known to have reached anybody.")
	}
	c.Lost = false
	for c.Step = from; c.Step < len(d.Chain); c.Step++ {
		people, over := d.people(e, c.Step)
		for _, id := range over {
			notes = append(notes, fmt.Sprintf("%s was passed over, who %s.", id, d.why(e, id)))
		}
		if len(people) > 0 {
			return d.ask(e, c, people, notes)
		}
	}
	c.Step = len(d.Chain) - 1
	return d.unheard(c)
}

// ask asks people.
func (d desk) ask(e chat.Event, c *incident, people []chat.UserID, notes []string) []chat.Message {
	c.Turn++
	c.Due = e.Time.Add(time.Duration(d.Wait))
	for _, id := range people {
		if !slices.Contains(c.Asked, id) {
			c.Asked = append(c.Asked, id)
		}
	}
	text := c.ID + ": " + c.Text + "\n"
	if len(notes) > 0 {
		text += "\n" + strings.Join(notes, "\n")
	}
	text += fmt.Sprintf("\nWrite /ack %s to take it.", c.ID)
	told := chat.Urgent(chat.Users(people...).Among(d.allowed()).Say("%s", plugins.Fit(text)))
	return asked.Of(told, turnOf{c.ID, c.Turn})
}

// why is why somebody is passed over.
func (d desk) why(e chat.Event, id chat.UserID) string {
	if slices.ContainsFunc(e.Members, func(m chat.Member) bool { return m.ID == id }) {
		return "has none of the roles that are asked for"
	}
	return "is not in the group"
}

// unheard ends the asking. The owner, who may not be on call, is not told what it is
// about.
func (d desk) unheard(c *incident) []chat.Message {
	c.Due = time.Time{}
	if len(c.Asked) == 0 {
		return chat.Owners.Say("Alert %s could be brought to nobody: of those on call, none is in the group with a role that is asked for.", c.ID)
	}
	return chat.Owners.Say("Nobody has taken alert %s. Asked: %s.", c.ID, join(c.Asked))
}
