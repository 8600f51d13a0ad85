package callbacks

import (
	"slices"
	"strings"

	"github.com/botd-chat/botd/chat"
)

// verdict is what the rules of a group say about a message.
type verdict struct {
	message Message // with its text as the command that it is, where it was in disguise
	hold    []Rule
	mask    []Rule // that replaced something
	masked  []byte // the MsgBody after them; nil where it has become too long
}

// role is whose messages count.
type role func(chat.UserID) (chat.Role, bool)

// allows reports whether somebody's messages count for a rule. If it is not known who
// somebody is, unknown decides.
func (r Rule) allows(of role, user chat.UserID, unknown bool) bool {
	if len(r.Roles) == 0 {
		return true
	}
	is, ok := of(user)
	if !ok {
		return unknown
	}
	return slices.Contains(r.Roles, is)
}

// hears reports whether what is written is what a rule waits for. What has no text is
// any message, and nothing else.
func (r Rule) hears(m Message) bool {
	switch {
	case r.Any:
		return true
	case r.Pattern != nil:
		return m.Text != "" && r.Pattern.MatchString(m.Text)
	}
	return slices.ContainsFunc(r.Commands, func(c string) bool { return commanded(m.Text, c) })
}

// commanded reports whether a text is a command of that name, in whatever case.
func commanded(text, command string) bool {
	name, _, ok := chat.CommandIn(text)
	return ok && strings.EqualFold(name, command)
}

// judge says what becomes of a message before anybody sees it. Where it is not known which
// role its sender has, the stricter answer is given.
func (g *room) judge(m Message, of role) verdict {
	v := verdict{message: m}
	if v.hold = g.holding(&v.message, of); len(v.hold) > 0 {
		return v
	}
	v.masked = m.Elements
	for _, r := range g.mask {
		if !r.hears(m) || !r.allows(of, m.From, true) {
			continue
		}
		masked, changed := r.Mask.apply(v.masked)
		if changed {
			v.mask = append(v.mask, r)
			v.masked = masked
		}
	}
	if len(v.masked) > maxBody && len(v.mask) > 0 {
		v.masked = nil
	}
	return v
}

// holding are the rules that take a message out of the group. One that is in disguise
// loses it: its text becomes what its sender meant.
func (g *room) holding(m *Message, of role) (list []Rule) {
	for _, r := range g.hold {
		if r.hears(*m) && r.allows(of, m.From, true) {
			list = append(list, r)
		}
	}
	if len(list) > 0 || len(g.held) == 0 {
		return list
	}
	d, ok := g.disguised(*m)
	if !ok {
		return nil
	}
	for _, r := range g.hold {
		if slices.Contains(r.Commands, d.command) && r.allows(of, m.From, true) {
			r.Near = !d.same
			list = append(list, r)
		}
	}
	if len(list) > 0 && d.same {
		m.Text = d.text
	}
	return list
}

// opening are the rules that take what everybody in the group can see.
func opening(rules []Rule, m Message, of role) (list []Rule) {
	for _, r := range rules {
		if r.hears(m) && r.allows(of, m.From, false) {
			list = append(list, r)
		}
	}
	return list
}
