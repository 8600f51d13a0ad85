package audience

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
)

// Decision is whether somebody sees a message, and why.
type Decision struct {
	Member chat.Member // Role is empty for somebody who is not in the group
	In     bool
	Reason string // follows the name: "has role admin", "is excepted by name"
	// Rendering is which of the message's bodies somebody gets who is in, as
	// [chat.Message.BodyOf] counts them.
	Rendering int
}

// Resolution is what a rule came to in a group: one decision for each member,
// and for each user the rule names who is not a member.
type Resolution struct {
	Decisions []Decision // sorted by member, each once
}

// Resolve holds rule against the members of a group. Somebody is in only if
// both rule and ceiling have them, so a rule can narrow what the bot may reach
// and never widen it; the zero value of either is nobody. Rules are read bound
// ([chat.Audience.Bind]): a Sender that still stands in one is nobody. In a
// group whose type has no targeted messages nobody is in. What a Where calls now is
// when the group was read, so that the same comes of it whenever it is looked at again.
func Resolve(rule, ceiling chat.Audience, m chat.Membership) Resolution {
	return Of(chat.Message{To: rule}, ceiling).Resolve(m)
}

// Resolve holds the message against the members of a group, as the function of that
// name does with a rule.
func (j *Judge) Resolve(m chat.Membership) Resolution {
	named := strangers(j.rule, m)
	decisions := make([]Decision, 0, len(m.Members)+len(named))
	j.at = m.ReadAt
	for _, x := range m.Members {
		d := j.Decide(x)
		if !m.Type.Targetable() {
			d = Decision{Member: x, Reason: untargetable(m.Type)}
		}
		decisions = append(decisions, d)
	}
	for _, id := range named {
		decisions = append(decisions, Decision{Member: chat.Member{ID: id}, Reason: notMember})
	}
	slices.SortFunc(decisions, func(a, b Decision) int {
		return strings.Compare(string(a.Member.ID), string(b.Member.ID))
	})
	return Resolution{decisions}
}

// strangers are the users that a rule names who are not members, each once.
func strangers(rule chat.Audience, m chat.Membership) []chat.UserID {
	ids := named(rule)
	if len(ids) == 0 {
		return nil
	}
	present := make(map[chat.UserID]bool, len(m.Members))
	for _, x := range m.Members {
		present[x.ID] = true
	}
	return slices.DeleteFunc(ids, func(id chat.UserID) bool {
		again := present[id]
		present[id] = true
		return again
	})
}

const notMember = "is not a member of the group"

func untargetable(t chat.GroupType) string {
	return fmt.Sprintf("cannot be targeted: a group of type %q has no targeted messages", string(t))
}

// Recipients is everybody who is in; ok is false when that is nobody, and then
// there is nothing to send.
func (r Resolution) Recipients() (to chat.Recipients, ok bool) {
	n := 0
	for _, d := range r.Decisions {
		if d.In {
			n++
		}
	}
	ids := make([]chat.UserID, 0, n)
	for _, d := range r.Decisions {
		if d.In {
			ids = append(ids, d.Member.ID)
		}
	}
	to, err := chat.NewRecipients(ids)
	return to, err == nil
}

// Within cuts a resolution down to those in only, for a message that is sent
// again; everybody else who was in is out. Nil changes nothing.
func (r Resolution) Within(only *chat.Recipients) Resolution {
	if only == nil {
		return r
	}
	cut := slices.Clone(r.Decisions)
	for i := range cut {
		if d := &cut[i]; d.In && !only.Has(d.Member.ID) {
			d.In, d.Rendering, d.Reason = false, 0, d.Reason+", but this is sent again only to those whom the first did not reach"
		}
	}
	return Resolution{cut}
}

// For is the decision about one user; ok is false when the user is neither a
// member nor named by the rule.
func (r Resolution) For(id chat.UserID) (d Decision, ok bool) {
	i, ok := slices.BinarySearchFunc(r.Decisions, id, func(d Decision, id chat.UserID) int {
		return strings.Compare(string(d.Member.ID), string(id))
	})
	if !ok {
		return Decision{}, false
	}
	return r.Decisions[i], true
}

// Qualifies decides about one member as [Resolve] does, by who they are: of a Where that
// asks for facts that were not read, or what the time is, it is nobody; see [Judge.At].
// Somebody without a role is not a member and never qualifies.
func Qualifies(rule, ceiling chat.Audience, m chat.Member) (in bool, reason string) {
	j := judge{rule: rule, ceiling: ceiling}
	return j.decide(m)
}

// judge decides about one member after the other. Its words for the rules are
// made once: a large group has thousands of members who get the same ones.
type judge struct {
	rule, ceiling chat.Audience
	at            time.Time // when the members were read
	// What Describe says of them, and the sentences made of that; empty until
	// they are needed.
	only, beyond string
	others       map[chat.Role]string // of those in a role who are not addressed
	reason, kept string               // the last who was kept out of reach: why addressed, and the whole
	conditions   map[string]*condition
	outsiders    map[outside]string
}

func (j *judge) decide(m chat.Member) (in bool, reason string) {
	if m.Role.Validate() != nil {
		return false, notMember
	}
	in, reason = j.match(&j.rule, m)
	if !in {
		return false, j.notAddressed(m, reason)
	}
	if allowed, why := j.match(&j.ceiling, m); !allowed {
		if why == "" && reason == j.reason && j.kept != "" {
			return false, j.kept
		}
		whole := reason + j.outOfReach(m, why)
		if why == "" {
			j.reason, j.kept = reason, whole
		}
		return false, whole
	}
	return true, reason
}

// notAddressed says why the rule does not have a member.
func (j *judge) notAddressed(m chat.Member, why string) string {
	switch {
	case why != "":
		return why
	case j.rule.IsNobody():
		return "is not addressed: the rule names nobody"
	case j.only == "":
		j.only = Describe(j.rule)
	}
	text, ok := j.others[m.Role]
	if !ok {
		text = hasRole(m.Role) + " and is not addressed, only " + j.only
		if j.others == nil {
			j.others = map[chat.Role]string{}
		}
		j.others[m.Role] = text
	}
	return text
}

// outOfReach says why the ceiling keeps out somebody the rule has.
func (j *judge) outOfReach(m chat.Member, why string) string {
	switch {
	case why != "":
		return ", but the bot may not reach " + Describe(chat.Users(m.ID))
	case j.ceiling.IsNobody():
		return ", but the bot may reach nobody"
	case j.beyond == "":
		j.beyond = Describe(j.ceiling)
	}
	return ", but the bot may only reach " + j.beyond
}

func hasRole(r chat.Role) string {
	switch r { // of which all members get the same words
	case chat.Owner:
		return "has role owner"
	case chat.Admin:
		return "has role admin"
	case chat.Normal:
		return "has role member"
	}
	return "has role " + string(r)
}

const excepted = "is excepted by name"

// match decides about a member by one rule. The exception comes first: within
// its audience it wins over everything that would have let the member in. The
// reason is empty for somebody the rule does not speak of.
func (j *judge) match(a *chat.Audience, m chat.Member) (in bool, reason string) {
	switch {
	case slices.Contains(a.Except, m.ID):
		return false, excepted
	case slices.Contains(a.Users, m.ID):
		in, reason = true, "is named"
	case slices.Contains(a.Roles, m.Role):
		in, reason = true, hasRole(m.Role)
	case a.Everyone && a.Where != "":
		in, reason = true, "is a member" // of whom the condition says which
	case a.Everyone:
		in, reason = true, "is a member, and everyone is addressed"
	default:
		in, reason = j.anyOf(a.AnyOf, m)
	}
	if in && (a.Within != nil || a.Where != "") {
		return j.narrow(a, m, reason)
	}
	return in, reason
}

func (j *judge) anyOf(list []chat.Audience, m chat.Member) (in bool, reason string) {
	for i := range list { // the first that has the member gives the reason
		in, why := j.match(&list[i], m)
		if in {
			return true, why
		}
		if why != "" {
			reason = why
		}
	}
	return false, reason
}

// narrow asks the rest of a rule about a member it would let in for this reason.
func (j *judge) narrow(a *chat.Audience, m chat.Member, reason string) (in bool, why string) {
	if a.Within != nil {
		if within, _ := j.match(a.Within, m); !within {
			return false, j.without(a.Within, reason)
		}
	}
	if a.Where != "" {
		met, why := j.meets(a.Where, m)
		return met, reason + why
	}
	return true, reason
}

// without says of whoever is addressed for this reason that they are not within a.
func (j *judge) without(a *chat.Audience, reason string) string {
	key := outside{a, reason}
	text, ok := j.outsiders[key]
	if !ok {
		if j.outsiders == nil {
			j.outsiders = map[outside]string{}
		}
		text = reason + ", but is not within (" + Describe(*a) + ")"
		j.outsiders[key] = text
	}
	return text
}

// outside is a rule that somebody is not within, and why they are addressed.
type outside struct {
	within *chat.Audience
	reason string
}

// named lists the users that a rule names, exceptions apart, also within AnyOf.
func named(a chat.Audience) []chat.UserID {
	if len(a.Users) == 0 && len(a.AnyOf) == 0 {
		return nil
	}
	ids := slices.Clone(a.Users)
	for _, x := range a.AnyOf {
		ids = append(ids, named(x)...)
	}
	return slices.DeleteFunc(ids, func(id chat.UserID) bool { return slices.Contains(a.Except, id) })
}
