package config

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// forSecret reports whether a plugin's schema says that an option is a secret, as
// JSON Schema and OpenAPI have it for passwords.
func forSecret(s *schema) bool { return s.WriteOnly && s.Format == "password" }

// takes is what a plugin takes as options; nil when it does not say.
func (r *reader) takes(plugin string) *schema {
	if r.opt.PluginSchema == nil || !slices.Contains(r.opt.Plugins, plugin) {
		return nil
	}
	s := new(schema)
	fill(s, r.opt.PluginSchema(plugin))
	return s
}

// secretsOf reads the secrets in a plugin's options, so that json finds them in the
// place of what says where they are.
func (r *reader) secretsOf(p place, takes *schema) {
	switch {
	case takes == nil || p.node == nil || r.unusable[p.node]:
	case forSecret(takes):
		r.pluginSecret(p)
	case p.node.Kind == yaml.MappingNode:
		for name, v := range p.entries() {
			inner := takes.Properties[name]
			if inner == nil {
				inner = takes.AdditionalProperties
			}
			r.secretsOf(v, inner)
		}
	case p.node.Kind == yaml.SequenceNode:
		for i, n := range p.node.Content {
			r.secretsOf(p.item(i, n), takes.Items)
		}
	}
}

// pluginSecret reads where a plugin's secret is, and what it is.
func (r *reader) pluginSecret(p place) {
	var found Secret
	if p.node != nil {
		defer func() { r.fill(p.node, found) }()
	}
	if p.node != nil && p.node.Kind != yaml.MappingNode {
		r.problem(p, "is a secret, and would be seen by whoever sees this file", "say where it is: {file: secrets/NAME}, or {env: NAME}")
		return
	}
	read := func(v place) { found = r.secret(v, PluginSecret) }
	r.mapping(p, mapping{
		keys: keys{
			{"file", "The file that holds it, beginning at the folder of this file.", read},
			{"env", "The name of the environment variable that holds it.", read},
		},
		one:    []choice{{[]string{"file", "env"}, "say where it is: {file: secrets/NAME}, or {env: NAME}"}},
		secret: true,
	})
}

// fill keeps what stands for a secret, and what it is. If it was not found, that has
// been reported.
func (r *reader) fill(n *yaml.Node, found Secret) {
	if found.IsZero() {
		r.unusable[n] = true
		return
	}
	if r.filled == nil {
		r.filled = map[*yaml.Node]Secret{}
	}
	r.filled[n] = found
}

// unfilled warns of what looks like the place of a secret, in the options of a plugin that
// botd does not have in it: which of those are secrets is not known here.
func (r *reader) unfilled(p place) {
	switch {
	case p.node == nil:
	case p.node.Kind == yaml.SequenceNode:
		for i, n := range p.node.Content {
			r.unfilled(p.item(i, n))
		}
	case p.node.Kind == yaml.MappingNode:
		for name, v := range p.entries() {
			if (name == "file" || name == "env") && len(p.node.Content) == 2 && v.node.Kind == yaml.ScalarNode {
				r.warn(p, "is given to the plugin as it stands, not what the "+name+" holds: botd does not know which options of a plugin outside of it are secrets",
					"let the plugin read its secrets from files itself, if this is meant to be one")
			}
			r.unfilled(v)
		}
	}
}

// inFile is a plugin's schema as it is in the file, where a secret says where it is, and
// a text can come from a variable.
func (r *reader) inFile(s *schema) {
	if s == nil {
		return
	}
	if forSecret(s) {
		about := s.Description
		*s = schema{}
		r.pluginSecret(place{schema: s})
		s.Description = about
		return
	}
	if s.Type == "string" && (s.Enum != nil || s.Pattern != "" || s.MinLength != nil || s.MaxLength != nil) {
		form := *s
		form.Description, form.Default = "", nil
		*s = schema{Description: s.Description, Default: s.Default}
		orVariable(s, &form)
	}
	for _, inner := range s.Properties {
		r.inFile(inner)
	}
	r.inFile(s.AdditionalProperties)
	r.inFile(s.Items)
}

// betrays reports whether words hold a part of a secret that a plugin was given.
func (r *reader) betrays(words string) bool {
	for _, s := range r.filled {
		v := s.Reveal()
		if strings.Contains(words, v[:min(overlap, len(v))]) || strings.Contains(words, v[max(0, len(v)-overlap):]) {
			return true
		}
	}
	return false
}
