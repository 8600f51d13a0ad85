package config

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/botd-chat/botd/schedules"
)

// reader walks a configuration and collects what is wrong with it. Its methods
// report a problem themselves and then return the zero value, so that reading
// goes on.
type reader struct {
	file, dir          string
	opt                Options
	problems, warnings Problems
	unusable           map[*yaml.Node]bool   // reported by plain; not to be read
	creds              *credentials          // nil: the file has none
	defs               map[string]*schema    // what the schema says once for several places
	listens            *Listen               // what is read before the bots
	cals               schedules.Calendars   // those that could be read
	calNames           []string              // of all there are; nil: the file has none
	homes              map[string][]string   // where each key can stand; see elsewhere
	filled             map[*yaml.Node]Secret // what stands for a plugin's secrets, and what they are
}

// place is a value and where it stands.
type place struct {
	node *yaml.Node
	key  *yaml.Node // what it stands under: its key, or itself in a list
	path string
	// schema is set while the schema is made. There is no value then: what
	// reads one says instead what it would take; see describes.
	schema *schema
}

// plainName is a key that can be shown in a path as it is.
var plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

func (p place) under(key, value *yaml.Node) place {
	name := key.Value
	if !plainName.MatchString(name) || guarded(name) {
		name = "?"
	}
	if p.path != "" {
		name = p.path + "." + name
	}
	return place{node: value, key: key, path: name}
}

// atKey is the place of what the value stands under.
func (p place) atKey() place { return place{node: p.key, key: p.key, path: p.path} }

func (p place) item(i int, value *yaml.Node) place {
	return place{node: value, key: value, path: p.path + "[" + strconv.Itoa(i) + "]"}
}

// position is the value's own for text and the key's for all else, because
// that is where one looks.
func (p place) position() (line, column int) {
	if p.node.Kind == yaml.ScalarNode && p.node.Tag != "!!null" {
		return p.node.Line, p.node.Column
	}
	return p.key.Line, p.key.Column
}

func (r *reader) problem(p place, what, remedy string) {
	line, column := p.position()
	r.problems = append(r.problems, Problem{File: r.file, Line: line, Column: column, Path: p.path, What: what, Remedy: remedy})
}

func (r *reader) warn(p place, what, remedy string) {
	line, column := p.position()
	r.warnings = append(r.warnings, Problem{File: r.file, Line: line, Column: column, Path: p.path, What: what, Remedy: remedy})
}

// entries yields what is in a mapping, in the order of the file.
func (p place) entries() func(yield func(string, place) bool) {
	return func(yield func(string, place) bool) {
		for i := 0; i+1 < len(p.node.Content); i += 2 {
			k, v := p.node.Content[i], p.node.Content[i+1]
			if !yield(k.Value, p.under(k, v)) {
				return
			}
		}
	}
}

// named reads a mapping whose keys are names that the operator chose.
func (r *reader) named(p place, what string, read func(name string, v place)) {
	if p.describes(func(s *schema) {
		s.Type, s.MinProperties, s.PropertyNames = "object", count(1), &schema{Pattern: plainName.String()}
		s.AdditionalProperties = new(schema)
		read("", place{schema: s.AdditionalProperties})
	}) || !r.is(p, yaml.MappingNode, "a mapping (name: …)") {
		return
	}
	if len(p.node.Content) == 0 {
		r.problem(p, "is empty", "add "+what)
	}
	for name, v := range p.entries() {
		if !plainName.MatchString(name) || isSecret(name) {
			r.problem(place{node: v.key, key: v.key, path: p.path}, "this name cannot be used", "use 1 to 64 letters, digits, - and _, and begin with a letter or digit")
			continue
		}
		if !r.unusable[v.node] {
			read(name, v)
		}
	}
}

// mostItems is how many items a list can have. No group has as many members.
const mostItems = 10_000

// list reads a list of at least one item.
func (r *reader) list(p place, read func(place)) {
	if p.describes(func(s *schema) {
		s.Type, s.MinItems, s.MaxItems, s.Items = "array", count(1), count(mostItems), new(schema)
		read(place{schema: s.Items})
	}) || !r.is(p, yaml.SequenceNode, "a list ([one, two])") {
		return
	}
	if len(p.node.Content) == 0 {
		r.problem(p, "is an empty list", "name at least one, or leave out the key")
	}
	if len(p.node.Content) > mostItems {
		r.problem(p, fmt.Sprintf("has more than %d items", mostItems), "name fewer")
		return
	}
	for i, n := range p.node.Content {
		if !r.unusable[n] {
			read(p.item(i, n))
		}
	}
}

// is reports whether p is of that kind, which want describes.
func (r *reader) is(p place, k yaml.Kind, want string) bool {
	if p.node.Kind == k {
		return true
	}
	r.wrong(p, want)
	return false
}

// wrong reports a value that is of another kind than wanted.
func (r *reader) wrong(p place, want string) {
	if p.node.Tag == "!!null" && p.node.Kind == yaml.ScalarNode {
		r.problem(p, "is empty; it must be "+want, "give it a value, or leave out the key")
		return
	}
	r.problem(p, "must be "+want+", not "+kind(p.node), howTo(want))
}

// howTo says how something of a kind is written.
func howTo(want string) string {
	switch first, _, _ := strings.Cut(strings.TrimPrefix(want, "a "), " "); first {
	case "mapping":
		return "write what belongs to it in the lines below, further in"
	case "list":
		return "write it in brackets, or each item in a line of its own after a dash"
	case "true":
		return "write true or false, without quotes"
	case "whole":
		return "write it in the digits 0 to 9"
	}
	return "write one text, in one line"
}

// kind names what a value is, for a person.
func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	case yaml.DocumentNode:
		return "a document"
	case yaml.ScalarNode:
	}
	switch n.Tag {
	case "!!null":
		return "empty"
	case "!!bool":
		return "true or false"
	case "!!int", "!!float":
		return "a number"
	case "!!timestamp":
		return "a date"
	}
	if n.Value == "" {
		return "empty"
	}
	return "text"
}

// refused reports what another package says about the value at p. Its words
// may repeat the value, so they are shown only if that is in the file itself
// and is no secret.
func (r *reader) refused(p place, err error, remedy string) {
	switch {
	case fromVariable(p.node):
		r.problem(p, "is refused, and why is not shown because it comes from a variable", "write the value here to see the reason, or correct the variable")
	case tells(err.Error(), p.node):
		r.problem(p, "is refused, and why is not shown because it may be a secret", remedy)
	default:
		r.problem(p, line(err.Error()), remedy)
	}
}

// shown is refused for what another package says in several lines, of which the
// first says what is wrong and the others show where, with a caret under the place.
func (r *reader) shown(p place, err error) {
	what, excerpt, _ := strings.Cut(err.Error(), "\n")
	if excerpt == "" || fromVariable(p.node) {
		r.refused(p, err, "")
		return
	}
	r.problem(p, what, "")
	r.problems[len(r.problems)-1].Excerpt = excerpt
}

// line is s in one line.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }
