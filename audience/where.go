package audience

import (
	"fmt"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/expression"
)

// CheckWhere reports what is wrong with a Where.
func CheckWhere(source string) error {
	if _, err := expression.CompileMember(source); err != nil {
		return err
	}
	return asks(source).Validate()
}

// Facts are what rules ask about members, beside who they are and in which role.
func Facts(rules ...chat.Audience) chat.Facts {
	var all []chat.Fact
	for _, a := range rules {
		all = append(all, asks(a.Where)...)
		all = append(all, Facts(a.AnyOf...)...)
		if a.Within != nil {
			all = append(all, Facts(*a.Within)...)
		}
	}
	return chat.NewFacts(all...)
}

// asks is which facts a Where asks for.
func asks(source string) chat.Facts {
	var all []chat.Fact
	for _, name := range expression.Facts(source) {
		all = append(all, chat.Fact(name))
	}
	return chat.NewFacts(all...)
}

// condition is a Where that is asked of one member after the other.
type condition struct {
	program *expression.Program
	values  map[string]any
	asks    chat.Facts
	// Why somebody meets it, or does not; follows the reason why they are addressed.
	// That of whoever meets it stands in receipts, which name nobody in what is hashed,
	// so it does not quote the condition.
	met, unmet string
}

// condition compiles a Where the first time it is asked. One that cannot be
// compiled is met by nobody.
func (j *judge) condition(source string) *condition {
	if c, ok := j.conditions[source]; ok {
		return c
	}
	c := &condition{values: map[string]any{"member": true}, asks: asks(source),
		met: ", and meets the condition", unmet: ", but does not meet: " + brief(source)}
	var err error
	if c.program, err = expression.CompileMember(source); err != nil {
		c.program, c.unmet = nil, fmt.Sprintf(", but its where cannot be asked, so nobody meets it: %s", brief(err.Error()))
	}
	if j.conditions == nil {
		j.conditions = map[string]*condition{}
	}
	j.conditions[source] = c
	return c
}

// meets asks a Where of a member, and says what came of it.
func (j *judge) meets(source string, m chat.Member) (met bool, why string) {
	c := j.condition(source)
	if c.program == nil {
		return false, c.unmet
	}
	for _, f := range c.asks {
		if !m.Told().Has(f) {
			return false, fmt.Sprintf("%s (%s was not read)", c.unmet, f)
		}
	}
	c.about(m, j.at)
	switch met, err := c.program.Truth(c.values); {
	case err != nil:
		return false, fmt.Sprintf("%s (%v)", c.unmet, err)
	case !met:
		return false, c.unmet
	}
	return true, c.met
}

// about has the values be those of a member. What is kept of a time has no more than
// microseconds, so that now has none of what could be lost.
func (c *condition) about(m chat.Member, at time.Time) {
	c.values["id"], c.values["role"] = string(m.ID), string(m.Role)
	c.values["owner"], c.values["admin"] = m.Role == chat.Owner, m.Role == chat.Owner || m.Role == chat.Admin
	c.values["now"] = orNothing(at.Truncate(time.Second))
	if len(c.asks) == 0 {
		return
	}
	fields := map[string]any{}
	for _, key := range c.asks.Keys() {
		if text := m.Profile.Fields[key]; text != "" {
			fields[key] = text
		}
	}
	c.values["card"], c.values["fields"] = nil, fields
	if m.Name != "" {
		c.values["card"] = m.Name
	}
	c.values["joined"], c.values["spoke"] = orNothing(m.Profile.Joined), orNothing(m.Profile.Spoke)
}

func orNothing(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}

// maxSource is how many characters of an expression a reason has.
const maxSource = 200

// brief is a text in one line, cut if it is long.
func brief(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxSource {
		return string(r[:maxSource]) + "…"
	}
	return s
}
