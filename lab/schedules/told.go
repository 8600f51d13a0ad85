package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/store"
)

// lane is of one bot in one group.
type lane struct {
	bot   chat.BotName
	group chat.GroupID
}

// reports asks whether the plugin was told once of the end of each message of which
// it wanted to be, with what became of it.
func (c *court) reports(ctx context.Context, l *life, all []chat.EventHistory) {
	told := map[chat.MessageID]chat.EventRecord{}
	list, _, err := l.store.Events(ctx, store.Filter{Limit: 500})
	if err != nil {
		c.wrong("listing the events: %w", err)
	}
	handled := map[lane]int{}
	for _, e := range list {
		if e.Kind != chat.Reported {
			continue
		}
		if _, twice := told[e.ReportOf]; twice {
			c.figures.Doubled++
			c.wrong("message %s is told of twice", e.ReportOf)
		}
		told[e.ReportOf] = e
		if e.Outcome == chat.Handled {
			handled[lane{e.Bot, e.Group}]++
		}
	}
	for _, m := range inOrder(all) {
		if n, i, _, _ := readText(m.Message.Text); i >= len(c.orders[n].Say) || !c.orders[n].Say[i].Report {
			continue
		}
		if e, there := told[m.ID]; !there || e.ID != m.ReportedBy {
			c.figures.Lost++
			c.wrong("message %s is %s %s, and nobody is told", m.ID, m.Status, m.Outcome)
		} else {
			c.report(ctx, l, m, e)
		}
		delete(told, m.ID)
	}
	for id := range told {
		c.wrong("message %s is told of, and nobody asked", id)
	}
	c.heard(ctx, l, handled)
}

func (c *court) report(ctx context.Context, l *life, m chat.MessageHistory, e chat.EventRecord) {
	h, err := l.store.History(ctx, e.ID)
	var x chat.Ending
	if err == nil {
		err = json.Unmarshal(h.Event.Payload, &x)
	}
	n, i, _, _ := readText(m.Message.Text)
	var of ending
	if err == nil {
		err = json.Unmarshal(x.Data, &of)
	}
	if err != nil {
		c.wrong("the report of message %s: %w", m.ID, err)
		return
	}
	c.seen.note("report", string(x.Outcome))
	if x.Message != m.ID || x.Status != m.Status || x.Outcome != m.Outcome || x.People != m.Progress.People || x.Reached != m.Progress.Reached || of != (ending{n, i}) {
		c.wrong("message %s is %s %s, %s, and is told as %+v", m.ID, m.Status, m.Outcome, m.Progress, x)
	}
	if e.Status == chat.Ready || e.Outcome == chat.Failed {
		c.wrong("the report %s of message %s is %s %s", e.ID, m.ID, e.Status, e.Outcome)
	}
}

// heard asks whether the plugins know of as many reports as were handled.
func (c *court) heard(ctx context.Context, l *life, handled map[lane]int) {
	for at, n := range handled {
		state, err := l.store.State(ctx, at.bot, at.group)
		if got := heard.Get(state); err != nil || got != n {
			c.wrong("%d reports of bot %s in group %s were handled, and it knows of %d: %v", n, at.bot, at.group, got, err)
		}
	}
}

// sessions asks whether what bots remember of their senders was kept with each
// answer, and with no other. Where the clock is set far, either way, they may be
// forgotten: from far back it is set right in the end.
func (c *court) sessions(ctx context.Context, l *life, all []chat.EventHistory) {
	far := 2 * time.Hour
	for _, l := range c.leaps {
		far += l.by.Abs()
	}
	for _, d := range c.deaths {
		far += d.leap.Abs()
	}
	if far >= chat.SessionLife {
		return
	}
	type member struct {
		lane
		user chat.UserID
	}
	runs := map[member]int{}
	for _, h := range all {
		if e := h.Event; c.orders[c.number(e.ID)].Count && e.Outcome == chat.Handled {
			runs[member{lane{e.Bot, e.Group}, e.Sender}]++
		}
	}
	for m, n := range runs {
		session, err := l.store.Session(ctx, m.bot, m.group, m.user)
		if got := count.Get(session); err != nil || got != n {
			c.wrong("%d orders of %s that count were handled by bot %s in group %s, and the session knows of %d: %v", n, m.user, m.bot, m.group, got, err)
		}
		c.seen.note("session", "kept")
	}
}
