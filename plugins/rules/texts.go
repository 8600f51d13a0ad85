package rules

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/expression"
	"github.com/botd-chat/botd/plugins"
)

// Rendering is another text of a rule, for some of those it is for.
type Rendering struct {
	To  Whom   `json:"to" about:"For whom this text is: an audience, or an expression that is asked of each member."`
	Say string `json:"say" about:"The text. What stands between {{ and }} is an expression."`
}

// rendering is one of them, compiled.
type rendering struct {
	to  audience
	say *template
}

// renderings reads the other texts of a rule.
func (c *compiler) renderings() (list []rendering) {
	if n := len(c.rule.Renderings); n > chat.MaxRenderings {
		c.wrong("renderings", fmt.Errorf("there are %d, and a message can have %d", n, chat.MaxRenderings))
	}
	for i, x := range c.rule.Renderings {
		at := fmt.Sprintf("renderings[%d]", i)
		r := rendering{to: c.whom(at+".to", x.To, "whom is it for? Add to:, such as to: admin")}
		if x.Say == "" {
			c.wrong(at, errors.New("what does it say? Add say: with a text"))
		}
		r.say = c.template(at+".say", x.Say)
		list = append(list, r)
	}
	return list
}

// ofEach are the names in a text for each member: those of every text, and what can be
// asked of the member.
var ofEach = func() expression.Names {
	both := maps.Clone(known)
	maps.Copy(both, expression.OfMember)
	return both
}()

// each reads the text that each member gets their own of.
func (c *compiler) each() *template {
	switch x := c.rule; {
	case x.SayEach == "":
		return nil
	case x.Say != "" || x.Preset != "" || len(x.Renderings) > 0:
		c.wrong("say_each", errors.New("another text stands beside it, and each member gets one; keep say_each or the others"))
		return nil
	}
	t, errs := parse(c.rule.SayEach, c.have, ofEach)
	for _, err := range errs {
		c.wrong("say_each", err)
	}
	for _, name := range t.facts() {
		c.wrong("say_each", chat.Fact(name).Validate())
	}
	if t.other("fields") {
		c.wrong("say_each", errors.New("of fields one is asked for by its name, as in fields.team"))
	}
	return t
}

// facts are what a text asks about members beside who they are.
func (t *template) facts() (list []string) {
	for _, p := range t.parts {
		if p.program != nil {
			list = append(list, expression.Facts(p.program.String())...)
		}
	}
	return list
}

// other reports whether a text speaks of a name otherwise than by what is in it.
func (t *template) other(name string) bool {
	return slices.ContainsFunc(t.parts, func(p part) bool {
		if p.program == nil {
			return false
		}
		_, other := expression.Parts(p.program.String(), name)
		return other
	})
}

// Needed is who is in the group, and what the rules ask about them, where a rule has a
// text for each.
func (r *rules) Needed() (needs []string) {
	for _, x := range r.list {
		if x.each == nil {
			continue
		}
		needs = append(needs, plugins.Members)
		for _, f := range append(x.each.facts(), x.to.facts()...) {
			needs = append(needs, plugins.OfMembers(chat.Fact(f)))
		}
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// texts gives a message its texts, besides that for all others.
func (x rule) texts(m *chat.Message, e chat.Event, now values) error {
	for i, r := range x.renderings {
		at := fmt.Sprintf("renderings[%d].", i)
		to, err := r.to.of(now)
		if err != nil {
			return in(at+"to", err)
		}
		text, err := r.say.run(now)
		if err == nil && text == "" {
			err = errors.New("comes to nothing, and those it is for would get no text; leave them out in to")
		}
		if err != nil {
			return in(at+"say", err)
		}
		m.Renderings = append(m.Renderings, chat.Rendering{To: to, Text: text})
	}
	if x.each == nil {
		return nil
	}
	return in("say_each", x.forEach(m, e, now))
}

// forEach gives each member their own text. Those the rule is not for need none; who
// that is, is found out again when it is sent.
func (x rule) forEach(m *chat.Message, e chat.Event, now values) error {
	if len(e.Members) == 0 {
		return errors.New("who is in the group is not known here; whatever asks the plugin has to tell it the members")
	}
	asked, err := asker(m.To)
	if err != nil {
		return err
	}
	for _, member := range e.Members {
		own := about(member, e.Time)
		if !asked(m.To, member, own) {
			continue
		}
		maps.Copy(own, now)
		text, err := x.each.run(own)
		if err != nil {
			return err
		}
		if text != "" { // else there is nothing to be said to them
			m.Renderings = append(m.Renderings, chat.Rendering{To: chat.Users(member.ID), Text: text})
		}
	}
	if n := len(m.Renderings); n > chat.MaxRenderings {
		return fmt.Errorf("it is for %d members, and a message can have %d texts; narrow to:, or make several rules of it", n, chat.MaxRenderings)
	}
	return nil
}

// about is what can be asked of a member.
func about(m chat.Member, at time.Time) values {
	fields := map[string]any{}
	v := values{"id": string(m.ID), "role": string(m.Role), "owner": m.Role == chat.Owner, "admin": m.Role == chat.Owner || m.Role == chat.Admin,
		"member": true, "card": nil, "joined": nil, "spoke": nil, "fields": fields, "now": at.UTC().Truncate(time.Second)}
	if m.Name != "" {
		v["card"] = m.Name
	}
	if m.Profile == nil {
		return v
	}
	for key, text := range m.Profile.Fields {
		if text != "" {
			fields[key] = text
		}
	}
	for name, t := range map[string]time.Time{"joined": m.Profile.Joined, "spoke": m.Profile.Spoke} {
		if !t.IsZero() {
			v[name] = t.UTC()
		}
	}
	return v
}

// asker is how members are held against an audience before its message is sent.
func asker(a chat.Audience) (func(chat.Audience, chat.Member, values) bool, error) {
	conditions := map[string]*expression.Program{}
	var compile func(chat.Audience) error
	compile = func(a chat.Audience) (err error) {
		if a.Where != "" {
			if conditions[a.Where], err = expression.CompileMember(a.Where); err != nil {
				return err
			}
		}
		if a.Within != nil {
			err = compile(*a.Within)
		}
		for _, x := range a.AnyOf {
			err = errors.Join(err, compile(x))
		}
		return err
	}
	var has func(chat.Audience, chat.Member, values) bool
	has = func(a chat.Audience, m chat.Member, own values) bool {
		in := a.Everyone || a.Sender || slices.Contains(a.Roles, m.Role) || slices.Contains(a.Users, m.ID) ||
			slices.ContainsFunc(a.AnyOf, func(x chat.Audience) bool { return has(x, m, own) })
		if !in || slices.Contains(a.Except, m.ID) || a.Within != nil && !has(*a.Within, m, own) {
			return false
		}
		if a.Where == "" {
			return true
		}
		met, err := conditions[a.Where].Truth(own)
		return met && err == nil // why they do not meet it is told when it is sent
	}
	return has, compile(a)
}

// facts are what an audience asks about members beside who they are.
func (a audience) facts() []string {
	if a.where != "" {
		return expression.Facts(a.where)
	}
	return factsOf(a.fixed)
}

func factsOf(a chat.Audience) []string {
	all := expression.Facts(a.Where)
	for _, x := range a.AnyOf {
		all = append(all, factsOf(x)...)
	}
	if a.Within != nil {
		all = append(all, factsOf(*a.Within)...)
	}
	return all
}
