package chat

import (
	"fmt"
	"slices"
	"time"
)

// What plugins answer is made here: an audience says something, and what holds for
// all of it is put around that.
//
//	return chat.Urgent(chat.Expire(e.Time.Add(10*time.Minute), chat.Admins.Say("The door is open."))), nil

// Say is a message of one text to this audience.
func (a Audience) Say(format string, args ...any) []Message {
	return []Message{{To: a, Text: fmt.Sprintf(format, args...)}}
}

// Show is a message of these parts to this audience, in their order.
func (a Audience) Show(first Part, more ...Part) []Message {
	m := Message{To: a, Elements: []Element{first.element()}}
	for _, p := range more {
		m.Elements = append(m.Elements, p.element())
	}
	return []Message{m}
}

// Rather has some of those whom messages are for told something else: each the first
// of these that is for them, and only that.
//
//	return chat.Rather(chat.Everyone.Say("The build failed."), chat.Admins.Say("The build failed: %s", why)), nil
func Rather(list []Message, rather ...[]Message) []Message {
	return with(list, func(m *Message) {
		m.Renderings = slices.Clone(m.Renderings)
		for _, other := range slices.Concat(rather...) {
			m.Renderings = append(m.Renderings, Rendering{To: other.To, Text: other.Text, Elements: other.Elements})
		}
	})
}

// Each is one message that tells each of these members a text of their own. Who is told
// nothing, "", is left out; for nobody there is no message.
func Each(ids []UserID, text func(UserID) string) []Message {
	var m Message
	for _, id := range ids {
		if own := text(id); own != "" {
			m.To.Users = append(m.To.Users, id)
			m.Renderings = append(m.Renderings, Rendering{To: Users(id), Text: own})
		}
	}
	if len(m.Renderings) == 0 {
		return nil
	}
	return []Message{m}
}

// Part is what [Audience.Show] puts in a message: [Text], [Custom], [Image], [File],
// [Location] or [Face].
type Part interface{ element() Element }

func (t Text) element() Element     { return Element{Text: &t} }
func (c Custom) element() Element   { return Element{Custom: &c} }
func (i Image) element() Element    { return Element{Image: &i} }
func (f File) element() Element     { return Element{File: &f} }
func (l Location) element() Element { return Element{Location: &l} }
func (f Face) element() Element     { return Element{Face: &f} }

// Expire gives messages a time after which they are not worth sending, and are not
// sent; see [Message.Expires].
func Expire(at time.Time, list []Message) []Message {
	return with(list, func(m *Message) { m.Expires = at })
}

// Urgent has messages go before those that are not; see [Message.Priority].
func Urgent(list []Message) []Message {
	return with(list, func(m *Message) { m.Priority = High })
}

// AtMost has messages refused, and sent to nobody, if they come to be for more than n
// members; see [Message.Limit].
func AtMost(n int, list []Message) []Message {
	return with(list, func(m *Message) { m.Limit = n })
}

// Collapse gives messages a key under which the newest counts alone; see
// [Message.Collapse]. It is for what is out of date once there is a newer one,
// such as a score:
//
//	return chat.Collapse("score", chat.Admins.Say("Carol leads with %d points.", n)), nil
func Collapse(key string, list []Message) []Message {
	return with(list, func(m *Message) { m.Collapse = key })
}

// with is the messages after a change to each. Those of the caller stay as they were.
func with(list []Message, change func(*Message)) []Message {
	own := slices.Clone(list)
	for i := range own {
		change(&own[i])
	}
	return own
}
