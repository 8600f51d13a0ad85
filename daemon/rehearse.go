package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/bots"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/delivery"
)

// RehearseRetry says whom a message would reach if it were sent again.
func (o operator) RehearseRetry(ctx context.Context, id chat.MessageID, resend, show bool) (d console.Done, err error) {
	plan, err := o.store.PlanRetry(ctx, id, resend)
	if err != nil {
		return d, told(err)
	}
	m := plan.Message
	r := console.Rehearsal{Bot: m.Bot, Group: m.Group, Sender: m.Sender}
	bot := o.bot(m.Bot)
	if bot == nil || bot.App != m.App || !bot.In(m.Group) {
		r.Status, r.Outcome = chat.Held, chat.Refused
		r.Reason = fmt.Sprintf("no bot %q of app %q speaks in group %s as it is configured now", m.Bot, m.App, m.Group)
	} else {
		r.Status = chat.Ready
		said, err := o.rehearsed(ctx, bot, m.Group, m.Sender, m.Message, plan.Only, show)
		if err != nil {
			return d, err
		}
		r.Messages = []console.Rehearsed{said}
		if m.Outcome == chat.Surged {
			r.Reason = fmt.Sprintf("dlq retry would ask again whether so many are meant, and send nothing; botd dlq approve %s sends it", id)
		}
	}
	d = console.Done{Target: id.String(), Dry: &r}
	if resend {
		d.Warning = again
	}
	return d, nil
}

// RehearseReplay says what would come of an event if it were handled again.
func (o operator) RehearseReplay(ctx context.Context, id chat.EventID, show bool) (d console.Done, err error) {
	h, err := o.store.History(ctx, id)
	if err != nil {
		return d, told(err)
	}
	if h.Event.Status == chat.Ready {
		return d, fmt.Errorf("%w: event %s has not ended", console.ErrConflict, id)
	}
	r, err := o.rehearseEvent(ctx, h.Event, show)
	return console.Done{Target: id.String(), Dry: &r}, err
}

// rehearseArrival says what would come of each event of an arrival.
func (o operator) rehearseArrival(ctx context.Context, a chat.Arrival, show bool) ([]console.Rehearsal, error) {
	list := make([]console.Rehearsal, 0, len(a.Groups))
	for _, g := range a.Groups {
		r, err := o.rehearseEvent(ctx, chat.EventRecord{App: a.App, Bot: a.Bot, Trigger: a.Trigger, Kind: a.Kind, Group: g,
			Sender: a.Sender, Text: a.Text, Payload: a.Payload, Time: a.Time, Accepted: a.Time, Status: chat.Ready, Origin: a.Origin}, show)
		if err != nil {
			return nil, err
		}
		r.Text = a.Text // who asks has sent it
		list = append(list, r)
	}
	return list, nil
}

// rehearseEvent runs the plugin and holds what it says against the group now.
func (o operator) rehearseEvent(ctx context.Context, e chat.EventRecord, show bool) (r console.Rehearsal, err error) {
	state, err := o.store.State(ctx, e.Bot, e.Group)
	if err != nil {
		return r, err
	}
	session, err := o.store.Session(ctx, e.Bot, e.Group, e.Sender)
	if err != nil {
		return r, err
	}
	end, err := o.dispatcher.Rehearse(ctx, e, state, session)
	if err != nil {
		return r, err
	}
	r = console.Rehearsal{Bot: e.Bot, Group: e.Group, Sender: e.Sender, Messages: []console.Rehearsed{},
		Standing: chat.Standing{Status: end.Status, Outcome: end.Outcome, Reason: end.Reason}}
	if show {
		r.Text = e.Text
	}
	if e.Origin != nil && e.Origin.Ceiling != nil {
		r.Ceiling, r.Allow = e.Origin.Ceiling, e.Origin.Allow()
	}
	for _, l := range end.Timers {
		l.Payload = nil // it is content
		r.Timers = append(r.Timers, l)
	}
	for _, m := range end.Messages {
		said, err := o.rehearsed(ctx, o.bot(e.Bot), e.Group, e.Sender, m, nil, show)
		if err != nil {
			return r, err
		}
		r.Messages = append(r.Messages, said)
	}
	if err := o.rehearsedReview(ctx, &r, e, end, show); err != nil {
		return r, err
	}
	return r, o.keptBack(ctx, e, r.Messages)
}

// rehearsedReview adds what would be reviewed first, and by whom.
func (o operator) rehearsedReview(ctx context.Context, r *console.Rehearsal, e chat.EventRecord, end chat.EventEnd, show bool) error {
	bot := o.bot(e.Bot)
	for _, m := range end.Drafts {
		said, err := o.rehearsed(ctx, bot, e.Group, e.Sender, m, nil, show)
		if err != nil {
			return err
		}
		said.Draft = true
		r.Messages = append(r.Messages, said)
	}
	if len(end.Drafts) == 0 {
		return nil
	}
	r.Review = &console.Review{Lapses: end.Lapses}
	by := bot.Reviewers(end.Review, e.Sender)
	if by == nil {
		return nil // of a reload in between
	}
	var err error
	r.Review.By, err = o.explain(ctx, bot, e.Group, chat.Message{To: *by}, bot.Audience.Bind(e.Sender), nil)
	return err
}

// keptBack says of messages that would be sent by their audience why they would
// not go all the same.
func (o operator) keptBack(ctx context.Context, e chat.EventRecord, list []console.Rehearsed) error {
	bot := o.bot(e.Bot)
	var last chat.Run
	if bot != nil && bot.Surge == chat.SurgeHold {
		var err error
		if last, err = o.store.LatestRun(ctx, e.Bot, e.Trigger, e.Group); err != nil {
			return err
		}
	}
	for i := range list {
		m := &list[i]
		newer := func(x console.Rehearsed) bool { return m.Collapse != "" && x.Collapse == m.Collapse }
		switch {
		case m.Audience.Refusal != "":
		case slices.ContainsFunc(list[i+1:], newer):
			m.Audience.Refusal = "a later message of the same answer has the same key and takes its place (collapse)"
		case bot != nil:
			if reason := delivery.Grown(m.Audience.Reached, last, bot.Limits.SurgeFactor); reason != "" {
				m.Audience.Refusal = "it would be held until a person approves of it: " + reason
			}
		}
	}
	return nil
}

// rehearsed holds a message against its group as delivery would.
func (s *system) rehearsed(ctx context.Context, bot *bots.Bot, g chat.GroupID, sender chat.UserID, m chat.Message, only *chat.Recipients, show bool) (console.Rehearsed, error) {
	x, err := s.explain(ctx, bot, g, m, bot.Audience.Bind(sender), only)
	if n := m.Most(bot.Limits.Recipients); x.Refusal == "" && x.Reached > n {
		x.Refusal = fmt.Sprintf("%d members, and the message may have %d recipients", x.Reached, n)
	}
	said := console.Rehearsed{Audience: x, Priority: m.Priority, Collapse: m.Collapse, Expires: m.Expires}
	if m.Report != nil {
		said.Report = m.Report.Name
	}
	if show {
		said.Body = m.Body()
	}
	said.Texts = textsOf(m, x, show)
	return said, err
}

// textsOf is who would get which of several texts.
func textsOf(m chat.Message, x console.Explanation, show bool) []console.RehearsedText {
	if len(m.Renderings) == 0 {
		return nil
	}
	var list []console.RehearsedText
	for i := range len(m.Renderings) + 1 {
		t := console.RehearsedText{Rendering: i, People: []chat.UserID{}}
		if i > 0 {
			t.To = &m.Renderings[i-1].To
		}
		if show {
			t.Body = m.BodyOf(i)
		}
		list = append(list, t)
	}
	for _, v := range x.Verdicts {
		if v.In {
			list[v.Rendering].People = append(list[v.Rendering].People, v.User)
		}
	}
	if !m.HasBody() {
		return list[1:]
	}
	return list
}

// explain holds a message, or a rule alone, that is bound against a group as it is now,
// by the code that sends.
func (s *system) explain(ctx context.Context, bot *bots.Bot, g chat.GroupID, m chat.Message, ceiling chat.Audience, only *chat.Recipients) (x console.Explanation, err error) {
	app := s.app(bot.App)
	if app == nil {
		return x, fmt.Errorf("%w: app %q is not configured any more", console.ErrConflict, bot.App)
	}
	members, err := app.directory.Read(ctx, g, bot.Limits.RoleMaxAge, audience.Facts(append(m.Rules(), m.To, ceiling)...)...)
	switch {
	case errors.Is(err, audience.ErrUntargetable):
		return console.Explanation{Bot: bot.Name, Group: g, Rule: m.To, Ceiling: ceiling, Refusal: err.Error()}, nil
	case err != nil:
		return x, fmt.Errorf("%w: %w", console.ErrUnavailable, err)
	}
	x = console.Explanation{Bot: bot.Name, Group: g, Type: members.Type, Rule: m.To, Ceiling: ceiling, ReadAt: members.ReadAt}
	resolution := audience.Of(m, ceiling).Resolve(members).Within(only)
	for _, d := range resolution.Decisions {
		x.Verdicts = append(x.Verdicts, console.Verdict{User: d.Member.ID, Role: d.Member.Role, In: d.In, Reason: d.Reason, Rendering: d.Rendering})
	}
	to, somebody := resolution.Recipients()
	x.Reached = to.Len()
	switch {
	case !somebody:
		x.Refusal = "nobody is both addressed and within what the bot may reach"
	case to.Len() > bot.Limits.Recipients:
		x.Refusal = fmt.Sprintf("%d members, and the bot may address %d with one message (limits: recipients)", to.Len(), bot.Limits.Recipients)
	}
	return x, nil
}
