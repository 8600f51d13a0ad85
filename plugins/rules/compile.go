package rules

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/expression"
	"github.com/botd-chat/botd/nearest"
	"github.com/botd-chat/botd/plugins/rules/presets"
)

// condition is an expression that gives true or false.
type condition = expression.Program

// compiler compiles rules and collects what is wrong with them.
type compiler struct {
	have     members
	number   int
	rule     Rule
	mistakes []error
}

// compile makes rules of options. The error holds all mistakes there are.
func compile(o Options) (*rules, error) {
	if len(o.Rules) == 0 {
		return nil, errors.New("rules: there are none; add at least one, such as {on: alerts, to: admin, preset: alertmanager}")
	}
	c, vars := compiler{have: membersOf(o)}, map[string]any{}
	for name, raw := range o.Vars {
		v, err := expression.Decode(raw)
		if err != nil {
			return nil, fmt.Errorf("vars.%s: %w", name, err)
		}
		vars[name] = v
	}
	r := &rules{vars: vars}
	for i, x := range o.Rules {
		c.number, c.rule = i, x
		r.list = append(r.list, c.compile())
	}
	if len(c.mistakes) > 0 {
		return nil, errors.Join(c.mistakes...)
	}
	return r, nil
}

// wrong notes a mistake; nil is none.
func (c *compiler) wrong(field string, err error) {
	if err != nil {
		c.mistakes = append(c.mistakes, &mistake{c.number, c.rule.On, field, err})
	}
}

func (c *compiler) compile() rule {
	x := c.rule
	r := rule{title: title(c.number, x.On), on: x.On, preset: x.Preset, priority: x.Priority, expires: time.Duration(x.Expires)}
	c.triggers()
	r.when = c.when()
	if x.speaks() || len(x.To) > 0 {
		r.to = c.to()
	}
	r.say = c.text()
	r.renderings, r.each = c.renderings(), c.each()
	r.set = c.set()
	r.payload = r.asksPayload()
	if x.Collapse != "" {
		r.collapse = c.template("collapse", x.Collapse)
	}
	switch x.Priority.OrDefault() {
	case chat.High, chat.Ordinary, chat.Low:
	default:
		c.wrong("priority", fmt.Errorf("no priority %q; have high, normal, low", string(x.Priority)))
	}
	return r
}

func (c *compiler) triggers() {
	if len(c.rule.On) == 0 {
		c.wrong("", errors.New("for which trigger is it? Add on:, such as on: alerts"))
	}
	for i, name := range c.rule.On {
		switch {
		case name == "":
			c.wrong("on", errors.New("a name is empty"))
		case slices.Contains(c.rule.On[:i], name):
			c.wrong("on", fmt.Errorf("%s is there twice", name))
		}
	}
}

// set reads what is remembered, in the order of the names.
func (c *compiler) set() (list []setting) {
	for _, name := range slices.Sorted(maps.Keys(c.rule.Set)) {
		s, err := c.setting(name, c.rule.Set[name])
		c.wrong("set."+name, err)
		list = append(list, s)
	}
	return list
}

// setting reads one of them: a text is an expression, and everything else is what is
// meant itself.
func (c *compiler) setting(name string, raw json.RawMessage) (s setting, err error) {
	s.name, s.session = strings.CutPrefix(name, ofSession)
	if !goodKey.MatchString(s.name) {
		return s, errors.New("a name has letters, digits and _, up to 64 of them, and begins with a letter; write session.NAME for what is remembered of the sender alone")
	}
	var source string
	if json.Unmarshal(raw, &source) != nil || string(raw) == "null" {
		s.fixed, err = expression.Decode(raw)
		return s, err
	}
	if s.program, err = expression.Compile(source, known); err != nil {
		return s, err
	}
	return s, c.have.misspelt(source)
}

func (c *compiler) when() *condition {
	if c.rule.When == "" {
		return nil
	}
	p, err := expression.CompileTruth(c.rule.When, known)
	if err == nil {
		err = c.have.misspelt(c.rule.When)
	}
	c.wrong("when", err)
	return p
}

// text reads what is said.
func (c *compiler) text() *template {
	switch say, preset := c.rule.Say, c.rule.Preset; {
	case say != "" && preset != "":
		c.wrong("preset", errors.New("a text stands in say too; keep one of the two"))
	case say != "":
		return c.template("say", say)
	case preset == "" && len(c.rule.Set) > 0 && len(c.rule.To) == 0:
		// It only remembers.
	case preset == "" && (c.rule.SayEach != "" || len(c.rule.Renderings) > 0):
		// There are other texts.
	case preset == "":
		c.wrong("", fmt.Errorf("what does it say? Add say: with a text, or preset: with one of %s; a rule with set: and no to: only remembers", strings.Join(presets.Names(), ", ")))
	case !slices.Contains(presets.Names(), preset):
		c.wrong("preset", fmt.Errorf("no preset %q; %s", preset, suggest(preset, presets.Names())))
	}
	return nil
}

func (c *compiler) template(field, text string) *template {
	t, errs := parse(text, c.have, known)
	for _, err := range errs {
		c.wrong(field, err)
	}
	return t
}

// to reads whom a rule is for.
func (c *compiler) to() audience {
	return c.whom("to", c.rule.To, "whom is it for? Add to:, such as to: admin, or to: {roles: [owner, admin]}; all that the bot can reach is to: member")
}

// whom reads an audience, or an expression that stands for one.
func (c *compiler) whom(field string, raw Whom, missing string) (a audience) {
	var source string
	var err error
	switch {
	case len(raw) == 0 || string(raw) == "null":
		c.wrong(strings.TrimSuffix(strings.TrimSuffix(field, "to"), "."), errors.New(missing))
		return a
	case json.Unmarshal(raw, &source) == nil:
		a, err = ask(source, c.have)
	default:
		a, err = fixed(raw)
	}
	c.wrong(field, err)
	return a
}

// suggest ends a sentence about a name that is not there.
func suggest(name string, have []string) string {
	list := "have " + strings.Join(have, ", ")
	if len(have) == 0 {
		list = "there are none"
	}
	if near := nearest.Name(name, have); near != "" {
		return "did you mean " + near + "? " + list
	}
	return list
}
