package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/botd-chat/botd/chat"
)

type schema = jsonschema.Schema

// Schema is the JSON Schema of a configuration, for editors: what can stand
// where, what it means and what holds without it. It is made by the same code
// that reads a configuration, so that the two cannot disagree. It says less than that
// code: lengths of time have a form and no bounds there, for example, and nothing is
// looked up. What it refuses, [Parse] refuses.
func Schema(o Options) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(described(o)); err != nil {
		panic(fmt.Sprintf("config: the schema is none: %v", err)) // it is made of what JSON has
	}
	return b.Bytes()
}

// described has the reader describe what it would take.
func described(o Options) *schema {
	root := &schema{
		Schema: "https://json-schema.org/draft/2020-12/schema",
		Title:  "Configuration of botd",
		Defs: map[string]*schema{
			"variable": {Type: "string", Pattern: aVariable, Description: "What the environment variable of that name holds."},
			"secret":   {Type: "string", Pattern: "^(" + strings.Join(secretMarks, "|") + ")", Description: "A secret, which does not stand in this file."},
		},
	}
	r := &reader{opt: o.withDefaults(), defs: root.Defs}
	r.config(place{schema: root}, &Config{})
	return root
}

// describes reports whether the schema is being made. Then say is told what to
// say about the value, and there is none to be read.
func (p place) describes(say func(*schema)) bool {
	if p.schema != nil {
		say(p.schema)
	}
	return p.schema != nil
}

// common describes a value that several keys can have, or that can stand
// within itself, in one place.
func (r *reader) common(p place, name string, describe func(place)) bool {
	return p.describes(func(s *schema) {
		s.Ref = "#/$defs/" + name
		if r.defs[name] == nil {
			r.defs[name] = new(schema)
			describe(place{schema: r.defs[name]})
		}
	})
}

// describe says which keys the mapping has, and which of them go together.
func (m mapping) describe(s *schema) {
	s.Type, s.AdditionalProperties = "object", &schema{Not: &schema{}}
	s.Properties, s.PropertyOrder = map[string]*schema{}, m.names()
	for _, k := range m.keys {
		s.Properties[k.name] = &schema{Description: k.about}
		k.read(place{schema: s.Properties[k.name]})
	}
	for name := range m.need {
		s.Required = append(s.Required, name)
	}
	slices.Sort(s.Required)
	for _, c := range m.one {
		s.AllOf = append(s.AllOf, c.schema())
	}
	for _, b := range m.beside {
		if s.DependentRequired == nil {
			s.DependentRequired = map[string][]string{}
		}
		s.DependentRequired[b.key] = append(s.DependentRequired[b.key], b.other)
	}
	for _, c := range m.with {
		if s.DependentSchemas == nil {
			s.DependentSchemas = map[string]*schema{}
		}
		for _, key := range c.keys {
			var any []*schema
			for _, other := range c.others {
				any = append(any, &schema{Required: []string{other}})
			}
			s.DependentSchemas[key] = &schema{AnyOf: any}
		}
	}
}

func (c choice) schema() *schema {
	var one, any []*schema
	for _, name := range c.names {
		one = append(one, &schema{Required: []string{name}})
		any = append(any, &schema{Required: []string{name}})
	}
	if c.remedy == "" {
		one = append(one, &schema{Not: &schema{AnyOf: any}})
	}
	return &schema{OneOf: one}
}

// aVariable is the form of a reference to a variable, somewhere in a text.
const aVariable = `\$\{[A-Za-z_][A-Za-z0-9_]*\}`

// orVariable says that the value is as form says, or comes from a variable.
func orVariable(s, form *schema) {
	s.AnyOf = []*schema{form, {Ref: "#/$defs/variable"}}
}

// aText is one line without blanks around it, and no secret.
func aText(s *schema) {
	s.Type, s.Pattern, s.Not = "string", `^\S(.*\S)?$`, &schema{Ref: "#/$defs/secret"}
}

// anObject is a mapping of which no more is known.
func anObject(s *schema) { s.Type = "object" }

// fill puts a schema from elsewhere into s.
func fill(s *schema, from json.RawMessage) {
	if err := json.Unmarshal(from, s); err != nil {
		panic(fmt.Sprintf("config: a plugin's schema is none: %v", err)) // it is the program's, not the operator's
	}
}

// matching is a text of that form, or one with a variable in it, which may be
// anything.
func matching(s *schema, form *regexp.Regexp, examples ...any) {
	s.Type, s.Pattern, s.Examples = "string", form.String()+"|"+aVariable, examples
}

// standard says what holds without the value, if that is something.
func standard[T comparable](s *schema, v T) {
	var zero T
	if v == zero {
		return
	}
	var text any = v
	if d, ok := text.(time.Duration); ok {
		text = short(d)
	}
	s.Default, _ = json.Marshal(text) // a number, a text or a truth is always JSON
}

// within says the bounds in words, too, which is where editors show them.
func within(s *schema, least, most any) {
	s.Description += fmt.Sprintf(" From %v to %v.", least, most)
}

func count(n int) *int { return &n }

func bound(n int) *float64 { f := float64(n); return &f }

// short is a length of time without the units that are zero, as "24h".
func short(d time.Duration) string { return chat.Duration(d).String() }
