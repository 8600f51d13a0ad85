package audience

import (
	"fmt"
	"strings"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/expression"
)

// MemberNames are what [chat.Audience.Where] can speak of: a member's id, their
// role as a word, and whether they are the owner, an admin (as the owner is too)
// and a member (as all are).
var MemberNames = expression.Names{
	"id": expression.Text, "role": expression.Text,
	"owner": expression.Truth, "admin": expression.Truth, "member": expression.Truth,
}

// CheckWhere reports what is wrong with a Where.
func CheckWhere(source string) error {
	_, err := expression.CompileCondition(source, MemberNames)
	return err
}

// condition is a Where that is asked of one member after the other.
type condition struct {
	program *expression.Program
	values  map[string]any
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
	c := &condition{values: map[string]any{"member": true},
		met: ", and meets the condition", unmet: ", but does not meet: " + brief(source)}
	var err error
	if c.program, err = expression.CompileCondition(source, MemberNames); err != nil {
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
	c.values["id"], c.values["role"] = string(m.ID), string(m.Role)
	c.values["owner"], c.values["admin"] = m.Role == chat.Owner, m.Role == chat.Owner || m.Role == chat.Admin
	switch met, err := c.program.Truth(c.values); {
	case err != nil:
		return false, fmt.Sprintf("%s (%v)", c.unmet, err)
	case !met:
		return false, c.unmet
	}
	return true, c.met
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
