package config

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/botd-chat/botd/chat"
)

// rulesPlugin is the plugin that rules: is short for.
const rulesPlugin = "rules"

// mostExpiry is how long a message can be told to be worth sending.
const mostExpiry = 30 * 24 * time.Hour

const whomRemedy = "say whom it is for, such as to: admin, or to: {roles: [owner, admin]}; all whom the bot can reach is to: member"

// rules reads what stands under rules:, for its form. What the expressions say is
// the plugin's to judge, and of a rule that has not the form that is put off.
func (r *botsReader) rules(p place, triggers []Trigger) {
	r.list(p, func(item place) {
		before := len(r.problems)
		r.aRule(item, triggers)
		if len(r.problems) > before {
			r.unusable[item.node] = true
		}
	})
}

func (r *botsReader) aRule(p place, triggers []Trigger) {
	there := r.mapping(p, mapping{
		keys: keys{
			{"on", "For which trigger the rule speaks, or a list of them.", func(v place) { r.ruleOn(v, triggers) }},
			{"when", "An expression that is true when the rule speaks. It always does when left out.", r.written},
			{"to", "Whom: an audience, or an expression that is asked of each member by id, role, owner, admin, member, card, joined, spoke, fields.KEY and now.", r.ruleTo},
			{"say", "The text. What stands between {{ and }} is an expression.", r.written},
			{"renderings", "Other texts for some of them: each gets the first that is for them, and say if none is.", r.ruleRenderings},
			{"say_each", "In place of say: a text for each of them, which can speak of id, role, card, joined, spoke and fields.KEY.", r.written},
			{"set", "What the bot remembers of the group then: by name an expression, or what is meant itself.", r.ruleSet},
			{"preset", "In place of say: the text for the webhooks of a known sender, such as alertmanager.", func(v place) { r.text(v) }},
			{"priority", "What goes first.", func(v place) { var p chat.Priority; oneOf(r.reader, v, &p, "priority", chat.Priorities) }},
			{"expires", "How long the message is worth sending. Forever when left out.", func(v place) { var d time.Duration; r.duration(v, &d, time.Second, mostExpiry) }},
			{"collapse", "A text like say: the key under which the newest message counts alone.", r.written},
		},
		need: map[string]string{
			"on": "say for which trigger it is, such as on: alerts",
		},
		one: []choice{{[]string{"say", "preset", "say_each"}, ""}},
		beside: []pair{
			{"say", "to", "is for nobody, since to is missing", whomRemedy},
			{"preset", "to", "is for nobody, since to is missing", whomRemedy},
			{"say_each", "to", "is for nobody, since to is missing", whomRemedy},
			{"renderings", "to", "is for nobody, since to is missing", whomRemedy},
		},
	})
	preset, ok := there["preset"]
	if _, both := there["say"]; ok && !both && slices.Contains(typedPresets, preset.node.Value) {
		r.typeless(preset, there["on"], triggers)
	}
}

// typedPresets are of senders that say in a header alone what happened.
var typedPresets = []string{"forgejo", "gitea", "github"}

// typeless finds hooks of a rule whose requests never say what happened: all that
// comes to them would be put aside.
func (r *botsReader) typeless(preset, on place, triggers []Trigger) {
	if on.node == nil {
		return
	}
	for _, name := range append([]*yaml.Node{on.node}, on.node.Content...) {
		for _, t := range triggers {
			if string(t.Name) == name.Value && t.Webhook != nil && t.Webhook.Verify.typeless() {
				r.problem(preset, "needs the type of the event, which requests to hook "+strconv.Quote(t.Webhook.Hook)+" never say to botd",
					"verify the hook with the rules of its sender, such as "+preset.node.Value+", or with hmac and type_header")
			}
		}
	}
}

// ruleRenderings reads the other texts of a rule.
func (r *botsReader) ruleRenderings(p place) {
	r.list(p, func(item place) {
		r.mapping(item, mapping{
			keys: keys{
				{"to", "For whom this text is, among those of the rule.", r.ruleTo},
				{"say", "The text. What stands between {{ and }} is an expression.", r.written},
			},
			need: map[string]string{
				"to":  whomRemedy,
				"say": "give it a text",
			},
		})
	})
}

// written reads a text that may have several lines.
func (r *reader) written(p place) {
	if p.describes(func(s *schema) { s.Type, s.MinLength = "string", count(1) }) {
		return
	}
	switch {
	case p.node.Kind != yaml.ScalarNode || p.node.Tag == "!!null":
		r.wrong(p, "text")
	case p.node.Tag == "!!bool":
		r.problem(p, "is "+kind(p.node)+" to YAML, and text is wanted", "put it in quotes; leave when: out for a rule that always speaks")
	case p.node.Tag != "!!str":
		r.problem(p, "is "+kind(p.node)+" to YAML, and text is wanted", "put it in quotes")
	case strings.TrimSpace(p.node.Value) == "":
		r.problem(p, "is empty", "give it a value, or leave out the key")
	}
}

// ruleSet reads what a rule remembers: each an expression, or a value that is no text.
func (r *botsReader) ruleSet(p place) {
	if p.describes(func(s *schema) { s.Type, s.MinProperties = "object", count(1) }) {
		return
	}
	if !r.is(p, yaml.MappingNode, "a mapping (name: expression)") {
		return
	}
	if len(p.node.Content) == 0 {
		r.problem(p, "is an empty mapping", "name what is remembered, as in set: {done: payload.user}, or leave out the key")
	}
	for _, v := range p.entries() {
		if v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!null" {
			r.problem(v, "is empty", "write nil for what is to be forgotten, or [] for an empty list")
		}
		if v.node.Kind == yaml.ScalarNode && v.node.Tag == "!!str" {
			r.written(v)
		}
	}
}

// ruleOn reads which triggers a rule is for.
func (r *botsReader) ruleOn(p place, triggers []Trigger) {
	var names []string
	for _, t := range triggers {
		names = append(names, string(t.Name))
	}
	name := func(v place) (string, bool) {
		s, ok := r.text(v)
		if ok && !slices.Contains(names, s) && len(names) > 0 {
			r.problem(v, "the bot has no trigger "+quote(v), r.suggest(v, s, names))
		}
		return s, ok
	}
	if p.describes(func(s *schema) {
		list := new(schema)
		distinct(r.reader, place{schema: list}, func(v place) (string, bool) { return r.text(v) })
		one := new(schema)
		r.text(place{schema: one})
		s.AnyOf = []*schema{one, list}
	}) {
		return
	}
	if p.node.Kind == yaml.SequenceNode {
		distinct(r.reader, p, name)
		return
	}
	name(p)
}

// ruleTo reads whom a rule is for.
func (r *botsReader) ruleTo(p place) {
	if p.describes(func(s *schema) {
		one, other := new(schema), new(schema)
		r.written(place{schema: one})
		r.audience(place{schema: other}, 0)
		s.AnyOf = []*schema{one, other}
	}) {
		return
	}
	switch {
	case p.node.Kind == yaml.MappingNode:
		r.audience(p, 0)
	case p.node.Kind == yaml.ScalarNode && p.node.Tag == "!!str":
		r.written(p)
	default:
		r.problem(p, "must be text or an audience, not "+kind(p.node), "write an expression such as admin, or {roles: [owner, admin]}")
	}
}

// ruled has the plugin judge the rules and the bot's triggers.
func (r *botsReader) ruled(there map[string]place, b *Bot) {
	rules, vars := there["rules"], there["vars"]
	if r.opt.Plugins != nil && !slices.Contains(r.opt.Plugins, rulesPlugin) {
		r.problem(rules.atKey(), "this botd has no plugin called rules, which they are for", "add it to the list of plugins of the program")
		return
	}
	if rules.node.Kind != yaml.SequenceNode || vars.node != nil && !r.is(vars, yaml.MappingNode, "a mapping (name: value)") {
		return
	}
	before := len(r.problems)
	options := map[string]any{"rules": r.json(rules, r.expand)}
	if vars.node != nil {
		options["vars"] = r.json(vars, r.expand)
	}
	if len(r.problems) > before {
		return
	}
	b.Plugin, b.Options = rulesPlugin, canonical(options)
	err := r.opt.Plugin(rulesPlugin, b.Options)
	for _, err := range each(err) {
		r.mistaken(rules, err)
	}
	if err == nil {
		r.suited(there["on"], rules, *b)
	}
}

// each is the errors that were joined to one.
func each(err error) []error {
	if list, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // what was joined is asked for, not what it wraps
		return list.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

// mistaken reports what the plugin says about the rules, at the place of which it
// speaks.
func (r *botsReader) mistaken(rules place, err error) {
	var placed interface{ Option() string }
	if !errors.As(err, &placed) {
		r.shown(rules, err)
		return
	}
	rule, at := rules.option(placed.Option())
	if r.unusable[rule.node] {
		return // what is wrong with it has been reported
	}
	if inner := errors.Unwrap(err); inner != nil {
		err = inner // the place is told by the path
	}
	r.shown(at, err)
}

// option finds "rules[2].when" under rules, and the rule that it is in. Where the
// rule has no such key, it is the rule.
func (p place) option(path string) (rule, at place) {
	path = strings.TrimPrefix(path, "rules")
	first, _, _ := strings.Cut(path, ".")
	return p.within(first), p.within(path)
}
