package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/botd-chat/botd/chat"
)

// pluginOf has the plugin judge its options and its triggers.
func (r *botsReader) pluginOf(there map[string]place, b *Bot) {
	plugin, ok := there["plugin"]
	if ok && r.options(plugin, there["options"], b) {
		r.suited(there["on"], there["options"], *b)
	}
}

// pluginSchemas adds to what is said of a bot what each plugin takes.
func (r *botsReader) pluginSchemas(bot *schema) {
	for _, name := range r.opt.Plugins {
		takes := anObject
		if r.opt.PluginSchema != nil {
			takes = func(s *schema) {
				fill(s, r.opt.PluginSchema(name))
				r.inFile(s)
			}
		}
		var is any = name
		options := new(schema)
		takes(options)
		then := &schema{Properties: map[string]*schema{"options": options}}
		if r.opt.Plugin(name, json.RawMessage("{}")) != nil {
			then.Required = []string{"options"}
		}
		bot.AllOf = append(bot.AllOf, &schema{
			If:   &schema{Properties: map[string]*schema{"plugin": {Const: &is}}, Required: []string{"plugin"}},
			Then: then,
		})
	}
}

// options turns a bot's options into JSON and has the plugin judge them. They
// may be left out. It reports whether the plugin can work with them.
func (r *botsReader) options(plugin, options place, b *Bot) bool {
	before := len(r.problems)
	if options.node != nil && r.is(options, yaml.MappingNode, "a mapping (key: value)") {
		r.secretsOf(options, r.takes(b.Plugin))
		if b.Program != nil || b.URL != "" {
			r.unfilled(options)
		}
		b.Options = canonical(r.json(options, r.expand))
	}
	if b.Plugin == "" || len(r.problems) > before {
		return false
	}
	ask := func(options json.RawMessage) error { return r.opt.Plugin(b.Plugin, options) }
	err := ask(b.Options)
	switch {
	case err == nil:
	case options.node == nil:
		r.problem(plugin, "without options: "+line(err.Error()), "add options: with what it needs")
	case !fromVariable(options.node) || r.sameWithNames(ask, options, err):
		for _, err := range each(err) {
			r.objection(blamed(options, err), options, err)
		}
	default:
		r.refused(options, err, "")
	}
	return err == nil
}

// objection reports what a plugin says, unless its words repeat something of
// the options, or of the key at p, that may be a secret.
func (r *botsReader) objection(p, options place, err error) {
	if options.node != nil && tells(err.Error(), options.node) || tells(err.Error(), p.key) || r.betrays(err.Error()) {
		r.problem(p, "the plugin refuses it, and why is not shown because it may be a secret", "see what the plugin takes: docs/reference/settings.md")
		return
	}
	r.problem(p, line(err.Error()), "")
}

// suited has the plugin judge each of the bot's triggers.
func (r *botsReader) suited(on, options place, b Bot) {
	if on.node == nil || on.node.Kind != yaml.MappingNode {
		return
	}
	places := map[chat.TriggerName]place{}
	for name, v := range on.entries() {
		places[chat.TriggerName(name)] = v.atKey()
	}
	for _, t := range b.Triggers {
		if t.Webhook == nil && t.Schedule == nil {
			continue // something is wrong with it, and that has been reported
		}
		ask := func(options json.RawMessage) error { return r.opt.Trigger(b.Plugin, options, t) }
		err := ask(b.Options)
		switch {
		case err == nil:
		case options.node == nil || !fromVariable(options.node) || r.sameWithNames(ask, options, err):
			r.objection(places[t.Name], options, err)
		default:
			r.problem(places[t.Name], "the plugin refuses it, and why is not shown because its options come from a variable", "write them here to see the reason")
		}
	}
}

// sameWithNames reports whether the plugin complains in the same words when it
// is given the names of the variables in place of what they hold. Then its
// words hold none of that.
func (r *botsReader) sameWithNames(ask func(json.RawMessage) error, options place, err error) bool {
	plain := func(p place) (string, bool) { return p.node.Value, true }
	again := ask(canonical(r.json(options, plain)))
	return again != nil && again.Error() == err.Error()
}

// blamed is the option that err speaks of: the one that it names as its place, the one
// that its words begin with, as in "tell: ", or the one that they quote, if it is one.
func blamed(options place, err error) place {
	var placed interface{ Option() string }
	if errors.As(err, &placed) {
		return options.within(placed.Option())
	}
	var found []place
	for key, v := range options.entries() {
		if strings.HasPrefix(err.Error(), key+": ") || strings.Contains(err.Error(), strconv.Quote(key)) {
			found = append(found, v)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	return options
}

// step is one step of a path such as "limits.high[2]".
var step = regexp.MustCompile(`[^.\[\]]+|\[[0-9]+\]`)

// within goes down a path as far as it leads. A key may have dots in it.
func (p place) within(path string) place {
	for path != "" {
		if v, ok := p.entry(path); ok {
			return v
		}
		s := step.FindString(path)
		next, ok := p.entry(s)
		if !ok {
			return p
		}
		p, path = next, strings.TrimPrefix(path[len(s):], ".")
	}
	return p
}

// entry is what stands under a key, or at a number in brackets.
func (p place) entry(s string) (place, bool) {
	if number, ok := strings.CutPrefix(s, "["); ok && p.node.Kind == yaml.SequenceNode {
		i, err := strconv.Atoi(strings.TrimSuffix(number, "]"))
		if err != nil || i >= len(p.node.Content) {
			return place{}, false
		}
		return p.item(i, p.node.Content[i]), true
	}
	if p.node.Kind != yaml.MappingNode {
		return place{}, false
	}
	for key, v := range p.entries() {
		if key == s {
			return v, true
		}
	}
	return place{}, false
}

// canonical is JSON with sorted keys and without blanks.
func canonical(v any) json.RawMessage {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("options: %v", err)) // what json returns can always be encoded
	}
	return bytes.TrimSpace(b.Bytes())
}

// jsonNumber is a number that reads the same in YAML and JSON.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// json returns the value at p as encoding/json would have it. Only text can
// come from variables, so a variable cannot turn into a number or a list.
func (r *reader) json(p place, expand func(place) (string, bool)) any {
	n := p.node
	if r.unusable[n] {
		return nil
	}
	if s, ok := r.filled[n]; ok {
		return s.Reveal()
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for key, v := range p.entries() {
			m[key] = r.json(v, expand)
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for i, c := range n.Content {
			list = append(list, r.json(p.item(i, c), expand))
		}
		return list
	case yaml.ScalarNode, yaml.AliasNode, yaml.DocumentNode:
	}
	switch n.Tag {
	case "!!str":
		s, _ := expand(p)
		if isSecret(s) {
			r.problem(p, secretHere, "the option is not for a secret; take it out")
		}
		return s
	case "!!bool":
		return strings.EqualFold(n.Value, "true")
	case "!!null":
		r.wrong(p, "a value")
	case "!!int", "!!float":
		if jsonNumber.MatchString(n.Value) {
			return json.Number(n.Value)
		}
		r.problem(p, "is not written in plain decimal digits", "write it so, or put it in quotes if it is text")
	default:
		r.problem(p, "is "+kind(n)+" to YAML, and text is wanted", "put it in quotes")
	}
	return nil
}
