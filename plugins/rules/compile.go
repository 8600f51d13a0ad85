package rules

import (
	"encoding/json"
	"errors"
	"fmt"
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
	vars     map[string]any
	number   int
	rule     Rule
	mistakes []error
}

// compile makes rules of options. The error holds all mistakes there are.
func compile(o Options) (*rules, error) {
	if len(o.Rules) == 0 {
		return nil, errors.New("rules: there are none; add at least one, such as {on: alerts, to: admin, preset: alertmanager}")
	}
	c := compiler{vars: map[string]any{}}
	for name, raw := range o.Vars {
		v, err := expression.Decode(raw)
		if err != nil {
			return nil, fmt.Errorf("vars.%s: %w", name, err)
		}
		c.vars[name] = v
	}
	r := &rules{vars: c.vars}
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
	r.to = c.to()
	r.say = c.text()
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

func (c *compiler) when() *condition {
	if c.rule.When == "" {
		return nil
	}
	p, err := expression.CompileTruth(c.rule.When, known)
	if err == nil {
		err = misspelt(c.rule.When, c.vars)
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
	case preset == "":
		c.wrong("", fmt.Errorf("what does it say? Add say: with a text, or preset: with one of %s", strings.Join(presets.Names(), ", ")))
	case !slices.Contains(presets.Names(), preset):
		c.wrong("preset", fmt.Errorf("no preset %q; %s", preset, suggest(preset, presets.Names())))
	}
	return nil
}

func (c *compiler) template(field, text string) *template {
	t, errs := parse(text, c.vars)
	for _, err := range errs {
		c.wrong(field, err)
	}
	return t
}

// to reads whom a rule is for.
func (c *compiler) to() (a audience) {
	var source string
	switch raw := c.rule.To; {
	case len(raw) == 0 || string(raw) == "null":
		c.wrong("", errors.New("whom is it for? Add to:, such as to: admin, or to: {roles: [owner, admin]}; all that the bot can reach is to: member"))
	case json.Unmarshal(raw, &source) == nil:
		a, err := ask(source, c.vars)
		c.wrong("to", err)
		return a
	default:
		a, err := fixed(raw)
		c.wrong("to", err)
		return a
	}
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
