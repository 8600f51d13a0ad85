package audience

import (
	"fmt"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Judge decides for one message who gets it, and which of its bodies: that of the first
// rendering whose rule has them, and the message's own if none has. It is one answer, so
// that nobody gets two.
type Judge struct {
	judge
	texts texts
}

// Of is the judge of a message that is bound ([chat.Message.Bind]), within a ceiling. Of
// one that has nothing but a rule it decides about that.
func Of(m chat.Message, ceiling chat.Audience) *Judge {
	return &Judge{judge{rule: m.To, ceiling: ceiling}, newTexts(m)}
}

// At has the judge decide about members as they were read at that time, which a Where
// calls now.
func (j *Judge) At(t time.Time) *Judge {
	j.at = t
	return j
}

// Decide decides about one member as [Judge.Resolve] does. Somebody without a role is
// not a member and never qualifies.
func (j *Judge) Decide(m chat.Member) Decision {
	in, reason := j.decide(m)
	d := Decision{Member: m, In: in, Reason: reason}
	if !in || len(j.texts.rules) == 0 {
		return d
	}
	switch d.Rendering = j.text(m); {
	case d.Rendering > 0:
		d.Reason += fmt.Sprintf("; gets text %d", d.Rendering)
	case j.texts.own:
		d.Reason += "; gets the text for all others"
	default:
		d.In, d.Reason = false, reason+", but none of the message's texts is for them"
	}
	return d
}

// text is which rendering is for somebody whom the message is for; 0 is none.
func (j *Judge) text(m chat.Member) int {
	by := j.texts.named[m.ID]
	for _, n := range j.texts.others {
		if by > 0 && n > by {
			break
		}
		if in, _ := j.match(&j.texts.rules[n-1], m); in {
			return n
		}
	}
	return by
}

// texts are the rules of a message's renderings, which are counted from 1.
type texts struct {
	own   bool // there is a text for those of whom no rendering is
	rules []chat.Audience
	// named is the first of those that say no more than whom by name, for each of these:
	// there may be one for each member of a large group. The others are in their order.
	named  map[chat.UserID]int
	others []int
}

func newTexts(m chat.Message) texts {
	t := texts{own: m.HasBody(), rules: m.Rules()}
	for i, a := range t.rules {
		if !namesAlone(a) {
			t.others = append(t.others, i+1)
			continue
		}
		if t.named == nil {
			t.named = map[chat.UserID]int{}
		}
		for _, id := range a.Users {
			if t.named[id] == 0 {
				t.named[id] = i + 1
			}
		}
	}
	return t
}

// namesAlone says that a rule has those whom it names, and there is nothing else in it.
func namesAlone(a chat.Audience) bool {
	return !a.Everyone && len(a.Roles) == 0 && len(a.AnyOf) == 0 && len(a.Except) == 0 && a.Within == nil && a.Where == ""
}

// Shares is everybody who is in, by the body they get: the message's own first, then the
// renderings in their order. It is empty when nobody is in.
func (r Resolution) Shares() []chat.Share {
	var by []([]chat.UserID)
	for _, d := range r.Decisions {
		if !d.In {
			continue
		}
		for len(by) <= d.Rendering {
			by = append(by, nil)
		}
		by[d.Rendering] = append(by[d.Rendering], d.Member.ID)
	}
	var shares []chat.Share
	for n, ids := range by {
		if to, err := chat.NewRecipients(ids); err == nil {
			shares = append(shares, chat.Share{Rendering: n, Recipients: to})
		}
	}
	return shares
}

// Gets says whether somebody is to get this of the message's bodies, and why or why not.
func (d Decision) Gets(rendering int) (in bool, reason string) {
	if d.In && d.Rendering != rendering {
		return false, d.Reason + " now, and not this one"
	}
	return d.In, d.Reason
}
