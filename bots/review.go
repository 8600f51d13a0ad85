package bots

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/reviews"
)

// ReviewTrigger is the trigger of events by which members decide about drafts. It is
// botd's own: no plugin hears of it, and nobody can name one of theirs so.
const ReviewTrigger chat.TriggerName = "@review"

// hearDecisions lets the bot hear what reviewers write. Whether it does in a group is for
// who holds back what is written there: also a bot that has no review any more may be the
// one that hears what is written about drafts of before.
func (b *Bot) hearDecisions() {
	b.triggers[ReviewTrigger] = trigger{Trigger: Trigger{Name: ReviewTrigger, Kind: chat.Typed, Hears: &Hears{Via: chat.ViaGroup, Held: true}}}
}

func (b *Bot) reviewed() bool {
	return slices.ContainsFunc(b.Triggers, func(t Trigger) bool { return t.Review != nil })
}

// Reviewers are who decides about what comes of a trigger, bound; nil for a trigger whose
// answers nobody reviews.
func (b *Bot) Reviewers(name chat.TriggerName, sender chat.UserID) *chat.Audience {
	r := b.triggers[name].Review
	if r == nil {
		return nil
	}
	by := r.By.Bind(sender)
	return &by
}

// review makes drafts of what a plugin answered to an event whose answers are reviewed,
// and shows them to their reviewers. Whom a webhook may reach does not bound who they
// are: the operator chose them, and the sender of the webhook does not.
func (d *Dispatcher) review(ctx context.Context, log *slog.Logger, b *Bot, e chat.EventRecord, a *answer) error {
	name, r, err := d.reviewOf(ctx, b, e)
	if err != nil || r == nil {
		return err
	}
	if a.drafts, a.messages = reviews.Split(a.messages, surely(e)); len(a.drafts) == 0 {
		return nil
	}
	a.reviewed, a.lapses = name, reviews.Until(*r, a.drafts, d.Clock.Now())
	by := r.By.Bind(e.Sender)
	if by.IsNobody() {
		log.Warn("there is nobody to review what a plugin answered: it is held until an operator sees to it, or it lapses", "lapses", a.lapses)
		return nil
	}
	sheet := reviews.Sheet{Event: e, By: by, Drafts: a.drafts, Lapses: b.clock(name, a.lapses), Reach: b.Audience.Bind(e.Sender)}
	rules := []chat.Audience{sheet.Reach}
	for _, m := range a.drafts {
		rules = append(append(rules, m.To), m.Rules()...)
	}
	if m, err := d.read(ctx, b, e, b.Limits.RoleMaxAge, audience.Facts(rules...)...); err == nil { // or they are shown it without a number
		sheet.Group = &m
	}
	m, cut := sheet.Message()
	a.notices, a.cut = []chat.Message{m}, cut
	return nil
}

// surely is who caused an event, if the chat service says so. Of a webhook its content
// says it, so that whoever sends it could name a member to be told something unreviewed.
func surely(e chat.EventRecord) chat.UserID {
	if e.Origin == nil || e.Origin.Scheme != chat.SchemeCallback {
		return ""
	}
	return e.Sender
}

// reviewOf is how the answers to an event are reviewed; nil: not at all. What comes of a
// timer that was set in answer to an event, or of how a message of it ended, is reviewed
// as that event is.
func (d *Dispatcher) reviewOf(ctx context.Context, b *Bot, e chat.EventRecord) (name chat.TriggerName, r *chat.Review, err error) {
	if !b.reviewed() {
		return "", nil, nil
	}
	if name = e.Trigger; e.TimerOf != 0 || e.ReportOf != 0 {
		if name, err = d.Store.RootTrigger(ctx, e.ID); err != nil {
			return "", nil, err
		}
	}
	return name, b.triggers[name].Review, nil
}

// decision is what a member wrote about drafts, of whichever bot in the group they are.
// Whether the member may decide is asked of the group as it is now. Nobody but the member
// is told anything, and of drafts only who may decide about them.
func (d *Dispatcher) decision(ctx context.Context, b *Bot, e chat.EventRecord) (a answer, err error) {
	if e.ReplayOf != 0 { // with all of a bot's events, it may be, and the drafts are others by now
		return a, &refusal{status: chat.Done, reason: "what a member decided is not decided anew when it is handled again; the member can write it again, or an operator decides (botd dlq)"}
	}
	waiting, err := d.Store.Drafts(ctx, e.App, e.Group)
	if err != nil {
		return a, err
	}
	mayDecide, err := d.decider(ctx, b, e, waiting...)
	if err != nil {
		return a, err
	}
	a.as = b.Name
	tell := func(text string) {
		a.notices = []chat.Message{{To: chat.Users(e.Sender), Text: text, Priority: chat.High}}
	}
	command, wrong := reviews.Read(e.Text)
	if wrong != "" {
		tell(wrong)
		return a, nil
	}
	mine := slices.DeleteFunc(waiting, func(x chat.Drafts) bool { return !mayDecide(x) })
	for i := range mine {
		mine[i].Lapses = d.clockOf(mine[i])
	}
	chosen, text := command.Choose(mine)
	switch {
	case text != "":
		tell(text)
	case chosen.Event == 0:
		text, err = d.settled(ctx, b, command, e, &a)
		tell(text)
	case d.Clock.Now().After(chosen.Lapses):
		a.as = chosen.Bot
		tell(reviews.Lapsed(chosen, chat.Audience{}).Text)
	case command.Release && chosen.Cut:
		a.as = chosen.Bot
		tell(reviews.Unseen(chosen))
	default:
		a.as, a.decision = chosen.Bot, &chat.Decision{Event: chosen.Event, Release: command.Release, By: chat.Reviewer(e.Sender, command.Reason)}
		tell(command.Done(chosen))
	}
	return a, err
}

// late is the end of an event in which somebody decided about drafts that others, or time,
// had decided about a moment before.
func (d *Dispatcher) late(ctx context.Context, work chat.EventWork, end chat.EventEnd) (chat.EventEnd, error) {
	_, reasons, err := d.Store.Decided(ctx, end.Decision.Event)
	if len(reasons) == 0 && err == nil { // they lapsed, and that was not noticed yet
		reasons = []string{"nobody released it in time"}
	}
	text := reviews.Settled(end.Decision.Event, reasons)
	end.Decision, end.Notices = nil, []chat.Message{{To: chat.Users(work.Event.Sender), Text: text, Priority: chat.High}}
	return end, err
}

// settled says what became of drafts that do not wait, to who could have decided.
func (d *Dispatcher) settled(ctx context.Context, b *Bot, c reviews.Command, e chat.EventRecord, a *answer) (string, error) {
	was, reasons, err := d.Store.Decided(ctx, c.Event)
	switch {
	case err != nil:
		return "", err
	case len(reasons) == 0, was.App != e.App, was.Group != e.Group:
		return c.NotYours(), nil
	}
	mayDecide, err := d.decider(ctx, b, e, was)
	switch {
	case err != nil:
		return "", err
	case !mayDecide(was):
		return c.NotYours(), nil
	}
	a.as = was.Bot
	return reviews.Settled(was.Event, reasons), nil
}

// decider reports of each of these drafts whether the sender of the event reviews it, as
// the group and the configuration are now, within what its bot may reach: nobody decides
// about what they may not see.
func (d *Dispatcher) decider(ctx context.Context, b *Bot, e chat.EventRecord, list ...chat.Drafts) (func(chat.Drafts) bool, error) {
	var rules []chat.Audience
	for _, x := range list {
		if by, within := d.reviewersOf(x); by != nil {
			rules = append(rules, *by, within)
		}
	}
	group, err := d.read(ctx, b, e, 0, audience.Facts(rules...)...)
	if err != nil {
		return nil, err
	}
	member, err := d.sender(e, group)
	if err != nil {
		return nil, err
	}
	return func(x chat.Drafts) bool {
		by, within := d.reviewersOf(x)
		return by != nil && audience.Of(chat.Message{To: *by}, within).At(group.ReadAt).Decide(*member).In
	}, nil
}

// reviewersOf are who reviews drafts, and whom their bot may reach; nil: nobody does now.
func (d *Dispatcher) reviewersOf(x chat.Drafts) (by *chat.Audience, within chat.Audience) {
	b := d.Bots(x.Bot)
	if b == nil {
		return nil, within
	}
	return b.Reviewers(x.Trigger, x.Sender), b.Audience.Bind(x.Sender)
}

// clockOf is when drafts lapse, by the clock of their trigger.
func (d *Dispatcher) clockOf(x chat.Drafts) time.Time {
	if b := d.Bots(x.Bot); b != nil {
		return b.clock(x.Trigger, x.Lapses)
	}
	return x.Lapses
}

// clock is a time as whoever wrote a trigger reads it.
func (b *Bot) clock(name chat.TriggerName, t time.Time) time.Time {
	if zone := b.triggers[name].Zone; zone != nil {
		return t.In(zone)
	}
	return t.UTC()
}
