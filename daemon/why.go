package daemon

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/console"
	"github.com/botd-chat/botd/store"
)

// WhyDelivery says why a user got the message of a delivery, or did not.
func (o operator) WhyDelivery(ctx context.Context, user chat.UserID, id chat.DeliveryID) (console.Why, error) {
	m, err := o.store.MessageOf(ctx, id)
	if err != nil {
		return console.Why{}, told(err)
	}
	return o.WhyMessage(ctx, user, m)
}

// WhyMessage says why a user got a message, or did not: by what was kept when
// its turn came, held against each other again by the code that decided then.
func (o operator) WhyMessage(ctx context.Context, user chat.UserID, id chat.MessageID) (w console.Why, err error) {
	m, err := o.store.Message(ctx, id)
	if err != nil {
		return w, told(err)
	}
	w = console.Why{User: user, Message: id, Event: m.Event, Bot: m.Bot, Group: m.Group, Got: console.NotGot, Rule: m.To,
		Stands: chat.Standing{Status: m.Status, Outcome: m.Outcome, Reason: m.Reason, Ended: m.Ended}}
	if w.Within, w.Allow, err = o.bounds(ctx, m.Event); err != nil {
		return w, err
	}
	if m.Ceiling == nil {
		unresolved(&w)
		return w, nil
	}
	read, err := o.store.Snapshot(ctx, m.Snapshot)
	if errors.Is(err, store.ErrNotFound) {
		return w, fmt.Errorf("%w: the reading of the group for message %s is not kept any more", console.ErrConflict, id)
	}
	if err != nil {
		return w, err
	}
	w.Ceiling, w.ReadAt = m.Ceiling, m.ReadAt
	read.ReadAt = m.ReadAt // one like it may have been kept before
	if o.judged(&w, m, read) {
		addressed(&w, m)
		return w, nil
	}
	if joined, ok := joinedBy(user, m); ok {
		return w, o.joinedLater(ctx, &w, m, joined)
	}
	if w.Reason == notThere {
		if err := o.erasedFrom(ctx, m, user); err != nil {
			return w, err
		}
	}
	o.notJoined(ctx, &w, m)
	return w, nil
}

// bounds is what bounds an event besides its bot, and where that is written; nil for
// nothing.
func (o operator) bounds(ctx context.Context, id chat.EventID) (*chat.Ceiling, string, error) {
	h, err := o.store.History(ctx, id)
	if err != nil || h.Event.Origin == nil || h.Event.Origin.Ceiling == nil {
		return nil, "", told(err)
	}
	return h.Event.Origin.Ceiling, h.Event.Origin.Allow(), nil
}

// judged says who the user was by a reading of the group, and whether they were
// in the message's audience.
func (o operator) judged(w *console.Why, m chat.MessageHistory, read chat.Membership) bool {
	d, known := audience.Of(m.Message, *m.Ceiling).Resolve(read).Within(m.Only).For(w.User)
	w.Role, w.Reason, w.Text, w.TextFor = d.Member.Role, d.Reason, d.Rendering, nil
	if w.Text > 0 {
		w.TextFor = &m.Renderings[w.Text-1]
	}
	if !known {
		w.Reason = notThere
	}
	return d.In
}

const notThere = "is not a member of the group, as it was read, and the rule does not name them"

// erasedFrom is an error if the user may have been in what is kept of a message
// and was taken out of it: then nothing can be said of whether they got it.
func (o operator) erasedFrom(ctx context.Context, m chat.MessageHistory, user chat.UserID) error {
	c, err := o.store.CheckErased(ctx, m.App, user)
	if err != nil {
		return err
	}
	for _, e := range c.Erasures { // the newest first
		if e.At.After(m.ReadAt) {
			return fmt.Errorf("%w: %s was erased from application %q on %s, so message %s no longer tells of them by that id; %s stands in its place",
				console.ErrConflict, user, m.App, e.At.UTC().Format(time.RFC3339), m.ID, e.Token)
		}
	}
	return nil
}

// unresolved is why about a message that was held against no group.
func unresolved(w *console.Why) {
	w.Reason = fmt.Sprintf("was not looked for: the message ended before its turn came (%s)", w.Stands.Reason)
	if w.Stands.Status == chat.Ready {
		w.Got, w.Reason = console.NotYet, "is not looked for yet: the turn of the message has not come, and who gets it is found out then"
	}
}

// addressed says what became of a message for somebody who was to get it.
func addressed(w *console.Why, m chat.MessageHistory) {
	d, ok := deliveryFor(w.User, m)
	if !ok {
		w.Reason += ", but the message was sent to nobody"
		return
	}
	deliveredBy(w, d)
	if i := slices.IndexFunc(d.Lost, func(x chat.Exclusion) bool { return x.User == w.User }); i >= 0 {
		leftOut(w, d.Lost[i], d)
		return
	}
	w.Got = got(d.Delivery)
	w.Reason += map[console.Got]string{
		console.NotGot: ", but it was not delivered", console.Perhaps: ", and it is not known whether it was delivered", console.NotYet: ", and it is still to be delivered",
	}[w.Got]
}

// deliveryFor is the delivery that is to reach a user, or else the one that they
// were last left out of: who was lost from one may have joined another later.
func deliveryFor(user chat.UserID, m chat.MessageHistory) (found chat.DeliveryHistory, ok bool) {
	for _, d := range m.Deliveries {
		lost := slices.ContainsFunc(d.Lost, func(x chat.Exclusion) bool { return x.User == user })
		if d.Recipients.Has(user) && !lost {
			return d, true
		}
		if lost {
			found, ok = d, true
		}
	}
	return found, ok
}

// got is what is known of the recipients of a delivery.
func got(d chat.Delivery) console.Got {
	switch {
	case d.Outcome == chat.Sent:
		return console.GotIt
	case d.MayHaveArrived(): // an attempt was begun, and there is no definite no
		return console.Perhaps
	case d.Status == chat.Ready:
		return console.NotYet
	}
	return console.NotGot
}

// leftOut is why about somebody who ceased to qualify.
func leftOut(w *console.Why, lost chat.Exclusion, d chat.DeliveryHistory) {
	at := lost.At.UTC().Format(time.RFC3339)
	if d.Recipients.Has(w.User) && d.MayHaveArrived() {
		w.Got = console.Perhaps
		w.Reason += fmt.Sprintf(", and may have got it before the reading of %s: %s", at, lost.Reason)
		return
	}
	w.Reason += fmt.Sprintf(", but was left out of what was sent, as read %s: %s", at, lost.Reason)
}

// deliveredBy says which delivery it is about, and how old the reading was when
// that was first tried.
func deliveredBy(w *console.Why, d chat.DeliveryHistory) {
	w.Delivery = d.ID
	w.Stands = chat.Standing{Status: d.Status, Outcome: d.Outcome, Reason: d.Reason, Ended: d.Ended}
	if len(d.Tries) > 0 && !w.ReadAt.IsZero() {
		w.Age = d.Tries[0].Began.Sub(w.ReadAt).Seconds()
	}
}
