package receipts

import (
	"slices"
	"time"

	"github.com/botd-chat/botd/audience"
	"github.com/botd-chat/botd/chat"
)

// rules are what a receipt tells of the rules by which its people got what they got.
type rules struct {
	rule, ceiling chat.Audience
	only          []chat.UserID
	// Of a message that has several bodies.
	rendered *chat.Audience
	rather   []chat.Audience
}

func (m *maker) rules() rules {
	x := m.Message
	t := rules{rule: x.To}
	if x.Ceiling != nil {
		t.ceiling = *x.Ceiling
	}
	if x.Only != nil {
		t.only = x.Only.IDs()
	}
	if len(x.Message.Renderings) > 0 {
		t.narrow(x.Message.Rules(), m.Delivery)
	}
	return t
}

// narrow cuts the rules of a message with several bodies down to the people of one
// delivery, and adds those that say which body is theirs. There may be a body for each of
// hundreds of people, who all are named in the message's rule.
func (t *rules) narrow(of []chat.Audience, d chat.Delivery) {
	ids := d.Recipients.IDs()
	for _, l := range d.Lost {
		ids = append(ids, l.User)
	}
	others := func(id chat.UserID) bool { return !slices.Contains(ids, id) }
	t.rule, t.only = without(t.rule, others), slices.DeleteFunc(slices.Clone(t.only), others)
	for i, rule := range of {
		cut := without(rule, others)
		switch {
		case i+1 == d.Rendering:
			t.rendered = &cut
			return
		case !cut.IsNobody():
			t.rather = append(t.rather, cut)
		}
	}
}

// without is a rule that says of all but those what the whole rule says.
func without(a chat.Audience, those func(chat.UserID) bool) chat.Audience {
	a.Users, a.Except = slices.DeleteFunc(slices.Clone(a.Users), those), slices.DeleteFunc(slices.Clone(a.Except), those)
	var some []chat.Audience
	for _, x := range a.AnyOf {
		if x = without(x, those); !x.IsNobody() {
			some = append(some, x)
		}
	}
	a.AnyOf = some
	if a.Within != nil {
		within := without(*a.Within, those)
		a.Within = &within
	}
	return a
}

// users are all whom the rules speak of.
func (t rules) users() []chat.UserID {
	ids := slices.Concat(mentioned(t.rule), mentioned(t.ceiling), t.only)
	for _, a := range t.rather {
		ids = append(ids, mentioned(a)...)
	}
	if t.rendered != nil {
		ids = append(ids, mentioned(*t.rendered)...)
	}
	return ids
}

// bodies is which body it was, as it stands in a receipt.
func (m *maker) bodies(t rules) *Bodies {
	if len(m.Message.Message.Renderings) == 0 {
		return nil
	}
	b := &Bodies{Rendering: m.Delivery.Rendering}
	for _, a := range t.rather {
		b.Rather = append(b.Rather, m.rule(a))
	}
	if t.rendered != nil {
		rule := m.rule(*t.rendered)
		b.Rendered = &rule
	}
	return b
}

// theirs reports whether that body was for somebody whom the message was for. A rule
// before it of which a condition is not there is not counted against them.
func (b *Bodies) theirs(r reader, x chat.Member, at time.Time) bool {
	m := chat.Message{To: chat.Everyone}
	for _, rule := range b.Rather {
		if r.knows(rule) {
			m.Renderings = append(m.Renderings, chat.Rendering{To: r.audience(rule)})
		}
	}
	mine := 0
	if b.Rendered == nil {
		m.Text = "its own"
	} else {
		m.Renderings = append(m.Renderings, chat.Rendering{To: r.audience(*b.Rendered)})
		mine = len(m.Renderings)
	}
	d := audience.Of(m, chat.Everyone).At(at).Decide(x)
	return d.In && d.Rendering == mine
}

// knows reports whether all conditions of a rule are there and can be asked.
func (r reader) knows(x Rule) bool {
	return (x.Where == 0 || r.asked && r.line.Says(x.Where) != "") && (x.Within == nil || r.knows(*x.Within)) &&
		!slices.ContainsFunc(x.AnyOf, func(y Rule) bool { return !r.knows(y) })
}
